import type { Names, Statements } from "./database.ts";
import type { EngineTables } from "./engine-tables.ts";
import type { TaskIdentity } from "./identity.ts";
import type { TaskError } from "./leases.ts";
import type { LogRecord, RecordRef } from "./records.ts";
import { requestOf, type TaskNode, type TaskRequest } from "./task-request.ts";
import type { Value } from "./template.ts";

/** When an attempt was made and what its worker said. */
export interface AttemptSpan {
  startedAt: number;
  endedAt: number;
  log: readonly string[];
}

/** The rows behind the lease queue: tasks, their attempts, results that answer equal work, and their dead letters. Part of a transaction. */
export class TaskRows {
  readonly #sql: Statements;
  readonly #names: Names;

  constructor({ sql, names }: EngineTables) {
    this.#sql = sql;
    this.#names = names;
  }

  /** Unfinished tasks of a node, oldest first, with whether they were running. */
  unfinished(node: TaskNode): { request: TaskRequest; running: boolean }[] {
    return this.#sql(
      `SELECT t.*, n.name AS topic_name FROM tasks t JOIN names n ON n.id = t.topic
         WHERE t.node = ? AND t.state IN ('waiting', 'running', 'retrying') ORDER BY t.seq`,
    )
      .all(this.#names.id(node.name))
      .map((row) => ({ request: requestOf(row, node), running: row.state === "running" }));
  }

  /** The recorded result of equal work, unless the node wants none. */
  recorded(node: TaskNode, cacheKey: string): Value | undefined {
    if (node.spec.cache === false) return undefined;
    const row = this.#sql("SELECT result FROM results WHERE cache_key = ?").get(cacheKey);
    return row === undefined ? undefined : (JSON.parse(String(row.result)) as Value);
  }

  /**
   * Enters a task, done already when a result answers it.
   * @returns its number; undefined when it is there
   */
  admit(
    node: TaskNode,
    { taskId, cacheKey, components }: TaskIdentity,
    place: { key: string; generation: number; ref: RecordRef },
    answered: boolean,
    now: number,
  ): number | undefined {
    const { key, generation, ref } = place;
    const made = this.#sql(
      `INSERT OR IGNORE INTO tasks (id, node, key, generation, topic, partition, at_offset, state, attempts, budget, lost, due, cache_key,
       components, cached, admitted_at, finished_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 0, ?, ?, ?, ?, ?, ?)`,
    ).run(
      taskId,
      this.#names.id(node.name),
      key,
      generation,
      this.#names.id(ref.topic),
      ref.partition,
      ref.offset,
      answered ? "done" : "waiting",
      node.retry.attempts,
      now,
      cacheKey,
      JSON.stringify(components),
      answered ? 1 : 0,
      now,
      answered ? now : null,
    );
    return made.changes === 0 ? undefined : Number(made.lastInsertRowid);
  }

  wait({ due, lost, seq }: TaskRequest): void {
    this.#sql("UPDATE tasks SET state = 'waiting', due = ?, lost = ? WHERE seq = ?").run(due, lost, seq);
  }

  start({ startedAt, seq }: TaskRequest): void {
    this.#sql("UPDATE tasks SET state = 'running', started_at = ? WHERE seq = ?").run(startedAt, seq);
  }

  /** Ends a task with its result, which from now on answers equal work. */
  finish(request: TaskRequest, { startedAt, endedAt }: AttemptSpan, result: unknown, now: number): void {
    const { node, attempts, seq, cacheKey, taskId, components } = request;
    this.#sql(
      "UPDATE tasks SET state = 'done', attempts = ?, started_at = ?, finished_at = ?, code = NULL, message = NULL WHERE seq = ?",
    ).run(attempts, startedAt, endedAt, seq);
    if (node.spec.cache !== false) {
      this.#sql(
        "INSERT OR IGNORE INTO results (cache_key, task, name, components, result, at) VALUES (?, ?, ?, ?, ?, ?)",
      ).run(cacheKey, taskId, node.spec["task-name"], components, JSON.stringify(result), now);
    }
    this.dropLetter(taskId);
  }

  /** Notes why an attempt failed and when the next one is due. */
  delay({ attempts, due, seq }: TaskRequest, { code, message }: TaskError): void {
    this.#sql("UPDATE tasks SET state = 'retrying', attempts = ?, due = ?, code = ?, message = ? WHERE seq = ?").run(
      attempts,
      due,
      code,
      message,
      seq,
    );
  }

  giveUp({ attempts, lost, seq, taskId }: TaskRequest, { code, message }: TaskError, now: number): void {
    this.#sql(
      "UPDATE tasks SET state = 'failed', attempts = ?, lost = ?, finished_at = ?, code = ?, message = ? WHERE seq = ?",
    ).run(attempts, lost, now, code, message, seq);
    this.dropLetter(taskId);
  }

  attempt({ seq, attempts, lost }: TaskRequest, outcome: string, span: AttemptSpan, error?: TaskError): void {
    this.#sql(
      "INSERT OR REPLACE INTO attempts (task, attempt, outcome, started_at, ended_at, error, log) VALUES (?, ?, ?, ?, ?, ?, ?)",
    ).run(
      seq,
      attempts + lost,
      outcome,
      span.startedAt,
      span.endedAt,
      error === undefined ? null : JSON.stringify(error),
      span.log.length === 0 ? null : span.log.join("\n"),
    );
  }

  /** The input that a failed task's dead letter keeps. */
  letter(taskId: string): LogRecord | undefined {
    const row = this.#sql("SELECT key, value, timestamp FROM dead_letters WHERE task = ?").get(taskId);
    if (row === undefined) return undefined;
    return { key: String(row.key), value: JSON.parse(String(row.value)) as Value, timestamp: Number(row.timestamp) };
  }

  dropLetter(taskId: string): void {
    this.#sql("DELETE FROM dead_letters WHERE task = ?").run(taskId);
  }

  /** A failed task of one of the nodes. */
  failed(taskId: string, nodes: readonly TaskNode[]): TaskRequest | undefined {
    const row = this.#sql(
      "SELECT t.*, n.name AS node_name, p.name AS topic_name FROM tasks t JOIN names n ON n.id = t.node JOIN names p ON p.id = t.topic WHERE t.id = ? AND t.state = 'failed'",
    ).get(taskId);
    const node = nodes.find((one) => one.name === row?.node_name);
    return row === undefined || node === undefined ? undefined : requestOf(row, node);
  }

  /** Puts a failed task back, with a new budget. */
  again({ budget, due, seq, taskId }: TaskRequest): void {
    this.#sql("UPDATE tasks SET state = 'waiting', budget = ?, due = ?, finished_at = NULL WHERE seq = ?").run(
      budget,
      due,
      seq,
    );
    this.#sql("UPDATE dead_letters SET state = 'redriven' WHERE task = ?").run(taskId);
  }

  /**
   * Ends a failed task whose place a newer result has taken.
   * @returns its node's full name; undefined when no such task has failed
   */
  supersede(taskId: string): string | undefined {
    const row = this.#sql(
      "SELECT n.name FROM tasks t JOIN names n ON n.id = t.node WHERE t.id = ? AND t.state = 'failed'",
    ).get(taskId);
    if (row === undefined) return undefined;
    this.#sql(
      "UPDATE tasks SET state = 'done', message = 'Superseded by a newer result. ' || message WHERE id = ?",
    ).run(taskId);
    this.dropLetter(taskId);
    return String(row.name);
  }
}
