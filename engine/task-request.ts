import { sha256 } from "@artesian/data/hash.ts";
import { fullName, type Plan, requestsTopic } from "./plan.ts";
import type { RecordRef } from "./records.ts";
import { defaultRetry, type ExternalTaskSpec, type RetryPolicy } from "./spec.ts";

/** An external-task node with what is in its queue. */
export interface TaskNode {
  dag: string;
  id: string;
  /** `<dag>.<node>` */
  name: string;
  spec: ExternalTaskSpec;
  retry: RetryPolicy;
  /** The topic that requests are read from, and the one that results go to. */
  source: string;
  results: string;
  /** Place in topological order. */
  order: number;
  /** What serves it: "thread", "lease" or an executor's name; undefined when the runtime decides. */
  executor: string | undefined;
  unresolved: number;
  running: number;
  /** Keys of its running tasks, when it has one task a key at a time. */
  busyKeys: Set<string>;
  ready: TaskRequest[];
  delayed: Set<TaskRequest>;
}

/** An unfinished task. */
export interface TaskRequest {
  seq: number;
  taskId: string;
  node: TaskNode;
  key: string;
  ref: RecordRef;
  attempts: number;
  /** Attempts that it may have. */
  budget: number;
  /** Starts that ended with the process. */
  lost: number;
  due: number;
  cacheKey: string;
  components: string;
  admittedAt: number;
  startedAt: number;
  token: number;
  state: "waiting" | "running" | "retrying";
}

/** Whether an executor runs it: what runs outlives this process and is found again, and its time is kept there. */
export function isElsewhere({ executor }: Pick<ExternalTaskSpec, "executor">): boolean {
  return executor !== undefined && executor !== "thread" && executor !== "lease";
}

/** How long a task may be unheard of, ms; of an executor's, how long it may run, Infinity without a `timeout`. */
export function timeoutOf(spec: ExternalTaskSpec): number {
  return spec.timeout ?? (isElsewhere(spec) ? Number.POSITIVE_INFINITY : 600_000);
}

/** The external-task nodes of plans. */
export function taskNodes(plans: readonly Plan[]): TaskNode[] {
  const nodes: TaskNode[] = [];
  for (const plan of plans) {
    for (const [order, node] of plan.nodes.entries()) {
      const { id, spec, topic = "" } = node;
      if (spec.type !== "external-task") continue;
      nodes.push({
        dag: plan.dag,
        id,
        name: fullName(plan.dag, id),
        source: requestsTopic(plan, node),
        results: topic,
        order,
        executor: spec.executor,
        spec,
        retry: spec.retry ?? defaultRetry,
        unresolved: 0,
        running: 0,
        busyKeys: new Set(),
        ready: [],
        delayed: new Set(),
      });
    }
  }
  return nodes;
}

/** A request from its row of `tasks`, joined with its topic's name as `topic_name`. */
export function requestOf(row: Readonly<Record<string, unknown>>, node: TaskNode): TaskRequest {
  return {
    seq: Number(row.seq),
    taskId: String(row.id),
    node,
    key: String(row.key),
    ref: { topic: String(row.topic_name), partition: Number(row.partition), offset: Number(row.at_offset) },
    attempts: Number(row.attempts),
    budget: Number(row.budget),
    lost: Number(row.lost),
    due: Number(row.due),
    cacheKey: String(row.cache_key),
    components: String(row.components),
    admittedAt: Number(row.admitted_at),
    startedAt: Number(row.started_at ?? 0),
    token: 0,
    state: row.state === "retrying" ? "retrying" : "waiting",
  };
}

/** Exponential backoff; its jitter (up to a quarter) comes from the task's name, so that a replay waits as long. */
export function retryDelay(policy: RetryPolicy, taskId: string, attempt: number): number {
  const delay = Math.min(policy.maxDelayMs, policy.delayMs * policy.factor ** Math.max(0, attempt - 1));
  const jitter = Number.parseInt(sha256(`${taskId}/${attempt}`).slice(0, 8), 16) / 0xffffffff;
  return Math.round(delay * (1 + jitter / 4));
}
