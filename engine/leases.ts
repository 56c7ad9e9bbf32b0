import type { ExternalTaskSpec } from "./spec.ts";
import type { Value } from "./template.ts";

/** A piece of work handed to a worker. `token` fences: only the newest lease of a task may complete it. */
export interface Lease {
  taskId: string;
  token: number;
  dag: string;
  node: string;
  task: string;
  key: string;
  attempt: number;
  input: Value;
  parameters: Value;
  /** What the task asks of the machine, as its node says. */
  resources: Value;
  /** Higher is first. */
  priority: number;
  /** Infinity for a task of an executor whose node sets no timeout. */
  timeoutMs: number;
}

export interface TaskError {
  code: string;
  message: string;
  stack?: string;
  /** The chain of causes, outermost first. */
  causes?: { code?: string; message: string }[];
  retryable?: boolean;
}

/**
 * How a lease ended. "returned": not begun, or its worker was stopped; "preempted": its machine was taken away while it ran. Neither uses
 * an attempt; the second is kept among the attempts.
 */
export type Completion = Ending &
  (
    | { outcome: "done"; result: unknown }
    | { outcome: "failed"; error: TaskError }
    | { outcome: "preempted"; error: TaskError }
    | { outcome: "returned" }
  );

/** What all ends of a lease have in common. */
export interface Ending {
  taskId: string;
  token: number;
  startedAt: number;
  endedAt: number;
  log: string[];
}

export function endingOf(
  { taskId, token }: Pick<Lease, "taskId" | "token">,
  startedAt: number,
  endedAt: number,
  log: string[] = [],
): Ending {
  return { taskId, token, startedAt, endedAt, log };
}

/** What the queue knows of a task name's code. */
export interface TaskCode {
  digest: string;
  version: string;
}

/** A node of tasks, as far as those who take them look at it. */
export interface ServedNode {
  readonly spec: ExternalTaskSpec;
}

/** Someone who takes tasks: as many as `slots`, of the nodes that `serves` takes, handed over once the tick is durable. */
export interface Demand {
  slots: number;
  serves(node: ServedNode): boolean;
  give(leases: readonly Lease[]): void;
}

/** Who takes tasks now, asked once what came is admitted. */
export type Demands = (leasable: (serves: (node: ServedNode) => boolean) => Map<string, number>) => readonly Demand[];
