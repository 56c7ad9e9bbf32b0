import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { amplicon } from "./analysis.test-support.ts";
import { FORWARD, orientedReads, orientReads, REVERSE, subsetReads } from "./orient.ts";
import { decodeSequence, encodeSequence } from "./sequence.ts";
import { readsOf, turned } from "./unique-reads.test-support.ts";
import type { UniqueReads } from "./unique-reads.ts";

const reference = { codes: encodeSequence(amplicon, "amplicon"), cuts: [] };
const text = (reads: UniqueReads, index: number): string => {
  const codes = new Uint8Array(reads.length(index) + 3);
  reads.copy(index, codes, 3);
  return decodeSequence(codes, 3);
};
const strandOf = (read: string): number => orientReads(readsOf([read]), [reference])[0]!;

describe("the strand of a read", () => {
  it("is told by its k-mers", () => {
    expect([strandOf(amplicon), strandOf(turned(amplicon))]).toEqual([FORWARD, REVERSE]);
    expect([strandOf(amplicon.slice(20, 50)), strandOf(turned(amplicon).slice(20, 50))]).toEqual([FORWARD, REVERSE]);
  });
  it("is told by alignment where k-mers do not decide", () => {
    const masked = [...amplicon].map((base, i) => (i % 6 === 3 ? "N" : base)).join("");
    expect([strandOf(masked), strandOf(turned(masked))]).toEqual([FORWARD, REVERSE]);
    const wrong = [...amplicon].map((base, i) => (i % 5 === 2 ? (base === "A" ? "C" : "A") : base)).join("");
    expect([strandOf(wrong), strandOf(turned(wrong))]).toEqual([FORWARD, REVERSE]);
  });
  it("is forward for a read that lies on both equally well, and for none", () => {
    expect(strandOf("ACGT")).toBe(FORWARD);
    expect(strandOf("")).toBe(FORWARD);
    const palindrome = amplicon + turned(amplicon);
    const both = orientReads(readsOf([palindrome]), [{ codes: encodeSequence(palindrome, "p"), cuts: [] }]);
    expect([...both]).toEqual([FORWARD]);
  });
  it("is turned when the read is, for any read that lies on one clearly", () => {
    fc.assert(
      fc.property(fc.nat(60), fc.integer({ min: 30, max: 53 }), fc.nat(20), (from, length, lost) => {
        const part = amplicon.slice(from, from + length);
        const read = part.slice(0, 15) + part.slice(15 + Math.min(lost, length - 30));
        expect([strandOf(read), strandOf(turned(read))]).toEqual([FORWARD, REVERSE]);
      }),
    );
  });
  it("is looked for no longer than its caller wants", () => {
    expect(() => orientReads(readsOf([amplicon]), [reference], { signal: AbortSignal.abort() })).toThrow(/abort/i);
  });
});

describe("views of reads", () => {
  const reads = readsOf({ AACG: 5, ACGTN: 3, GG: 1 });
  it("turn those of the reverse strand", () => {
    const oriented = orientedReads(reads, Uint8Array.of(REVERSE, REVERSE, FORWARD));
    expect([0, 1, 2].map((i) => [text(oriented, i), oriented.count(i)])).toEqual([
      ["CGTT", 5],
      ["NACGT", 3],
      ["GG", 1],
    ]);
  });
  it("hold some of them", () => {
    const some = subsetReads(reads, Uint32Array.of(2, 0));
    expect([some.size, some.total, some.longest, text(some, 0), text(some, 1)]).toEqual([2, 6, 4, "GG", "AACG"]);
  });
});
