import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { drawPng } from "@artesian/figures";
import type { Benchmark, Figure } from "./figure.ts";

/** What a workflow may have more of. */
export type Grows = "nodes" | "partitions" | "keys" | "open groups";

const sizes: Record<Grows, readonly number[]> = {
  nodes: [1, 4, 16, 64],
  partitions: [1, 8, 64, 512],
  keys: [1000, 10_000, 100_000, 1_000_000],
  "open groups": [10_000, 50_000, 200_000, 1_000_000],
};

interface Point {
  grows: Grows;
  size: number;
  /** CPU time of the process a record, µs. */
  microsPerRecord: number;
  memoryMiB: number;
}

/** CPU time a record and peak memory of the embedded engine, each against one thing that grows; draws docs/growth-engine.png. */
const growth: Benchmark = {
  name: "growth-engine",
  async run({ quick }) {
    const points = Object.entries(sizes).flatMap(([grows, all]) =>
      (quick ? all.slice(0, 1) : all).map((size) => measure(grows as Grows, size)),
    );
    if (!quick) await draw(points);
    return points.flatMap(figures);
  },
};
export default growth;

function measure(grows: Grows, size: number): Point {
  const script = fileURLToPath(new URL("./growth-engine-run.ts", import.meta.url));
  const said = execFileSync(process.execPath, [script, grows, String(size)], { encoding: "utf8" });
  const { records, cpuS, memoryMiB } = JSON.parse(said) as { records: number; cpuS: number; memoryMiB: number };
  return { grows, size, microsPerRecord: (cpuS * 1e6) / records, memoryMiB };
}

function figures({ grows, size, microsPerRecord, memoryMiB }: Point): Figure[] {
  const id = `${size.toLocaleString("en")} ${grows}`;
  return [
    { id: `${id}: CPU a record`, value: microsPerRecord, unit: "µs", better: "lower" },
    { id: `${id}: peak memory`, value: memoryMiB, unit: "MiB", better: "lower" },
  ];
}

async function draw(points: readonly Point[]): Promise<void> {
  const panel = (field: "microsPerRecord" | "memoryMiB", title: string) => ({
    width: 330,
    height: 230,
    mark: { type: "line" as const, point: true },
    encoding: {
      x: { field: "size", type: "quantitative" as const, scale: { type: "log" as const }, title: "how many there are" },
      y: { field, type: "quantitative" as const, scale: { type: "log" as const }, title },
      color: { field: "grows", type: "nominal" as const, title: null },
    },
  });
  const png = await drawPng({
    data: { values: [...points] },
    hconcat: [panel("microsPerRecord", "CPU time a record (µs)"), panel("memoryMiB", "peak memory (MiB)")],
  });
  writeFileSync(fileURLToPath(new URL("../docs/growth-engine.png", import.meta.url)), png);
}
