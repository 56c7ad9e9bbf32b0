import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeSequence, encodeSequence } from "./sequence.ts";
import { umiPattern, umiText } from "./umi.ts";
import { expectedCollisions, groupUmis } from "./umi-groups.ts";
import { moleculeCounter } from "./umi-molecules.ts";

const number = (umi: string): number => [...umi].reduce((value, base) => value * 4 + "ACGT".indexOf(base), 0);

describe("umiPattern", () => {
  it("gives the places of a UMI's bases and what to cut off", () => {
    expect(umiPattern("3N")).toEqual({ places: [0, 1, 2], cut: 3 });
    expect(umiPattern("2N3XNX")).toEqual({ places: [0, 1, 5], cut: 7 });
    expect(umiPattern("")).toEqual({ places: [], cut: 0 });
  });

  it.each(["8", "NNC", "8N ", "-1N", "2000N"])("refuses %j", (pattern) => {
    expect(() => umiPattern(pattern)).toThrow(expect.objectContaining({ code: "editing/umi-pattern", pattern }));
  });

  it("writes a UMI as letters", () => {
    expect(umiText(number("GATTACA"), 7)).toBe("GATTACA");
    expect(umiText(number("TTTTTTTTTTTTTTTTTTTTTTTTTG"), 26)).toBe("TTTTTTTTTTTTTTTTTTTTTTTTTG");
  });
});

/** The directional method as published: a graph of all pairs, then components from the most frequent UMI on. */
function plainGroups(umis: readonly string[], counts: readonly number[]): number[] {
  const distance = (a: string, b: string): number => [...a].filter((base, i) => base !== b[i]).length;
  const next = umis.map((a, i) =>
    umis.flatMap((b, j) => (i !== j && distance(a, b) === 1 && counts[i]! >= 2 * counts[j]! - 1 ? [j] : [])),
  );
  const group = umis.map(() => -1);
  const order = umis.map((_, i) => i).sort((a, b) => counts[b]! - counts[a]! || (umis[a]! < umis[b]! ? -1 : 1));
  for (const root of order) {
    if (group[root] !== -1) continue;
    const component = new Set([root]);
    for (const node of component) for (const near of next[node]!) component.add(near);
    for (const node of component) if (group[node] === -1) group[node] = root;
  }
  return group;
}

describe("groupUmis", () => {
  it("groups the example of the method's paper", () => {
    const umis = ["ACGT", "TCGT", "CCGT", "ACAT", "ACAG", "AAAT"];
    const counts = [456, 2, 2, 72, 1, 90];
    // ACAT goes to ACGT (456 ≥ 143), ACAG to ACAT; AAAT keeps its own, as ACAT (72) is less than 2 × 90 − 1.
    expect([...groupUmis(umis.map(number), counts, 4)]).toEqual([0, 0, 0, 0, 0, 5]);
  });

  it("keeps apart what is as frequent, but for single reads", () => {
    expect([...groupUmis([number("AAAA"), number("AAAC")], [5, 5], 4)]).toEqual([0, 1]);
    expect([...groupUmis([number("AAAC"), number("AAAA")], [1, 1], 4)]).toEqual([1, 1]);
  });

  it("gives what the method gives on a graph of all pairs", () => {
    const umi = fc.string({ unit: fc.constantFrom(..."ACGT"), minLength: 4, maxLength: 4 });
    const sample = fc.uniqueArray(
      fc.tuple(umi, fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 60 }))),
      {
        selector: ([text]) => text,
        maxLength: 90,
      },
    );
    fc.assert(
      fc.property(sample, (pairs) => {
        const [umis, counts] = [pairs.map(([text]) => text), pairs.map(([, count]) => count)];
        expect([...groupUmis(umis.map(number), counts, 4)]).toEqual(plainGroups(umis, counts));
      }),
      { numRuns: 300 },
    );
  });

  it("expects the collisions of drawing with replacement", () => {
    // 1,000 molecules of 4^5 UMIs leave 1024 (1 − (1023/1024)^1000) different ones.
    expect(expectedCollisions(1024 * (1 - (1023 / 1024) ** 1000), 5)).toBeCloseTo(1000 - 638.51, 1);
    expect(expectedCollisions(10, 12)).toBeLessThan(1e-4);
    expect(Number.isFinite(expectedCollisions(16, 2))).toBe(true);
  });
});

function molecules(reads: readonly (readonly [umi: string, sequence: string])[], minReads?: number) {
  const counter = moleculeCounter(minReads);
  for (const [umi, sequence] of reads) {
    const codes = encodeSequence(sequence, "read");
    counter.add(number(umi), codes, 0, codes.length);
  }
  const { molecules: set, counts } = counter.finish(4);
  const found: [string, number][] = Array.from({ length: set.size }, (_, i) => {
    const codes = new Uint8Array(set.length(i));
    set.copy(i, codes);
    return [decodeSequence(codes), set.count(i)];
  });
  return { found: found.sort(([a], [b]) => (a < b ? -1 : 1)), counts };
}

