import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { folderPlace } from "@artesian/data";
import { collatePlate, compareProfiles, readProfiles } from "@artesian/profiling";
import { type ProjectDesign, platesOf, simulateProject } from "@artesian/profiling/simulate-project.ts";
import type { Figure } from "./figure.ts";
import { artesian, type CommandRun } from "./profiling-command.ts";
import { type PeerResult, runPeer } from "./profiling-ingest.ts";

const BATCHES = { seed: 3, batches: ["2026_01_10_Batch1", "2026_02_20_Batch2"], platesPerBatch: 2 };
/** Four plates that a test would take. */
const TINY: ProjectDesign = { ...BATCHES, rows: 4, columns: 6, sites: 2, cellsPerSite: 12, features: 14 };
const SMALL: ProjectDesign = { ...BATCHES, rows: 8, columns: 12, sites: 2, cellsPerSite: 40, features: 120 };
/** Four plates as wide and as large as real ones, with few cells a well so that the peer is done in minutes. */
const REAL: ProjectDesign = { ...BATCHES, rows: 16, columns: 24, sites: 1, cellsPerSite: 10, features: 600 };

/**
 * Whole recipes as a person runs them, by the command: from SQLite backends to selected profiles, and from CellProfiler's tables, which is
 * the handbook's chapter from collating on. The peers are pycytominer called as the profiling-recipe calls it, and cytominer-database before
 * it. Heat maps and the summary are left out of both.
 */
export async function recipeFigures({ quick }: { quick: boolean }): Promise<Figure[]> {
  if (quick) return await projectFigures("recipe, 4 tiny plates", TINY, { repeats: 1, chapter: false });
  return [
    ...(await projectFigures("recipe, 4 plates (96 wells × 360 features)", SMALL, { repeats: 3, chapter: false })),
    ...(await projectFigures("recipe, 4 plates (384 wells × 1,800 features)", REAL, { repeats: 3, chapter: true })),
  ];
}

