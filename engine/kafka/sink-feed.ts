import type { Sink, SinkBatch, SinkRecord } from "../sinks.ts";
import { type Broker, type Clock, type Position, placeName } from "./broker.ts";
import { fromWire } from "./wire-record.ts";

export interface SinkFeedOptions {
  /** A connection of its own: reading waits. */
  broker: Broker;
  clock: Clock;
  sinks: readonly Sink[];
  onTrouble?: (error: unknown) => void;
}

const perBatch = 1000;
const quietMs = 500;

/** A sink and how far it is, by topic in the sink's order. */
interface Fed {
  sink: Sink;
  topics: Map<string, Position[]>;
}

/**
 * Brings topics of Kafka into other databases. The target keeps the offsets beside its rows, so that each committed record takes effect there
 * exactly once, whatever is killed. Rows may build on rows of topics named earlier: no record is brought before what led to it.
 */
export class SinkFeed {
  readonly #options: SinkFeedOptions;
  readonly #stop = new AbortController();
  readonly #fed: Fed[];
  #ended: Promise<void> | undefined;

  constructor(options: SinkFeedOptions) {
    this.#options = options;
    this.#fed = options.sinks.map((sink) => ({ sink, topics: new Map() }));
  }

  /** Begins to bring what is there and what comes. */
  start(): void {
    if (this.#fed.length > 0) this.#ended = this.#feed();
  }

  /** Whether every sink has what its topics hold now. */
  async isAtEnds(): Promise<boolean> {
    for (const { topics } of this.#fed) {
      if (topics.size === 0) return false;
      for (const positions of topics.values()) {
        const ends = await this.#options.broker.ends(positions);
        if (positions.some(({ offset }, index) => offset < (ends[index] ?? 0))) return false;
      }
    }
    return true;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
    for (const { sink } of this.#fed) sink.close?.();
  }

  async #feed(): Promise<void> {
    const { broker, clock, onTrouble } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        for (const fed of this.#fed) {
          if (fed.topics.size === 0) await this.#begin(fed);
          await this.#bring(fed);
        }
        const positions = this.#fed.flatMap(({ topics }) => [...topics.values()].flat());
        // only a bell: what rings is read in its turn
        const news = await broker.fetch(furthestBack(positions), { maxWaitMs: quietMs, maxBytes: 1 });
        if (news.length === 0) await clock.sleep(20, signal);
      } catch (error) {
        if (signal.aborted) return;
        for (const { topics } of this.#fed) topics.clear();
        onTrouble?.(error);
        await clock.sleep(1000, signal);
      }
    }
  }

  /** Where the target says that it is; what retention has removed since is skipped. */
  async #begin({ sink, topics }: Fed): Promise<void> {
    const { broker } = this.#options;
    const counts = await broker.partitions(sink.topics);
    for (const [index, topic] of sink.topics.entries()) {
      const places = Array.from({ length: counts[index] ?? 0 }, (_, partition) => ({ topic, partition }));
      const starts = await broker.starts(places);
      topics.set(
        topic,
        places.map((place, at) => ({
          ...place,
          offset: Math.max(sink.position(topic, place.partition), starts[at] ?? 0),
        })),
      );
    }
  }

  /**
   * One round. Where topics end is asked in reverse, so that whatever led to a record that is in the round, which was there before it, is
   * in the round as well; then they are brought in order.
   */
  async #bring({ sink, topics }: Fed): Promise<void> {
    const ends = new Map<string, number[]>();
    for (const [topic, positions] of [...topics].reverse()) ends.set(topic, await this.#options.broker.ends(positions));
    for (const [topic, positions] of topics) {
      for (const position of positions) await this.#bringTo(sink, position, ends.get(topic)?.[position.partition] ?? 0);
    }
  }

  async #bringTo(sink: Sink, position: Position, end: number): Promise<void> {
    const { broker, clock } = this.#options;
    const { topic, partition } = position;
    while (position.offset < end && !this.#stop.signal.aborted) {
      const read = await broker.readAt(position, { maxWaitMs: 100, maxBytes: 2 ** 20 });
      if (read.next <= position.offset) {
        // the end lies in a transaction that is still undecided
        await clock.sleep(20, this.#stop.signal);
        continue;
      }
      const records = read.records.flatMap((one): SinkRecord[] => {
        const record = fromWire(one);
        return record === undefined ? [] : [{ ...record, offset: one.offset }];
      });
      for (let at = 0; at < records.length; at += perBatch) {
        const batch: SinkBatch = { topic, partition, records: records.slice(at, at + perBatch) };
        sink.apply([batch]);
      }
      position.offset = read.next;
    }
  }
}

/** Of several sinks that want one place, the one that is furthest behind says where news begins. */
function furthestBack(positions: readonly Position[]): Position[] {
  const byPlace = new Map<string, Position>();
  for (const position of positions) {
    const known = byPlace.get(placeName(position));
    if (known === undefined || known.offset > position.offset) byPlace.set(placeName(position), position);
  }
  return [...byPlace.values()].map((position) => ({ ...position }));
}
