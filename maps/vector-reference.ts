import { referenceProducts } from "./vector-products.ts";
import type { ScanAnswer, ScanQuestion } from "./vector-scan.ts";

/** The same answers as {@link openScan}'s in plain TypeScript, from all products at once: the reference that the kernels are held to. */
export function referenceScan(vectors: Float32Array, dims: number, question: ScanQuestion): ScanAnswer {
  const { rows, ofRows } = referenceProducts(vectors, dims);
  const all = Array.from({ length: rows }, (_, i) => i);
  const products = ofRows(all, all);
  const at = (a: number, b: number): number => products[a * rows + b]!;
  const pairs = all.flatMap((a) => all.slice(a + 1).map((b) => ({ a, b, product: at(a, b) })));
  const answer: ScanAnswer = {};
  if (question.top !== undefined) {
    const keep = question.top;
    const indices = new Uint32Array(2 * rows * keep).fill(0xffffffff);
    const best = new Float32Array(2 * rows * keep).fill(Number.NaN);
    for (const row of all) {
      const others = all.filter((other) => other !== row && !Number.isNaN(at(row, other)));
      for (const [tail, sign] of [1, -1].entries()) {
        const sorted = others.toSorted((x, y) => sign * (at(row, y) - at(row, x)) || x - y).slice(0, keep);
        sorted.forEach((other, k) => {
          indices[(2 * row + tail) * keep + k] = other;
          best[(2 * row + tail) * keep + k] = at(row, other);
        });
      }
    }
    answer.top = { indices, products: best };
  }
  if (question.beyond !== undefined) {
    const { low, high } = question.beyond;
    const found = pairs.filter(({ product }) => product <= low || product >= high);
    answer.beyond = {
      a: Uint32Array.from(found, ({ a }) => a),
      b: Uint32Array.from(found, ({ b }) => b),
      products: Float32Array.from(found, ({ product }) => product),
    };
  }
  if (question.bins !== undefined) {
    const { bins } = question;
    answer.counts = new Uint32Array(bins);
    for (const { product } of pairs) {
      if (Number.isNaN(product)) continue;
      answer.counts[binOf(product, bins)]!++;
    }
  }
  return answer;
}

/** Bin of a product among `bins` over −1 … 1, in float32 as the kernel computes it. */
export function binOf(product: number, bins: number): number {
  const bin = Math.floor(Math.fround(Math.fround(product + 1) * (bins / 2)));
  return Math.max(0, Math.min(bins - 1, bin));
}
