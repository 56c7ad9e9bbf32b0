import type { Inspector } from "./inspect.ts";
import type { Failure } from "./records.ts";
import type { Value } from "./template.ts";

export interface SinkRecord {
  offset: number;
  key: string;
  value: Value;
  timestamp: number;
  failure?: Failure;
}

export interface SinkBatch {
  topic: string;
  partition: number;
  records: SinkRecord[];
}

/**
 * Takes topics into another database. The target keeps the offsets beside its rows, so each record takes effect there exactly once,
 * whatever crashes in between.
 */
export interface Sink {
  name: string;
  topics: readonly string[];
  /** The next offset that the target wants, read from the target. */
  position(topic: string, partition: number): number;
  /** Writes rows and new positions in one transaction of the target. Runs in the runtime's thread. */
  apply(batches: readonly SinkBatch[]): void;
  /** Called when the runtime has stopped. */
  close?(): void;
}

const perBatch = 1000;

/** Brings sinks up to their topics' ends. */
export class SinkDriver {
  readonly #sinks: { sink: Sink; positions: Map<string, number> }[];
  readonly #inspector: Inspector;

  constructor(sinks: readonly Sink[], inspector: Inspector) {
    this.#sinks = sinks.map((sink) => ({ sink, positions: new Map() }));
    this.#inspector = inspector;
  }

  /** Lowest offset of a partition that a sink still wants; undefined when no sink reads the topic. */
  wanted(topic: string, partition: number): number | undefined {
    const positions = this.#sinks
      .filter(({ sink }) => sink.topics.includes(topic))
      .map((one) => this.#position(one, topic, partition));
    return positions.length === 0 ? undefined : Math.min(...positions);
  }

  #position(
    { sink, positions }: { sink: Sink; positions: Map<string, number> },
    topic: string,
    partition: number,
  ): number {
    const place = `${topic}\u0000${partition}`;
    let position = positions.get(place);
    if (position === undefined) {
      position = sink.position(topic, partition);
      positions.set(place, position);
    }
    return position;
  }

  close(): void {
    for (const { sink } of this.#sinks) sink.close?.();
  }

  /** Delivers one round to every sink. @returns whether anything was delivered; throws what the first failing sink threw, after serving the others */
  deliver(): boolean {
    let delivered = false;
    let thrown: unknown;
    for (const one of this.#sinks) {
      try {
        if (this.#deliverTo(one)) delivered = true;
      } catch (error) {
        one.positions.clear();
        thrown ??= error;
      }
    }
    if (thrown !== undefined) throw thrown;
    return delivered;
  }

  #deliverTo(one: { sink: Sink; positions: Map<string, number> }): boolean {
    const batches: SinkBatch[] = [];
    for (const topic of one.sink.topics) {
      for (const { partition, next } of this.#inspector.partitions(topic)) {
        const from = this.#position(one, topic, partition);
        if (from >= next) continue;
        const records = this.#inspector.readTopic(topic, partition, from, perBatch);
        if (records.length > 0) batches.push({ topic, partition, records });
      }
    }
    if (batches.length === 0) return false;
    one.sink.apply(batches);
    for (const { topic, partition, records } of batches) {
      one.positions.set(`${topic}\u0000${partition}`, (records.at(-1)?.offset ?? -1) + 1);
    }
    return true;
  }
}
