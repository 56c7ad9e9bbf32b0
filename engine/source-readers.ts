import type { ConsumerOffsets } from "./consumer-offsets.ts";
import type { EngineTables } from "./engine-tables.ts";
import type { TopicLog } from "./log.ts";
import { usesEventTime } from "./plan.ts";
import type { StepEffects } from "./step-effects.ts";
import type { StepInput } from "./step-types.ts";
import type { Topology } from "./topology.ts";

/** A topic that a workflow reads, and how far. */
interface Reader {
  topology: Topology;
  node: string;
  topic: string;
  table: boolean;
  byEventTime: boolean;
  offsets: readonly number[];
}

/** Reads the topics of all workflows, tables first, and steps through what is there; how far is written with what came of it. */
export class SourceReaders {
  readonly #log: TopicLog;
  readonly #offsets: ConsumerOffsets;
  readonly #effects: StepEffects;
  #readers: Reader[] = [];

  constructor({ log, offsets }: EngineTables, effects: StepEffects) {
    this.#log = log;
    this.#offsets = offsets;
    this.#effects = effects;
  }

  /** Begins where the last commit ended. */
  load(): void {
    this.#readers = this.#effects.topologies.flatMap((topology) => {
      const byEventTime = topology.plan.nodes.some(usesEventTime);
      return [...topology.sources].map(([topic, node]) => ({
        topology,
        node: node.id,
        topic,
        table: node.plan.type === "topic-table",
        byEventTime,
        offsets: this.#offsets.of(topology.plan.dag, topic),
      }));
    });
    this.#readers.sort((a, b) => Number(b.table) - Number(a.table));
  }

  /** Whether there is anything to read. */
  get unread(): boolean {
    for (const { topic, offsets } of this.#readers) {
      for (let partition = 0; partition < offsets.length; partition++) {
        if ((offsets[partition] ?? 0) < this.#log.end(topic, partition)) return true;
      }
    }
    return false;
  }

  /** Steps through records until none is unread or the budget is used up. @returns what is left of it */
  consume(budget: number): number {
    let left = budget;
    let progressed = true;
    while (progressed && left > 0) {
      progressed = false;
      for (const reader of this.#readers) {
        if (reader.byEventTime && !reader.table) continue;
        for (let partition = 0; partition < reader.offsets.length && left > 0; partition++) {
          const read = this.#consumePartition(reader, partition, left, Number.POSITIVE_INFINITY);
          left -= read;
          if (read > 0) progressed = true;
        }
      }
      for (const topology of this.#effects.topologies) {
        const read = left > 0 ? this.#consumeInTimeOrder(topology, left) : 0;
        left -= read;
        if (read > 0) progressed = true;
      }
    }
    return left;
  }

  /** Where event time decides what is late, the earliest record of all partitions goes first: no partition runs ahead of another. */
  #consumeInTimeOrder(topology: Topology, most: number): number {
    const readers = this.#readers.filter((one) => one.topology === topology && one.byEventTime && !one.table);
    let read = 0;
    while (read < most) {
      let first: { reader: Reader; partition: number; timestamp: number } | undefined;
      let until = Number.POSITIVE_INFINITY;
      for (const reader of readers) {
        for (let partition = 0; partition < reader.offsets.length; partition++) {
          const [head] = this.#log.read(reader.topic, partition, reader.offsets[partition] ?? 0).records;
          if (head === undefined) continue;
          if (first === undefined || head.timestamp < first.timestamp) {
            if (first !== undefined) until = Math.min(until, first.timestamp);
            first = { reader, partition, timestamp: head.timestamp };
          } else until = Math.min(until, head.timestamp);
        }
      }
      if (first === undefined) break;
      read += this.#consumePartition(first.reader, first.partition, most - read, until);
    }
    return read;
  }

  /** Steps through a partition's records up to the first that is later than `until`. */
  #consumePartition(reader: Reader, partition: number, most: number, until: number): number {
    const { topology, topic, node, table, byEventTime } = reader;
    const { now } = this.#effects;
    const from = reader.offsets[partition] ?? 0;
    const end = this.#log.end(topic, partition);
    let next = from;
    const step = this.#effects.step(topology);
    let early = true;
    while (early && next < end && next - from < most) {
      const { base, records } = this.#log.read(topic, partition, next);
      next = base;
      for (const record of records) {
        early = record.timestamp <= until;
        if (!early) break;
        next++;
        const input: StepInput = table ? { kind: "table", node, record, now } : { kind: "record", node, record, now };
        step.feed(input);
        if (byEventTime) this.#effects.settle(topology, step);
      }
    }
    if (next === from) return 0;
    this.#effects.apply(topology, step);
    this.#offsets.move(topology.plan.dag, topic, partition, next);
    return next - from;
  }
}
