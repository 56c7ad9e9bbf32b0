import type { DatabaseSync } from "node:sqlite";
import { type NodeCounters, rateSeconds } from "../counters.ts";
import { Names, type Statements, statements } from "../database.ts";
import { generationOf, taskIdentity } from "../identity.ts";
import { fullName, type Plan, type PlanNode } from "../plan.ts";
import type { ExternalTaskSpec } from "../spec.ts";
import type { Value } from "../template.ts";
import { letterSchema } from "./command.ts";
import { countersStore, type PartitionCounts } from "./partition-counters.ts";
import { tasksStore } from "./partition-state.ts";
import { seenStore } from "./partition-task.ts";
import { type TaskAnswer, type TaskMessage, taskAnswerSchema, taskMessageSchema } from "./task-message.ts";
import { objectOf } from "./wire-record.ts";

/** A record as the mirror gets it. */
export interface MirroredRecord {
  offset: number;
  key: string | null;
  value: Buffer | null;
  timestamp: number;
  headers?: Readonly<Record<string, string>>;
}

interface StoredTask {
  state: "held" | "sent" | "retrying" | "done" | "failed";
  begun?: true;
  key?: string;
  attempts?: number;
  budget?: number;
}

const taskStates = { held: "waiting", sent: "waiting", retrying: "retrying", done: "done", failed: "failed" } as const;

/**
 * The tables of an engine's database as a deployment on Kafka fills them: what each kind of record changes. Records of different topics
 * come in any order; those of one partition in theirs, each once.
 */
export class MirrorTables {
  readonly #sql: Statements;
  readonly #names: Names;
  readonly #dag: string;
  readonly #partitions: number;
  readonly #nodes: ReadonlyMap<string, PlanNode>;
  readonly #taskStores: ReadonlyMap<string, string>;
  readonly #counters = new Map<string, Map<number, PartitionCounts>>();
  readonly #recent = new Map<string, [number, number][]>();
  readonly #counted = new Set<string>();

