import { type Place, placeName, type Read } from "./broker.ts";

/** A partition that an open transaction holds back. */
export interface HeldPlace extends Place {
  /** The last stable offset, which stands still: committed readers get nothing from here on. */
  stable: number;
  /** The end, which lies beyond it. */
  end: number;
  /** How long it has stood there, ms. */
  forMs: number;
}

interface Standing extends Place {
  stable: number;
  end: number;
  since: number;
  told: boolean;
}

/**
 * Watches last stable offsets. Transactions of a running producer end within moments; one that hangs (its process lost, its timeout long)
 * stalls everybody who reads committed records, without an error anywhere.
 */
export class StableWatch {
  readonly #afterMs: number;
  readonly #standing = new Map<string, Standing>();

  /** @param afterMs how long an offset may stand before it is told of */
  constructor(afterMs: number) {
    this.#afterMs = afterMs;
  }

  /** Takes what Kafka said of a partition. */
  observe({ topic, partition, stable, end }: Pick<Read, keyof Place | "stable" | "end">, now: number): void {
    const name = placeName({ topic, partition });
    const known = this.#standing.get(name);
    if (end <= stable) this.#standing.delete(name);
    else if (known?.stable === stable) known.end = end;
    else this.#standing.set(name, { topic, partition, stable, end, since: now, told: false });
  }

  /** Partitions that are held back now. */
  held(now: number): HeldPlace[] {
    return [...this.#standing.values()].flatMap(({ topic, partition, stable, end, since }) =>
      now - since < this.#afterMs ? [] : [{ topic, partition, stable, end, forMs: now - since }],
    );
  }

  /** Those that have not been told of yet; each is handed out once for as long as it stands. */
  news(now: number): HeldPlace[] {
    return this.held(now).filter((place) => {
      const standing = this.#standing.get(placeName(place));
      if (standing === undefined || standing.told) return false;
      standing.told = true;
      return true;
    });
  }
}
