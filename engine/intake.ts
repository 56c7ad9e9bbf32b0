import type { Names, Statements } from "./database.ts";
import type { EngineTables } from "./engine-tables.ts";
import { KeyMismatchError, UnknownTopicError } from "./errors.ts";
import type { TopicLog } from "./log.ts";
import { isLong, type KeyType } from "./partition.ts";
import type { Plan, PlanTopic } from "./plan.ts";
import type { LogRecord } from "./records.ts";
import { parseTemplate, type Template, type Value } from "./template.ts";

/** A record as given to `append`. */
export interface AppendRecord {
  /** Needed unless the topic declares a key template. */
  key?: string;
  /** null deletes a key of a table topic. */
  value: Value | null;
  /** Event time, ms; default: the clock's. */
  timestamp?: number;
  /** Enters once: a second record of the topic with this id is left out. */
  eventId?: string;
}

/** A connector's mark that a file was taken in, written with the append. */
export interface LedgerEntry {
  source: string;
  path: string;
  /** Of the content; or what a store says in its place, such as an ETag. */
  sha256: string;
  sizeBytes: number;
  mtimeMs: number;
}

export interface AppendResult {
  accepted: number;
  duplicates: number;
}

/** The door: what comes from outside into topics, each event id once. */
export class Intake {
  readonly #sql: Statements;
  readonly #names: Names;
  readonly #log: TopicLog;
  readonly #topics = new Map<string, InputKeys>();

  constructor({ sql, names, log }: EngineTables, plans: readonly Plan[]) {
    this.#sql = sql;
    this.#names = names;
    this.#log = log;
    for (const topic of plans.flatMap((plan) => plan.topics)) {
      if (topic.kind !== "external" && topic.kind !== "table") continue;
      if (topic.key !== undefined || !this.#topics.has(topic.name)) this.#topics.set(topic.name, inputKeys(topic));
    }
  }

  /** @throws UnknownTopicError, KeyMismatchError, RecordTooLargeError before anything is written */
  append(topic: string, records: readonly AppendRecord[], ledger: readonly LedgerEntry[], now: number): AppendResult {
    const keys = this.#topics.get(topic);
    if (keys === undefined) throw new UnknownTopicError(topic, [...this.#topics.keys()].sort());
    const id = this.#names.id(topic);
    const seen = this.#sql("SELECT 1 FROM event_ids WHERE topic = ? AND id = ?");
    const fresh = new Set<string>();
    const accepted: LogRecord[] = [];
    for (const record of records) {
      if (record.eventId !== undefined) {
        if (fresh.has(record.eventId) || seen.get(id, record.eventId) !== undefined) continue;
        fresh.add(record.eventId);
      }
      const key = keyOf(topic, keys, record);
      accepted.push({ key, value: record.value as Value, timestamp: record.timestamp ?? now });
    }
    this.#log.append(topic, accepted, now);
    const mark = this.#sql("INSERT INTO event_ids (topic, id) VALUES (?, ?)");
    for (const eventId of fresh) mark.run(id, eventId);
    const note = this.#sql(
      "INSERT INTO ledger (source, path, sha256, size, mtime, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET size = excluded.size, mtime = excluded.mtime, at = excluded.at",
    );
    for (const { source, path, sha256, sizeBytes, mtimeMs } of ledger)
      note.run(source, path, sha256, sizeBytes, mtimeMs, now);
    return { accepted: accepted.length, duplicates: records.length - accepted.length };
  }
}

/** What the keys of a topic that takes input are. */
export interface InputKeys {
  /** Makes them of a record's fields. */
  template: Template | undefined;
  keys: KeyType | undefined;
}

export function inputKeys({ key, keys }: Pick<PlanTopic, "key" | "keys">): InputKeys {
  return { template: key === undefined ? undefined : parseTemplate(key), keys };
}

/** A record's key: what the template makes of its fields, or the one given. @throws KeyMismatchError (engine/key-mismatch) */
export function keyOf(topic: string, { template, keys }: InputKeys, record: Omit<AppendRecord, "eventId">): string {
  const made = template === undefined || record.value === null ? record.key : template.fill(record.value);
  if (made === undefined) {
    const expected = `the fields of "${template?.source}" as text, or as whole numbers up to 2^53 - 1`;
    throw new KeyMismatchError(topic, record.key, template === undefined || record.value === null ? "a key" : expected);
  }
  if (record.key !== undefined && record.key !== made) throw new KeyMismatchError(topic, record.key, `"${made}"`);
  if (keys === "long" && !isLong(made)) throw new KeyMismatchError(topic, made, "a whole number of 64 bits");
  return made;
}
