import { seededRandom } from "@artesian/numerics";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collapseReads } from "./collapse.ts";
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

const listed = (reads: UniqueReads): [string, number][] =>
  Array.from({ length: reads.size }, (_, i) => {
    const codes = new Uint8Array(reads.length(i) + 3).fill(9);
    expect(reads.copy(i, codes, 2)).toBe(reads.length(i));
    // Nothing is written beside the sequence.
    expect([codes[0], codes[1], codes.at(-1)]).toEqual([9, 9, 9]);
    return [decodeSequence(codes, 2, codes.length - 1), reads.count(i)];
  });

/** Order of codes: A, C, G, T, N. */
const sortable = (sequence: string): string => sequence.replaceAll("N", "Z");

function naive(reads: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const read of reads) counts.set(read, (counts.get(read) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || (sortable(a) < sortable(b) ? -1 : 1));
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
    const reads = ["C", "CA", "CAA", "CN", "CAN", "CNA", `C${"A".repeat(15)}`, `C${"A".repeat(16)}`, `C${"A".repeat(40)}`];
    expect(listed(collapse(reads))).toEqual(naive(reads));
  });

  it("gives what a map gives, whatever the reads and their order", () => {
    const read = fc.oneof(
      fc.string({ unit: fc.constantFrom(..."AC"), maxLength: 6 }),
      fc.string({ unit: fc.constantFrom(..."ACGTN"), maxLength: 70 }),
      fc.string({ unit: fc.constantFrom(..."ACGT"), maxLength: 4 }).map((end) => "ACGTACGTACGTACGTACGTACGTACGTACGT".repeat(2) + end),
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

  it("keeps a hundred thousand sequences apart while it grows, over several pieces of storage", () => {
    const random = seededRandom("many");
    const reads = Array.from({ length: 100_000 }, () => {
      let read = "ACGTTGCA".repeat(20);
      for (let i = 0; i < 20; i++) read += "ACGT"[random.below(4)];
      return read + (random.below(50) === 0 ? "N" : "");
    });
    reads.push(...reads.slice(0, 500));
    const found = collapse(reads);
    const expected = naive(reads);
    expect(found.size).toBe(expected.length);
    expect(listed(found)).toEqual(expected);
  });

  it("takes a read that is as long as a piece of storage", () => {
    const long = "ACGTTGCATT".repeat(1_600_000);
    const codes = encodeSequence("A", "read");
    const many = new Uint8Array(long.length);
    for (let i = 0; i < many.length; i++) many[i] = "ACGT".indexOf(long[i]!);
    const collapser = collapseReads();
    collapser.add(codes, 0, 1);
    collapser.add(many, 0, many.length);
    collapser.add(many, 0, many.length);
    const reads = collapser.finish();
    expect([reads.size, reads.count(0), reads.length(0), reads.longest]).toEqual([2, 2, 16_000_000, 16_000_000]);
    const copy = new Uint8Array(many.length);
    reads.copy(0, copy);
    expect(Buffer.compare(copy, many)).toBe(0);
  });

  it("stops ordering when aborted", () => {
    const collapser = collapseReads();
    collapser.add(encodeSequence("ACGT", "read"), 0, 4);
    expect(() => collapser.finish(AbortSignal.abort())).toThrow(/abort/i);
  });
});
