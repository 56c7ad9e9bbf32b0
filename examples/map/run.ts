import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { openPlace } from "@artesian/data";
import { openCatalog, openGroup, readGroup, readNeighbours, type SimulatedMap, simulateMap } from "@artesian/maps";
import { GENES, LARGE, SHARED, writeScreen } from "./screen.ts";

const MOST_SECONDS = 180;
const MOST_MIB = 1200;

// What a laboratory has: nine plates of wells, where genes lie, how much they are expressed, and what is known of them.
const kept = process.argv[2] === undefined ? undefined : resolve(process.argv[2]);
if (kept !== undefined && existsSync(kept)) {
  console.error(`${kept} is there already: name a folder that is not, or remove it.`);
  process.exit(2);
}
const folder = kept ?? mkdtempSync(join(tmpdir(), "artesian-map-example-"));
mkdirSync(folder, { recursive: true });
const simulated = simulateMap(LARGE);
writeScreen(folder, simulated);
const { units, truth } = simulated;
console.log(
  `${units.units.length} wells × ${units.features.length} features: ${truth.arms.size} genes in ${truth.pathways.size} pathways and on their own, ${truth.compounds.size} compounds × 8 doses`,
);

// Two maps of the same wells: as they were measured, and with plates aligned and the bias of chromosome arms taken off.
writeFileSync(join(folder, "raw.yml"), `map: raw\nlabel: As measured\nbuild: build/raw\nalign: none\n${SHARED}`);
writeFileSync(
  join(folder, "screen.yml"),
  `map: screen
label: Simulated screen
build: build/screen
align: tvn
transformations: [plain, centre-scaled, proximity-bias-reduced]
${GENES}${SHARED}`,
);

// The same commands as in a shell.
const command = join(import.meta.dirname, "..", "..", "cli", "main.ts");
const meter = `data:text/javascript,${encodeURIComponent(`import { appendFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
if (isMainThread) process.on("exit", () => appendFileSync("used", process.resourceUsage().maxRSS + "\\n"));`)}`;
function artesian(...words: string[]): void {
  console.log(`\n$ artesian ${words.join(" ")}`);
  const { status } = spawnSync(process.execPath, ["--import", meter, command, ...words], {
    cwd: folder,
    stdio: "inherit",
    timeout: MOST_SECONDS * 1000,
  });
  if (status !== 0) process.exit(status ?? 1);
}
const started = performance.now();
for (const name of ["raw", "screen"]) {
  artesian("map", "build", "--config", `${name}.yml`);
  artesian("map", "publish", "--config", `${name}.yml`);
}
artesian("map", "list", "--store", "maps");
artesian("map", "why", "G0001", "--store", "maps");
artesian("map", "export", "screen_prox_bias_reduced", "--rows", "G0001", "C1", "--out", "some.csv", "--store", "maps");
const seconds = (performance.now() - started) / 1000;
const peakMiB = Math.max(...readFileSync(join(folder, "used"), "utf8").trim().split("\n").map(Number)) / 1024;
rmSync(join(folder, "used"));

// What was found, against what was planted.
const store = openPlace(join(folder, "maps"), {});
const { catalog } = await openCatalog(store);
const recallOf = (id: string): number =>
  catalog.groups.find((group) => group.id === id)?.versions[0]?.recall[0]?.recall ?? 0;
const [raw, aligned, reduced] = ["raw", "screen", "screen_prox_bias_reduced"].map(recallOf);
const manifest = await openGroup(store, catalog, "screen_prox_bias_reduced");
const bias = manifest.proximityBias;
const [right, of] = await compoundsInPlace(truth);
console.log(`
recall of pairs of a pathway (0.10 by chance): ${raw!.toFixed(3)} as measured, ${aligned!.toFixed(3)} aligned, ${reduced!.toFixed(3)} with arm correction
genes of one arm alike (0.50 without bias):    ${bias?.before.probability.toFixed(3)} before the correction, ${bias?.after.probability.toFixed(3)} after
compounds at 30 µM with or against their pathway: ${right} of ${of}
${seconds.toFixed(0)} s, at most ${peakMiB.toFixed(0)} MiB`);

const wrong = [
  ...(aligned! > raw! + 0.15 ? [] : ["alignment should raise recall by more than 0.15"]),
  ...(reduced! > aligned! + 0.05 && reduced! > 0.85 ? [] : ["arm correction should raise recall above 0.85"]),
  ...(bias!.before.probability > 0.65 ? [] : ["genes of one arm should be alike before the correction"]),
  ...(Math.abs(bias!.after.probability - 0.5) < 0.02 ? [] : ["genes of one arm should be no more alike after it"]),
  ...(right >= 0.98 * of ? [] : ["compounds should lie with or against their pathway"]),
  ...(catalog.default === "screen_prox_bias_reduced" ? [] : ["the last transformation should be the default"]),
  ...(seconds < MOST_SECONDS && peakMiB < MOST_MIB ? [] : [`expected below ${MOST_SECONDS} s and ${MOST_MIB} MiB`]),
];
if (kept === undefined) rmSync(folder, { recursive: true, force: true });
else console.log(`Kept in ${kept}. Next, in that folder: npx artesian serve --maps maps`);
if (wrong.length > 0) {
  console.error(`Not as planted: ${wrong.join("; ")}.`);
  process.exit(1);
}

/** How many compounds have, of all genes, one of their pathway nearest in the tail that was planted. */
async function compoundsInPlace({ compounds, pathways }: SimulatedMap["truth"]): Promise<[right: number, of: number]> {
  const { rows } = await readGroup(store, manifest);
  let right = 0;
  for (const [symbol, { pathway, sign }] of compounds) {
    const row = rows.findIndex((one) => one.symbol === symbol && one.concentration === 30);
    const tails = await readNeighbours(store, manifest, row);
    const genes = (sign > 0 ? tails.similar : tails.opposite).filter(([other]) => rows[other]!.type === "gene");
    if (genes[0] !== undefined && pathways.get(pathway)!.includes(rows[genes[0][0]]!.symbol)) right++;
  }
  return [right, compounds.size];
}
