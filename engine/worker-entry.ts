import { parentPort, workerData } from "node:worker_threads";
import { digestFiles } from "./code-digest.ts";
import { UnknownTaskError } from "./errors.ts";
import { type Completion, endingOf, type TaskCode, type TaskError } from "./leases.ts";
import { type TaskRegistry, taskError } from "./tasks.ts";
import type { Value } from "./template.ts";

/** Runtime → worker. */
export type ToWorker =
  | { kind: "run"; taskId: string; token: number; task: string; attempt: number; input: Value; parameters: Value }
  | { kind: "describe" }
  /** The running task's time is up, or the runtime stops. */
  | { kind: "abort" };

/** Worker → runtime. */
export type FromWorker =
  | { kind: "described"; tasks: Record<string, TaskCode> }
  | { kind: "unusable"; error: TaskError }
  | { kind: "started"; taskId: string; token: number; at: number }
  | { kind: "beat"; taskId: string; token: number }
  | ({ kind: "ended" } & Completion);

const keptLogLines = 200;

const port = parentPort;
if (port === null) throw new Error("worker-entry.ts runs in a worker thread that startThreads makes.");
const send = (message: FromWorker): void => port.postMessage(message);

let registry: TaskRegistry = {};
const waiting: ToWorker[] = [];
let running: AbortController | undefined;
let active = false;
let loaded = false;

async function runNext(): Promise<void> {
  if (active || !loaded) return;
  active = true;
  for (let message = waiting.shift(); message !== undefined; message = waiting.shift()) {
    if (message.kind === "describe") send({ kind: "described", tasks: await describe() });
    else if (message.kind === "run") await runTask(message);
  }
  active = false;
}

async function describe(): Promise<Record<string, TaskCode>> {
  const described: Record<string, TaskCode> = {};
  for (const [name, { files = [], version = "1" }] of Object.entries(registry)) {
    described[name] = { digest: await digestFiles(files), version };
  }
  return described;
}

async function runTask(message: Extract<ToWorker, { kind: "run" }>): Promise<void> {
  const { taskId, token, task, attempt, input, parameters } = message;
  const startedAt = Date.now();
  send({ kind: "started", taskId, token, at: startedAt });
  const log: string[] = [];
  const note = (line: string): void => {
    log.push(...String(line).split("\n"));
    if (log.length > keptLogLines) log.splice(0, log.length - keptLogLines);
  };
  let beaten = startedAt;
  const heartbeat = (): void => {
    if (Date.now() - beaten < 1000) return;
    beaten = Date.now();
    send({ kind: "beat", taskId, token });
  };
  const ended = new AbortController();
  running = ended;
  try {
    const definition = registry[task];
    if (definition === undefined) throw new UnknownTaskError(task, Object.keys(registry).sort());
    const context = { taskId, attempt, parameters, signal: ended.signal, log: note, heartbeat };
    const result = await definition.run(input, context);
    send({ kind: "ended", ...endingOf(message, startedAt, Date.now(), log), outcome: "done", result: plain(result) });
  } catch (error) {
    const failure = taskError(error);
    if (error instanceof UnknownTaskError) failure.retryable = false;
    send({ kind: "ended", ...endingOf(message, startedAt, Date.now(), log), outcome: "failed", error: failure });
  } finally {
    running = undefined;
  }
}

/** What JSON keeps of a result: it is going to be a record. */
function plain(result: unknown): unknown {
  return result === undefined ? null : JSON.parse(JSON.stringify(result));
}

port.on("message", (message: ToWorker) => {
  if (message.kind === "abort") {
    waiting.length = 0;
    running?.abort();
    return;
  }
  waiting.push(message);
  void runNext();
});

const { module } = workerData as { module: string };
try {
  const found = (await import(module)) as { tasks?: TaskRegistry };
  if (found.tasks === undefined) throw new Error(`${module} exports no "tasks".`);
  registry = found.tasks;
  loaded = true;
  void runNext();
} catch (error) {
  send({ kind: "unusable", error: taskError(error) });
}
