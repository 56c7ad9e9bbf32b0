import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const dir = mkdtempSync(join(tmpdir(), "artesian-worker-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const file = join(dir, "workflow.json");
writeFileSync(
  file,
  JSON.stringify({
    name: "w",
    graph: {
      images: { type: "topic-stream", "topic-name": "images" },
      once: { type: "stream-operation", inputs: ["images"], function: { dedupe: { by: ["path"] } } },
      out: { type: "publish", "topic-name": "seen", stream: "once" },
    },
  }),
);

function worker(...words: string[]): { status: number | null; stderr: string } {
  const command = join(import.meta.dirname, "bin", "artesian.js");
  const env = { ...process.env, ARTESIAN_KAFKA: "" };
  return spawnSync(process.execPath, [command, "worker", ...words], { encoding: "utf8", env });
}

test("a worker asks for what it needs, by name", { timeout: 60_000 }, () => {
  expect(worker(file)).toMatchObject({ status: 2, stderr: expect.stringContaining("--brokers") });
  expect(worker(file, "--brokers", "b:1", "--engine", "embedded")).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("kafka"),
  });
  expect(worker(file, "--brokers", "b:1", "--only", "tasks")).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("--tasks"),
  });
  expect(worker(file, "--brokers", "b:1", "--threads", "0")).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("--threads 0"),
  });
  expect(worker(join(dir, "none.json"), "--brokers", "b:1")).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("none.json"),
  });
});

test("executors are asked for by name, and nothing that is given is left aside", { timeout: 60_000 }, () => {
  const refused = (...words: string[]): string => {
    const { status, stderr } = worker(file, "--brokers", "b:1", ...words);
    expect(status).toBe(2);
    return stderr;
  };
  const executors = join(dir, "executors.json");
  expect(refused("--only", "tasks", "--data", dir)).toContain("executors.json");
  expect(refused("--executors", executors, "--data", dir)).toContain("no such file");
  writeFileSync(executors, JSON.stringify({ local: { kind: "process" } }));
  expect(refused("--executors", executors)).toContain("--data");
  expect(refused("--executors", executors, "--data", dir, "--only", "plans")).toContain("--only plans");
  expect(refused("--data", join(dir, "nowhere"))).toContain("nowhere");
});

test("a workflow that cannot hold across machines is refused before anything is connected", { timeout: 30_000 }, () => {
  expect(worker(file, "--brokers", "127.0.0.1:9")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("[engine/kafka-plan]"),
  });
});
