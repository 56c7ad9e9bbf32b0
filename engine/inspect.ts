import type { DatabaseSync } from "node:sqlite";
import { type NodeCounters, ratePerS } from "./counters.ts";
import { type Statements, statements } from "./database.ts";
import type { CacheComponents } from "./identity.ts";
import type { TaskError } from "./leases.ts";
import { decodeRecords } from "./log.ts";
import { fullName, type Plan, type PlanNode } from "./plan.ts";
import type { LogRecord } from "./records.ts";
import type { Value } from "./template.ts";

export type TaskState = "waiting" | "running" | "retrying" | "done" | "failed";

export interface NodeStats {
  /** `<dag>.<node>` */
  name: string;
  dag: string;
  node: string;
  type: PlanNode["type"];
  label: string;
  in: number;
  out: number;
  failed: number;
  duplicates: number;
  /** Records that wait to be read, and tasks that wait to run. */
  lag: number;
  /** Groups, windows or held keys that are open. */
  open: number;
  /** Groups whose newest generation lacks members. */
  incomplete: number;
  revised: number;
  ratePerS: number;
  lastAt: number | undefined;
  /** For external tasks. */
  tasks?: {
    waiting: number;
    running: number;
    retrying: number;
    done: number;
    cached: number;
    failed: number;
    oldestAgeMs: number;
  };
}

export interface EngineStats {
  at: number;
  nodes: NodeStats[];
  deadLetters: number;
  /** Offset of the newest run event. */
  lastEvent: number;
}

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

export interface DeadLetterRow {
  id: number;
  kind: "task" | "record" | "group";
  node: string;
  key: string;
  value: Value;
  taskId: string | undefined;
  code: string;
  message: string;
  at: number;
  state: "open" | "redriven";
}

export interface RunEvent {
  offset: number;
  at: number;
  kind: string;
  data: Value;
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

/** Questions about an engine, answered from its database: by the runtime itself, or by any reader beside it. */
export class Inspector {
  readonly #sql: Statements;

  constructor(db: DatabaseSync | Statements) {
    this.#sql = typeof db === "function" ? db : statements(db);
  }

  plans(): Plan[] {
    return this.#sql("SELECT plan FROM plans ORDER BY dag")
      .all()
      .map((row) => JSON.parse(String(row.plan)) as Plan);
  }

  #name(node: string): string {
    if (node.includes(".")) return node;
    const plan = this.plans().find((one) => one.nodes.some((candidate) => candidate.id === node));
    return plan === undefined ? node : fullName(plan.dag, node);
  }

  #id(name: string): number {
    return Number(this.#sql("SELECT id FROM names WHERE name = ?").get(name)?.id ?? -1);
  }

  stats(now: number): EngineStats {
    const nodes: NodeStats[] = [];
    for (const plan of this.plans()) {
      for (const node of plan.nodes) nodes.push(this.#nodeStats(plan, node, now));
    }
    const letters = this.#sql("SELECT count(*) AS n FROM dead_letters WHERE state = 'open'").get();
    const last = this.#sql("SELECT max(id) AS id FROM run_events").get();
    return { at: now, nodes, deadLetters: Number(letters?.n ?? 0), lastEvent: Number(last?.id ?? 0) };
  }

  #nodeStats(plan: Plan, node: PlanNode, now: number): NodeStats {
    const name = fullName(plan.dag, node.id);
    const row = this.#sql("SELECT body FROM counters WHERE node = ?").get(this.#id(name));
    const counters = row === undefined ? undefined : (JSON.parse(String(row.body)) as NodeCounters);
    const reads =
      node.type === "topic-stream" || node.type === "topic-table"
        ? this.#lag(plan.dag, node.topic ?? "")
        : node.type === "external-task"
          ? this.#lag(name, plan.nodes.find((one) => one.id === node.inputs[0]?.node)?.topic ?? "")
          : 0;
    const queued = (counters?.waiting ?? 0) + (counters?.retrying ?? 0);
    const stats: NodeStats = {
      name,
      dag: plan.dag,
      node: node.id,
      type: node.type,
      label: node.spec.label ?? node.id.replaceAll("-", " "),
      in: counters?.in ?? 0,
      out: counters?.out ?? 0,
      failed: counters?.failed ?? 0,
      duplicates: counters?.duplicates ?? 0,
      lag: reads + queued,
      open: (counters?.opened ?? 0) - (counters?.closed ?? 0),
      incomplete: counters?.incomplete ?? 0,
      revised: counters?.revised ?? 0,
      ratePerS: counters === undefined ? 0 : ratePerS(counters, now),
      lastAt: counters === undefined || counters.lastAt === 0 ? undefined : counters.lastAt,
    };
    if (node.type === "external-task") {
      const { waiting = 0, running = 0, retrying = 0, done = 0, cached = 0, failed = 0, oldestAt = 0 } = counters ?? {};
      const oldestAgeMs = oldestAt === 0 ? 0 : Math.max(0, now - oldestAt);
      stats.tasks = { waiting: waiting + reads, running, retrying, done, cached, failed, oldestAgeMs };
    }
    return stats;
  }

