import { seededRandom } from "@artesian/numerics";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collapseReads } from "./collapse.ts";
import { LONGEST_READ } from "./fastq.ts";
import { decodeSequence, encodeSequence } from "./sequence.ts";
import type { UniqueReads } from "./unique-reads.ts";

const collapse = (reads: readonly string[]): UniqueReads => {
  const collapser = collapseReads();
  for (const read of reads) {
    const codes = encodeSequence(`T${read}G`, "read");
    collapser.add(codes, 1, codes.length - 1);
  }
  return collapser.finish();
};

function listed(reads: UniqueReads): [string, number][] {
  return Array.from({ length: reads.size }, (_, i) => {
    const length = reads.length(i);
    const codes = new Uint8Array(length + 3).fill(9);
    const written = reads.copy(i, codes, 2);
    if (written !== length || codes[0] !== 9 || codes[1] !== 9 || codes[length + 2] !== 9)
      throw new Error(`Sequence ${i} of ${length} bases wrote ${written} and beside itself: ${codes}`);
    return [decodeSequence(codes, 2, length + 2), reads.count(i)];
  });
}

function naive(reads: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const read of reads) counts.set(read, (counts.get(read) ?? 0) + 1);
  // In the order of codes N comes last.
  const keyed = [...counts].map(([read, count]) => ({ read, count, key: read.replaceAll("N", "Z") }));
  keyed.sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
  return keyed.map(({ read, count }) => [read, count]);
}

describe("collapseReads", () => {
  it("gives each sequence once, the most frequent first, equal ones by sequence", () => {
    const reads = collapse(["TTTT", "ACGT", "ACG", "ACGT", "ACGN", "", "AAAA", "ACGTA"]);
    expect(listed(reads)).toEqual([
      ["ACGT", 2],
      ["", 1],
      ["AAAA", 1],
      ["ACG", 1],
      ["ACGTA", 1],
      ["ACGN", 1],
      ["TTTT", 1],
    ]);
    expect([reads.size, reads.total, reads.longest]).toEqual([7, 8, 5]);
  });

  it("has no read when none was added", () => {
    const reads = collapse([]);
    expect([reads.size, reads.total, reads.longest]).toEqual([0, 0, 0]);
  });

  it("adds several reads at once", () => {
    const collapser = collapseReads();
    const codes = encodeSequence("ACGTACGTACGTACGTACGT", "read");
    collapser.add(codes, 0, 20, 5);
    collapser.add(codes, 0, 20, 7);
    expect(collapser.finish().count(0)).toBe(12);
  });

  it("tells sequences apart that differ only in how many A or N they end with", () => {
    const reads = [
      "C",
      "CA",
      "CAA",
      "CN",
      "CAN",
      "CNA",
      `C${"A".repeat(15)}`,
      `C${"A".repeat(16)}`,
      `C${"A".repeat(40)}`,
    ];
    expect(listed(collapse(reads))).toEqual(naive(reads));
  });

  it("gives what a map gives, whatever the reads and their order", () => {
    const read = fc.oneof(
      fc.string({ unit: fc.constantFrom(..."AC"), maxLength: 6 }),
      fc.string({ unit: fc.constantFrom(..."ACGTN"), maxLength: 70 }),
      fc
        .string({ unit: fc.constantFrom(..."ACGT"), maxLength: 4 })
        .map((end) => "ACGTACGTACGTACGTACGTACGTACGTACGT".repeat(2) + end),
      fc.string({ unit: fc.constantFrom(..."ACGTN"), maxLength: 4 }).map((end) => "TGCA".repeat(9) + end),
    );
    fc.assert(
      fc.property(fc.array(read, { maxLength: 120 }), fc.nat(), (reads, seed) => {
        const expected = naive(reads);
        expect(listed(collapse(reads))).toEqual(expected);
        expect(listed(collapse(seededRandom(seed).shuffle([...reads])))).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it("keeps many sequences apart while its tables grow", () => {
    const random = seededRandom("many");
    const reads = Array.from({ length: 20_000 }, (_, i) => {
      let read = "ACGTTGCAGGATCCATTACG";
      for (let k = 0; k < 10; k++) read += "ACGT"[random.below(4)];
      return i % 50 === 0 ? `${read}N` : read;
    });
    const found = collapse(reads);
    expect(found.size).toBe(new Set(reads).size);
    // One text, as a comparison of so many arrays takes long.
    expect(listed(found).join("\n") === naive(reads).join("\n")).toBe(true);
  });

  it("keeps long reads whole over several pieces of storage", () => {
    const reads = Array.from({ length: 40 }, (_, i) => {
      const codes = new Uint8Array(1_000_000 + i);
      codes.set(encodeSequence("ACGTTGCATT", "read"));
      for (let filled = 10; filled < codes.length; filled *= 2) codes.copyWithin(filled, 0, filled);
      codes[500_000 + i] = i % 5;
      return codes;
    });
    const collapser = collapseReads();
    for (let times = 0; times < 2; times++) for (const read of reads) collapser.add(read, 0, read.length);
    const found = collapser.finish();
    const byLength = new Map(Array.from({ length: found.size }, (_, index) => [found.length(index), index]));
    expect([found.size, found.total, byLength.size, found.longest]).toEqual([40, 80, 40, 1_000_039]);
    for (const read of reads) {
      const copy = new Uint8Array(read.length);
      expect(found.copy(byLength.get(read.length)!, copy)).toBe(read.length);
      expect(Buffer.compare(copy, read)).toBe(0);
    }
  });

  it("takes two of the longest reads, merged, with N", () => {
    const short = encodeSequence("A", "read");
    const long = new Uint8Array(2 * LONGEST_READ).fill(3);
    long[0] = long[long.length - 1] = 4;
    const collapser = collapseReads();
    collapser.add(short, 0, 1);
    for (let times = 0; times < 2; times++) collapser.add(long, 0, long.length);
    const found = collapser.finish();
    expect([found.size, found.count(0), found.length(0), found.longest]).toEqual([2, 2, long.length, long.length]);
    const copy = new Uint8Array(long.length);
    found.copy(0, copy);
    expect(Buffer.compare(copy, long)).toBe(0);
  });

  it("stops ordering when aborted", () => {
    const collapser = collapseReads();
    collapser.add(encodeSequence("ACGT", "read"), 0, 4);
    expect(() => collapser.finish(AbortSignal.abort())).toThrow(/abort/i);
  });
});
