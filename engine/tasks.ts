import type { TaskError } from "./leases.ts";
import type { Value } from "./template.ts";

/** What a task's handler is given beside its input. */
export interface TaskContext {
  taskId: string;
  /** 1 for the first. */
  attempt: number;
  parameters: Value;
  /** Aborted when the attempt's time is up or the runtime stops; the thread ends a quarter of a second later. */
  signal: AbortSignal;
  /** Adds a line to the attempt's log. */
  log(line: string): void;
  /** Tells that a long attempt is alive: its timeout starts anew. */
  heartbeat(): void;
}

/** A task of a tasks module. */
export interface TaskDefinition {
  /** Its result is merged over the input. Must give equal results for equal inputs, parameters and code, else set `cache: false` in the graph. */
  run(input: Value, context: TaskContext): Promise<object> | object;
  /** Source files or folders (paths or file URLs) whose content is the code digest. */
  files?: readonly string[];
  /** Part of the identity; change it when a result would differ for a reason the files do not show. */
  version?: string;
}

export type TaskRegistry = Readonly<Record<string, TaskDefinition>>;

/** Anything that a handler threw, as data: code, message, stack, the chain of causes. */
export function taskError(thrown: unknown): TaskError {
  const error: TaskError = { code: codeOf(thrown) ?? "engine/task-threw", message: messageOf(thrown) };
  if (thrown instanceof Error && thrown.stack !== undefined) error.stack = thrown.stack;
  if (thrown !== null && typeof thrown === "object" && "retryable" in thrown && typeof thrown.retryable === "boolean") {
    error.retryable = thrown.retryable;
  }
  const causes: { code?: string; message: string }[] = [];
  let cause = thrown instanceof Error ? thrown.cause : undefined;
  while (cause !== undefined && cause !== null && causes.length < 16) {
    const code = codeOf(cause);
    causes.push(code === undefined ? { message: messageOf(cause) } : { code, message: messageOf(cause) });
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  if (causes.length > 0) error.causes = causes;
  return error;
}

/** What ended an attempt from outside: a stack would tell of the engine only. */
export function attemptError(error: Error): TaskError {
  const { stack: _, ...told } = taskError(error);
  return told;
}

/** The error that a task or another thread told of. */
export function errorOf({ code, message, stack }: TaskError): Error {
  return Object.assign(new Error(message), { code }, stack === undefined ? {} : { stack });
}

function codeOf(thrown: unknown): string | undefined {
  return thrown !== null && typeof thrown === "object" && "code" in thrown && typeof thrown.code === "string"
    ? thrown.code
    : undefined;
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  return typeof thrown === "string" ? thrown : JSON.stringify(thrown);
}
