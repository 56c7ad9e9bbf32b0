import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { canonicalJson } from "@artesian/data";
import { afterAll, expect, test } from "vitest";
import { openReader } from "./reader.ts";

const slow = process.env.ARTESIAN_SLOW === "1";
const kills = slow ? 100 : 6;
const wells = slow ? 60 : 12;
const root = mkdtempSync(join(tmpdir(), "artesian-kill-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function start(dir: string): {
  child: ChildProcess;
  ended: Promise<{ signal: string | null; output: string; trouble: string }>;
} {
  const child = spawn(process.execPath, [
    fileURLToPath(new URL("./fixtures/killable.ts", import.meta.url)),
    dir,
    String(wells),
  ]);
  let output = "";
  let trouble = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    trouble += chunk.toString();
  });
  const ended = new Promise<{ signal: string | null; output: string; trouble: string }>((resolve) => {
    child.on("exit", (_code, signal) => resolve({ signal, output, trouble }));
  });
  return { child, ended };
}

/** Everything a run leaves behind, in canonical order and without clock fields. */
function leftBehind(dir: string): Record<string, string[]> {
  using reader = openReader(dir);
  if (reader === undefined) throw new Error("the run left nothing");
  const { inspector } = reader;
  const topics = inspector.topics().map((topic): [string, string[]] => {
    const records = inspector
      .partitions(topic)
      .flatMap(({ partition, next }) => inspector.readTopic(topic, partition, 0, next));
    return [topic, records.map(({ key, value }) => `${key} ${canonicalJson(value)}`).sort()];
  });
  const tasks = inspector
    .tasks({ limit: 100_000 })
    .map(({ taskId, key, generation, state }) => `${taskId} ${key} ${generation} ${state}`);
  return Object.fromEntries([...topics, ["tasks", tasks.sort()]]);
}

test(`killed with SIGKILL ${kills} times at random moments, a run ends with what an uninterrupted run leaves`, {
  timeout: slow ? 3_600_000 : 600_000,
}, async () => {
  const whole = join(root, "whole");
  const started = performance.now();
  expect(await start(whole).ended).toEqual({ signal: null, output: "complete", trouble: "" });
  const spanMs = performance.now() - started;
  const killed = join(root, "killed");
  let kept = 0;
  for (let kill = 0; kill < kills; kill++) {
    const { child, ended } = start(killed);
    const wait = spanMs * (0.15 + 0.8 * ((kill * 0.618034) % 1));
    const timer = setTimeout(() => child.kill("SIGKILL"), wait);
    const { signal, trouble } = await ended;
    clearTimeout(timer);
    expect(trouble).toBe("");
    if (signal === "SIGKILL") kept++;
  }
  expect(await start(killed).ended).toEqual({ signal: null, output: "complete", trouble: "" });
  expect(leftBehind(killed)).toEqual(leftBehind(whole));
  expect(kept).toBeGreaterThan(0);
});
