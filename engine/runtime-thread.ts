import { Worker } from "node:worker_threads";
import { threadOptions } from "@artesian/data/thread-options.ts";
import type { Runtime } from "./embedded.ts";
import { StoppedError } from "./errors.ts";
import type { TaskError } from "./leases.ts";
import { type RuntimeMethod, runtimeMethods } from "./runtime.ts";
import { errorOf } from "./tasks.ts";

type Asynchronous<T> = T extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;

/** A runtime in another thread: the same methods, all asynchronous. */
export type RuntimeClient = { [M in RuntimeMethod]: Asynchronous<Runtime[M]> } & {
  /** Stops the runtime and its thread. */
  stop(graceMs?: number): Promise<void>;
};

export interface RuntimeThreadOptions {
  /** URL of a module that exports `runtimeOptions(options)`, which returns what `openEmbedded` or `openKafkaEngine` takes (or a promise of it). */
  module: string;
  /** Given to `runtimeOptions`: plain data. */
  options: unknown;
  /** Told of trouble that the runtime survives, and of the thread's end. */
  onTrouble?: (error: Error) => void;
}

export type ToRuntime = { id: number; method: RuntimeMethod | "stop"; args: unknown[] };
export type FromRuntime =
  | { kind: "ready" }
  | { kind: "unusable"; error: TaskError }
  | { kind: "trouble"; error: TaskError }
  | { kind: "result"; id: number; result: unknown }
  | { kind: "error"; id: number; error: TaskError };

/** Records live briefly: room for them saves most of the collector's work. */
const youngMb = 64;

/**
 * Starts a runtime in a thread of its own, so that neither waits for the other.
 * @throws what `openEmbedded` or `openKafkaEngine` throws, with the same `code`
 */
export async function startRuntimeThread(given: RuntimeThreadOptions): Promise<RuntimeClient> {
  const { module, options, onTrouble } = given;
  const worker = new Worker(new URL("./runtime-entry.ts", import.meta.url), {
    workerData: { module, options },
    resourceLimits: { maxYoungGenerationSizeMb: youngMb },
    ...threadOptions(),
  });
  const calls = new Map<number, { resolve: (value: never) => void; reject: (error: unknown) => void }>();
  let ended = false;
  const end = (error: Error): void => {
    if (ended) return;
    ended = true;
    for (const { reject } of calls.values()) reject(error);
    calls.clear();
  };
  const ready = new Promise<void>((resolve, reject) => {
    worker.on("message", (message: FromRuntime) => {
      if (message.kind === "ready") resolve();
      else if (message.kind === "unusable") reject(errorOf(message.error));
      else if (message.kind === "trouble") onTrouble?.(errorOf(message.error));
      else {
        const call = calls.get(message.id);
        calls.delete(message.id);
        if (message.kind === "result") call?.resolve(message.result as never);
        else call?.reject(errorOf(message.error));
      }
    });
    worker.on("error", (error) => {
      const given = error instanceof Error ? error : new Error(String(error));
      reject(given);
      onTrouble?.(given);
      end(given);
    });
    worker.on("exit", () => {
      reject(new StoppedError());
      end(new StoppedError());
    });
  });
  try {
    await ready;
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  let lastId = 0;
  const call = (method: RuntimeMethod | "stop", args: unknown[]): Promise<never> =>
    new Promise((resolve, reject) => {
      if (ended) {
        reject(new StoppedError());
        return;
      }
      const id = ++lastId;
      calls.set(id, { resolve, reject });
      const message: ToRuntime = { id, method, args };
      worker.postMessage(message);
    });
  const client: Record<string, (...args: unknown[]) => Promise<unknown>> = {};
  for (const method of runtimeMethods) client[method] = (...args) => call(method, args);
  client.stop = async (...args) => {
    if (ended) return;
    await call("stop", args);
    await worker.terminate();
  };
  return client as RuntimeClient;
}
