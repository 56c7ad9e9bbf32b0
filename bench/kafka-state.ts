import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { compile, type KafkaRuntime, type KafkaWorkerStats, openKafka, type Plan } from "@artesian/engine";
import type { Benchmark, Figure } from "./figure.ts";
import { brokersFor } from "./kafka-broker.ts";

const CHANNELS = ["DNA", "ER", "RNA", "AGP", "Mito", "BF"];
const AT_ONCE = 20_000;
const script = join(import.meta.dirname, "kafka-state-app.ts");

/** Images into sites of six. */
export function statePlan(id: string): Plan {
  return compile({
    name: id,
    partitions: 8,
    graph: {
      images: { type: "topic-stream", "topic-name": `${id}-images`, key: "{experiment}/{plate}/{well}/{site}" },
      site: {
        type: "stream-operation",
        inputs: ["images"],
        function: {
          "group-complete": {
            by: ["experiment", "plate", "well", "site"],
            member: ["channel"],
            expect: { constant: CHANNELS.length },
            collect: "images",
          },
        },
      },
      out: { type: "publish", "topic-name": `${id}-sites`, stream: "site" },
    },
  });
}

/** An image of some 220 bytes of JSON. */
function image(site: number, channel: string): Record<string, string | number> {
  const plate = `P${Math.floor(site / 1232)}`;
  const well = `W${Math.floor((site % 1232) / 4)}`;
  const uri = `s3://screens/2026-11/${plate}/${well}_s${site % 4}_${channel}.tif`;
  const sha256 = createHash("sha256").update(`${site}${channel}`).digest("hex");
  return { experiment: "E1", plate, well, site: site % 4, channel, uri, sha256, sizeBytes: 9_331_200 };
}

interface App {
  child: ChildProcess;
  startedAt: number;
  last: KafkaWorkerStats | undefined;
}

function startApp(brokers: string, id: string): App {
  const args = ["--max-old-space-size=768", script, "--brokers", brokers, "--id", id];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const app: App = { child, startedAt: performance.now(), last: undefined };
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
    app.last = JSON.parse(line) as KafkaWorkerStats;
  });
  return app;
}

async function until(what: string, app: App, holds: () => boolean | Promise<boolean>, ms: number): Promise<void> {
  for (const end = performance.now() + ms; performance.now() < end; await setTimeout(20)) {
    if (app.child.exitCode !== null) throw new Error(`the worker ended before ${what}`);
    if (await holds()) return;
  }
  throw new Error(`not within ${ms / 1000} s: ${what}; the worker says ${JSON.stringify(app.last)}`);
}

/** Largest resident set of a process so far, MiB, and its CPU time, s. */
function spent(pid: number): { peakMiB: number; cpuS: number } {
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  const [, rest = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(/\) /);
  const fields = rest.split(" ");
  return { peakMiB: Number(peak) / 1024, cpuS: (Number(fields[11]) + Number(fields[12])) / 100 };
}

async function outputs(runtime: KafkaRuntime, id: string): Promise<number> {
  const ends = await runtime.partitions(`${id}-sites`);
  let count = 0;
  for (const { partition, next } of ends)
    if (next > 0) count += (await runtime.readTopic(`${id}-sites`, partition)).length;
  return count;
}

async function run({ quick }: { quick: boolean }): Promise<Figure[]> {
  const groups = quick ? 100_000 : 1_000_000;
  const dir = mkdtempSync(join(tmpdir(), "kafka-state-"));
  const { brokers, stop } = brokersFor(dir);
  const id = `state-${process.pid}-${Date.now().toString(36)}`;
  const runtime = await openKafka({ brokers: brokers.split(","), plans: [statePlan(id)], roles: [] });
  let app: App | undefined;
  try {
    for (let from = 0; from < groups; from += AT_ONCE) {
      const count = Math.min(AT_ONCE, groups - from);
      await runtime.append(
        `${id}-images`,
        Array.from({ length: count }, (_, index) => ({ value: image(from + index, "DNA") })),
      );
    }
    const first = startApp(brokers, id);
    app = first;
    const { pid = 0 } = first.child;
    await until(
      "all groups are open",
      first,
      () => first.last?.lag === 0 && first.last.stateEntries >= groups,
      600_000,
    );
    await setTimeout(1000);
    const opening = spent(pid);
    first.child.kill("SIGTERM");
    await once(first.child, "exit");
    await runtime.append(
      `${id}-images`,
      CHANNELS.slice(1).map((channel) => ({ value: image(0, channel) })),
    );
    const again = startApp(brokers, id);
    app = again;
    await until("the first output", again, async () => (await outputs(runtime, id)) > 0, 600_000);
    const restartS = (performance.now() - again.startedAt) / 1000;
    const restored = spent(again.child.pid ?? 0);
    const of = `${groups / 1e6} M open groups`;
    return [
      { id: `restart with ${of}: time to the first output`, value: restartS, unit: "s", better: "lower", goal: 10 },
      { id: "the same: CPU time of the worker", value: restored.cpuS, unit: "s", better: "lower" },
      { id: `memory with ${of}, opened`, value: opening.peakMiB, unit: "MiB", better: "lower", goal: 1024 },
      { id: "the same, restored", value: restored.peakMiB, unit: "MiB", better: "lower", goal: 1024 },
      { id: "CPU time of opening a group", value: (opening.cpuS / groups) * 1e6, unit: "µs", better: "lower" },
    ];
  } finally {
    if (app?.child.exitCode === null) {
      app.child.kill("SIGTERM");
      await once(app.child, "exit");
    }
    await runtime.stop(0);
    stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

const kafkaState: Benchmark = { name: "kafka-state", run };
export default kafkaState;
