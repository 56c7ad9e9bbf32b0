import { noteAnswered, readAnswered } from "./answered-note.ts";
import { type CommittedPosition, type Place, type Position, placeName, type Read, type RecordIn } from "./broker.ts";

/** Where a request was read: the name of its partition, and its offset. */
export interface RequestAt {
  place: string;
  offset: number;
}

interface Reading {
  place: Place;
  /** The position behind all that was read. */
  next: number;
  /** Offsets that are read and not answered yet. */
  open: Set<number>;
  /** Runs that an earlier member has answered, from the first offset to before the second. */
  answered: [from: number, to: number][];
}

/** How far the partitions of requests that a member has are read, and how far answered: by that another goes on. */
export class RequestLog {
  readonly #readings = new Map<string, Reading>();

  /** Leaves what this member has no more, or everything. */
  keepOnly(places: readonly Place[]): void {
    const kept = new Set(places.map(placeName));
    for (const name of [...this.#readings.keys()]) if (!kept.has(name)) this.#readings.delete(name);
  }

  /** Begins to read a partition at what its group has committed. @param start the first offset that is still there */
  begin(place: Place, committed: { offset: number; note: string }, start: number): void {
    const answered = readAnswered(committed.offset, committed.note);
    const next = Math.max(committed.offset, start);
    this.#readings.set(placeName(place), { place, next, open: new Set(), answered });
  }

  has(place: string): boolean {
    return this.#readings.has(place);
  }

  get places(): Place[] {
    return [...this.#readings.values()].map(({ place }) => place);
  }

  /** Where to read on. @param wants topics for whose requests there is room */
  positions(wants: (topic: string) => boolean): Position[] {
    return [...this.#readings.values()].flatMap(({ place, next }) =>
      wants(place.topic) ? [{ ...place, offset: next }] : [],
    );
  }

  /** Takes what was read, if it is what comes next. @returns records that nobody has answered */
  take({ topic, partition, from, records, next }: Read): RecordIn[] {
    const reading = this.#readings.get(placeName({ topic, partition }));
    if (reading === undefined || reading.next !== from) return [];
    reading.next = next;
    const { answered } = reading;
    return answered.length === 0
      ? records
      : records.filter(({ offset }) => !answered.some(([first, end]) => offset >= first && offset < end));
  }

  opened({ place, offset }: RequestAt): void {
    this.#readings.get(place)?.open.add(offset);
  }

  /** An answer is durable. */
  answered({ place, offset }: RequestAt): void {
    this.#readings.get(place)?.open.delete(offset);
  }

  /** What to commit: nothing before it is without an answer, and what behind it has one is noted. */
  committable(): CommittedPosition[] {
    return [...this.#readings.values()].map(({ place, next, open, answered }) => {
      const unanswered = [...open];
      let at = next;
      for (const [from, to] of answered) {
        for (; at < from; at++) unanswered.push(at);
        at = Math.max(at, to);
      }
      const { offset, note } = noteAnswered(unanswered, at);
      return { ...place, offset, ...(note === "" ? {} : { note }) };
    });
  }
}
