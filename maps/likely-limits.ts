import { normalQuantile } from "@artesian/numerics/distributions.ts"; // alone: threads start sooner

/** Rows that stand for all of them. */
const SAMPLE_ROWS = 512;
/** Of lists that are a larger share of all rows than this one in so many, nothing is gained. */
const SHORTEST_SHARE = 20;
/** So many times a list's entries are expected beyond its limit. */
const MARGIN = 2.2;
/** Shares of a tail's lists that come out too short, from which on its limits are drawn in, and how far. */
const DRAWN_IN = [
  { from: 0.25, to: 0.75 },
  { from: 0.01, to: 0.93 },
];

/**
 * Limits beyond which a row's nearest and most opposite rows lie, all but surely: from the spread of its products with a sample of rows to either
 * side of their mean, as if they were normal. Looking only beyond them spares most of the work of keeping lists; a list that comes out too short is made again without them, so that the
 * answer is exact whatever the vectors are.
 */
export class LikelyLimits {
  /** The rows that stand for all, evenly spread. */
  readonly sample: readonly number[];
  readonly #step: number;
  /** Of the upper and the lower tail, in standard deviations. */
  readonly #reach: [number, number];

  /** @returns undefined where lists are so long beside the rows that nothing is gained */
  static of(rows: number, keep: number): LikelyLimits | undefined {
    return keep > 0 && rows >= Math.max(SHORTEST_SHARE * keep, 2 * SAMPLE_ROWS)
      ? new LikelyLimits(rows, keep)
      : undefined;
  }

  private constructor(rows: number, keep: number) {
    this.#step = Math.floor(rows / SAMPLE_ROWS);
    this.sample = Array.from({ length: SAMPLE_ROWS }, (_, index) => index * this.#step);
    const reach = normalQuantile(1 - (MARGIN * keep) / rows);
    this.#reach = [reach, reach];
  }

  /**
   * The upper and the lower limit of a row.
   * @param products of the row with the sample; that with itself is written over
   */
  limits(row: number, products: Float32Array): [high: number, low: number] {
    const count = products.length;
    const self = row % this.#step === 0 ? row / this.#step : count;
    if (self < count) products[self] = products[self === 0 ? 1 : 0]!;
    let sum = 0;
    for (let j = 0; j < count; j++) sum += products[j]!;
    const mean = sum / count;
    let [above, below] = [0, 0];
    for (let j = 0; j < count; j++) {
      const off = products[j]! - mean;
      const up = Math.max(off, 0);
      const down = off - up;
      above += up * up;
      below += down * down;
    }
    const [up, down] = this.#reach;
    return [mean + up * Math.sqrt((2 * above) / count), mean - down * Math.sqrt((2 * below) / count)];
  }

  /** Learns from lists that came out too short. @param missed of the upper and the lower tail, of `rows` lists each */
  learn(missed: readonly [number, number], rows: number): void {
    for (const tail of [0, 1] as const)
      this.#reach[tail] *= DRAWN_IN.find(({ from }) => missed[tail] >= from * rows)?.to ?? 1;
  }
}
