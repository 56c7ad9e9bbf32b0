import { execFileSync } from "node:child_process";
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EmbeddedOptions, openEmbedded, type Runtime, type Value } from "@artesian/engine";
import { leasesPerSecond } from "./engine-leases.ts";
import { channels, complete, sitePlan } from "./engine-site.ts";
import type { Figure } from "./figure.ts";

interface BenchOptions {
  quick?: boolean;
  /** Where the data folders go; its disk is what fsync waits for. */
  dir?: string;
}

/** Image events of 220 bytes of JSON, plate by plate of 308 wells × 4 sites × 6 channels. */
function imageEvents(count: number): Value[] {
  const events: Value[] = [];
  for (let plate = 1; events.length < count; plate++) {
    for (let well = 0; well < 308 && events.length < count; well++) {
      const name = `${String.fromCharCode(65 + Math.floor(well / 22))}${String((well % 22) + 2).padStart(2, "0")}`;
      for (let site = 1; site <= 4; site++) {
        for (const channel of channels) {
          const uri = `s3://images/EXP-0147/P${plate}/${name}_s${site}_${channel}.tif`;
          const event: Value = {
            experiment: "EXP-0147",
            plate: `P${plate}`,
            well: name,
            site,
            channel,
            uri,
            sizeBytes: 2332800,
          };
          const short = 220 - JSON.stringify(event).length - 11;
          event.sha256 = (plate * 7919 + well * 131 + site).toString(16).padStart(short, "0");
          events.push(event);
        }
      }
    }
  }
  return events.slice(0, count);
}

function shuffledByPlate(events: readonly Value[]): Value[] {
  const plate = 308 * 4 * 6;
  const result: Value[] = [];
  let state = 42;
  for (let from = 0; from < events.length; from += plate) {
    const part = events.slice(from, from + plate);
    for (let last = part.length - 1; last > 0; last--) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const other = Math.floor((state / 2 ** 32) * (last + 1));
      [part[last], part[other]] = [part[other] as Value, part[last] as Value];
    }
    result.push(...part);
  }
  return result;
}

