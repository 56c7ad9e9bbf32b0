import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Figure } from "./figure.ts";
import { brokersFor } from "./kafka-broker.ts";
import {
  type AppTopics,
  artesian,
  hasKafkaPeer,
  type Implementation,
  kafkaStreams,
  type Measured,
  peerMode,
  startApp,
  startMeter,
  stopApp,
} from "./kafka-peer.ts";

const PARTITIONS = 8;
const PLATE = 308 * 4;

/** One broker and everything that is measured on it; each measurement has topics of its own. */
interface Bench {
  brokers: string;
  /** Where applications keep their state. */
  dir: string;
  count: number;
}

async function withTopics<T>(
  bench: Bench,
  input: AppTopics | undefined,
  work: (id: string, topics: AppTopics) => Promise<T>,
): Promise<T> {
  const id = `bench-${process.pid}-${++bench.count}`;
  const own = { sites: `${id}-sites`, deadLetters: `${id}-dead-letters` };
  const topics =
    input === undefined ? { images: `${id}-images`, metadata: `${id}-metadata`, ...own } : { ...input, ...own };
  const create =
    input === undefined ? [topics.images, topics.sites, topics.deadLetters] : [topics.sites, topics.deadLetters];
  const compacted = input === undefined ? [topics.metadata] : [];
  const brokers = bench.brokers;
  await peerMode("topics", {
    brokers,
    partitions: PARTITIONS,
    create: create.join(","),
    compacted: compacted.join(","),
  });
  try {
    return await work(id, topics);
  } finally {
    await peerMode("topics", { brokers, delete: [...create, ...compacted].join(",") });
  }
}

async function withApps<T>(
  bench: Bench,
  implementation: Implementation,
  instances: number,
  id: string,
  topics: AppTopics,
  work: (apps: ChildProcess[]) => Promise<T>,
): Promise<T> {
  const apps: ChildProcess[] = [];
  const dirs = Array.from({ length: instances }, () => mkdtempSync(join(bench.dir, "state-")));
  try {
    for (const dir of dirs) apps.push(await startApp(implementation.command(bench.brokers, id, topics, dir)));
    return await work(apps);
  } finally {
    for (const app of apps) await stopApp(app);
    for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
  }
}

const pidsOf = (apps: readonly ChildProcess[]): number[] => apps.map(({ pid }) => pid ?? 0);

/** Works through images that are in the topic already; the first half of the sites warms up. */
function throughput(
  bench: Bench,
  input: AppTopics,
  sites: number,
  implementation: Implementation,
  instances: number,
): Promise<Measured> {
  return withTopics(bench, input, async (id, topics) => {
    let apps: readonly ChildProcess[] = [];
    const options = { brokers: bench.brokers, "sites-topic": topics.sites, sites, warmup: sites / 2 };
    const meter = startMeter(options, () => pidsOf(apps));
    await meter.begun;
    return withApps(bench, implementation, instances, id, topics, async (started) => {
      apps = started;
      return meter.done;
    });
  });
}

/** From an image handed to its producer to its complete site read committed, at a steady rate. */
function latency(bench: Bench, ratePerS: number, seconds: number, implementation: Implementation): Promise<Measured> {
  return withTopics(bench, undefined, (id, topics) =>
    withApps(bench, implementation, 1, id, topics, async (apps) => {
      const sites = Math.floor((ratePerS * seconds) / 6 / PLATE) * PLATE;
      const { images, metadata } = topics;
      const options = { brokers: bench.brokers, "sites-topic": topics.sites, sites, warmup: Math.floor(sites / 2) };
      const meter = startMeter(options, () => pidsOf(apps));
      await meter.begun;
      await peerMode("load", { brokers: bench.brokers, images, metadata, sites, rate: ratePerS });
      return meter.done;
    }),
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** Medians of a measurement of both, in turn, as figures of ours beside the peer's. */
async function inTurn(
  times: number,
  name: string,
  measure: (implementation: Implementation) => Promise<Measured>,
  figures: readonly { id: string; of: keyof Measured; unit: string; better: "higher" | "lower"; goal?: true }[],
): Promise<Figure[]> {
  const peer = kafkaStreams("rocksdb");
  const ours: Measured[] = [];
  const theirs: Measured[] = [];
  for (let time = 0; time < times; time++) {
    ours.push(await measure(artesian));
    theirs.push(await measure(peer));
  }
  return figures.map(({ id, of, unit, better, goal }) => {
    const value = median(ours.map((one) => one[of]));
    const peerValue = median(theirs.map((one) => one[of]));
    const ratio = better === "higher" ? value / peerValue : peerValue / value;
    const reach = goal === undefined ? {} : { goal: peerValue };
    return { id: `${name}-${id}`, value, unit, better, ...reach, peer: peer.name, peerValue, ratio };
  });
}

/** Images into complete sites on a real broker, exactly once. The same generator and meter for both implementations, in turn. */
async function run(options: { quick?: boolean } = {}): Promise<Figure[]> {
  if (!hasKafkaPeer()) {
    console.error("kafka: the generator, the meter and the peer are not here; bench/peers/kafka/setup makes them.");
    return [];
  }
  const quick = options.quick === true;
  const dir = mkdtempSync(join(tmpdir(), "kafka-bench-"));
  const { brokers, stop } = brokersFor(dir);
  const bench: Bench = { brokers, dir, count: 0 };
  const sites = (quick ? 16 : 80) * PLATE;
  const times = quick ? 1 : 3;
  const figures: Figure[] = [];
  try {
    await withTopics(bench, undefined, async (_id, input) => {
      await peerMode("load", { brokers, images: input.images, metadata: input.metadata, sites });
      for (const instances of quick ? [1] : [1, 2]) {
        const name = instances === 1 ? "one-process" : "two-processes";
        figures.push(
          ...(await inTurn(times, name, (one) => throughput(bench, input, sites, one, instances), [
            { id: "images", of: "imagesPerS", unit: "images/s", better: "higher", goal: true },
            { id: "cpu", of: "cpuUsPerImage", unit: "µs/image", better: "lower" },
          ])),
        );
      }
    });
    figures.push(
      ...(await inTurn(times, "image-to-site", (one) => latency(bench, 2000, quick ? 8 : 20, one), [
        { id: "p50", of: "p50Ms", unit: "ms", better: "lower" },
        { id: "p99", of: "p99Ms", unit: "ms", better: "lower", goal: true },
      ])),
    );
  } finally {
    stop();
    rmSync(dir, { recursive: true, force: true });
  }
  return figures;
}

export default { name: "kafka", run };
