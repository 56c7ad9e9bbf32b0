import type { Broker, Place } from "./broker.ts";
import { type Layout, placesOf } from "./layout.ts";

/** Whether a group has read places up to offsets, as far as retention has left something to read. */
export async function hasRead(
  broker: Broker,
  group: string,
  places: readonly Place[],
  upTo: readonly number[],
): Promise<boolean> {
  const committed = await broker.committed(group, places, "leave-out");
  const left = places.flatMap((place, index) => {
    const end = upTo[index] ?? 0;
    return Math.max(committed[index] ?? 0, 0) < end ? [{ place, end }] : [];
  });
  if (left.length === 0) return true;
  const starts = await broker.starts(left.map(({ place }) => place));
  return left.every(({ end }, index) => (starts[index] ?? 0) >= end);
}

/** Least time between two questions, ms. */
const pauseMs = 50;

/** Where topics ended when a look began, or one of its rounds. */
interface Look {
  at: number;
  ends: number[];
  rounds: number;
}

/**
 * Up to which moment everything that was there has been read and committed, in all partitions, and so has what came of it. Only so far may the
 * wall clock close what is open: a member that is still to come may lie in a partition that is another worker's, or nobody's as yet.
 */
export class PresentInput {
  readonly #broker: Broker;
  readonly #group: string;
  readonly #places: readonly Place[];
  readonly #tables: readonly Place[];
  /** Topics that a record may pass through one after the other. */
  readonly #stages: number;
  #upTo = Number.NEGATIVE_INFINITY;
  #look: Look | undefined;
  #asking = false;
  #nextAt = Number.NEGATIVE_INFINITY;

  constructor(broker: Broker, layout: Layout, stages: number) {
    this.#broker = broker;
    this.#group = layout.group;
    this.#places = placesOf([...layout.handlers.keys()], layout.partitions);
    this.#tables = layout.tables.flatMap(({ topic, partitions }) => placesOf([topic], partitions));
    this.#stages = stages;
  }

  /** What came due until then may be closed, ms since 1970. */
  get upTo(): number {
    return this.#upTo;
  }

  /** When to ask again, ms from now. */
  pause(now: number): number {
    return this.#asking ? pauseMs : Math.max(1, this.#nextAt - now);
  }

  /** Whether it is time to ask: nobody does, or did just now. */
  isTime(now: number): boolean {
    return !this.#asking && now >= this.#nextAt;
  }

  /**
   * Asks on.
   * @param tables how far this worker has read a table's topic
   */
  async ask(now: number, tables: (place: Place) => number): Promise<void> {
    this.#asking = true;
    try {
      this.#look ??= { at: now, ends: await this.#ends(), rounds: 0 };
      const { at, ends, rounds } = this.#look;
      const inputs = ends.slice(0, this.#places.length);
      const rows = ends.slice(this.#places.length);
      if (!this.#tables.every((place, index) => tables(place) >= (rows[index] ?? 0))) return;
      if (!(await hasRead(this.#broker, this.#group, this.#places, inputs))) return;
      // what was read has been put out by now, to be read in its turn
      const next = await this.#ends();
      const isStill = next.every((end, index) => end === ends[index]);
      if (isStill || rounds + 1 >= this.#stages) {
        this.#upTo = at;
        this.#look = undefined;
      } else this.#look = { at, ends: next, rounds: rounds + 1 };
    } finally {
      this.#asking = false;
      this.#nextAt = now + pauseMs;
    }
  }

  #ends(): Promise<number[]> {
    return this.#broker.ends([...this.#places, ...this.#tables]);
  }
}
