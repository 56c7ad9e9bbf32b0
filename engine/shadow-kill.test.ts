import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { canonicalJson } from "@artesian/data";
import { afterAll, expect, test } from "vitest";
import { openEmbedded } from "./embedded.ts";
import { replayedImages, replayedPlan } from "./fixtures/replayed-plan.ts";
import { openReader } from "./reader.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-shadow-kill-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const tasks = { module: new URL("./fixtures/counted-tasks.ts", import.meta.url).href, threads: 1 };
const slow = process.env.ARTESIAN_SLOW === "1";
const wells = 20;
const script = fileURLToPath(new URL("./fixtures/replayed.ts", import.meta.url));

interface Ending {
  signal: string | null;
  said: string;
  trouble: string;
}

function run(dir: string, log: string, point = ""): Ending {
  const { signal, stdout, stderr } = spawnSync(process.execPath, [script, dir, log, point], { encoding: "utf8" });
  return { signal, said: stdout, trouble: stderr };
}

/** Everything in an engine's folder, in canonical order and without clock fields. */
function contents(dir: string): Record<string, unknown> {
  using reader = openReader(dir);
  if (reader === undefined) throw new Error(`${dir} holds no engine`);
  const { inspector } = reader;
  const topics = inspector.topics().map((topic) => {
    const records = inspector
      .partitions(topic)
      .flatMap(({ partition, next }) => inspector.readTopic(topic, partition, 0, next));
    return [topic, records.map(({ key, value }) => `${key} ${canonicalJson(value)}`).sort()];
  });
  const done = inspector.tasks({ limit: 10_000 }).map(({ taskId, state }) => `${taskId} ${state}`);
  return { ...Object.fromEntries(topics), version: inspector.plans()[0]?.version, tasks: done.sort() };
}

const points = [
  ["recall", "feed 1", "work", "tasks", "compare"],
  ["switch marked", "switch carried", "switch old closed", "switch old kept", "switch new closed", "switch switched"],
].flat();

test(`killed in ${points.length} places of a replay and a switch, the folder is the old version or the new one, and the next call goes on`, {
  timeout: slow ? 3_600_000 : 300_000,
}, async () => {
  const log = join(root, "runs.log");
  const origin = join(root, "origin");
  const live = await openEmbedded({ dir: origin, plans: [replayedPlan({ version: "1", log })], tasks });
  for (const image of replayedImages(wells)) await live.append("images", [image]);
  await live.drain();
  await live.stop();
  const old = contents(origin);
  const whole = join(root, "whole");
  cpSync(origin, whole, { recursive: true });
  const unbroken = run(whole, log);
  expect(unbroken).toMatchObject({ signal: null, trouble: "" });
  const next = contents(whole);
  expect(next.version).toBe("2");

  const killed = join(root, "killed");
  const begin = (): void => {
    rmSync(killed, { recursive: true, force: true });
    cpSync(origin, killed, { recursive: true });
  };
  const kill = (point: string): void => {
    expect({ point, ...run(killed, log, point) }).toEqual({ point, signal: "SIGKILL", said: "", trouble: "" });
    expect({ point, ...contents(killed) }).toEqual({ point, ...(point === "switch switched" ? next : old) });
  };
  // one after the other in one folder
  begin();
  for (const point of points.slice(0, -1)) kill(point);
  expect(run(killed, log)).toEqual(unbroken);
  expect(contents(killed)).toEqual(next);
  for (const point of slow ? points : points.slice(-1)) {
    begin();
    kill(point);
    expect({ point, ...run(killed, log) }).toMatchObject({ point, signal: null, trouble: "" });
    expect({ point, ...contents(killed) }).toEqual({ point, ...next });
  }

  // what the live version had recorded was never run again, however often the replay was cut off
  const lines = readFileSync(log, "utf8").trimEnd().split("\n");
  expect(lines.filter((line) => line.startsWith("measure"))).toHaveLength(wells);
});