  constructor(db: DatabaseSync, plan: Plan) {
    this.#sql = statements(db);
    this.#names = new Names(this.#sql);
    this.#dag = plan.dag;
    this.#partitions = plan.partitions;
    this.#nodes = new Map(plan.nodes.map((node) => [node.id, node]));
    this.#taskStores = new Map(
      plan.nodes.flatMap(({ id, type }) => (type === "external-task" ? [[tasksStore(plan.dag, id), id] as const] : [])),
    );
    const rows = this.#sql("SELECT key, body FROM state WHERE store = ?").all(this.#store(countersStore(plan.dag)));
    for (const { key, body } of rows) {
      const text = String(key);
      const slash = text.indexOf("/");
      this.#countersOf(text.slice(slash + 1)).set(
        Number(text.slice(0, slash)),
        JSON.parse(String(body)) as PartitionCounts,
      );
    }
  }

  #store(name: string): number {
    return this.#names.id(name);
  }

  #countersOf(node: string): Map<number, PartitionCounts> {
    let counters = this.#counters.get(node);
    if (counters === undefined) {
      counters = new Map();
      this.#counters.set(node, counters);
    }
    return counters;
  }

  /** Forgets what memory holds of names, after a transaction was rolled back. */
  reset(): void {
    this.#names.reset();
  }

  /** An entry of a partition's state: a task, counts, how far tables are seen, or something that is open. */
  changed(partition: number, { key, value }: MirroredRecord, now: number): void {
    const name = key ?? "";
    const end = name.indexOf("\u0000");
    const store = name.slice(0, end);
    const entry = name.slice(end + 1);
    const node = this.#taskStores.get(store);
    if (node !== undefined) this.#changeTask(node, entry, value === null ? undefined : bodyOf(value), now);
    else if (store === countersStore(this.#dag)) {
      if (value !== null) this.#count(entry, partition, bodyOf(value) as unknown as PartitionCounts, now);
    } else if (store === seenStore(this.#dag)) {
      if (value !== null) this.#put(store, `${partition}/${entry}`, undefined, JSON.stringify(bodyOf(value)));
    } else if (!entry.includes("\u0000m")) {
      const lookup = value === null ? null : (JSON.parse(value.toString("utf8", 0, value.indexOf(10))) as unknown[])[0];
      if (typeof lookup === "string") this.#put(store, entry, lookup, "");
      else this.#sql("DELETE FROM state WHERE store = ? AND key = ?").run(this.#store(store), entry);
    }
  }

  #put(store: string, key: string, lookup: string | undefined, body: string): void {
    this.#sql("INSERT OR REPLACE INTO state (store, key, lookup, body) VALUES (?, ?, ?, ?)").run(
      this.#store(store),
      key,
      lookup ?? null,
      body,
    );
  }

  /** A row of a table topic. */
  row(store: string, { key, value }: MirroredRecord): void {
    if (key === null) return;
    const row = value === null ? undefined : objectOf(value);
    if (row !== undefined) this.#put(store, key, undefined, JSON.stringify(row));
    else if (value === null) this.#sql("DELETE FROM state WHERE store = ? AND key = ?").run(this.#store(store), key);
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

  #changeTask(node: string, taskId: string, task: Value | undefined, now: number): void {
    if (task === undefined) {
      this.#forgetTask(taskId);
      return;
    }
    const { seq } = this.#taskRow(node, taskId, now);
    const { state, begun, key = null, attempts = null, budget = null } = task as unknown as StoredTask;
    const shown = state === "sent" && begun === true ? "running" : taskStates[state];
    const over = shown === "done" || shown === "failed";
    this.#sql(
      `UPDATE tasks SET state = ?, key = coalesce(?, key), attempts = max(attempts, coalesce(?, 0)), budget = coalesce(?, budget),
       finished_at = CASE WHEN ? THEN coalesce(finished_at, (SELECT max(ended_at) FROM attempts WHERE task = tasks.seq), ?) END,
       code = CASE WHEN ? THEN NULL ELSE code END, message = CASE WHEN ? THEN NULL ELSE message END WHERE seq = ?`,
    ).run(shown, key, attempts, budget, over ? 1 : 0, now, shown === "done" ? 1 : 0, shown === "done" ? 1 : 0, seq);
    if (shown === "done") this.#dropSettled(taskId);
    this.#counted.add(node);
  }

  /** Letters of a task that was run again and has its result by now. */
  #dropSettled(taskId: string): void {
    this.#sql(
      "DELETE FROM dead_letters WHERE task = ?1 AND state = 'redriven' AND EXISTS (SELECT 1 FROM tasks WHERE id = ?1 AND state = 'done')",
    ).run(taskId);
  }

  #forgetTask(taskId: string): void {
    const row = this.#sql("SELECT seq, topic, partition, at_offset, cache_key FROM tasks WHERE id = ?").get(taskId);
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
  requested(topic: string, partition: number, record: MirroredRecord): void {
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
  answered(node: string, { value, timestamp }: MirroredRecord): void {
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
    const error = answer.outcome === "failed" ? answer.error : undefined;
    this.#sql(
      "INSERT OR IGNORE INTO attempts (task, attempt, outcome, started_at, ended_at, error, log) VALUES (?, ?, ?, ?, ?, ?, ?)",
    ).run(
      seq,
      answer.attempt,
      answer.outcome,
      startedAt,
      endedAt,
      error === undefined ? null : JSON.stringify(error),
      log.length === 0 ? null : log.join("\n"),
    );
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

  /** A dead letter, or word that one is settled. Its number is made of its place, the same on every machine. */
  letter(partition: number, { key, value, offset, headers }: MirroredRecord): void {
    if (value === null) {
      if (headers?.offset === undefined) {
        this.#sql("UPDATE dead_letters SET state = 'redriven' WHERE task = ?").run(key ?? "");
        this.#dropSettled(key ?? "");
      } else this.#sql("DELETE FROM dead_letters WHERE id = ?").run(this.letterId(partition, Number(headers.offset)));
      return;
    }
    const letter = letterSchema.safeParse(objectOf(value));
    if (!letter.success) return;
    const { kind, node, timestamp, taskId, code, message, at, side } = letter.data;
    if (taskId !== undefined) this.#sql("DELETE FROM dead_letters WHERE task = ?").run(taskId);
    this.#sql(
      `INSERT OR REPLACE INTO dead_letters (id, kind, node, key, value, timestamp, task, code, message, at, state, side)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?)`,
    ).run(
      this.letterId(partition, offset),
      kind,
      this.#names.id(fullName(this.#dag, node)),
      letter.data.key,
      JSON.stringify(letter.data.value),
      timestamp,
      taskId ?? null,
      code,
      message,
      at,
      side ?? null,
    );
  }

  letterId(partition: number, offset: number): number {
    return offset * this.#partitions + partition + 1;
  }

  placeOfLetter(id: number): { partition: number; offset: number } {
    return { partition: (id - 1) % this.#partitions, offset: Math.floor((id - 1) / this.#partitions) };
  }

  /** Something worth telling. */
  event({ value, timestamp }: MirroredRecord): void {
    const event = value === null ? undefined : objectOf(value);
    if (typeof event?.kind === "string") this.note(event.kind, (event.data ?? {}) as Value, timestamp);
  }

  note(kind: string, data: Value, at: number): void {
    this.#sql("INSERT INTO run_events (at, kind, data) VALUES (?, ?, ?)").run(at, kind, JSON.stringify(data));
  }

  /** What a connector has taken in. */
  entered({ key, value, timestamp }: MirroredRecord): void {
    const [kind, first = "", ...rest] = (key ?? "").split("\u0000");
    const entry = value === null ? undefined : objectOf(value);
    if (entry === undefined) return;
    if (kind === "event") {
      const mark = this.#sql("INSERT OR IGNORE INTO event_ids (topic, id) VALUES (?, ?)");
      mark.run(this.#names.id(first), rest.join("\u0000"));
    } else if (kind === "content")
      this.#sql(
        "INSERT INTO ledger (source, path, sha256, size, mtime, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET size = excluded.size, mtime = excluded.mtime, at = excluded.at",
      ).run(
        String(entry.source),
        String(entry.path),
        String(entry.sha256),
        Number(entry.sizeBytes),
        Number(entry.mtimeMs),
        timestamp,
      );
  }

  hasEntered(topic: string, eventId: string): boolean {
    return (
      this.#sql("SELECT 1 FROM event_ids WHERE topic = ? AND id = ?").get(this.#names.id(topic), eventId) !== undefined
    );
  }

  #count(node: string, partition: number, counts: PartitionCounts, now: number): void {
    this.#put(countersStore(this.#dag), `${partition}/${node}`, undefined, JSON.stringify(counts));
    const counters = this.#countersOf(node);
    const more = counts.out - (counters.get(partition)?.out ?? 0);
    counters.set(partition, counts);
    this.#counted.add(node);
    if (more <= 0) return;
    const second = Math.floor(now / 1000);
    const recent = (this.#recent.get(node) ?? []).filter(([at]) => at > second - rateSeconds);
    const last = recent.at(-1);
    if (last !== undefined && last[0] === second) last[1] += more;
    else recent.push([second, more]);
    this.#recent.set(node, recent);
  }

  /** Brings the counters of nodes up to what has come. @returns whether any had changed */
  settle(): boolean {
    const changed = this.#counted.size > 0;
    for (const node of this.#counted) {
      const name = this.#names.id(fullName(this.#dag, node));
      const body: NodeCounters = {
        in: 0,
        out: 0,
        failed: 0,
        duplicates: 0,
        opened: 0,
        closed: 0,
        incomplete: 0,
        revised: 0,
        waiting: 0,
        running: 0,
        retrying: 0,
        done: 0,
        cached: 0,
        retried: 0,
        oldestAt: 0,
        lastAt: 0,
        recent: this.#recent.get(node) ?? [],
      };
      for (const counts of this.#countersOf(node).values()) {
        const { lastAt, ...sums } = counts;
        for (const key of Object.keys(sums) as (keyof typeof sums)[]) body[key] += sums[key];
        body.lastAt = Math.max(body.lastAt, lastAt);
      }
      if (this.#nodes.get(node)?.type === "external-task") {
        for (const state of ["waiting", "running", "retrying", "failed"] as const) {
          const row = this.#sql("SELECT count(*) AS n FROM tasks WHERE node = ? AND state = ?").get(name, state);
          body[state] = Number(row?.n ?? 0);
        }
        const oldest = this.#sql(
          "SELECT min(admitted_at) AS at FROM tasks WHERE node = ? AND state IN ('waiting', 'running', 'retrying')",
        ).get(name);
        body.oldestAt = Number(oldest?.at ?? 0);
      }
      this.#sql("INSERT INTO counters (node, body) VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body").run(
        name,
        JSON.stringify(body),
      );
    }
    this.#counted.clear();
    return changed;
  }

  /** How far a topic has come, and how far a reader is. */
  reached(topic: string, partition: number, first: number, next: number, read: { reader: string; at: number }[]): void {
    const id = this.#names.id(topic);
    this.#sql(
      "INSERT INTO ends (topic, partition, next, first) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET next = excluded.next, first = excluded.first",
    ).run(id, partition, next, first);
    for (const { reader, at } of read) this.position(reader, topic, partition, at);
  }

  position(reader: string, topic: string, partition: number, next: number): void {
    this.#sql(
      "INSERT INTO offsets (consumer, topic, partition, next) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET next = excluded.next",
    ).run(this.#names.id(reader), this.#names.id(topic), partition, next);
  }

  positionOf(reader: string, topic: string, partition: number): number | undefined {
    const row = this.#sql("SELECT next FROM offsets WHERE consumer = ? AND topic = ? AND partition = ?").get(
      this.#names.id(reader),
      this.#names.id(topic),
      partition,
    );
    return row === undefined ? undefined : Number(row.next);
  }

  /** Tasks that have not ended. */
  get openTasks(): number {
    const row = this.#sql("SELECT count(*) AS n FROM tasks WHERE state IN ('waiting', 'running', 'retrying')").get();
    return Number(row?.n ?? 0);
  }

  /** Open groups, windows and held keys by node. */
  openCounts(): Map<string, number> {
    const rows = this.#sql(
      "SELECT n.name, count(*) AS n FROM state s JOIN names n ON n.id = s.store WHERE s.lookup IS NOT NULL GROUP BY s.store",
    ).all();
    return new Map(rows.map((row) => [String(row.name), Number(row.n)]));
  }

  /** How far a partition has looked at a partition of a table topic. */
  seen(partition: number, topic: string, of: number): number {
    const row = this.#sql("SELECT body FROM state WHERE store = ? AND key = ?").get(
      this.#store(seenStore(this.#dag)),
      `${partition}/${topic}/${of}`,
    );
    return row === undefined ? 0 : Number(row.body);
  }

  /** Removes events that nobody looks back at: counter snapshots after an hour, others after so long. */
  prune(now: number, eventsMs: number): void {
    this.#sql("DELETE FROM run_events WHERE at < ? OR (kind = 'counters' AND at < ?)").run(
      now - eventsMs,
      now - 3_600_000,
    );
  }

  declare(plan: Plan, now: number): void {
    this.#sql(
      "INSERT INTO plans (dag, sha256, plan, at) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET sha256 = excluded.sha256, plan = excluded.plan, at = excluded.at",
    ).run(plan.dag, plan.sha256, JSON.stringify(plan), now);
    for (const { name, kind, partitions } of plan.topics)
      if (kind !== "repartition")
        this.#sql("INSERT OR REPLACE INTO topics (topic, partitions) VALUES (?, ?)").run(
          this.#names.id(name),
          partitions,
        );
  }
}

/** The value of an entry of the changelog, behind its line of times. */
function bodyOf(value: Buffer): Value {
  return JSON.parse(value.toString("utf8", value.indexOf(10) + 1)) as Value;
}
