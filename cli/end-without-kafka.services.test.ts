import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Cluster } from "../e2e/violence/kafka-cluster.ts";
import { artesian, killStragglers, type Started, start, until } from "../e2e/violence/product.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-without-kafka-"));
const services = join(root, "services");
/** A broker of its own, as it is taken away. */
const cluster = new Cluster(services, 1);
const broker = (): number => Number(readFileSync(join(services, "kafka-1.pid"), "utf8").split(" ")[0]);
let isStopped = false;

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

afterEach(killStragglers);
afterAll(() => {
  if (isStopped) process.kill(broker(), "SIGCONT");
  if (cluster.brokers !== "") cluster.down();
  rmSync(root, { recursive: true, force: true });
});

/** Three seconds for Kafka to answer, two for tasks that run, and as much again for a machine that does other things. */
const MOST_MS = 10_000;

async function ended(one: Started): Promise<{ code: number | null; spanMs: number; said: string }> {
  const began = performance.now();
  one.signal("SIGTERM");
  await until("told to end, it ends", 60_000, () => !one.alive()).catch((error: unknown) => {
    throw new Error(one.stderr(), { cause: error });
  });
  const { code, stderr } = await one.ended;
  return { code, spanMs: performance.now() - began, said: stderr };
}

const ways = [
  {
    how: "are stopped",
    // in order: one broker without replicas may lose what it has not yet written down
    async go() {
      const pid = broker();
      process.kill(pid, "SIGTERM");
      await until("the broker is gone", 30_000, () => !isThere(pid));
    },
    come: () => cluster.say("start", "kafka", "1"),
  },
  {
    how: "hang",
    async go() {
      isStopped = true;
      process.kill(broker(), "SIGSTOP");
    },
    async come() {
      process.kill(broker(), "SIGCONT");
      isStopped = false;
    },
  },
];

if (process.env.ARTESIAN_KAFKA === undefined) {
  test.skip("2 tests of ending without brokers need Kafka: scripts/services up kafka, then set ARTESIAN_KAFKA", () => {});
} else {
  beforeAll(() => cluster.up(), 120_000);
  test.each(ways)(
    "told to end while all brokers $how, processes end within seconds, say what is left, and it is done later, once",
    { timeout: 300_000 },
    async ({ how, go, come }) => {
      const dir = join(root, how.replace(" ", "-"));
      mkdirSync(dir);
      const file = (name: string, text: string): string => {
        writeFileSync(join(dir, name), text);
        return join(dir, name);
      };
      const gate = join(dir, "open");
      const seen = join(dir, "seen");
      const graph = {
        wells: { type: "topic-stream", "topic-name": "wells", key: "{well}" },
        read: { type: "external-task", stream: "wells", "task-name": "read" },
        out: { type: "publish", "topic-name": "wells-read", stream: "read" },
      };
      const workflow = file("workflow.json", JSON.stringify({ name: "reading", partitions: 4, graph }));
      const tasks = file(
        "tasks.mjs",
        `import { appendFileSync, existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
export const tasks = { read: { run: async ({ well }) => {
  appendFileSync(${JSON.stringify(seen)}, well + "\\n");
  while (!existsSync(${JSON.stringify(gate)})) await setTimeout(50);
  return { read: true };
} } };
`,
      );
      const wells = Array.from({ length: 12 }, (_, index) => `W${index}`);
      const input = file("wells.jsonl", wells.map((well) => JSON.stringify({ well })).join("\n"));
      const kafka = ["--engine", "kafka", "--brokers", cluster.brokers, "--prefix", `${how.replace(" ", "-")}-`];
      const words = ["dag", "run", workflow, "--tasks", tasks, "--input", `wells=${input}`, ...kafka];
      const serving = start([...words, "--data", join(dir, "data"), "--port", "0", "--stay"]);
      const worker = start(["worker", workflow, "--tasks", tasks, ...kafka]);
      await until("tasks run", 60_000, () => {
        try {
          return readFileSync(seen, "utf8").trim().split("\n").length >= 3;
        } catch {
          return false;
        }
      });
      await go();
      // what runs now can be answered no more
      writeFileSync(gate, "");
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const both = await Promise.all([ended(serving), ended(worker)]);
      for (const { spanMs, said } of both) {
        expect(said).toMatch(/did not answer while this process ended\. (?:Left|Nothing was open)/);
        expect(said.match(/did not answer|got no answer/g), said).toHaveLength(1);
        expect(spanMs, said).toBeLessThan(MOST_MS);
      }
      expect(both.map(({ code }) => code)).toEqual([3, 0]);
      await come();
      const rest = await artesian([...words, "--data", join(dir, "data"), "--read", "wells-read"]);
      expect(rest.code, rest.stderr).toBe(0);
      const found = rest.stdout
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { key: string }).key);
      expect(found.sort()).toEqual([...wells].sort());
    },
  );
}
