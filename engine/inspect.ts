import type { DatabaseSync } from "node:sqlite";
import { type Statements, statements } from "./database.ts";
import { decodeRecords } from "./log.ts";
import { type EngineStats, type NodeStats, nameId, nodeStats } from "./node-stats.ts";
import { fullName, type Plan } from "./plan.ts";
import type { LogRecord } from "./records.ts";
import {
  type ReadOne,
  type TaskDetail,
  type TaskQuery,
  type TaskRow,
  taskDetail,
  taskRows,
  type WhyReport,
  whyTask,
} from "./task-history.ts";
import type { Value } from "./template.ts";

export type { EngineStats, NodeStats } from "./node-stats.ts";
export type { AttemptRow, TaskDetail, TaskQuery, TaskRow, TaskState, WhyReport } from "./task-history.ts";

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
    return nameId(this.#sql, name);
  }

  stats(now: number): EngineStats {
    const nodes: NodeStats[] = [];
    for (const plan of this.plans()) {
      for (const node of plan.nodes) nodes.push(nodeStats(this.#sql, plan, node, now));
    }
    const letters = this.#sql("SELECT count(*) AS n FROM dead_letters WHERE state = 'open'").get();
    const last = this.#sql("SELECT max(id) AS id FROM run_events").get();
    return { at: now, nodes, deadLetters: Number(letters?.n ?? 0), lastEvent: Number(last?.id ?? 0) };
  }

  tasks(query: TaskQuery = {}): TaskRow[] {
    return taskRows(this.#sql, query, query.node === undefined ? undefined : this.#id(this.#name(query.node)));
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
    return taskDetail(this.#sql, taskId, this.#read);
  }

  /** @returns undefined when there is no such task */
  why(taskId: string): WhyReport | undefined {
    const task = this.task(taskId);
    return task === undefined ? undefined : whyTask(this.#sql, task, this.#read);
  }

  readonly #read: ReadOne = (topic, partition, offset) => this.readTopic(topic, partition, offset, 1)[0];

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
