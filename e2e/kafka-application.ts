/** An application whose runs are on Kafka: a workflow of one's own, with tasks that fail until a person has mended what they read. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export interface KafkaApplication {
  url: string;
  /** Puts right what made a well's task fail. */
  mend(well: string): void;
  stop(): Promise<void>;
}

const START_MS = 90_000;

const COMPLETE = { by: ["plate"], member: ["well"], expect: { constant: 4 }, collect: "wells", onIncomplete: "wait" };
const GRAPH = {
  wells: { type: "topic-stream", "topic-name": "wells", key: "{plate}/{well}" },
  read: { type: "external-task", stream: "wells", "task-name": "read-well", retry: { attempts: 1 } },
  plates: { type: "stream-operation", inputs: ["read"], function: { "group-complete": COMPLETE } },
  out: { type: "publish", "topic-name": "plates-read", stream: "plates" },
};
const WELLS = ["A01", "A02", "B01", "B02"];
const SHUT = new Set(["A02", "B02"]);

/** @returns undefined without brokers: `scripts/services up kafka` */
export async function kafkaApplication(): Promise<KafkaApplication | undefined> {
  const brokers = process.env.ARTESIAN_KAFKA;
  if (brokers === undefined) return undefined;
  const root = mkdtempSync(join(tmpdir(), "artesian-e2e-kafka-"));
  const file = (name: string, text: string): string => {
    const path = join(root, name);
    writeFileSync(path, text);
    return path;
  };
  for (const well of WELLS) if (!SHUT.has(well)) file(`${well}.ready`, "");
  const tasks = file(
    "tasks.mjs",
    `import { existsSync } from "node:fs";
export const tasks = {
  "read-well": {
    async run({ well }, { log }) {
      log("looking at " + well);
      const ready = new URL(well + ".ready", import.meta.url);
      if (!existsSync(ready)) throw Object.assign(new Error("The reader has not released well " + well + "."), { code: "reader/busy" });
      return { signal: 0.5 };
    },
  },
};
`,
  );
  const wells = file("wells.jsonl", WELLS.map((well) => JSON.stringify({ plate: "P1", well })).join("\n"));
  const workflow = file("reading.json", JSON.stringify({ name: "reading", graph: GRAPH }));
  const words = ["dag", "run", workflow, "--tasks", tasks, "--input", `wells=${wells}`, "--data", join(root, "data")];
  const kafka = ["--engine", "kafka", "--brokers", brokers, "--partitions", "2"];
  const prefix = `e2e-${process.pid}-${Date.now().toString(36)}-`;
  const bin = fileURLToPath(new URL("../cli/bin/artesian.js", import.meta.url));
  const child = spawn(process.execPath, [bin, ...words, ...kafka, "--prefix", prefix, "--port", "0", "--stay"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      setTimeout(() => child.kill("SIGKILL"), 10_000).unref();
      await exited;
    }
    rmSync(root, { recursive: true, force: true });
  };
  for (const end = Date.now() + START_MS; Date.now() < end && child.exitCode === null; await wait(100)) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
    if (url !== undefined) return { url, mend: (well) => void file(`${well}.ready`, ""), stop };
  }
  await stop();
  throw new Error(`a workflow on Kafka gave no address within ${START_MS / 1000} s:\n${said.slice(-2000)}`);
}
