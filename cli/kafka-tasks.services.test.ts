import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openKafka, type Value } from "@artesian/engine";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { loadDag } from "./dag-document.ts";

const given = process.env.ARTESIAN_KAFKA ?? "";
const brokers = given.split(",");
const root = mkdtempSync(join(tmpdir(), "artesian-kafka-tasks-"));
const running: ChildProcess[] = [];
const opened: { stop(graceMs?: number): Promise<void> }[] = [];
const wait = { timeout: 90_000, interval: 200 };
const example = join(import.meta.dirname, "../examples/http-worker");

afterEach(async () => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
  await Promise.all(opened.splice(0).map((one) => one.stop(0)));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Command {
  child: ChildProcess;
  said(): string;
  /** Resolves once it is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
}

function run(program: string, ...words: string[]): Command {
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
  running.push(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (said += String(chunk)));
  const ended = once(child, "exit");
  return {
    child,
    said: () => said,
    async end(signal) {
      child.kill(signal);
      await ended;
    },
  };
}
const artesian = (...words: string[]): Command => run(process.execPath, join(import.meta.dirname, "main.ts"), ...words);

let made = 0;
/** A folder with a workflow of a name of its own, and a connection that appends and reads. */
async function deployment(graph: (name: string) => object) {
  const name = `x${process.pid}-${Date.now().toString(36)}-${made++}`;
  const dir = join(root, name);
  mkdirSync(dir);
  const file = join(dir, "workflow.json");
  writeFileSync(file, JSON.stringify({ name, partitions: 2, graph: graph(name) }));
  const runtime = await openKafka({ brokers, plans: [(await loadDag(file)).plan], roles: [] });
  opened.push(runtime);
  const results = async (topic: string): Promise<Value[]> => {
    const found: Value[] = [];
    for (const { partition, next } of await runtime.partitions(topic))
      found.push(...(await runtime.readTopic(topic, partition, 0, next + 1)).map(({ value }) => value));
    return found;
  };
  return { name, dir, file, runtime, results };
}

/** Wells whose command notes its beginning and its end, and takes `seconds`. */
function commands(seconds: number, log: string): (name: string) => object {
  const script = `echo begun {well} $ARTESIAN_ATTEMPT >> '${log}'; sleep ${seconds}; echo ended {well} >> '${log}'; echo {well} > made.txt; echo '{{"measured": true}}'`;
  return (name) => ({
    wells: { type: "topic-stream", "topic-name": `${name}-wells`, key: "{well}" },
    measured: {
      type: "external-task",
      stream: "wells",
      "task-name": "measure",
      executor: "local",
      resources: { cpu: 1 },
      parameters: { command: "sh", argv: ["-c", script], outputs: [{ glob: "made.txt" }] },
    },
    out: { type: "publish", "topic-name": `${name}-measured`, stream: "measured" },
  });
}
const linesOf = (path: string): string[] => (existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : []);
const wells = (count: number) => Array.from({ length: count }, (_, index) => ({ value: { well: `W${index}` } }));

interface Leased {
  taskId: string;
  token: string;
  attempt: number;
  resources: Value;
}

/** The graph of the example, with topics of its own. */
function sequences(name: string): object {
  const { graph } = JSON.parse(readFileSync(join(example, "workflow.json"), "utf8")) as {
    graph: Record<"sequences" | "counts" | "out", object>;
  };
  return {
    sequences: { ...graph.sequences, "topic-name": `${name}-sequences` },
    counts: { ...graph.counts, resources: { gpu: 1 } },
    out: { ...graph.out, "topic-name": `${name}-counts` },
  };
}

/** `artesian serve` with a workflow, once its pages are there. */
async function serve(file: string, dir: string): Promise<{ command: Command; url: string }> {
  const command = artesian("serve", "--engine", "kafka", "--workflow", file, "--data", dir, "--port", "0");
  const url = /http:\/\/\S+:\d+/;
  await vi.waitFor(() => expect(command.said()).toMatch(url), wait);
  return { command, url: url.exec(command.said())?.[0] ?? "" };
}

async function ask(url: string, verb: string, body: object): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  return (await fetch(`${url}/tasks/${verb}`, { method: "POST", headers, body: JSON.stringify(body) })).json();
}

async function lease(url: string): Promise<Leased[]> {
  return ((await ask(url, "lease", { names: ["count-bases"], max: 10, waitMs: 30_000 })) as { leases: Leased[] })
    .leases;
}
const proof = (one: Leased | undefined) => ({ taskId: one?.taskId, token: one?.token });

if (given === "") {
  test.skip("5 tests of executors and leases on Kafka need a broker: scripts/services up kafka, then set ARTESIAN_KAFKA", () => {});
} else {
  const kinds = [
    { kind: "process", cpu: 4 },
    ...(process.env.SLURM_CONF === undefined ? [] : [{ kind: "slurm", pollMs: 300 }]),
  ];
  if (kinds.length < 2) test.skip("1 test more needs SLURM: scripts/services up slurm, then set SLURM_CONF", () => {});
  test.each(kinds)(
    "a worker killed while commands run: another finds them, each runs once and counts once ($kind)",
    {
      timeout: 180_000,
    },
    async (local) => {
      const log = join(root, `killed-${local.kind}.log`);
      const { name, dir, file, runtime, results } = await deployment(commands(12, log));
      writeFileSync(join(dir, "executors.json"), JSON.stringify({ local }));
      artesian("worker", file, "--only", "plans");
      const words = ["worker", file, "--only", "tasks", "--data", dir];
      const first = artesian(...words);
      await runtime.append(`${name}-wells`, wells(6));
      await vi.waitFor(() => expect(linesOf(log).length).toBeGreaterThanOrEqual(4), wait);
      await first.end("SIGKILL");
      const second = artesian(...words);
      await vi.waitFor(async () => expect(await results(`${name}-measured`)).toHaveLength(6), wait);
      const begun = linesOf(log).filter((line) => line.startsWith("begun"));
      expect(begun.sort()).toEqual(wells(6).map(({ value }) => `begun ${value.well} 1`));
      const found = await results(`${name}-measured`);
      expect(found.map(({ well, measured }) => [well, measured]).sort()).toEqual(
        wells(6).map(({ value }) => [value.well, true]),
      );
      for (const { well, outputs } of found) {
        const [{ uri }] = outputs as [{ uri: string }];
        expect(readFileSync(uri, "utf8")).toBe(`${well}\n`);
      }
      await second.end("SIGTERM");
    },
  );

  test("a worker stopped in order ends its commands and gives them back: no attempt is used", {
    timeout: 180_000,
  }, async () => {
    const log = join(root, "stopped.log");
    const { name, dir, file, runtime, results } = await deployment(commands(5, log));
    writeFileSync(join(dir, "executors.json"), JSON.stringify({ local: { kind: "process" } }));
    artesian("worker", file, "--only", "plans");
    const words = ["worker", file, "--only", "tasks", "--data", dir];
    const first = artesian(...words);
    await runtime.append(`${name}-wells`, wells(1));
    await vi.waitFor(() => expect(linesOf(log)).toHaveLength(1), wait);
    await first.end("SIGTERM");
    expect(existsSync(join(dir, "attempts/local"))).toBe(true);
    artesian(...words);
    await vi.waitFor(async () => expect(await results(`${name}-measured`)).toHaveLength(1), wait);
    expect(linesOf(log)).toEqual(["begun W0 1", "begun W0 1", "ended W0"]);
  });

  test("the Python worker of the examples serves a workflow on Kafka as it is", { timeout: 180_000 }, async () => {
    const { name, dir, file, runtime, results } = await deployment(sequences);
    const { url } = await serve(file, dir);
    run("python3", join(example, "worker.py"), url);
    await runtime.append(`${name}-sequences`, [
      { value: { id: "s0", sequence: "gattaca" } },
      { value: { id: "s1", sequence: 7 } },
      { value: { id: "s2", sequence: "CCGG" } },
    ]);
    await vi.waitFor(async () => expect(await results(`${name}-counts`)).toHaveLength(2), wait);
    const found = await results(`${name}-counts`);
    expect(found.map(({ id, length }) => [id, length]).sort()).toEqual([
      ["s0", 7],
      ["s2", 4],
    ]);
    const letters = await runtime.deadLetters(name);
    expect(letters.map(({ code, value }) => [code, value?.id])).toEqual([["bases/unreadable", "s1"]]);
    const backlog = (await (await fetch(`${url}/tasks/backlog/count-bases`)).json()) as { backlog: number };
    expect(backlog.backlog).toBe(0);
  });

  test("a gateway killed with leases out: who takes over leases them again, and what comes under old tokens is refused", {
    timeout: 180_000,
  }, async () => {
    const { name, dir, file, runtime, results } = await deployment(sequences);
    const first = await serve(file, dir);
    await runtime.append(`${name}-sequences`, [{ value: { id: "s0", sequence: "gattaca" } }]);
    const [old] = await lease(first.url);
    expect(old).toMatchObject({ task: "count-bases", key: "s0", attempt: 1, input: { sequence: "gattaca" } });
    expect(old?.resources).toEqual({ gpu: 1 });
    await first.command.end("SIGKILL");
    const second = await serve(file, dir);
    expect(await ask(second.url, "heartbeat", { tasks: [proof(old)] })).toEqual({ accepted: [false] });
    const [again] = await lease(second.url);
    expect(again?.taskId).toBe(old?.taskId);
    expect(again?.attempt).toBe(1);
    expect(again?.token).not.toBe(old?.token);
    const late = { ...proof(old), result: { from: "old" } };
    expect(await ask(second.url, "complete", { tasks: [late] })).toEqual({ accepted: [false] });
    expect(await ask(second.url, "heartbeat", { tasks: [proof(again)] })).toEqual({ accepted: [true] });
    const done = { ...proof(again), result: { from: "new" } };
    expect(await ask(second.url, "complete", { tasks: [done] })).toEqual({ accepted: [true] });
    expect(await ask(second.url, "complete", { tasks: [done] })).toEqual({ accepted: [false] });
    await vi.waitFor(async () => expect(await results(`${name}-counts`)).toHaveLength(1), wait);
    expect(await results(`${name}-counts`)).toMatchObject([{ id: "s0", from: "new" }]);
  });

  test("of two gateways the one that is asked has the tasks, whichever it is", { timeout: 180_000 }, async () => {
    const { name, dir, file, runtime, results } = await deployment(sequences);
    const first = await serve(file, join(dir, "a"));
    const second = await serve(file, join(dir, "b"));
    const some = Array.from({ length: 8 }, (_, index) => ({ value: { id: `s${index}`, sequence: "A" } }));
    await runtime.append(`${name}-sequences`, some);
    const leased: Leased[] = [];
    await vi.waitFor(async () => {
      leased.push(...(await lease(first.url)));
      expect(leased).toHaveLength(8);
    }, wait);
    const tasks = leased.map((one) => ({ ...proof(one), result: {} }));
    expect(await ask(second.url, "complete", { tasks })).toEqual({ accepted: tasks.map(() => false) });
    expect(await ask(first.url, "complete", { tasks })).toEqual({ accepted: tasks.map(() => true) });
    await vi.waitFor(async () => expect(await results(`${name}-counts`)).toHaveLength(8), wait);
  });
}
