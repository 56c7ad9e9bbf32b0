import type { Names, Statements } from "./database.ts";
import { RecordTooLargeError } from "./errors.ts";
import { partitionOf } from "./partition.ts";
import type { LogRecord, RecordRef, TableRecord } from "./records.ts";
import type { Value } from "./template.ts";

type StoredRecord = [key: string, value: Value | null, timestamp: number, failure?: LogRecord["failure"]];

interface Batch {
  base: number;
  records: LogRecord[];
  /** Length of its text. */
  size: number;
}

const maxBatch = 4096;
const cachedBatches = 2048;
/** Text of batches whose records memory holds. */
const cachedSize = 48 * 2 ** 20;

/**
 * Topics as tables of batches: topic, partition, base offset, count, and the records as one JSON text. A batch is the unit of
 * writing and reading, which is what makes a hundred thousand records a second possible.
 */
export class TopicLog {
  readonly #sql: Statements;
  readonly #names: Names;
  readonly #ends = new Map<string, number[]>();
  readonly #partitions = new Map<string, number>();
  readonly #batches = new Map<string, Batch>();
  #cached = 0;

  readonly #maxRecordBytes: number;

  constructor(sql: Statements, names: Names, maxRecordBytes: number) {
    this.#sql = sql;
    this.#names = names;
    this.#maxRecordBytes = maxRecordBytes;
  }

  /** Makes a topic known. Its number of partitions never changes afterwards; returns the number it has. */
  declare(topic: string, partitions: number): number {
    const id = this.#names.id(topic);
    this.#sql("INSERT OR IGNORE INTO topics (topic, partitions) VALUES (?, ?)").run(id, partitions);
    const found = Number(this.#sql("SELECT partitions FROM topics WHERE topic = ?").get(id)?.partitions);
    this.#partitions.set(topic, found);
    return found;
  }

  partitions(topic: string): number {
    return this.#partitions.get(topic) ?? 0;
  }

  /** The offset that the next record of a partition will have. */
  end(topic: string, partition: number): number {
    return this.#endsOf(topic)[partition] ?? 0;
  }

  #endsOf(topic: string): number[] {
    let ends = this.#ends.get(topic);
    if (ends === undefined) {
      ends = new Array<number>(this.partitions(topic)).fill(0);
      for (const row of this.#sql("SELECT partition, next FROM ends WHERE topic = ?").all(this.#names.id(topic))) {
        ends[Number(row.partition)] = Number(row.next);
      }
      this.#ends.set(topic, ends);
    }
    return ends;
  }

  /**
   * Appends records, each to the partition of its key, in order.
   * @returns the place of every record
   * @throws RecordTooLargeError (engine/record-too-large) before anything is written
   */
  append(topic: string, given: readonly (LogRecord | TableRecord)[], now: number): RecordRef[] {
    const records = given as readonly LogRecord[];
    const partitions = this.partitions(topic);
    const ends = this.#endsOf(topic);
    const groups: LogRecord[][] = Array.from({ length: partitions }, () => []);
    const refs: RecordRef[] = [];
    for (const record of records) {
      const partition = partitionOf(record.key, partitions);
      const group = groups[partition] as LogRecord[];
      refs.push({ topic, partition, offset: (ends[partition] ?? 0) + group.length });
      group.push(record);
    }
    const batches: { partition: number; records: LogRecord[]; body: string }[] = [];
    for (let partition = 0; partition < partitions; partition++) {
      const group = groups[partition] as LogRecord[];
      for (let from = 0; from < group.length; from += maxBatch) {
        const part = group.length <= maxBatch ? group : group.slice(from, from + maxBatch);
        batches.push({ partition, records: part, body: this.#encode(topic, part) });
      }
    }
    for (const { partition, records: part, body } of batches) this.#write(topic, partition, part, body, now);
    return refs;
  }

  #encode(topic: string, records: readonly LogRecord[]): string {
    const body = JSON.stringify(records.map(stored));
    if (body.length <= this.#maxRecordBytes) return body;
    for (const record of records) {
      const sizeBytes = JSON.stringify(record.value).length;
      if (sizeBytes > this.#maxRecordBytes) throw new RecordTooLargeError(topic, sizeBytes, this.#maxRecordBytes);
    }
    return body;
  }

  #write(topic: string, partition: number, records: LogRecord[], body: string, now: number): void {
    const ends = this.#endsOf(topic);
    const base = ends[partition] ?? 0;
    const id = this.#names.id(topic);
    this.#sql("INSERT INTO log (topic, partition, base, count, at, body) VALUES (?, ?, ?, ?, ?, ?)").run(
      id,
      partition,
      base,
      records.length,
      now,
      body,
    );
    this.#sql(
      "INSERT INTO ends (topic, partition, next) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET next = excluded.next",
    ).run(id, partition, base + records.length);
    ends[partition] = base + records.length;
    this.#keep(topic, partition, { base, records, size: body.length });
  }