async function withRuntime<T>(
  root: string,
  options: Partial<EmbeddedOptions>,
  work: (runtime: Runtime, dir: string) => Promise<T>,
): Promise<T> {
  const dir = mkdtempSync(join(root, "engine-bench-"));
  const runtime = await openEmbedded({ dir, plans: [sitePlan(true)], ...options });
  try {
    await runtime.append("metadata", [{ key: "EXP-0147", value: { channels } }]);
    return await work(runtime, dir);
  } finally {
    await runtime.stop(0);
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Images a second into complete sites, each site requested as a task; every append is on disk before it counts. */
async function throughput(root: string, events: readonly Value[]): Promise<number> {
  const perAppend = 4000;
  return withRuntime(root, { limits: { window: 1 } }, async (runtime) => {
    const started = performance.now();
    const waiting: Promise<unknown>[] = [];
    for (let from = 0; from < events.length; from += perAppend) {
      waiting.push(
        runtime.append(
          "images",
          events.slice(from, from + perAppend).map((value) => ({ value })),
        ),
      );
      if (waiting.length >= 8) await waiting.shift();
    }
    await Promise.all(waiting);
    while (complete(runtime) < events.length / 6) await new Promise((resolve) => setImmediate(resolve));
    const seconds = (performance.now() - started) / 1000;
    return events.length / seconds;
  });
}

/** 99th percentile of ms from handing an image in to its site being readable, at a steady rate. */
async function latency(root: string, ratePerS: number, seconds: number): Promise<number> {
  const events = imageEvents(ratePerS * seconds);
  return withRuntime(root, { plans: [sitePlan(false)] }, async (runtime) => {
    const waits: number[] = [];
    const started = performance.now();
    const handed: number[] = [];
    const seen = new Array<number>(8).fill(0);
    let sent = 0;
    let sites = 0;
    const look = (): void => {
      for (const { partition, next } of runtime.partitions("bench.sites")) {
        if (next <= (seen[partition] ?? 0)) continue;
        const now = performance.now();
        for (const record of runtime.readTopic("bench.sites", partition, seen[partition], next)) {
          const images = record.value.images as Value[];
          waits.push(now - Math.max(...images.map((image) => handed[Number(image.order)] ?? 0)));
          sites++;
        }
        seen[partition] = next;
      }
    };
    while (sites < Math.floor(events.length / 6)) {
      const due = Math.min(events.length, Math.floor(((performance.now() - started) / 1000) * ratePerS));
      if (due > sent) {
        const batch = events.slice(sent, due).map((value, index) => ({ value: { ...value, order: sent + index } }));
        const now = performance.now();
        for (let index = sent; index < due; index++) handed[index] = now;
        sent = due;
        void runtime.append("images", batch).then(look);
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
      look();
    }
    return percentile(waits, 0.99);
  });
}

/** Tasks a second through worker threads, each result recorded and put out. */
async function tasksPerSecond(root: string, sites: number): Promise<number> {
  const events = imageEvents(sites * 6);
  const tasks = { module: new URL("./engine-tasks.ts", import.meta.url).href, threads: 1 };
  return withRuntime(root, { tasks }, async (runtime) => {
    const started = performance.now();
    await runtime.append(
      "images",
      events.map((value) => ({ value })),
    );
    await runtime.drain();
    return sites / ((performance.now() - started) / 1000);
  });
}

/** Seconds to the first output, and megabytes, with many groups open; in a process of its own, so that its memory is its own. */
function openGroups(root: string, groups: number): { seconds: number; megabytes: number } {
  const script = join(import.meta.dirname, "engine-groups-run.ts");
  return JSON.parse(
    execFileSync(process.execPath, ["--expose-gc", script, root, String(groups)], { encoding: "utf8" }),
  );
}

function fdatasyncMs(root: string): number {
  const path = join(root, "engine-bench-sync");
  const file = openSync(path, "w");
  const block = Buffer.alloc(256 * 1024, 1);
  const times = Array.from({ length: 41 }, () => {
    writeSync(file, block);
    const started = performance.now();
    fdatasyncSync(file);
    return performance.now() - started;
  });
  closeSync(file);
  rmSync(path);
  return percentile(times, 0.5);
}

function percentile(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}

async function median(times: number, measure: () => Promise<number>): Promise<number> {
  const values: number[] = [];
  for (let index = 0; index < times; index++) values.push(await measure());
  return percentile(values, 0.5);
}

/** The embedded engine: fsync on, 220-byte JSON, 8 partitions. Throughputs are medians of several runs. */
async function run(options: BenchOptions = {}): Promise<Figure[]> {
  const root = options.dir ?? tmpdir();
  const plates = options.quick === true ? 10 : 40;
  const times = options.quick === true ? 1 : 3;
  const events = imageEvents(plates * 7392);
  const shuffled = shuffledByPlate(events);
  await throughput(root, events.slice(0, 7392 * 4));
  const figures: Figure[] = [
    { id: "fdatasync-p50", value: fdatasyncMs(root), unit: "ms", better: "lower" },
    {
      id: "images-in-order",
      value: await median(times, () => throughput(root, events)),
      unit: "images/s",
      better: "higher",
      goal: 150_000,
    },
    {
      id: "images-shuffled",
      value: await median(times, () => throughput(root, shuffled)),
      unit: "images/s",
      better: "higher",
      goal: 100_000,
    },
    {
      id: "event-to-site-p99",
      value: await latency(root, 5000, options.quick === true ? 2 : 10),
      unit: "ms",
      better: "lower",
      goal: 25,
    },
    {
      id: "tasks",
      value: await tasksPerSecond(root, options.quick === true ? 5000 : 30_000),
      unit: "tasks/s",
      better: "higher",
      goal: 5000,
    },
    {
      id: "leases-over-http-1000-idle-polls",
      value: await median(times, () => leasesPerSecond(root, options.quick === true ? 10_000 : 40_000, 1000)),
      unit: "tasks/s",
      better: "higher",
      goal: 5000,
    },
  ];
  const groups = options.quick === true ? 100_000 : 1_000_000;
  const { seconds, megabytes } = openGroups(root, groups);
  const label = options.quick === true ? "100k" : "1m";
  figures.push(
    { id: `restart-${label}-keys`, value: seconds, unit: "s", better: "lower", goal: 10 },
    { id: `memory-${label}-open-groups`, value: megabytes, unit: "MB", better: "lower", goal: 1024 },
  );
  return figures;
}

export default { name: "engine", run };
