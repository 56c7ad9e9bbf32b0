import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile, openEmbedded, type Plan, type Value } from "@artesian/engine";
import type { Grows } from "./growth-engine.ts";

/** One run of the embedded engine in a process of its own: what grows, to which size. Prints records, CPU time and peak memory. */
const [what = "nodes", text = "1"] = process.argv.slice(2);
const size = Number(text);
const perAppend = 4000;

const images = { type: "topic-stream", "topic-name": "images", key: "{well}" } as const;

/** A chain of operations, the last of which is published. */
function chain(nodes: number): Plan {
  const steps = Array.from({ length: nodes }, (_, index) => [
    `step-${index}`,
    {
      type: "stream-operation",
      inputs: [index === 0 ? "images" : `step-${index - 1}`],
      function: { map: { set: { step: index } } },
    },
  ]);
  const out = { type: "publish", "topic-name": "out", stream: `step-${nodes - 1}` };
  return compile({ name: "growth", graph: { images, ...Object.fromEntries(steps), out } });
}

/** Counts by key. */
const counted = (partitions: number): Plan =>
  compile({
    name: "growth",
    partitions,
    graph: {
      images,
      counts: { type: "stream-operation", inputs: ["images"], function: { aggregate: { by: ["well"], count: "n" } } },
    },
  });

const groups = compile({
  name: "growth",
  graph: {
    images,
    sites: {
      type: "stream-operation",
      inputs: ["images"],
      function: { "group-complete": { by: ["well"], member: ["channel"], expect: { constant: 6 } } },
    },
  },
});

const runs: Record<Grows, { plan: () => Plan; records: number; keys: number }> = {
  nodes: { plan: () => chain(size), records: 40_000, keys: 1000 },
  partitions: { plan: () => counted(size), records: 100_000, keys: 1000 },
  keys: { plan: () => counted(8), records: Math.max(100_000, size), keys: size },
  "open groups": { plan: () => groups, records: size, keys: size },
};
const { plan, records, keys } = runs[what as Grows];
const dir = mkdtempSync(join(tmpdir(), "artesian-growth-engine-"));
const runtime = await openEmbedded({ dir, plans: [plan()] });
const before = process.cpuUsage();
for (let from = 0; from < records; from += perAppend) {
  const values = Array.from({ length: Math.min(perAppend, records - from) }, (_, index): { value: Value } => ({
    value: { well: `W${(from + index) % keys}`, channel: "DNA", uri: `s3://images/${from + index}.tif` },
  }));
  await runtime.append("images", values);
}
await runtime.drain();
const { user, system } = process.cpuUsage(before);
const memoryMiB = process.resourceUsage().maxRSS / 1024;
await runtime.stop();
rmSync(dir, { recursive: true });
console.log(JSON.stringify({ records, cpuS: (user + system) / 1e6, memoryMiB }));
