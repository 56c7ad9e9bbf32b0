import type { Runtime } from "./embedded.ts";

/** What a running engine is asked for, by name: the embedded one and the one on Kafka both are it, here or from another thread. */
export const runtimeMethods = [
  "append",
  "drain",
  "closeInput",
  "stats",
  "tasks",
  "task",
  "why",
  "deadLetters",
  "topics",
  "partitions",
  "readTopic",
  "table",
  "events",
  "ledger",
  "note",
  "retry",
  "redrive",
  "lease",
  "leave",
  "heartbeat",
  "answer",
  "leasedNames",
  "load",
  "survey",
] as const;
export type RuntimeMethod = (typeof runtimeMethods)[number];

type Loosely<T> = T extends (...args: infer A) => infer R ? (...args: A) => Awaited<R> | Promise<Awaited<R>> : never;

/**
 * A running engine. What it has done is read from its folder by an `Inspector`, beside it; what is to be done is asked of it. `append` enters
 * each event id once; `drain` and `closeInput` mean the whole deployment, however many processes it has.
 */
export type EngineRuntime = { [M in RuntimeMethod]: Loosely<Runtime[M]> } & {
  /** Finishes what is under way, lets running tasks end within `graceMs` (default 5000). */
  stop(graceMs?: number): Promise<void>;
};
