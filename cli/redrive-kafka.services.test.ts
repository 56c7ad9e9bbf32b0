import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test, vi } from "vitest";

const brokers = process.env.ARTESIAN_KAFKA;
const whereKafka = brokers === undefined ? () => {} : test;
if (brokers === undefined)
  test.skip("1 test of dead letters on Kafka needs one: scripts/services up kafka, then set ARTESIAN_KAFKA", () => {});

const root = mkdtempSync(join(tmpdir(), "artesian-redrive-kafka-"));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(root, { recursive: true, force: true });
});
const file = (name: string, content: string): string => {
  const path = join(root, name);
  writeFileSync(path, content);
  return path;
};

/** A process of the command line, and what it has said so far. */
function artesian(...words: string[]): { said: () => string; ended: Promise<number | null> } {
  const child = spawn(process.execPath, [fileURLToPath(new URL("main.ts", import.meta.url)), ...words]);
  children.push(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += String(chunk)));
  return { said: () => said, ended: new Promise((resolve) => child.once("close", resolve)) };
}

whereKafka(
  "what failed on Kafka is sent again by the command line and by the pages' button, through the process that serves it",
  { timeout: 180_000 },
  async () => {
    const dag = `mend${process.pid}${Date.now().toString(36)}`;
    const gate = join(root, "open");
    const graph = {
      wells: { type: "topic-stream", "topic-name": `${dag}-wells`, key: "{well}" },
      read: { type: "external-task", stream: "wells", "task-name": "read", retry: { attempts: 1 } },
      out: { type: "publish", "topic-name": `${dag}-read`, stream: "read" },
    };
    const tasks = `import { existsSync } from "node:fs";
export const tasks = { read: { run: async ({ well }) => {
  if (!existsSync(${JSON.stringify(gate)} + well)) throw new Error(well + " is shut");
  return { read: true };
} } };
`;
    const data = join(root, "data");
    const wells = file("wells.jsonl", '{"well":"A01"}\n{"well":"A02"}\n');
    const serving = artesian(
      ...[
        "dag",
        "run",
        file("mend.json", JSON.stringify({ name: dag, graph })),
        "--data",
        data,
        "--port",
        "0",
        "--stay",
      ],
      ...["--tasks", file("tasks.mjs", tasks), "--input", `${dag}-wells=${wells}`],
      ...["--engine", "kafka", "--brokers", brokers ?? "", "--partitions", "2"],
    );
    const url = await vi.waitUntil(() => /http:\/\/127\.0\.0\.1:\d+/.exec(serving.said())?.[0], { timeout: 60_000 });
    const api = async (path: string, init?: RequestInit): Promise<unknown> =>
      (await fetch(`${url}/api/v1/${path}`, init)).json();
    interface Tasks {
      tasks: { id: string; key: string; state: string }[];
    }
    const { runs } = (await api("runs")) as { runs: { id: string }[] };
    const run = runs[0]?.id ?? "";
    const states = async (): Promise<string[]> => {
      const { tasks: found = [] } = (await api(`runs/${run}/tasks`)) as Partial<Tasks>;
      return found.map(({ key, state }) => `${key} ${state}`).sort();
    };
    const come = (...expected: string[]): Promise<void> =>
      vi.waitFor(async () => expect(await states(), serving.said()).toEqual(expected), { timeout: 60_000 });
    await come("A01 failed", "A02 failed");
    const alone = artesian("dead-letters", "redrive", "--all", "--data", data);
    expect(await alone.ended, alone.said()).toBe(2);
    expect(alone.said()).toMatch(/lie on Kafka\. Give --url/);
    file("openA01", "");
    const both = artesian("dead-letters", "redrive", "--all", "--data", data, "--url", url);
    expect(await both.ended, both.said()).toBe(0);
    expect(both.said()).toContain("2 sent again");
    await come("A01 done", "A02 failed");
    file("openA02", "");
    const { tasks: found } = (await api(`runs/${run}/tasks`)) as Tasks;
    const shut = found.find(({ key }) => key === "A02")?.id;
    await api(`runs/${run}/tasks/${shut}/retry`, { method: "POST" });
    await come("A01 done", "A02 done");
    const list = artesian("dead-letters", "list", "--data", data);
    await list.ended;
    expect(list.said()).toContain("No dead letters.");
  },
);
