import type { Read } from "./broker.ts";

/** Reads of one topic that may be held back before no more are fetched. */
const heldReads = 2;

/**
 * Takes what was read of several topics in the order of event time, as Kafka Streams does: the topic whose next record is the earliest goes
 * first, and while a topic is known to have more than was read of it, the others wait. What nobody has heard of yet is not waited for.
 */
export class TimeOrder {
  readonly #held = new Map<string, Read[]>();

  constructor(topics: readonly string[]) {
    for (const topic of topics) this.#held.set(topic, []);
  }

  add(read: Read): void {
    this.#held.get(read.topic)?.push(read);
  }

  /** Whether enough of a topic waits here. */
  isFull(topic: string): boolean {
    return (this.#held.get(topic)?.length ?? 0) >= heldReads;
  }

  /** Forgets what is held: it will be read again. */
  clear(): void {
    for (const reads of this.#held.values()) reads.length = 0;
  }

  /**
   * The next stretch of one topic, up to where another one is earlier.
   * @param most records in it
   * @param hasMore whether a topic of which nothing is held has records that are yet to be read
   * @returns undefined when nothing is held, or a topic is waited for
   */
  take(most: number, hasMore: (topic: string) => boolean): Read | undefined {
    let first: Read[] | undefined;
    let at = Number.POSITIVE_INFINITY;
    let until = Number.POSITIVE_INFINITY;
    let waits = false;
    for (const [topic, reads] of this.#held) {
      const [read] = reads;
      if (read === undefined) {
        waits ||= hasMore(topic);
        continue;
      }
      const [head] = read.records;
      // without records a read moves a position, and nothing else
      if (head === undefined) return reads.shift();
      if (first === undefined || head.timestamp < at) {
        until = Math.min(until, at);
        first = reads;
        at = head.timestamp;
      } else until = Math.min(until, head.timestamp);
    }
    return waits || first === undefined ? undefined : stretch(first, most, until);
  }
}

/** Cuts the first records off that are not later than `until`. */
function stretch(reads: Read[], most: number, until: number): Read | undefined {
  const read = reads[0];
  if (read === undefined) return undefined;
  const later = read.records.findIndex((record, index) => index >= most || record.timestamp > until);
  if (later < 0) return reads.shift();
  const [taken, rest] = splitRead(read, later);
  reads[0] = rest;
  return taken;
}

/** Cuts a read in two before one of its records. */
export function splitRead(read: Read, index: number): [Read, Read] {
  const records = read.records.slice(index);
  const next = records[0]?.offset ?? read.next;
  return [
    { ...read, records: read.records.slice(0, index), next },
    { ...read, from: next, records },
  ];
}
