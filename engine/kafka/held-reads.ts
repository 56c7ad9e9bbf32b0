import type { Read } from "./broker.ts";
import { TimeOrder } from "./time-order.ts";

/** Reads of the topics that are taken in the order of event time, held until their time comes. */
export class HeldReads {
  readonly #orders: TimeOrder[] = [];
  readonly #byTopic = new Map<string, TimeOrder>();

  /** @param groups topics whose records are ordered among each other */
  constructor(groups: readonly (readonly string[])[]) {
    for (const topics of groups) {
      const order = new TimeOrder(topics);
      this.#orders.push(order);
      for (const topic of topics) this.#byTopic.set(topic, order);
    }
  }

  /** Whether a topic's reads are to be held. */
  has(topic: string): boolean {
    return this.#byTopic.has(topic);
  }

  /** Whether so much of a topic is held that no more is to be fetched. */
  isFull(topic: string): boolean {
    return this.#byTopic.get(topic)?.isFull(topic) === true;
  }

  add(read: Read): void {
    this.#byTopic.get(read.topic)?.add(read);
  }

  /** Forgets what is held, which will be read again. */
  clear(): void {
    for (const order of this.#orders) order.clear();
  }

  /** A stretch of what is the earliest; `hasMore` tells of topics that have records which are yet to be read. */
  take(most: number, hasMore: (topic: string) => boolean): Read | undefined {
    for (const order of this.#orders) {
      const read = order.take(most, hasMore);
      if (read !== undefined) return read;
    }
    return undefined;
  }
}
