import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test, vi } from "vitest";

const brokers = process.env.ARTESIAN_KAFKA;
const whereKafka = brokers === undefined ? () => {} : test;
if (brokers === undefined)
  test.skip("1 test of dag run on Kafka needs one: scripts/services up kafka, then set ARTESIAN_KAFKA", () => {});

const root = mkdtempSync(join(tmpdir(), "artesian-dag-kafka-"));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(root, { recursive: true, force: true });
});
const file = (name: string, content: unknown): string => {
  const path = join(root, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
};
const lines = (records: readonly object[]): string => records.map((one) => `${JSON.stringify(one)}\n`).join("");

const dag = `rows${process.pid}${Date.now().toString(36)}`;
const workflow = file("workflow.json", {
  name: dag,
  graph: {
    wells: { type: "topic-stream", "topic-name": `${dag}-wells`, key: "{plate}/{well}" },
    plates: { type: "topic-table", "topic-name": `${dag}-plates` },
    named: { type: "stream-operation", inputs: ["wells"], function: "named" },
    read: { type: "external-task", stream: "named", "task-name": "read" },
    plate: {
      type: "stream-operation",
      inputs: ["read", "plates"],
      function: {
        "group-complete": {
          by: ["plate"],
          member: ["well"],
          expect: { table: "plates", key: "{plate}", field: "wells" },
          collect: "wells",
          onIncomplete: "emit",
        },
      },
    },
    out: { type: "publish", "topic-name": `${dag}-read`, stream: "plate" },
  },
});
const functions = file(
  "functions.mjs",
  'export const functions = { named: (value) => ({ ...value, name: value.plate + "-" + value.well }) };\n',
);
const ran = join(root, "ran");
const tasks = file(
  "tasks.mjs",
  `import { appendFileSync } from "node:fs";
export const tasks = { read: { run: async ({ name }) => {
  appendFileSync(${JSON.stringify(ran)}, process.pid + " " + name + "\\n");
  await new Promise((resolve) => setTimeout(resolve, Number(process.env.READ_MS ?? 0)));
  return { length: name.length };
} } };
`,
);
const perPlate = 12;
const wells = Array.from({ length: 6 * perPlate }, (_, index) => ({
  plate: `P${index % 6}`,
  well: `W${Math.floor(index / 6)}`,
}));
// of the last plate one well never comes
const inputs = [
  `${dag}-wells=${file("wells.jsonl", lines(wells))}`,
  `${dag}-plates=${file("plates.jsonl", lines([0, 1, 2, 3, 4, 5].map((plate) => ({ key: `P${plate}`, value: { wells: plate === 5 ? perPlate + 1 : perPlate } }))))}`,
];

interface Ended {
  code: number | null;
  records: { key: string; value: { complete: boolean; wells: object[] } }[];
  said: string;
}

function dagRun(data: string, ...more: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const words = ["dag", "run", workflow, "--data", join(root, data), "--functions", functions, "--tasks", tasks];
  const given = [...words, ...inputs.flatMap((input) => ["--input", input]), "--read", `${dag}-read`, ...more];
  const child = spawn(process.execPath, [fileURLToPath(new URL("main.ts", import.meta.url)), ...given], {
    env: { ...process.env, READ_MS: more.length === 0 ? "0" : "300" },
  });
  children.push(child);
  let out = "";
  let said = "";
  child.stdout.on("data", (chunk) => (out += String(chunk)));
  child.stderr.on("data", (chunk) => (said += String(chunk)));
  const ended = once(child, "close").then(([code]) => {
    const records = out.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
    records.sort((a, b) => a.key.localeCompare(b.key));
    return { code: code as number | null, records: records as Ended["records"], said };
  });
  return { child, ended };
}

const pids = (): Set<string> => new Set(existsSync(ran) ? readFileSync(ran, "utf8").match(/^\d+(?= )/gm) : []);

whereKafka(
  "processes that are given one command share a workflow on Kafka, and leave what one process leaves",
  { timeout: 180_000 },
  async () => {
    const alone = await dagRun("embedded").ended;
    expect(alone.code, alone.said).toBe(3);
    expect(alone.records.map(({ key, value }) => [key, value.complete, value.wells.length])).toEqual(
      [0, 1, 2, 3, 4, 5].map((plate) => [`P${plate}`, plate < 5, perPlate]),
    );
    rmSync(ran);
    const onKafka = ["--engine", "kafka", "--brokers", brokers ?? "", "--partitions", "4"];
    const killed = dagRun("first", ...onKafka);
    const second = dagRun("second", ...onKafka);
    await vi.waitUntil(() => pids().size > 1, { timeout: 60_000, interval: 20 });
    killed.child.kill("SIGKILL");
    await killed.ended;
    const [again, other] = await Promise.all([dagRun("first", ...onKafka).ended, second.ended]);
    for (const { code, records, said } of [again, other]) {
      expect(code, said).toBe(3);
      expect(records, said).toEqual(alone.records);
    }
    // a folder that is new to a deployment at its end brings nothing in and finds what is there
    const late = await dagRun("late", ...onKafka).ended;
    expect(late.records, late.said).toEqual(alone.records);
    expect(late.said).toContain("shares the work");
  },
);
