import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { folderPlace } from "@artesian/data";
import {
  type BuildRun,
  openCatalog,
  openGroup,
  readRunLog,
  readRuns,
  simulatedFiles,
  simulateMap,
  takeUnits,
} from "@artesian/maps";
import { expect, it, onTestFinished, vi } from "vitest";
import { claimBuild } from "./map-claim.ts";
import { type MapConfig, readMapConfig } from "./map-config.ts";
import { type MapRunCall, type MapRunOptions, runMap } from "./map-run.ts";

vi.setConfig({ testTimeout: 60_000 });

const design = { seed: 5, genes: 60, genesPerPathway: 6, batches: 2, controlsPerBatch: 20, features: 12 };

/** Profiles and tables in a folder of their own, with a configuration; `isIn` leaves genes out. */
function project(isIn: (symbol: string) => boolean = () => true, dir = mkdtempSync(join(tmpdir(), "artesian-runs-"))) {
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const simulated = simulateMap(design);
  const { units } = simulated.units;
  const kept = units.flatMap(({ control, symbol }, i) => (control || isIn(symbol) ? [i] : []));
  for (const [key, content] of simulatedFiles({ ...simulated, units: takeUnits(simulated.units, kept) })) {
    mkdirSync(dirname(join(dir, key)), { recursive: true });
    writeFileSync(join(dir, key), content);
  }
  const config = (more = "", build = "build"): MapConfig =>
    readMapConfig(
      `map: m
store: ${dir}/maps
build: ${dir}/${build}
inputs: [{ profiles: "${dir}/profiles/*.parquet" }]
columns: { perturbation: Metadata_Gene, type: Metadata_Type, concentration: Metadata_Dose, experiment: Metadata_Batch }
controls: { column: Metadata_Gene, values: [non-targeting] }
features: { prefix: Feature_ }
transformations: [plain, centre-scaled]
relations: { truth: ${dir}/genes/planted.csv }
${more}`,
      "map.yml",
    );
  return { dir, config, store: folderPlace(join(dir, "maps")) };
}

let runs = 0;
const asked = (more: Partial<MapRunOptions> = {}): MapRunOptions => {
  runs += 1;
  return { env: {}, codeVersion: "1.0.0", id: `R${String(runs).padStart(6, "0")}`, because: "asked for", ...more };
};
const quiet: MapRunCall = { progress: () => {}, log: () => {} };

it("publishes, says what it did, and does nothing when nothing changed", async () => {
  const { config, store } = project();
  const first = await runMap(config(), asked(), quiet);
  expect(first).toMatchObject({ state: "published", reasons: [], revision: 1, because: "asked for", problem: null });
  expect(first.created).toEqual(first.groups.map(({ id, version }) => `${id}@${version}`));
  expect(first.steps.map(({ name, reused }) => ({ name, reused }))).toEqual([
    { name: "aligned units", reused: false },
    { name: "replicates", reused: false },
    { name: "m", reused: false },
    { name: "m_centre_scaled", reused: false },
  ]);
  const second = await runMap(config(), asked({ because: "schedule 2026-01-04T03:00:00.000Z" }), quiet);
  expect(second).toMatchObject({ state: "unchanged", created: [], groups: first.groups, revision: 1, steps: [] });
  expect(await readRuns(store)).toEqual([second, first]);
  expect(await readRuns(store, { limit: 1 })).toEqual([second]);
  expect(await readRuns(store, { map: "other" })).toEqual([]);
  const log = await readRunLog(store, first.id);
  expect(log.at(-1)).toMatch(/published m@\S+, m_centre_scaled@\S+, revision 1$/);
  expect(log.every((line) => /^\d{4}-\d\d-\d\dT[\d:.]+Z /.test(line))).toBe(true);
});

