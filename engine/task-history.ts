import type { Statements } from "./database.ts";
import type { CacheComponents } from "./identity.ts";
import type { TaskError } from "./leases.ts";
import type { Value } from "./template.ts";

export type TaskState = "waiting" | "running" | "retrying" | "done" | "failed";

export interface TaskRow {
  seq: number;
  taskId: string;
  /** `<dag>.<node>` */
  node: string;
  key: string;
  generation: number;
  state: TaskState;
  attempts: number;
  cached: boolean;
  admittedAt: number;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  code: string | undefined;
  message: string | undefined;
}

export interface AttemptRow {
  attempt: number;
  outcome: "done" | "failed" | "lost";
  startedAt: number;
  endedAt: number | undefined;
  error: TaskError | undefined;
  /** The innermost cause: what a person should read first. */
  firstCause: string | undefined;
  log: string[];
}

export interface TaskDetail extends TaskRow {
  input: Value | undefined;
  attemptRows: AttemptRow[];
  cacheKey: string;
  components: CacheComponents;
  /** Other failed tasks of the node with the same code. */
  failedAlike: number;
}

/** Why a task was not answered from the cache: its components beside those of the nearest recorded result. */
export interface WhyReport {
  taskId: string;
  cached: boolean;
  components: CacheComponents;
  nearest: { taskId: string; components: CacheComponents } | undefined;
  differs: (keyof CacheComponents)[];
  /** Top-level fields of the input that differ, when both inputs are still kept. */
  inputFields: string[];
  sentence: string;
}

export interface TaskQuery {
  /** `<dag>.<node>` or the node's id when one workflow runs. */
  node?: string;
  state?: TaskState;
  limit?: number;
  /** Pages: tasks with a larger `seq`. */
  after?: number;
}

/** Where a task's input record is read. */
export type ReadOne = (
  topic: string,
  partition: number,
  offset: number,
) => { offset: number; value: Value } | undefined;

/**
 * Tasks in the order in which they were admitted.
 * @param node the number of the node's name; undefined for all
 */
export function taskRows(sql: Statements, query: TaskQuery, node: number | undefined): TaskRow[] {
  const { state, limit = 100, after = 0 } = query;
  const conditions = ["t.seq > ?"];
  const values: (string | number)[] = [after];
  if (node !== undefined) {
    conditions.push("t.node = ?");
    values.push(node);
  }
  if (state !== undefined) {
    conditions.push("t.state = ?");
    values.push(state);
  }
  return sql(
    `SELECT t.*, n.name AS node_name FROM tasks t JOIN names n ON n.id = t.node WHERE ${conditions.join(" AND ")} ORDER BY t.seq LIMIT ?`,
  )
    .all(...values, limit)
    .map(taskRow);
}

/** A task with its attempts and, while it is kept, its input. */
export function taskDetail(sql: Statements, taskId: string, read: ReadOne): TaskDetail | undefined {
  const row = sql(
    `SELECT t.*, n.name AS node_name, p.name AS topic_name FROM tasks t JOIN names n ON n.id = t.node JOIN names p ON p.id = t.topic WHERE t.id = ?`,
  ).get(taskId);
  if (row === undefined) return undefined;
  const attemptRows = sql("SELECT * FROM attempts WHERE task = ? ORDER BY attempt")
    .all(Number(row.seq))
    .map(attemptRow);
  const alike = sql(
    "SELECT count(*) AS n FROM tasks WHERE node = ? AND state = 'failed' AND code = ? AND seq <> ?",
  ).get(Number(row.node), row.code ?? "", Number(row.seq));
  const letter = sql("SELECT value FROM dead_letters WHERE task = ?").get(taskId);
  const record = read(String(row.topic_name), Number(row.partition), Number(row.at_offset));
  const kept = record?.offset === Number(row.at_offset) ? record.value : undefined;
  return {
    ...taskRow(row),
    input: kept ?? (letter === undefined ? undefined : (JSON.parse(String(letter.value)) as Value)),
    attemptRows,
    cacheKey: String(row.cache_key),
    components: JSON.parse(String(row.components)) as CacheComponents,
    failedAlike: Number(alike?.n ?? 0),
  };
}

/** Holds a task's components against those of recorded results, of its own key first. */
export function whyTask(sql: Statements, task: TaskDetail, read: ReadOne): WhyReport {
  const { taskId } = task;
  const rows = sql(
    `SELECT r.task, r.components, t.key, t.node FROM results r LEFT JOIN tasks t ON t.id = r.task WHERE r.name = ? AND r.task <> ? ORDER BY r.at DESC LIMIT 2000`,
  ).all(task.components.task, taskId);
  let nearest: WhyReport["nearest"];
  let differs: (keyof CacheComponents)[] = [];
  let best = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    const components = JSON.parse(String(row.components)) as CacheComponents;
    const differences = (Object.keys(components) as (keyof CacheComponents)[]).filter(
      (name) => components[name] !== task.components[name],
    );
    const distance = differences.length + (row.key === task.key ? 0 : 0.5);
    if (distance >= best) continue;
    best = distance;
    nearest = { taskId: String(row.task), components };
    differs = differences;
  }
  const other = nearest === undefined ? undefined : taskDetail(sql, nearest.taskId, read)?.input;
  const names = new Set([...Object.keys(task.input ?? {}), ...Object.keys(other ?? {})]);
  const inputFields =
    other === undefined || task.input === undefined
      ? []
      : [...names].filter((name) => JSON.stringify(task.input?.[name]) !== JSON.stringify(other[name]));
  const fields = inputFields.length > 0 && differs.includes("inputs") ? ` (${inputFields.join(", ")})` : "";
  const sentence = task.cached
    ? "Answered from the cache: a result with the same components was recorded before."
    : nearest === undefined
      ? `Run: no other result of task "${task.components.task}" is recorded.`
      : differs.length === 0
        ? "Run: the equal result was recorded while or after this task ran."
        : `Run: beside the nearest recorded result, ${differs.join(" and ")}${fields} ${differs.length > 1 ? "differ" : "differs"}.`;
  return { taskId, cached: task.cached, components: task.components, nearest, differs, inputFields, sentence };
}

type Row = Record<string, unknown>;

function optionalNumber(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}

function optionalText(value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : String(value);
}

function taskRow(row: Row): TaskRow {
  return {
    seq: Number(row.seq),
    taskId: String(row.id),
    node: String(row.node_name),
    key: String(row.key),
    generation: Number(row.generation),
    state: row.state as TaskState,
    attempts: Number(row.attempts),
    cached: row.cached === 1,
    admittedAt: Number(row.admitted_at),
    startedAt: optionalNumber(row.started_at),
    finishedAt: optionalNumber(row.finished_at),
    code: optionalText(row.code),
    message: optionalText(row.message),
  };
}

function attemptRow(row: Row): AttemptRow {
  const error = row.error === null ? undefined : (JSON.parse(String(row.error)) as TaskError);
  return {
    attempt: Number(row.attempt),
    outcome: row.outcome as AttemptRow["outcome"],
    startedAt: Number(row.started_at),
    endedAt: optionalNumber(row.ended_at),
    error,
    firstCause: error === undefined ? undefined : (error.causes?.at(-1)?.message ?? error.message),
    log: row.log === null ? [] : String(row.log).split("\n"),
  };
}
