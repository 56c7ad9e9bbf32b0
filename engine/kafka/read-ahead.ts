import { type Place, type Position, placeName, type Read } from "./broker.ts";

export interface ReadAheadOptions {
  /** Where to begin. */
  positions: readonly Position[];
  fetch(positions: readonly Position[]): Promise<Read[]>;
  /** Whether so much of a place waits elsewhere that no more of it is to be read. */
  isFull(place: Place): boolean;
  /** Called when something has come. */
  wake(): void;
  fail(error: unknown): void;
}

/** What has been read and not been looked at yet. One request is under way at a time, and none while there is enough. */
export class ReadAhead {
  readonly #options: ReadAheadOptions;
  readonly #positions: Map<string, Position>;
  readonly #queue: Read[] = [];
  #fetching = false;

  constructor(options: ReadAheadOptions) {
    this.#options = options;
    this.#positions = new Map(options.positions.map((position) => [placeName(position), { ...position }]));
  }

  /** Asks for more unless there is enough. */
  refill(): void {
    if (this.#fetching || this.#queue.length >= this.#positions.size) return;
    const wanted = [...this.#positions.values()].filter((position) => !this.#options.isFull(position));
    if (wanted.length === 0) return;
    this.#fetching = true;
    this.#options.fetch(wanted).then((reads) => {
      this.#fetching = false;
      for (const read of reads) {
        const position = this.#positions.get(placeName(read));
        // what says nothing new is no work, before which times that have come would have to wait
        if (position === undefined || position.offset !== read.from || read.next === read.from) continue;
        position.offset = read.next;
        this.#queue.push(read);
      }
      this.#options.wake();
    }, this.#options.fail);
  }

  /** The first read of the places that go first. */
  takeFirst(goesFirst: (place: Place) => boolean): Read | undefined {
    const index = this.#queue.findIndex(goesFirst);
    return index < 0 ? undefined : this.#queue.splice(index, 1)[0];
  }

  take(): Read | undefined {
    return this.#queue.shift();
  }

  /** The rest of a read, which is next. */
  putBack(read: Read): void {
    this.#queue.unshift(read);
  }
}
