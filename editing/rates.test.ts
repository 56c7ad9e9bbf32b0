import { seededRandom } from "@artesian/numerics";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fisherExact } from "./fisher.ts";
import { differenceOf, type ReadCount, rateOf, replicateRate } from "./rates.ts";

const random = seededRandom(20);

function binomial(n: number, p: number): number {
  let count = 0;
  for (let i = 0; i < n; i++) if (random.uniform() < p) count++;
  return count;
}

/** Marsaglia and Tsang 2000. */
function gamma(shape: number): number {
  if (shape < 1) return gamma(shape + 1) * random.uniform() ** (1 / shape);
  const d = shape - 1 / 3;
  for (;;) {
    const x = random.normal();
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

function betaBinomial(n: number, p: number, rho: number): number {
  const [a, b] = [gamma((p * (1 - rho)) / rho), gamma(((1 - p) * (1 - rho)) / rho)];
  return binomial(n, a / (a + b));
}

/** Share of 1,000 runs whose interval holds the truth. */
function coverage(truth: number, run: () => { lower: number; upper: number }, runs = 1000): number {
  let held = 0;
  for (let i = 0; i < runs; i++) {
    const { lower, upper } = run();
    if (lower <= truth && truth <= upper) held++;
  }
  return held / runs;
}

describe("the interval of one library", () => {
  it.each([
    [100, 0.1],
    [2000, 0.005],
    [1000, 0.1],
    [400, 0.5],
    [300, 0.97],
  ])("covers in 93 to 97 of 100 of 1,000 runs with %i reads at a rate of %f", (reads, rate) => {
    const found = coverage(rate, () => rateOf({ count: binomial(reads, rate), of: reads }));
    expect(found).toBeGreaterThanOrEqual(0.93);
    expect(found).toBeLessThanOrEqual(0.97);
  });

  it("covers in 93 to 97 of 100 of 1,000 runs, each with a depth and a rate of its own of 5 expected reads and more", () => {
    let held = 0;
    for (let run = 0; run < 1000; run++) {
      const reads = 100 + random.below(1900);
      const rate = (5 + random.uniform() * 45) / reads;
      const { lower, upper } = rateOf({ count: binomial(reads, rate), of: reads });
      if (lower <= rate && rate <= upper) held++;
    }
    expect(held).toBeGreaterThanOrEqual(930);
    expect(held).toBeLessThanOrEqual(970);
  });

  it("covers rarer events as docs/editing.md says, by summing all outcomes", () => {
    const exact = (reads: number, rate: number): string => {
      let held = 0;
      let probability = (1 - rate) ** reads;
      for (let count = 0; count <= reads && count < 200; count++) {
        const { lower, upper } = rateOf({ count, of: reads });
        if (lower <= rate && rate <= upper) held += probability;
        probability *= ((reads - count) / (count + 1)) * (rate / (1 - rate));
      }
      return held.toFixed(3);
    };
    expect(
      [0.1, 0.5, 1, 2, 3, 4, 5, 10].map((expected) => `${expected}: ${exact(10_000, expected / 10_000)}`),
    ).toMatchInlineSnapshot(`
      [
        "0.1: 0.905",
        "0.5: 0.910",
        "1: 0.920",
        "2: 0.947",
        "3: 0.967",
        "4: 0.931",
        "5: 0.961",
        "10: 0.963",
      ]
    `);
  });

  it("is (0, 1) without reads, and never leaves it", () => {
    expect(rateOf({ count: 0, of: 0 })).toEqual({ value: Number.NaN, lower: 0, upper: 1 });
    expect(rateOf({ count: 0, of: 10 }).lower).toBe(0);
    expect(rateOf({ count: 10, of: 10 }).upper).toBe(1);
  });
});

describe("the interval of replicates", () => {
  it.each([
    [3, 1000, 0.1, 0.01],
    [3, 1000, 0.3, 0.02],
    [4, 800, 0.05, 0.005],
    [6, 500, 0.4, 0.05],
    [3, 1000, 0.1, 0],
    [4, 500, 0.02, 0],
  ])("of %i libraries of %i reads covers a rate of %f in 93 to 97 of 100 of 1,000 runs (ρ = %f)", (k, n, rate, rho) => {
    const one = (): ReadCount => ({ count: rho === 0 ? binomial(n, rate) : betaBinomial(n, rate, rho), of: n });
    const found = coverage(rate, () => replicateRate(Array.from({ length: k }, one)));
    expect(found).toBeGreaterThanOrEqual(0.93);
    expect(found).toBeLessThanOrEqual(0.97);
  });

  it.each([0.02, 0.002])("covers with libraries of very unequal depth (ρ = %f)", (rho) => {
    const sizes = [300, 1000, 3000, 500];
    const found = coverage(0.2, () => replicateRate(sizes.map((of) => ({ count: betaBinomial(of, 0.2, rho), of }))));
    expect(found).toBeGreaterThanOrEqual(0.93);
    expect(found).toBeLessThanOrEqual(0.97);
  });

  it("finds the overdispersion that the counts were made with", () => {
    const replicates = Array.from({ length: 400 }, () => ({ count: betaBinomial(400, 0.2, 0.05), of: 400 }));
    expect(replicateRate(replicates).overdispersion).toBeCloseTo(0.05, 1.9);
    const even = Array.from({ length: 400 }, () => ({ count: binomial(400, 0.2), of: 400 }));
    expect(replicateRate(even).overdispersion).toBeLessThan(0.002);
  });

  it("is wider than one library's of as many reads when replicates disagree", () => {
    const apart = replicateRate([
      { count: 10, of: 100 },
      { count: 50, of: 100 },
      { count: 30, of: 100 },
    ]);
    const together = rateOf({ count: 90, of: 300 });
    expect(apart.value).toBeCloseTo(together.value, 9);
    expect(apart.upper - apart.lower).toBeGreaterThan(3 * (together.upper - together.lower));
  });

  it.each<[string, ReadCount[]]>([
    ["one replicate", [{ count: 3, of: 10 }]],
    [
      "nothing found",
      [
        { count: 0, of: 10 },
        { count: 0, of: 30 },
      ],
    ],
    [
      "equal replicates",
      [
        { count: 3, of: 10 },
        { count: 3, of: 10 },
      ],
    ],
    [
      "a replicate without reads",
      [
        { count: 3, of: 10 },
        { count: 0, of: 0 },
      ],
    ],
  ])("is Wilson's of the sum for %s", (_, replicates) => {
    const sum = replicates.reduce((a, b) => ({ count: a.count + b.count, of: a.of + b.of }));
    expect(replicateRate(replicates)).toMatchObject(rateOf(sum));
  });
});

describe("the difference of two rates", () => {
  it("has the intervals of Newcombe's table II, method 10", () => {
    const cases: [number, number, number, number, number, number][] = [
      [56, 70, 48, 80, 0.0524, 0.3339],
      [9, 10, 3, 10, 0.1705, 0.809],
      [6, 7, 2, 7, 0.0582, 0.8062],
      [5, 56, 0, 29, -0.0381, 0.1926],
      [0, 10, 0, 20, -0.1611, 0.2775],
      [10, 10, 0, 20, 0.6791, 1],
    ];
    for (const [x, m, y, n, lower, upper] of cases) {
      const found = differenceOf(rateOf({ count: x, of: m }), rateOf({ count: y, of: n }));
      expect(found.lower).toBeCloseTo(lower, 4);
      expect(found.upper).toBeCloseTo(upper, 4);
    }
  });
  it("covers in 93 to 97 of 100 of 1,000 runs", () => {
    const found = coverage(0.09, () =>
      differenceOf(rateOf({ count: binomial(600, 0.1), of: 600 }), rateOf({ count: binomial(600, 0.01), of: 600 })),
    );
    expect(found).toBeGreaterThanOrEqual(0.93);
    expect(found).toBeLessThanOrEqual(0.97);
  });
});

describe("Fisher's exact test", () => {
  it("has the values of R's fisher.test", () => {
    expect(fisherExact({ count: 3, of: 4 }, { count: 1, of: 4 })).toBeCloseTo(0.4857142857, 9);
    expect(fisherExact({ count: 1, of: 10 }, { count: 11, of: 14 })).toBeCloseTo(0.002759456185, 9);
  });
  it("is one when nothing differs or nothing is there", () => {
    expect(fisherExact({ count: 0, of: 10 }, { count: 0, of: 20 })).toBe(1);
    expect(fisherExact({ count: 5, of: 10 }, { count: 10, of: 20 })).toBe(1);
    expect(fisherExact({ count: 0, of: 0 }, { count: 10, of: 20 })).toBe(1);
  });
  it("equals the sum over all tables", () => {
    const choose = (n: number, k: number): number => {
      let value = 1;
      for (let i = 0; i < k; i++) value = (value * (n - i)) / (i + 1);
      return value;
    };
    fc.assert(
      fc.property(fc.nat(25), fc.nat(25), fc.nat(25), fc.nat(25), (a, b, c, d) => {
        const [m, n, hits] = [a + b, c + d, a + c];
        const p = (x: number): number => (choose(m, x) * choose(n, hits - x)) / choose(m + n, hits);
        let sum = 0;
        for (let x = Math.max(0, hits - n); x <= Math.min(hits, m); x++) if (p(x) <= p(a) * (1 + 1e-7)) sum += p(x);
        expect(fisherExact({ count: a, of: m }, { count: c, of: n })).toBeCloseTo(Math.min(1, sum), 9);
      }),
    );
  });
  it("takes a million reads on each side at once", () => {
    const p = fisherExact({ count: 50_300, of: 1_000_000 }, { count: 50_000, of: 1_000_000 });
    expect(p).toBeGreaterThan(0.32);
    expect(p).toBeLessThan(0.34);
  });
});
