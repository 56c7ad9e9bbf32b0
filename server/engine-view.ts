import type { KafkaSurvey, RuntimeClient } from "@artesian/engine";

/** What workers that lease need of an engine. */
export type LeaseControl = Pick<RuntimeClient, "leasedNames" | "lease" | "leave" | "heartbeat" | "answer" | "load">;

/** What the pages need of an engine; any runtime that can say this much can be looked at. */
export interface EngineView {
  /** Boxes of the graph with their counts, in topological order. */
  nodes(): Awaitable<EngineNode[]>;
  edges(): { from: string; to: string }[];
  tasks(query: TaskQuery): Awaitable<{ tasks: EngineTask[]; next: string | null }>;
  task(id: string): Awaitable<EngineTaskDetail | undefined>;
  deadLetters(query: {
    limit: number;
    after: string | null;
  }): Awaitable<{ letters: EngineDeadLetter[]; next: string | null }>;
  /** Events after an offset of the run's event topic, in order. */
  events(after: number, limit: number): Awaitable<EngineEvent[]>;
  /** Offset of the newest event; below that of the first event before there is one. */
  lastOffset(): Awaitable<number>;
}

/** What may be asked of a running engine. */
export interface EngineControl {
  /** Runs a failed task again. */
  retry(taskId: string): Promise<void>;
  /** Sends dead letters through their node again; how many. */
  redrive(ids: "all" | readonly string[]): Promise<number>;
  /** What Kafka does with the run's partitions; undefined where the engine is not on Kafka. */
  survey?(): Promise<KafkaSurvey | undefined>;
  /** Absent where nobody may lease. */
  leases?: LeaseControl;
}

/** A run that this server can look into; without `control` it can only be read. */
export interface RunEngine {
  runId: string;
  view: EngineView;
  control?: EngineControl;
}

/** The engines at hand, by run. */
export interface Engines {
  of(runId: string): RunEngine | undefined;
  all(): RunEngine[];
}

/** No engine at all: stored results only. */
export const noEngines: Engines = { of: () => undefined, all: () => [] };

type Awaitable<T> = T | Promise<T>;

export interface TaskCounts {
  waiting: number;
  running: number;
  retrying: number;
  done: number;
  failed: number;
}

export interface EngineNode {
  id: string;
  label: string;
  kind: "topic-stream" | "topic-table" | "stream-operation" | "external-task" | "publish";
  done: number;
  failed: number;
  cached: number;
  lag: number;
  ratePerS: number;
  oldestAgeMs: number | null;
  /** Null for nodes without tasks. */
  tasks: TaskCounts | null;
}

export interface TaskQuery {
  node?: string;
  state?: keyof TaskCounts;
  /** Part of the task's key. */
  text?: string;
  limit: number;
  after: string | null;
}

export interface EngineTask {
  id: string;
  node: string;
  /** "RESCUE-1/P3/C11/2" */
  key: string;
  state: keyof TaskCounts;
  attempts: number;
  cached: boolean;
  queuedAt: string | null;
  startedAt: string | null;
  finishedAt: string | null;
  error: { code: string; message: string } | null;
}

export interface EngineTaskDetail extends EngineTask {
  input: unknown;
  output: unknown;
  stack: string | null;
  /** Messages from the outermost error to the first cause. */
  chain: string[];
  attemptList: {
    attempt: number;
    state: string;
    startedAt: string | null;
    finishedAt: string | null;
    code: string | null;
    message: string | null;
  }[];
  log: string[];
  identity: Record<string, unknown> | null;
}

export interface EngineDeadLetter {
  id: string;
  node: string;
  key: string;
  code: string;
  message: string;
  at: string;
  value: unknown;
}

export interface EngineEvent {
  offset: number;
  at: string;
  kind: "counters" | "task-failed" | "group-incomplete" | "run-started" | "run-drained" | "run-stopped" | "note";
  text: string;
  taskId: string | null;
}
