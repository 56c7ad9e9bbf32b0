import type { DatabaseSync } from "node:sqlite";
import { Names, type Statements, statements } from "../database.ts";
import { fullName, type Plan } from "../plan.ts";
import type { Value } from "../template.ts";
import type { RecordIn } from "./broker.ts";
import { letterSchema } from "./command.ts";
import { MirrorCounters } from "./mirror-counters.ts";
import { MirrorTasks, type StoredTask } from "./mirror-tasks.ts";
import { countersStore, type PartitionCounts } from "./partition-counters.ts";
import { tasksStore } from "./partition-state.ts";
import { seenStore } from "./partition-task.ts";
import { objectOf } from "./wire-record.ts";

/**
 * The tables of an engine's database as a deployment on Kafka fills them: what each kind of record changes. Records of different topics
 * come in any order; those of one partition in theirs, each once.
 */
export class MirrorTables {
  readonly #sql: Statements;
  readonly #names: Names;
  readonly #dag: string;
  readonly #partitions: number;
  readonly #taskStores: ReadonlyMap<string, string>;
  readonly tasks: MirrorTasks;
  readonly counters: MirrorCounters;

  constructor(db: DatabaseSync, plan: Plan) {
    this.#sql = statements(db);
    this.#names = new Names(this.#sql);
    this.#dag = plan.dag;
    this.#partitions = plan.partitions;
    this.#taskStores = new Map(
      plan.nodes.flatMap(({ id, type }) => (type === "external-task" ? [[tasksStore(plan.dag, id), id] as const] : [])),
    );
    this.counters = new MirrorCounters(this.#sql, this.#names, plan);
    this.tasks = new MirrorTasks(this.#sql, this.#names, plan, (node) => this.counters.touch(node));
  }

  #store(name: string): number {
    return this.#names.id(name);
  }

  /** Forgets what memory holds of names, after a transaction was rolled back. */
  reset(): void {
    this.#names.reset();
  }

  /** An entry of a partition's state: a task, counts, how far tables are seen, or something that is open. */
  changed(partition: number, { key, value }: RecordIn, now: number): void {
    const name = key ?? "";
    const end = name.indexOf("\u0000");
    const store = name.slice(0, end);
    const entry = name.slice(end + 1);
    const node = this.#taskStores.get(store);
    if (node !== undefined)
      this.tasks.changed(node, entry, value === null ? undefined : bodyOf<StoredTask>(value), now);
    else if (store === countersStore(this.#dag)) {
      if (value !== null) this.counters.count(entry, partition, bodyOf<PartitionCounts>(value), now);
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
  row(store: string, { key, value }: RecordIn): void {
    if (key === null) return;
    const row = value === null ? undefined : objectOf(value);
    if (row !== undefined) this.#put(store, key, undefined, JSON.stringify(row));
    else if (value === null) this.#sql("DELETE FROM state WHERE store = ? AND key = ?").run(this.#store(store), key);
  }

  /** A dead letter, or word that one is settled. Its number is made of its place, the same on every machine. */
  letter(partition: number, { key, value, offset, headers }: RecordIn): void {
    if (value === null) {
      if (headers?.offset === undefined) {
        this.#sql("UPDATE dead_letters SET state = 'redriven' WHERE task = ?").run(key ?? "");
        this.tasks.dropSettled(key ?? "");
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
  event({ value, timestamp }: RecordIn): void {
    const event = value === null ? undefined : objectOf(value);
    if (typeof event?.kind === "string") this.note(event.kind, (event.data ?? {}) as Value, timestamp);
  }

  note(kind: string, data: Value, at: number): void {
    this.#sql("INSERT INTO run_events (at, kind, data) VALUES (?, ?, ?)").run(at, kind, JSON.stringify(data));
  }

  /** What a connector has taken in. */
  entered({ key, value, timestamp }: RecordIn): void {
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

  /** Makes the workflow and its topics known, and takes up what the tables hold. Within a transaction. */
  declare(plan: Plan, now: number): void {
    this.counters.load();
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
function bodyOf<Body>(value: Buffer): Body {
  return JSON.parse(value.toString("utf8", value.indexOf(10) + 1)) as Body;
}
