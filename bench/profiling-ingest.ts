import { execFile } from "node:child_process";
import { existsSync, readdirSync, statfsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Figure } from "./figure.ts";
import { collateCommand } from "./profiling-command.ts";
import type { IngestRun, IngestRunResult } from "./profiling-ingest-run.ts";
import { hasPlate, type PlateSize, plateFolder } from "./profiling-plate.ts";

/** The plate of the specification: 1.3 GB of tables. */
const PLATE: PlateSize = { wells: 96, sites: 4, cells: 100, columns: 600 };
/** Eight times as many wells of the same size: memory follows the largest well, not the plate. */
const LARGE: PlateSize = { ...PLATE, wells: 768 };
/** What the peers can take in a minute. */
const SMALL: PlateSize = { wells: 4, sites: 2, cells: 50, columns: 600 };
const QUICK: PlateSize = { wells: 12, sites: 4, cells: 50, columns: 600 };
const QUICK_LARGE: PlateSize = { ...QUICK, wells: 96 };

/** pandas reads texts to within a rounding or two, and a mean near 0 shows it; on the same database the numbers are equal. */
const PARSED = 1e-9;

export interface PeerResult {
  seconds: number;
  rssMiB: number;
  columns: string[];
  values: Record<string, number | null>;
}

/** Parsing, collating (by the command, as a person does) and reading databases; every run in a process of its own, the median of three. */
export async function profilingIngest({ quick }: { quick: boolean }): Promise<Figure[]> {
  const figures: Figure[] = [];
  const size = quick ? QUICK : PLATE;
  const folder = plateFolder(size);
  const repeats = quick ? 1 : 3;

  const files = readdirSync(folder)
    .slice(0, 24)
    .map((set) => join(folder, set, "Cells.csv"));
  for (const threads of [1, 2]) {
    const parsed = await ours({ kind: "parse", files, threads, repeats: quick ? 10 : 30 }, repeats);
    figures.push({
      id: `parsing tables in memory, ${threads} thread${threads === 1 ? "" : "s"}`,
      value: parsed.bytes / 1e6 / parsed.seconds,
      unit: "MB/s",
      better: "higher",
      ...(threads === 2 && { goal: 250 }),
    });
  }

  const plate = collateCommand(folder, repeats);
  const label = `${(plate.bytes / 1e9).toFixed(2)} GB plate`;
  figures.push(
    { id: `${label} to profiles, mean`, value: plate.seconds, unit: "s", better: "lower", ...(!quick && { goal: 8 }) },
    { id: `${label} to profiles, rate`, value: plate.bytes / 1e6 / plate.seconds, unit: "MB/s", better: "higher" },
    { id: `${label} to profiles, memory`, value: plate.rssMiB, unit: "MiB", better: "lower", goal: 512 },
  );
  const joined = await ours({ kind: "plate", folder, options: { mode: "joined" } }, repeats);
  figures.push({ id: `${label} to profiles, joined cells, median`, value: joined.seconds, unit: "s", better: "lower" });

  figures.push(...(await largeFigures(quick ? QUICK_LARGE : LARGE, plate, repeats)));
  figures.push(...(await databaseFigures(folder, quick, repeats)));
  figures.push(...(await smallFigures(quick)));
  return figures;
}

/** The same on eight times the input: memory must not follow. */
async function largeFigures(
  size: PlateSize,
  plate: { bytes: number; rssMiB: number },
  repeats: number,
): Promise<Figure[]> {
  const free = statfsSync(homedir());
  if (!hasPlate(size) && free.bavail * free.bsize < 40e9) {
    console.error("Less than 40 GB are free: the large plate is not measured.");
    return [];
  }
  const large = collateCommand(plateFolder(size), repeats);
  const label = `${(large.bytes / 1e9).toFixed(1)} GB plate`;
  return [
    { id: `${label} to profiles, mean`, value: large.seconds, unit: "s", better: "lower" },
    { id: `${label} to profiles, memory`, value: large.rssMiB, unit: "MiB", better: "lower", goal: 512 },
    {
      id: `memory, ${(large.bytes / plate.bytes).toFixed(1)} × the input`,
      value: large.rssMiB / plate.rssMiB,
      unit: "×",
      better: "lower",
      goal: 1.25,
    },
  ];
}