describe("moleculeCounter", () => {
  it("counts a molecule once, however many reads it has", () => {
    const { found, counts } = molecules([
      ["AAAA", "ACGT"],
      ["AAAA", "ACGT"],
      ["CCCC", "ACGT"],
      ["GGGG", "TTTT"],
    ]);
    expect(found).toEqual([
      ["ACGT", 2],
      ["TTTT", 1],
    ]);
    expect(counts).toMatchObject({ distinct: 3, groups: 3, molecules: 3, correctedReads: 0, withoutMajority: 0 });
  });

  it("takes the reads of a UMI's errors to its molecule", () => {
    const reads = [...Array<[string, string]>(3).fill(["AAAA", "ACGT"]), ["AAAC", "ACGT"]] as [string, string][];
    const { found, counts } = molecules(reads);
    expect(found).toEqual([["ACGT", 1]]);
    expect(counts).toMatchObject({ distinct: 2, groups: 1, molecules: 1, correctedReads: 1 });
  });

  it("takes at each place the base that most reads have", () => {
    expect(
      molecules([
        ["AAAA", "TCGTA"],
        ["AAAA", "ACGTC"],
        ["AAAA", "ACCTA"],
      ]).found,
    ).toEqual([["ACGTA", 1]]);
  });

  it("takes the length that most reads have", () => {
    const { found, counts } = molecules([
      ["AAAA", "ACGTA"],
      ["AAAA", "ACGA"],
      ["AAAA", "TCGA"],
      ["AAAA", "ACGC"],
    ]);
    expect(found).toEqual([["ACGA", 1]]);
    expect(counts.withoutMajority).toBe(0);
  });

  it("leaves what is equal to the sequence that the sample has more often", () => {
    const { found, counts } = molecules([
      ["AAAA", "ACGTA"],
      ["AAAA", "ACGT"],
      ["CCCC", "ACGT"],
      ["GGGG", "CCGT"],
      ["GGGG", "ACGT"],
    ]);
    expect(found).toEqual([["ACGT", 3]]);
    expect(counts.withoutMajority).toBe(1);
  });

  it("takes N only where no read has a base", () => {
    expect(
      molecules([
        ["AAAA", "ANNT"],
        ["AAAA", "ANNT"],
        ["AAAA", "ACNT"],
      ]).found,
    ).toEqual([["ACNT", 1]]);
  });

  it("leaves molecules of few reads out and says how many", () => {
    const { found, counts } = molecules(
      [
        ["AAAA", "ACGT"],
        ["AAAA", "ACGT"],
        ["GGGG", "TTTT"],
      ],
      2,
    );
    expect(found).toEqual([["ACGT", 1]]);
    expect(counts).toMatchObject({ groups: 2, molecules: 1, smallGroups: 1, smallGroupReads: 1 });
  });

  it("gives the same whatever the order of reads", () => {
    const read = fc.tuple(
      fc.string({ unit: fc.constantFrom(..."AC"), minLength: 4, maxLength: 4 }),
      fc.string({ unit: fc.constantFrom(..."ACN"), minLength: 2, maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(read, { maxLength: 60 }), (reads) => {
        const there = molecules(reads);
        expect(molecules([...reads].reverse())).toEqual(there);
        const { groups, molecules: kept } = there.counts;
        expect(kept).toBe(groups);
      }),
    );
  });

  it("takes many molecules with their sequences, beyond its first tables", () => {
    const counter = moleculeCounter();
    for (let i = 0; i < 5000; i++) {
      // A last base that is the sum of the others: any two UMIs differ in two bases at least.
      const free = umiText((i * 7919) % 4 ** 11, 11);
      const sum = [...free].reduce((total, base) => total + "ACGT".indexOf(base), 0);
      const codes = encodeSequence(`${umiText(i % 100, 4)}${"ACGT".repeat(i % 7)}`, "read");
      for (let k = 0; k <= i % 3; k++) counter.add(number(free) * 4 + (sum % 4), codes, 0, codes.length);
    }
    const { counts, molecules: found } = counter.finish(12);
    expect(counts).toMatchObject({ distinct: 5000, groups: 5000, molecules: 5000, correctedReads: 0 });
    // 700 different sequences: 100 beginnings and 7 lengths.
    expect(found.size).toBe(700);
    const reads = Array.from({ length: found.size }, (_, index) => found.count(index));
    expect(reads.reduce((a, b) => a + b)).toBe(5000);
  });
});
