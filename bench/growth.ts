import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { drawPng } from "@artesian/figures";
import { largeMatrix, writeTrio } from "./expression-matrix.ts";
import { scanpy, summarise, zcat } from "./expression-summary.ts";
import type { Benchmark, Figure } from "./figure.ts";
import { ours, runPeer } from "./profiling-ingest.ts";
import { plateFolder } from "./profiling-plate.ts";

/** A run of one tool on one size. */
export interface Point {
  tool: string;
  /** MB of tables, or millions of entries. */
  size: number;
  seconds: number;
  /** Left out where it was not measured. */
  memoryMiB?: number;
}

/** Wells of the plates that are collated; the peers get those that they take in minutes. */
const WELLS = [1, 4, 12, 48, 96];
const PEERS_UP_TO = 4;
const CELLS = [3_000, 12_000, 49_000];

/** Time and memory against the size of the input, beside the peers; draws docs/growth-profiling.png and docs/growth-expression.png. */
const growth: Benchmark = {
  name: "growth",
  async run({ quick }) {
    const plates = await collating(quick ? WELLS.slice(0, 1) : WELLS, quick);
    const matrices = await summarising(quick ? CELLS.slice(0, 1) : CELLS);
    if (!quick) {
      await draw("growth-profiling.png", "MB of CellProfiler tables", plates);
      await draw("growth-expression.png", "million entries of the matrix", matrices);
    }
    return [
      ...plates.map((point) => figure(point, "MB")),
      ...matrices.map((point) => figure(point, "M entries")),
    ].flat();
  },
};
export default growth;

function figure({ tool, size, seconds, memoryMiB }: Point, unit: string): Figure[] {
  const id = `${tool}, ${size.toPrecision(3)} ${unit}`;
  return [
    { id: `${id}: time`, value: seconds, unit: "s", better: "lower" },
    ...(memoryMiB === undefined
      ? []
      : [{ id: `${id}: peak memory`, value: memoryMiB, unit: "MiB", better: "lower" as const }]),
  ];
}

/** Folders of tables to profiles, by us and by cytominer-database with pycytominer. */
async function collating(wells: readonly number[], quick: boolean): Promise<Point[]> {
  const points: Point[] = [];
  for (const count of wells) {
    const folder = plateFolder({ wells: count, sites: 4, cells: 100, columns: 600 });
    const mine = await ours({ kind: "plate", folder, options: {} }, quick ? 1 : 3);
    const size = mine.bytes / 1e6;
    points.push({ tool: "Artesian", size, seconds: mine.seconds, memoryMiB: mine.rssMiB });
    if (count > PEERS_UP_TO) continue;
    const scratch = mkdtempSync(join(tmpdir(), "artesian-growth-"));
    try {
      const path = join(scratch, "plate.sqlite");
      const seeded = await runPeer("cytominer-database", ["seed", folder, path]);
      const peer = seeded && (await runPeer("profiling-ingest", ["aggregate", path, "mean"]));
      if (seeded !== undefined && peer !== undefined)
        points.push({
          tool: "cytominer-database + pycytominer",
          size,
          seconds: seeded.seconds + peer.seconds,
          memoryMiB: Math.max(seeded.rssMiB, peer.rssMiB),
        });
    } finally {
      rmSync(scratch, { recursive: true });
    }
  }
  return points;
}

/** Whole summaries with figures, by us and by scanpy, and `zcat` of the same file alone. */
async function summarising(cells: readonly number[]): Promise<Point[]> {
  const points: Point[] = [];
  for (const cellCount of cells) {
    const file = await writeTrio(join(tmpdir(), "artesian-bench-expression", `trio-${cellCount}`), {
      ...largeMatrix,
      cellCount,
    });
    const zcatMs = await zcat(file);
    const mine = await summarise(dirname(file));
    const size = mine.entries / 1e6;
    points.push({ tool: "Artesian", size, seconds: mine.wallMs / 1000, memoryMiB: mine.peakMiB });
    points.push({ tool: "zcat alone", size, seconds: zcatMs / 1000 });
    const theirs = await scanpy(dirname(file));
    if (theirs !== undefined)
      points.push({ tool: "scanpy", size, seconds: theirs.wallMs / 1000, memoryMiB: theirs.peakMiB });
  }
  return points;
}

/** Draws two panels, seconds and memory against size, into docs/. */
export async function draw(name: string, unit: string, points: readonly Point[]): Promise<void> {
  const panel = (field: "seconds" | "memoryMiB", title: string) => ({
    width: 330,
    height: 230,
    transform: [{ filter: `isValid(datum.${field})` }],
    mark: { type: "line" as const, point: true },
    encoding: {
      x: { field: "size", type: "quantitative" as const, scale: { type: "log" as const }, title: unit },
      y: { field, type: "quantitative" as const, scale: { type: "log" as const }, title },
      color: { field: "tool", type: "nominal" as const, title: null, legend: { labelLimit: 320 } },
    },
  });
  const png = await drawPng({
    data: { values: [...points] },
    hconcat: [panel("seconds", "seconds"), panel("memoryMiB", "peak memory (MiB)")],
  });
  writeFileSync(fileURLToPath(new URL(`../docs/${name}`, import.meta.url)), png);
}
