import type { Names, Statements } from "../database.ts";
import { generationOf, taskIdentity } from "../identity.ts";
import { fullName, type Plan, type PlanNode } from "../plan.ts";
import type { ExternalTaskSpec } from "../spec.ts";
import type { Value } from "../template.ts";
import type { RecordIn } from "./broker.ts";
import { type TaskAnswer, type TaskMessage, taskAnswerSchema, taskMessageSchema } from "./task-message.ts";
import { objectOf } from "./wire-record.ts";

/** A task as the ledger of its partition keeps it. */
export interface StoredTask {
  state: keyof typeof taskStates | "passed";
  begun?: true;
  key?: string;
  attempts?: number;
  budget?: number;
}

const taskStates = { held: "waiting", sent: "waiting", retrying: "retrying", done: "done", failed: "failed" } as const;

/** Tasks and attempts of the mirror: the ledger's word is what a task's state is; requests and answers, which may come earlier or later, say the rest. */
export class MirrorTasks {
  readonly #sql: Statements;
  readonly #names: Names;
  readonly #dag: string;
  readonly #nodes: ReadonlyMap<string, PlanNode>;
  readonly #counted: (node: string) => void;

  /** @param counted told of nodes whose tasks have changed */
  constructor(sql: Statements, names: Names, plan: Plan, counted: (node: string) => void) {
    this.#sql = sql;
    this.#names = names;
    this.#dag = plan.dag;
    this.#nodes = new Map(plan.nodes.map((node) => [node.id, node]));
    this.#counted = counted;
  }