  #keep(topic: string, partition: number, batch: Batch): void {
    this.#batches.set(`${topic}\u0000${partition}\u0000${batch.base}`, batch);
    this.#cached += batch.size;
    for (const [place, oldest] of this.#batches) {
      if (this.#batches.size <= cachedBatches && this.#cached <= cachedSize) break;
      this.#batches.delete(place);
      this.#cached -= oldest.size;
    }
  }

  /** Records from an offset on, up to the end of the batch that holds it; none at the end of the partition. */
  read(topic: string, partition: number, offset: number): { base: number; records: LogRecord[] } {
    if (offset >= this.end(topic, partition)) return { base: offset, records: [] };
    const place = this.#sql(
      "SELECT base FROM log WHERE topic = ? AND partition = ? AND base <= ? ORDER BY base DESC LIMIT 1",
    ).get(this.#names.id(topic), partition, offset);
    const base = place === undefined ? undefined : Number(place.base);
    const batch = base === undefined ? undefined : this.#batch(topic, partition, base);
    if (batch !== undefined && offset < batch.base + batch.records.length) {
      return {
        base: offset,
        records: offset === batch.base ? batch.records : batch.records.slice(offset - batch.base),
      };
    }
    const next = this.#sql("SELECT min(base) AS base FROM log WHERE topic = ? AND partition = ? AND base > ?").get(
      this.#names.id(topic),
      partition,
      offset,
    );
    if (next === undefined || next.base === null) return { base: this.end(topic, partition), records: [] };
    return { base: Number(next.base), records: this.#batch(topic, partition, Number(next.base))?.records ?? [] };
  }

  record(ref: RecordRef): LogRecord | undefined {
    const { base, records } = this.read(ref.topic, ref.partition, ref.offset);
    return base === ref.offset ? records[0] : undefined;
  }

  #batch(topic: string, partition: number, base: number): Batch | undefined {
    const kept = this.#batches.get(`${topic}\u0000${partition}\u0000${base}`);
    if (kept !== undefined) return kept;
    const row = this.#sql("SELECT body FROM log WHERE topic = ? AND partition = ? AND base = ?").get(
      this.#names.id(topic),
      partition,
      base,
    );
    if (row === undefined) return undefined;
    const body = String(row.body);
    const batch = { base, records: decodeRecords(body), size: body.length };
    this.#keep(topic, partition, batch);
    return batch;
  }

  /** Forgets what memory holds, after a transaction was rolled back. */
  reset(): void {
    this.#ends.clear();
    this.#batches.clear();
    this.#cached = 0;
  }
}

function stored(record: LogRecord): StoredRecord {
  return record.failure === undefined
    ? [record.key, record.value, record.timestamp]
    : [record.key, record.value, record.timestamp, record.failure];
}

/** The records of a stored batch. */
export function decodeRecords(body: string): LogRecord[] {
  return (JSON.parse(body) as StoredRecord[]).map(([key, value, timestamp, failure]) => {
    const record: LogRecord = { key, value: value as Value, timestamp };
    if (failure !== undefined) record.failure = failure;
    return record;
  });
}
