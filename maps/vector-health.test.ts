import { seededRandom } from "@artesian/numerics";
import { describe, expect, it } from "vitest";
import { aside } from "./serve/aside.ts";
import { ASIDE } from "./serve/aside-questions.ts";
import { vectorHealth } from "./vector-health.ts";

/** Rows of unit length; a row that is only zeros stays so. */
function sampleOf(rows: number[][]) {
  const dims = rows[0]!.length;
  const norms = Float32Array.from(rows, (row) => Math.hypot(...row));
  const vectors = new Float32Array(
    rows.flatMap((row, i) => row.map((value) => (norms[i]! > 0 ? value / norms[i]! : 0))),
  );
  return { vectors, dims, norms, perturbations: rows.map((_, i) => `gene:G${i}`) };
}

describe("health of vectors", () => {
  it("finds what is no number and what is not of length 1", () => {
    const sample = sampleOf([
      [1, 0],
      [0, 1],
      [3, 4],
    ]);
    sample.vectors[0] = Number.NaN;
    sample.vectors[5] = 2;
    const seen = vectorHealth(sample);
    expect(seen.notFinite).toBe(1);
    // The row without a number is of no length either.
    expect(seen.notUnit).toBe(2);
    expect(seen.spectrum).toEqual({ shares: [], effectiveDimensions: 0 });
  });

  it("finds the same vector under two names, and not under one", () => {
    const sample = sampleOf([
      [1, 2, 3],
      [3, 1, 0],
      [2, 4, 6],
      [0, 0, 1],
    ]);
    expect(vectorHealth(sample).duplicates.map(({ a, b }) => [a, b])).toEqual([[0, 2]]);
    const again = { ...sample, perturbations: ["gene:A", "gene:B", "gene:A", "gene:C"] };
    expect(vectorHealth(again).duplicates).toEqual([]);
  });

  it("counts as many dimensions as rows spread over evenly, and tells when all are alike", () => {
    const axes = [0, 1, 2, 3].flatMap((k) => [1, -1].map((sign) => [0, 1, 2, 3].map((j) => (j === k ? sign : 0))));
    const even = vectorHealth(sampleOf(axes));
    expect(even.spectrum.effectiveDimensions).toBeCloseTo(4, 6);
    expect(even.spectrum.shares).toHaveLength(4);
    expect(even.meanLength).toBeCloseTo(0, 6);
    expect(
      vectorHealth(
        sampleOf([
          [1, 1],
          [1, 1.001],
          [1, 0.999],
        ]),
      ).meanLength,
    ).toBeCloseTo(1, 4);
  });

  it("is the same aside, in a thread of its own, as are clusters", async () => {
    const random = seededRandom(4);
    const sample = sampleOf(Array.from({ length: 40 }, () => Array.from({ length: 12 }, () => random.normal())));
    expect(await aside("health", sample)).toEqual(vectorHealth(sample));
    const { vectors, dims, norms } = sample;
    const question = { vectors, dims, norms, method: "average", leaves: "optimal" } as const;
    expect(await aside("clusters", question)).toEqual(await ASIDE.clusters(question));
  });

  it("ends the thread when nobody waits any more", async () => {
    const gone = new AbortController();
    const sample = sampleOf(Array.from({ length: 10 }, (_, i) => [i + 1, 1]));
    const answer = aside("health", sample, { signal: gone.signal });
    gone.abort(new Error("The asker left."));
    await expect(answer).rejects.toThrow("The asker left.");
    await expect(aside("health", sample, { signal: gone.signal })).rejects.toThrow("The asker left.");
  });
});