  /** The row of a task, made when it is heard of first: who comes later completes it. */
  #taskRow(node: string, taskId: string, at: number): { seq: number; state: string } {
    const known = this.#sql("SELECT seq, state FROM tasks WHERE id = ?").get(taskId);
    if (known !== undefined) return { seq: Number(known.seq), state: String(known.state) };
    const made = this.#sql(
      `INSERT INTO tasks (id, node, key, generation, topic, partition, at_offset, state, attempts, budget, lost, due, cache_key, components,
       cached, admitted_at) VALUES (?, ?, '', 1, 0, 0, -1, 'waiting', 0, 0, 0, 0, '', '{}', 0, ?)`,
    ).run(taskId, this.#names.id(fullName(this.#dag, node)), at);
    return { seq: Number(made.lastInsertRowid), state: "waiting" };
  }

  /** An entry of the ledger of a task's node. */
  changed(node: string, taskId: string, task: StoredTask | undefined, now: number): void {
    if (task === undefined) {
      this.#forgetTask(taskId);
      return;
    }
    const { state, begun, key = null, attempts = null, budget = null } = task;
    if (state === "passed") return; // the partition that has it tells of it
    const { seq } = this.#taskRow(node, taskId, now);
    const shown = state === "sent" && begun === true ? "running" : taskStates[state];
    const over = shown === "done" || shown === "failed";
    this.#sql(
      `UPDATE tasks SET state = ?, key = coalesce(?, key), attempts = max(attempts, coalesce(?, 0)), budget = coalesce(?, budget),
       finished_at = CASE WHEN ? THEN coalesce(finished_at, (SELECT max(ended_at) FROM attempts WHERE task = tasks.seq), ?) END,
       code = CASE WHEN ? THEN NULL ELSE code END, message = CASE WHEN ? THEN NULL ELSE message END WHERE seq = ?`,
    ).run(shown, key, attempts, budget, over ? 1 : 0, now, shown === "done" ? 1 : 0, shown === "done" ? 1 : 0, seq);
    if (shown === "done") this.dropSettled(taskId);
    this.#counted(node);
  }

  /** Letters of a task that was run again and has its result by now. */
  dropSettled(taskId: string): void {
    this.#sql(
      "DELETE FROM dead_letters WHERE task = ?1 AND state = 'redriven' AND EXISTS (SELECT 1 FROM tasks WHERE id = ?1 AND state = 'done')",
    ).run(taskId);
  }

  #forgetTask(taskId: string): void {
    // an open one is another partition's than that which forgets having handed it on
    const row = this.#sql(
      "SELECT seq, topic, partition, at_offset, cache_key FROM tasks WHERE id = ? AND state IN ('done', 'failed')",
    ).get(taskId);
    if (row === undefined) return;
    const seq = Number(row.seq);
    this.#sql("DELETE FROM log WHERE topic = ? AND partition = ? AND base = ?").run(
      Number(row.topic),
      Number(row.partition),
      Number(row.at_offset),
    );
    this.#sql("DELETE FROM results WHERE cache_key = ? AND task = ?").run(String(row.cache_key), taskId);
    this.#sql("DELETE FROM attempts WHERE task = ?").run(seq);
    this.#sql("DELETE FROM tasks WHERE seq = ?").run(seq);
  }

  /** A request: what the task is about. */
  requested(topic: string, partition: number, record: RecordIn): void {
    const message = taskMessageSchema.safeParse(record.value === null ? undefined : objectOf(record.value));
    if (!message.success) return;
    const { taskId, node, key, input } = message.data as TaskMessage & { input: Value };
    const spec = this.#nodes.get(node)?.spec as ExternalTaskSpec | undefined;
    if (spec === undefined) return;
    const { seq } = this.#taskRow(node, taskId, record.timestamp);
    const generation = generationOf(input);
    const { cacheKey, components } = taskIdentity(
      { dag: this.#dag, node, key, generation },
      spec,
      { digest: "", version: "1" },
      input,
    );
    const id = this.#names.id(topic);
    this.#sql(
      `UPDATE tasks SET key = ?, generation = ?, topic = ?, partition = ?, at_offset = ?, cache_key = ?, components = ?,
       admitted_at = min(admitted_at, ?) WHERE seq = ?`,
    ).run(key, generation, id, partition, record.offset, cacheKey, JSON.stringify(components), record.timestamp, seq);
    this.#sql("INSERT OR IGNORE INTO log (topic, partition, base, count, at, body) VALUES (?, ?, ?, 1, ?, ?)").run(
      id,
      partition,
      record.offset,
      record.timestamp,
      JSON.stringify([[key, input, record.timestamp]]),
    );
  }

  /** A worker's word on a task. */
  answered(node: string, { value, timestamp }: RecordIn): void {
    const parsed = taskAnswerSchema.safeParse(value === null ? undefined : objectOf(value));
    if (!parsed.success) return;
    const answer: TaskAnswer = parsed.data;
    const { seq } = this.#taskRow(node, answer.taskId, timestamp);
    if (answer.outcome === "started") {
      // `lost` holds the attempt that has been heard to begin: workers say so again while they are at it
      this.#sql("UPDATE tasks SET started_at = ?, lost = ? WHERE seq = ? AND lost < ? AND finished_at IS NULL").run(
        timestamp,
        answer.attempt,
        seq,
        answer.attempt,
      );
      return;
    }
    const { startedAt = timestamp, endedAt = timestamp, log = [] } = answer;
    const error = answer.outcome === "done" ? undefined : answer.error;
    const attempt = answer.attempt + this.#preempted(seq);
    this.#sql(
      "INSERT OR IGNORE INTO attempts (task, attempt, outcome, started_at, ended_at, error, log) VALUES (?, ?, ?, ?, ?, ?, ?)",
    ).run(
      seq,
      attempt,
      answer.outcome,
      startedAt,
      endedAt,
      error === undefined ? null : JSON.stringify(error),
      log.length === 0 ? null : log.join("\n"),
    );
    if (answer.outcome === "preempted") return;
    this.#sql(
      `UPDATE tasks SET started_at = ?, attempts = max(attempts, ?), finished_at = CASE WHEN finished_at IS NULL THEN NULL ELSE ? END
       WHERE seq = ?`,
    ).run(startedAt, answer.attempt, endedAt, seq);
    if (error !== undefined)
      this.#sql("UPDATE tasks SET code = ?, message = ? WHERE seq = ? AND state <> 'done'").run(
        error.code,
        error.message,
        seq,
      );
    else
      this.#sql(
        `INSERT OR IGNORE INTO results (cache_key, task, name, components, result, at)
         SELECT cache_key, id, coalesce(json_extract(components, '$.task'), ''), components, '', ? FROM tasks WHERE seq = ? AND cache_key <> ''`,
      ).run(endedAt, seq);
  }

  /** Attempts of a task that were preempted: each has a row of its own, as every later one, and none has used a number. */
  #preempted(seq: number): number {
    const row = this.#sql("SELECT count(*) AS n FROM attempts WHERE task = ? AND outcome = 'preempted'").get(seq);
    return Number(row?.n ?? 0);
  }

  /** Tasks that have not ended. */
  get open(): number {
    const row = this.#sql("SELECT count(*) AS n FROM tasks WHERE state IN ('waiting', 'running', 'retrying')").get();
    return Number(row?.n ?? 0);
  }
}
