import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { describeError } from "./exit.ts";
import { run } from "./program.test-support.ts";

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

/** The command in this process: what it throws or ends with, and what it says. */
async function worker(...words: string[]): Promise<{ exit?: number; code?: string; said: string }> {
  vi.stubEnv("ARTESIAN_KAFKA", "");
  try {
    const { code = 0, said } = await run("worker", ...words);
    return { exit: code, said };
  } catch (error) {
    const { code, message } = describeError(error);
    return { code, said: message };
  } finally {
    vi.unstubAllEnvs();
  }
}

test.each([
  ["--brokers", [file]],
  ["kafka", [file, "--brokers", "b:1", "--engine", "embedded"]],
  ["--tasks", [file, "--brokers", "b:1", "--only", "tasks"]],
  ["--threads 0", [file, "--brokers", "b:1", "--threads", "0"]],
  ["none.json", [join(dir, "none.json"), "--brokers", "b:1"]],
])("a worker asks for what it needs, by name: %s", async (named, words) => {
  expect(await worker(...words)).toMatchObject({ code: "cli/usage", said: expect.stringContaining(named) });
});

test("executors are asked for by name, and nothing that is given is left aside", async () => {
  const refused = async (...words: string[]): Promise<string> => {
    const { code, said } = await worker(file, "--brokers", "b:1", ...words);
    expect(code).toBe("cli/usage");
    return said;
  };
  const executors = join(dir, "executors.json");
  expect(await refused("--only", "tasks", "--data", dir)).toContain("executors.json");
  expect(await refused("--executors", executors, "--data", dir)).toContain("no such file");
  writeFileSync(executors, JSON.stringify({ local: { kind: "process" } }));
  expect(await refused("--executors", executors)).toContain("--data");
  expect(await refused("--executors", executors, "--data", dir, "--only", "plans")).toContain("--only plans");
  expect(await refused("--data", join(dir, "nowhere"))).toContain("nowhere");
});

test("a workflow that cannot hold across machines is refused before anything is connected", async () => {
  expect(await worker(file, "--brokers", "127.0.0.1:9")).toEqual({
    exit: 1,
    said: expect.stringContaining("[engine/kafka-plan]"),
  });
});
