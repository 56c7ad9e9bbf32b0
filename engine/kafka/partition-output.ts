import { setAsideOversized } from "../oversize.ts";
import { isLong } from "../partition.ts";
import type { Plan } from "../plan.ts";
import type { DeadLetter, LogRecord, RecordRef, TableRecord } from "../records.ts";
import type { Value } from "../template.ts";
import type { Layout } from "./layout.ts";
import type { Outbox } from "./outbox.ts";
import type { LedgerEffects } from "./task-ledger.ts";
import type { TaskMessage } from "./task-message.ts";
import { toWire } from "./wire-record.ts";

/** What a partition puts out, into the transaction that is being made: records, requests, dead letters, events, and how far it has read. */
export class PartitionOutput implements LedgerEffects {
  readonly #partition: number;
  readonly #plan: Plan;
  readonly #layout: Layout;
  readonly #maxRecordBytes: number;
  #outbox: Outbox | undefined;
  /** The time of what is being done, ms since 1970. */
  now = 0;

  constructor(partition: number, plan: Plan, layout: Layout, maxRecordBytes: number) {
    this.#partition = partition;
    this.#plan = plan;
    this.#layout = layout;
    this.#maxRecordBytes = maxRecordBytes;
  }

  /** Says which transaction is made now, and when. */
  into(outbox: Outbox, now: number): void {
    this.#outbox = outbox;
    this.now = now;
  }

  get #box(): Outbox {
    return this.#outbox as Outbox;
  }

  /** Every transaction names an input position, so that Kafka can tell whether this worker still owns the partition. */
  touch(topic: string, offset: number): void {
    this.#box.advance({ topic, partition: this.#partition, offset });
  }

  /** Puts a record out. @returns its place; none for one over the size limit that a published topic does not get */
  emit(topic: string, record: LogRecord | TableRecord, by?: string): RecordRef | undefined {
    const partitions = this.#layout.partitionsOf.get(topic) ?? this.#layout.partitions;
    const keys = this.#layout.keysOf.get(topic);
    const { key, value, timestamp } = record;
    if (value === null) return this.#box.addByKey(topic, partitions, { key, value, timestamp }, keys);
    let out: LogRecord = { ...record, value };
    let text = JSON.stringify(value);
    if (text.length > this.#maxRecordBytes) {
      const { letter, rest } = setAsideOversized([this.#plan], topic, out, text.length, this.#maxRecordBytes);
      this.deadLetter(letter);
      if (rest === undefined) return undefined;
      out = rest;
      text = JSON.stringify(out.value);
    }
    // of records that failed any key will do: their own one goes with them
    const lies = keys === "long" && !isLong(by ?? key) ? "0" : by;
    return this.#box.addByKey(topic, partitions, toWire(out, text, lies), keys);
  }

  request(topic: string, message: TaskMessage): void {
    const out = { key: message.taskId, value: JSON.stringify(message), timestamp: this.now };
    this.#box.addByKey(topic, this.#layout.partitions, out);
  }

  passOn(topic: string, partition: number, record: LogRecord): void {
    this.#box.add(topic, partition, toWire(record, JSON.stringify(record.value)));
  }

  /** A record that cannot go on. */
  setAside(node: string, { key, value, timestamp }: LogRecord, code: string, message: string): void {
    this.deadLetter({ kind: "record", node, key, value, timestamp, code, message });
  }

  deadLetter(letter: DeadLetter): void {
    const { dag, deadLetters, partitions } = this.#layout;
    const value = JSON.stringify({ ...letter, dag, partition: this.#partition, at: this.now });
    const out = { key: letter.taskId ?? letter.key, value, timestamp: letter.timestamp };
    this.#box.addByKey(deadLetters, partitions, out);
    const { kind, node, key, code, message, taskId } = letter;
    if (kind === "task") this.event("task-failed", { dag, node, key, taskId: taskId ?? "", code, message });
    else this.event("dead-letter", { dag, node, key, code, message });
  }

  /** Takes the dead letters of a task back. */
  settled(taskId: string): void {
    const { deadLetters, partitions } = this.#layout;
    this.#box.addByKey(deadLetters, partitions, { key: taskId, value: null, timestamp: this.now });
  }

  /** Takes one dead letter back, by its place. */
  takeBack(key: string, at: { partition: number; offset: number }): void {
    const headers = { offset: String(at.offset) };
    this.#box.add(this.#layout.deadLetters, at.partition, { key, value: null, timestamp: this.now, headers });
  }

  /** Something worth telling a person. */
  event(kind: string, data: Value): void {
    const value = JSON.stringify({ kind, data });
    this.#box.add(this.#layout.events, 0, { key: kind, value, timestamp: this.now });
  }
}