  /** Records of a topic that a consumer has not read. */
  #lag(consumer: string, topic: string): number {
    const row = this.#sql(
      `SELECT sum(e.next - coalesce(o.next, 0)) AS lag FROM ends e
       LEFT JOIN offsets o ON o.consumer = ? AND o.topic = e.topic AND o.partition = e.partition WHERE e.topic = ?`,
    ).get(this.#id(consumer), this.#id(topic));
    return Number(row?.lag ?? 0);
  }

  tasks(query: TaskQuery = {}): TaskRow[] {
    const { node, state, limit = 100, after = 0 } = query;
    const conditions = ["t.seq > ?"];
    const values: (string | number)[] = [after];
    if (node !== undefined) {
      conditions.push("t.node = ?");
      values.push(this.#id(this.#name(node)));
    }
    if (state !== undefined) {
      conditions.push("t.state = ?");
      values.push(state);
    }
    return this.#sql(
      `SELECT t.*, n.name AS node_name FROM tasks t JOIN names n ON n.id = t.node WHERE ${conditions.join(" AND ")} ORDER BY t.seq LIMIT ?`,
    )
      .all(...values, limit)
      .map(taskRow);
  }

  /** Ids of tasks that begin so, at most `limit`. */
  taskIds(beginning: string, limit: number): string[] {
    const rows = this.#sql("SELECT id FROM tasks WHERE id >= ? AND id < ? ORDER BY id LIMIT ?").all(
      beginning,
      `${beginning}\u{10ffff}`,
      limit,
    );
    return rows.map((row) => String(row.id));
  }

  task(taskId: string): TaskDetail | undefined {
    const row = this.#sql(
      `SELECT t.*, n.name AS node_name, p.name AS topic_name FROM tasks t JOIN names n ON n.id = t.node JOIN names p ON p.id = t.topic WHERE t.id = ?`,
    ).get(taskId);
    if (row === undefined) return undefined;
    const attemptRows = this.#sql("SELECT * FROM attempts WHERE task = ? ORDER BY attempt")
      .all(Number(row.seq))
      .map(attemptRow);
    const alike = this.#sql(
      "SELECT count(*) AS n FROM tasks WHERE node = ? AND state = 'failed' AND code = ? AND seq <> ?",
    ).get(Number(row.node), row.code ?? "", Number(row.seq));
    const letter = this.#sql("SELECT value FROM dead_letters WHERE task = ?").get(taskId);
    const [record] = this.readTopic(String(row.topic_name), Number(row.partition), Number(row.at_offset), 1);
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

  /** @returns undefined when there is no such task */
  why(taskId: string): WhyReport | undefined {
    const task = this.task(taskId);
    if (task === undefined) return undefined;
    const rows = this.#sql(
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
    const other = nearest === undefined ? undefined : this.task(nearest.taskId)?.input;
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

  deadLetters(query: { limit?: number; after?: number; node?: string } = {}): DeadLetterRow[] {
    const { limit = 100, after = 0, node } = query;
    const rows = this.#sql(
      `SELECT d.*, n.name AS node_name FROM dead_letters d JOIN names n ON n.id = d.node WHERE d.id > ? AND (? IS NULL OR d.node = ?) ORDER BY d.id LIMIT ?`,
    ).all(after, node ?? null, node === undefined ? null : this.#id(this.#name(node)), limit);
    return rows.map((row) => ({
      id: Number(row.id),
      kind: row.kind as DeadLetterRow["kind"],
      node: String(row.node_name),
      key: String(row.key),
      value: JSON.parse(String(row.value)) as Value,
      taskId: row.task === null ? undefined : String(row.task),
      code: String(row.code),
      message: String(row.message),
      at: Number(row.at),
      state: row.state as DeadLetterRow["state"],
    }));
  }

  /** A topic's partitions with the offsets of their first kept and next record. */
  partitions(topic: string): { partition: number; first: number; next: number }[] {
    const id = this.#id(topic);
    const count = Number(this.#sql("SELECT partitions FROM topics WHERE topic = ?").get(id)?.partitions ?? 0);
    return Array.from({ length: count }, (_, partition) => {
      const row = this.#sql("SELECT first, next FROM ends WHERE topic = ? AND partition = ?").get(id, partition);
      return { partition, first: Number(row?.first ?? 0), next: Number(row?.next ?? 0) };
    });
  }

  topics(): string[] {
    return this.#sql("SELECT n.name FROM topics t JOIN names n ON n.id = t.topic ORDER BY n.name")
      .all()
      .map((row) => String(row.name));
  }

  /** Records of a partition from an offset on, at most `limit`. */
  readTopic(topic: string, partition: number, offset = 0, limit = 100): (LogRecord & { offset: number })[] {
    const found: (LogRecord & { offset: number })[] = [];
    const rows = this.#sql(
      "SELECT base, body FROM log WHERE topic = ? AND partition = ? AND base + count > ? AND base >= coalesce((SELECT max(base) FROM log WHERE topic = ? AND partition = ? AND base <= ?), 0) ORDER BY base",
    );
    const id = this.#id(topic);
    for (const row of rows.iterate(id, partition, offset, id, partition, offset)) {
      for (const [index, record] of decodeRecords(String(row.body)).entries()) {
        const at = Number(row.base) + index;
        if (at < offset) continue;
        if (found.length >= limit) return found;
        found.push({ offset: at, ...record });
      }
    }
    return found;
  }

  /** All rows of a topic-table node, by key. */
  table(name: string): Map<string, Value> {
    const rows = this.#sql("SELECT key, body FROM state WHERE store = ? ORDER BY key").all(this.#id(this.#name(name)));
    return new Map(rows.map((row) => [String(row.key), JSON.parse(String(row.body)) as Value]));
  }

  /** Files that a connector has taken in: the newest content of each path. */
  ledger(source: string): Map<string, { sha256: string; sizeBytes: number; mtimeMs: number }> {
    const rows = this.#sql("SELECT path, sha256, size, mtime FROM ledger WHERE source = ? ORDER BY at").all(source);
    return new Map(
      rows.map((row) => [
        String(row.path),
        { sha256: String(row.sha256), sizeBytes: Number(row.size), mtimeMs: Number(row.mtime) },
      ]),
    );
  }

  events(after = 0, limit = 500): RunEvent[] {
    const rows = this.#sql("SELECT id, at, kind, data FROM run_events WHERE id > ? ORDER BY id LIMIT ?").all(
      after,
      limit,
    );
    return rows.map((row) => ({
      offset: Number(row.id),
      at: Number(row.at),
      kind: String(row.kind),
      data: JSON.parse(String(row.data)) as Value,
    }));
  }
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
