import { type KeyType, partitionOf } from "../partition.ts";
import type { RecordRef } from "../records.ts";
import {
  type Batch,
  type MemberIdentity,
  type Place,
  type Position,
  type Producer,
  placeName,
  type RecordOut,
} from "./broker.ts";

/** Characters of one batch: a third of what brokers take by default (`message.max.bytes`), since a character may be three bytes. */
const batchChars = 300_000;

interface Outgoing extends Place {
  chunks: { records: RecordOut[]; refs: (RecordRef | undefined)[]; chars: number }[];
}

/** One transaction to be: what goes out, how far input has been read, and what state has become. */
export class Outbox {
  readonly #outgoing = new Map<string, Outgoing>();
  readonly #offsets = new Map<string, Position>();
  readonly #changes = new Map<number, () => RecordOut[]>();
  readonly #placed: (() => void)[] = [];
  /** Records and input positions in it. */
  size = 0;

  get empty(): boolean {
    return this.#offsets.size === 0;
  }

  /** Adds a record to a partition. @returns its place, whose offset is filled in when Kafka has it */
  add(topic: string, partition: number, record: RecordOut): RecordRef {
    const name = placeName({ topic, partition });
    let outgoing = this.#outgoing.get(name);
    if (outgoing === undefined) {
      outgoing = { topic, partition, chunks: [] };
      this.#outgoing.set(name, outgoing);
    }
    const chars = (record.key?.length ?? 0) + (record.value?.length ?? 0) + 40;
    let chunk = outgoing.chunks.at(-1);
    if (chunk === undefined || chunk.chars + chars > batchChars) {
      chunk = { records: [], refs: [], chars: 0 };
      outgoing.chunks.push(chunk);
    }
    const ref = { topic, partition, offset: -1 };
    chunk.records.push(record);
    chunk.refs.push(ref);
    chunk.chars += chars;
    this.size++;
    return ref;
  }

  /** Adds a record to the partition of its key. */
  addByKey(topic: string, partitions: number, record: RecordOut, keys?: KeyType): RecordRef {
    return this.add(topic, partitionOf(record.key ?? "", partitions, keys), record);
  }

  /** Says how far a partition of input has been read. */
  advance(position: Position): void {
    this.#offsets.set(placeName(position), position);
    this.size++;
  }

  /** Adds the state changes of a partition; a transaction with changes always has offsets, which fence it. */
  change(partition: number, changes: () => RecordOut[], placed: () => void): void {
    this.#changes.set(partition, changes);
    this.#placed.push(placed);
  }

  /**
   * Writes it all in one transaction: outputs, then state (which may name the outputs' places) with the input's offsets.
   * @throws KafkaFencedError when another worker has taken over: nothing of it was committed
   */
  async commit(producer: Producer, member: MemberIdentity, changelog: string): Promise<void> {
    const places: Place[] = [...this.#outgoing.values()];
    for (const partition of this.#changes.keys()) places.push({ topic: changelog, partition });
    await producer.begin(places, member.group);
    await this.#write(producer, this.#outgoing);
    const states = new Outbox();
    for (const [partition, changes] of this.#changes)
      for (const record of changes()) states.add(changelog, partition, record);
    await Promise.all([
      states.#write(producer, states.#outgoing),
      producer.sendOffsets(member, [...this.#offsets.values()]),
    ]);
    await producer.commit();
    for (const placed of this.#placed) placed();
    // partitions know their last transaction until they have a next one
    this.#outgoing.clear();
    this.#changes.clear();
  }

  async #write(producer: Producer, outgoing: ReadonlyMap<string, Outgoing>): Promise<void> {
    const all = [...outgoing.values()];
    const rounds = Math.max(0, ...all.map(({ chunks }) => chunks.length));
    for (let round = 0; round < rounds; round++) {
      const batches: (Batch & { refs: (RecordRef | undefined)[] })[] = [];
      for (const { topic, partition, chunks } of all) {
        const chunk = chunks[round];
        if (chunk !== undefined) batches.push({ topic, partition, ...chunk });
      }
      const bases = await producer.produce(batches);
      for (const [index, { refs }] of batches.entries()) {
        const base = bases[index] as number;
        for (const [at, ref] of refs.entries()) if (ref !== undefined) ref.offset = base + at;
      }
    }
  }
}