async function projectFigures(
  label: string,
  design: ProjectDesign,
  { repeats, chapter }: { repeats: number; chapter: boolean },
): Promise<Figure[]> {
  const dir = mkdtempSync(join(tmpdir(), "artesian-bench-recipe-"));
  const project = join(dir, "project");
  const place = folderPlace(project);
  try {
    for (const [key, text] of simulateProject(design))
      await place.write(key, text.replace(/quality_control:\n\s*perform: true/, "quality_control:\n  perform: false"));
    const figures: Figure[] = [];
    const tables = chapter ? firstRun(project, repeats) : undefined;
    const seeded = chapter ? await seedBackends(project, design) : undefined;
    if (seeded === undefined) await ownBackends(project, design);
    const first = firstRun(project, repeats);
    const again = Math.min(...[1, 2, 3].map(() => recipe(project).seconds));
    const peer = peerRecipe(project, join(dir, "peer"));
    figures.push({
      id: `${label}, first run`,
      value: first.seconds,
      unit: "s",
      better: "lower",
      ...against("pycytominer 1.6.1", peer?.seconds, first.seconds),
    });
    figures.push({ id: `${label}, first run, memory`, value: first.rssMiB, unit: "MiB", better: "lower" });
    figures.push({
      id: `${label}, first run, CPU time of all threads`,
      value: first.cpuSeconds,
      unit: "s",
      better: "lower",
      ...(peer && {
        peer: "pycytominer 1.6.1",
        peerValue: peer.cpuSeconds,
        ratio: peer.cpuSeconds / first.cpuSeconds,
      }),
    });
    if (tables !== undefined)
      figures.push({
        id: `${label}, from CellProfiler's tables, first run`,
        value: tables.seconds,
        unit: "s",
        better: "lower",
        ...against(
          "cytominer-database 0.3.4 + pycytominer 1.6.1",
          seeded === undefined || peer === undefined ? undefined : seeded + peer.seconds,
          tables.seconds,
        ),
      });
    figures.push({
      id: `${label}, nothing changed, whole command`,
      value: again,
      unit: "s",
      better: "lower",
      goal: 1,
    });
    if (peer !== undefined) figures.push(await differenceFigure(label, project, join(dir, "peer"), design));
    return figures;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function against(peer: string, peerValue: number | undefined, seconds: number): Partial<Figure> {
  return peerValue === undefined ? {} : { peer, peerValue, ratio: peerValue / seconds, goal: peerValue / 20 };
}

const recipe = (project: string): CommandRun =>
  artesian(["profile", "run", "--config", "config_files/config.yml", "--dir", project]);

/** A run with nothing made yet; the one of median time. */
function firstRun(project: string, repeats: number): CommandRun {
  const runs = Array.from({ length: repeats }, () => {
    for (const made of ["profiles", "gct"]) rmSync(join(project, made), { recursive: true, force: true });
    return recipe(project);
  });
  return runs.sort((a, b) => a.seconds - b.seconds)[repeats >> 1]!;
}

const platesIn = (design: ProjectDesign): [batch: string, plate: string][] =>
  platesOf(design).flatMap(({ batch, plates }) => plates.map((plate): [string, string] => [batch, plate]));

const backendOf = (project: string, batch: string, plate: string): string =>
  join(project, "backend", batch, plate, `${plate}.sqlite`);

async function ownBackends(project: string, design: ProjectDesign): Promise<void> {
  for (const [batch, plate] of platesIn(design)) {
    const keep = { sqlite: { path: backendOf(project, batch, plate) } };
    await collatePlate(folderPlace(project), `analysis/${batch}/${plate}/analysis`, { plate, keep });
  }
}

/** Backends made by cytominer-database; the seconds that it took, undefined where it is not installed. */
async function seedBackends(project: string, design: ProjectDesign): Promise<number | undefined> {
  let seconds = 0;
  for (const [batch, plate] of platesIn(design)) {
    const path = backendOf(project, batch, plate);
    mkdirSync(dirname(path), { recursive: true });
    const folder = join(project, "analysis", batch, plate, "analysis");
    const seeded: PeerResult | undefined = await runPeer("cytominer-database", ["seed", folder, path]);
    if (seeded === undefined) {
      rmSync(join(project, "backend"), { recursive: true });
      return undefined;
    }
    seconds += seeded.seconds;
  }
  return seconds;
}

/** The whole command of the peer; undefined where it is not installed. */
function peerRecipe(project: string, out: string): { seconds: number; cpuSeconds: number } | undefined {
  const python = join(
    process.env.ARTESIAN_PEERS ?? join(homedir(), ".cache/artesian/peers"),
    "pycytominer-1.6/bin/python",
  );
  if (!existsSync(python)) return undefined;
  const program = join(import.meta.dirname, "peers/profiling-recipe/recipe.py");
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(python, ["-W", "ignore", program, project, out], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
  const { cpuSeconds } = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as { cpuSeconds: number };
  return { seconds: (performance.now() - started) / 1000, cpuSeconds };
}

/** A fast wrong answer would show here: the largest relative difference of normalized medians, the first plate against the peer's. */
async function differenceFigure(label: string, project: string, out: string, design: ProjectDesign): Promise<Figure> {
  const [batch, plate] = platesIn(design)[0]!;
  const key = `profiles/${batch}/${plate}/${plate}_normalized.csv.gz`;
  const [ours, theirs] = await Promise.all([
    readProfiles(folderPlace(project), key),
    readProfiles(folderPlace(out), key),
  ]);
  const found = compareProfiles(ours, theirs, { tolerance: 0 });
  return {
    id: `${label}: largest difference in ${ours.features.length} features`,
    value: found.cells.worst?.difference ?? 0,
    unit: "",
    better: "lower",
    goal: 1e-9,
  };
}
