/** An application whose runs are on Kafka: a workflow of one's own, with tasks that fail until a person has mended what they read. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCommand } from "./started.ts";

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
  const command = startCommand(root, ...words, ...kafka, "--prefix", prefix, "--port", "0", "--stay");
  const url = await command.found("address", START_MS, /http:\/\/127\.0\.0\.1:\d+/);
  return { url, mend: (well) => void file(`${well}.ready`, ""), stop: command.stop };
}