/** A database of the plate, against pycytominer on the same file. */
async function databaseFigures(folder: string, quick: boolean, repeats: number): Promise<Figure[]> {
  const file = `${basename(folder)}.sqlite`;
  const path = join(dirname(folder), file);
  if (!existsSync(path)) await ours({ kind: "plate", folder, options: {}, sqlite: path }, 1);
  const database = await ours({ kind: "database", folder: dirname(folder), file, options: {} }, repeats);
  const peer = await runPeer("profiling-ingest", ["aggregate", path, "mean"]);
  const figures: Figure[] = [
    {
      id: "SQLite backend to profiles, mean",
      value: database.seconds,
      unit: "s",
      better: "lower",
      ...(peer !== undefined && {
        peer: "pycytominer 1.6.1",
        peerValue: peer.seconds,
        ratio: peer.seconds / database.seconds,
      }),
      ...(peer !== undefined && !quick && { goal: peer.seconds / 20 }),
    },
    {
      id: "SQLite backend to profiles, memory",
      value: database.rssMiB,
      unit: "MiB",
      better: "lower",
      goal: 512,
      ...(peer !== undefined && {
        peer: "pycytominer 1.6.1",
        peerValue: peer.rssMiB,
        ratio: peer.rssMiB / database.rssMiB,
      }),
    },
  ];
  if (peer !== undefined) figures.push(differenceFigure("SQLite backend", database, peer, 1e-12));
  return figures;
}

/** The whole way on a small plate: cytominer-database and pycytominer, then CytoTable and pycytominer. */
async function smallFigures(quick: boolean): Promise<Figure[]> {
  const folder = plateFolder(SMALL);
  const scratch = await mkdtemp(join(tmpdir(), "artesian-bench-"));
  try {
    const path = join(scratch, "small.sqlite");
    const figures: Figure[] = [];
    const label = "14 MB of tables to profiles";
    const apart = await ours({ kind: "plate", folder, options: {} }, 3);
    const seeded = await runPeer("cytominer-database", ["seed", folder, path]);
    const peer = seeded && (await runPeer("profiling-ingest", ["aggregate", path, "mean"]));
    if (seeded !== undefined && peer !== undefined) {
      const peerValue = seeded.seconds + peer.seconds;
      figures.push(
        {
          id: `${label}, mean of compartments`,
          value: apart.seconds,
          unit: "s",
          better: "lower",
          peer: "cytominer-database 0.3.4 + pycytominer 1.6.1",
          peerValue,
          ratio: peerValue / apart.seconds,
        },
        differenceFigure("cytominer-database + pycytominer", apart, peer, PARSED),
      );
    }
    if (quick) return figures; // CytoTable takes minutes on a busy machine
    const linked = await ours({ kind: "plate", folder, options: { mode: "joined" } }, 3);
    const cytotable = await runPeer("profiling-ingest", ["cytotable", folder, join(scratch, "cells.parquet")], scratch);
    if (cytotable !== undefined)
      figures.push(
        {
          id: `${label}, median of joined cells`,
          value: linked.seconds,
          unit: "s",
          better: "lower",
          peer: "CytoTable 1.2.3 + pycytominer 1.6.1",
          peerValue: cytotable.seconds,
          ratio: cytotable.seconds / linked.seconds,
        },
        differenceFigure("CytoTable + pycytominer", linked, cytotable, PARSED),
      );
    return figures;
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/** Our run in a process of its own; the one of median time. */
export async function ours(wish: IngestRun, repeats: number): Promise<IngestRunResult> {
  const program = fileURLToPath(new URL("./profiling-ingest-run.ts", import.meta.url));
  const results: IngestRunResult[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(wish)], {
      maxBuffer: 2 ** 26,
    });
    results.push(JSON.parse(stdout));
  }
  results.sort((a, b) => a.seconds - b.seconds);
  return results[results.length >> 1]!;
}

/** A peer on the same files; undefined (with a word on how to set it up) where it is not installed. */
export async function runPeer(
  environment: string,
  words: readonly string[],
  cwd?: string,
): Promise<PeerResult | undefined> {
  const bin = join(process.env.ARTESIAN_PEERS ?? join(homedir(), ".cache/artesian/peers"), environment, "bin");
  if (!existsSync(join(bin, "python"))) {
    console.error(`No peer at ${bin}: its figures carry no ratio. Make it with bench/peers/profiling-ingest/setup.`);
    return undefined;
  }
  const program = fileURLToPath(new URL("./peers/profiling-ingest/ingest.py", import.meta.url));
  try {
    const { stdout } = await promisify(execFile)(join(bin, "python"), [program, ...words], {
      env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
      maxBuffer: 2 ** 26,
      ...(cwd !== undefined && { cwd }),
    });
    return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
  } catch (error) {
    console.error(
      `The peer ${environment} ${words[0]} failed: its figures carry no ratio. ${String(error).slice(-600)}`,
    );
    return undefined;
  }
}

/** A fast wrong answer would show here: the largest relative difference in the first profile, over the columns of the peer. */
function differenceFigure(id: string, found: IngestRunResult, peer: PeerResult, goal: number): Figure {
  let value = 0;
  let compared = 0;
  for (const [name, expected] of Object.entries(peer.values)) {
    if (expected === null || !(name in found.first)) continue;
    compared++;
    const apart = Math.abs(found.first[name]! - expected) / Math.max(Math.abs(expected), Number.MIN_VALUE);
    if (!(apart <= value)) value = apart;
  }
  return { id: `${id}: largest difference in ${compared} columns`, value, unit: "", better: "lower", goal };
}