it("keeps the names that tables give with the group, and makes a new version when they change", async () => {
  const { config, store, dir } = project();
  const table = join(dir, "names.csv");
  writeFileSync(table, "symbol,synonyms,smiles\nG0001,FRAP1|RAFT1,\nNOBODY,X,\n");
  const named = config(`names: [${table}]`);
  const first = await runMap(named, asked(), quiet);
  const { catalog } = await openCatalog(store);
  const { files } = await openGroup(store, catalog, "m");
  const names = JSON.parse(new TextDecoder().decode(await store.read(files["names.json"]!.key)));
  expect(names).toEqual({ "gene:G0001": { synonyms: ["FRAP1", "RAFT1"] } });
  writeFileSync(table, "symbol,synonyms\nG0001,FRAP1\n");
  const second = await runMap(named, asked(), quiet);
  expect(second.state).toBe("published");
  expect(second.groups[0]!.version).not.toBe(first.groups[0]!.version);
  writeFileSync(table, "gene,score\nG0001,1\n");
  await expect(runMap(named, asked(), quiet)).rejects.toMatchObject({ code: "maps/perturbation-names" });
});

it("leaves what is published when the gate refuses, with the reasons in the record; forced, it publishes", async () => {
  const { config, store, dir } = project();
  await runMap(config(), asked(), quiet);
  const before = await openCatalog(store);
  for (const name of readdirSync(join(dir, "profiles"))) rmSync(join(dir, "profiles", name));
  project((symbol) => symbol < "G0040", dir);
  const refused = await runMap(config(), asked(), quiet);
  expect(refused).toMatchObject({ state: "refused", created: [] });
  expect(refused.reasons[0]).toMatch(/^m: perturbations fall from \d+ to \d+$/);
  expect((await openCatalog(store)).catalog).toEqual(before.catalog);
  const forced = await runMap(config(), asked({ force: true }), quiet);
  expect(forced).toMatchObject({ state: "published", reasons: refused.reasons, revision: 2 });
});

it("records what it failed with", async () => {
  const { config, store } = project();
  const wrong = { ...config(), inputs: [{ profiles: "nowhere/*.parquet" }] };
  await expect(runMap(wrong, asked(), quiet)).rejects.toMatchObject({ code: "workflows/map-input" });
  const [run] = await readRuns(store);
  expect(run).toMatchObject({ state: "failed", problem: { code: "workflows/map-input" }, groups: [] });
});

it("builds once when two ask at the same time, also into build folders of their own", async () => {
  const { config, store } = project();
  const said: string[] = [];
  const both = await Promise.all([
    runMap(config(), asked(), { ...quiet, log: (line) => said.push(line) }),
    runMap(config("", "other"), asked(), { ...quiet, log: (line) => said.push(line) }),
  ]);
  expect(both.map(({ state }) => state).sort()).toEqual(["published", "unchanged"]);
  expect(both.filter(({ steps }) => steps.length > 0)).toHaveLength(1);
  expect(both[0]!.groups).toEqual(both[1]!.groups);
  expect(said.filter((line) => line.startsWith("waiting for run"))).toHaveLength(1);
  expect((await openCatalog(store)).catalog.revision).toBe(1);
});

it("takes over from a run whose process is gone, and says of it that it was cut off", async () => {
  const { config, store } = project();
  const id = "R000000-gone";
  let nowMs = Date.now();
  await claimBuild(store, { map: "m", run: id, host: "elsewhere", env: {}, now: () => nowMs - 3_600_000 }).then(
    // The thread that renews it ends with the process; here it is ended alone.
    ({ release: _, ...claim }) => claim.abandon(),
  );
  const gone: BuildRun = { ...(await runMap(config(), asked(), quiet)), id, state: "running", finishedAt: null };
  await store.write(`runs/${id}.json`, JSON.stringify(gone));
  nowMs += 1;
  const run = await runMap(config(), asked(), quiet);
  expect(run.state).toBe("unchanged");
  expect((await readRuns(store)).find((one) => one.id === id)).toMatchObject({ state: "cut off" });
  expect((await readRunLog(store, id)).at(-1)).toContain(`cut off: found by run ${run.id}`);
});

it("keeps as many runs as the configuration says, and the last that published", async () => {
  const { config, store } = project();
  const settings = config("history: { runs: 2, days: 30 }");
  const first = await runMap(settings, asked(), quiet);
  for (let i = 0; i < 3; i++) await runMap(settings, asked(), quiet);
  const kept = await readRuns(store);
  expect(kept.map(({ state }) => state)).toEqual(["unchanged", "unchanged", "published"]);
  expect(kept.at(-1)!.id).toBe(first.id);
  await runMap(settings, asked({ now: () => Date.now() + 31 * 24 * 3_600_000 }), quiet);
  expect((await readRuns(store)).map(({ state }) => state)).toEqual(["unchanged", "published"]);
});
