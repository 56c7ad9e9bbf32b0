import { seededRandom } from "@artesian/numerics";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type MergeOptions, pairMerger, type ReadSlice } from "./merge-pairs.ts";
import type { OverlapLimits } from "./overlap.ts";
import { decodeSequence, encodeSequence, reverseComplement } from "./sequence.ts";

function slice(sequence: string, quality: number | readonly number[] = 30): ReadSlice {
  const bases = encodeSequence(sequence, "read");
  const qualities = Uint8Array.from(bases, (_, i) => (typeof quality === "number" ? quality : quality[i]!));
  return { bases, qualities, from: 0, to: bases.length };
}

const turn = (sequence: string): string => decodeSequence(reverseComplement(encodeSequence(sequence, "read")));

interface Merged {
  sequence: string;
  qualities: number[];
  compared: number;
  mismatches: number;
  readThrough: boolean;
}

function merge(r1: ReadSlice, r2: ReadSlice, options?: MergeOptions): Merged | undefined {
  const merger = pairMerger(options);
  if (!merger.find(r1, r2)) return undefined;
  merger.join(r1, r2);
  const { bases, qualities, length, overlap, readThrough } = merger.pair;
  return {
    sequence: decodeSequence(bases, 0, length),
    qualities: [...qualities.subarray(0, length)],
    compared: overlap.compared,
    mismatches: overlap.mismatches,
    readThrough,
  };
}

const random = seededRandom("merge");
const bases = (length: number): string => Array.from({ length }, () => "ACGT"[random.below(4)]).join("");
const fragment = bases(100);

describe("pairMerger", () => {
  it("gives back the fragment that two reads come from", () => {
    const merged = merge(slice(fragment.slice(0, 60)), slice(turn(fragment.slice(40))));
    expect(merged).toMatchObject({ sequence: fragment, compared: 20, mismatches: 0, readThrough: false });
  });

  it("cuts off what lies behind the end of a fragment that is shorter than its reads", () => {
    const short = fragment.slice(0, 40);
    const merged = merge(slice(short + bases(20)), slice(turn(short) + bases(25)));
    expect(merged).toMatchObject({ sequence: short, compared: 40, readThrough: true });
  });

  it("takes reads of different lengths, one of which runs through", () => {
    const short = fragment.slice(0, 40);
    expect(merge(slice(short + bases(20)), slice(turn(short.slice(15))))).toMatchObject({ sequence: short });
    expect(merge(slice(short.slice(0, 25)), slice(turn(short) + bases(30)))).toMatchObject({ sequence: short });
  });

  it("gives no overlap where reads have none, and where it is too short", () => {
    expect(merge(slice(fragment.slice(0, 45)), slice(turn(fragment.slice(55))))).toBeUndefined();
    expect(merge(slice(fragment.slice(0, 52)), slice(turn(fragment.slice(43))))).toBeUndefined();
    expect(merge(slice(fragment.slice(0, 52)), slice(turn(fragment.slice(43))), { minOverlap: 9 })).toMatchObject({
      sequence: fragment,
    });
    expect(merge(slice(""), slice(""))).toBeUndefined();
    expect(merge(slice("ACGT"), slice(""))).toBeUndefined();
  });

  it("takes an overlap with mismatches up to the share that is allowed", () => {
    const changed =
      fragment.slice(0, 50) + [...fragment.slice(50, 60)].map((base, i) => (i % 3 === 1 ? turn(base) : base)).join("");
    const mates = [slice(changed), slice(turn(fragment.slice(30)))] as const;
    expect(merge(...mates)).toMatchObject({ compared: 30, mismatches: 3 });
    expect(merge(...mates, { maxMismatchShare: 0.09 })).toBeUndefined();
    expect(merge(...mates, { maxMismatchShare: 0.1 })).toMatchObject({ mismatches: 3 });
  });

  it("takes the base of higher quality where reads differ, R1's when both are as good", () => {
    const [left, middle, right] = [fragment.slice(0, 50), fragment[50]!, fragment.slice(51)];
    const other = turn(middle);
    const first = (quality: number): ReadSlice =>
      slice(
        left + other + right.slice(0, 9),
        [...left, other, ...right.slice(0, 9)].map((_, i) => (i === 50 ? quality : 30)),
      );
    const second = slice(turn(fragment.slice(40)), 25);
    const at = (quality: number) => {
      const merged = merge(first(quality), second)!;
      return [merged.sequence[50], merged.qualities[50]];
    };
    // By hand: p = (x (1 − y/3)) / (x + y − 4xy/3) with x and y the errors of the better and the worse base.
    expect(at(20)).toEqual([middle, 6]);
    expect(at(26)).toEqual([other, 4]);
    expect(at(25)).toEqual([other, 3]);
    expect(at(37)).toEqual([other, 12]);
  });

  it("gives agreeing bases the quality of both together, at most the highest", () => {
    const at = (a: number, b: number, maxQuality?: number) =>
      merge(
        slice(fragment.slice(0, 60), a),
        slice(turn(fragment.slice(40)), b),
        maxQuality === undefined ? {} : { maxQuality },
      )!.qualities;
    // By hand: p = (xy/3) / (1 − x − y + 4xy/3), for 10 and 12: 0.0021/0.845.
    expect(at(10, 12)[50]).toBe(26);
    expect(at(10, 12)[20]).toBe(10);
    expect(at(10, 12)[80]).toBe(12);
    expect(at(30, 30)[50]).toBe(41);
    expect(at(30, 30, 60)[50]).toBe(60);
  });

  it("takes any base instead of N, and counts N as neither", () => {
    const first = `${fragment.slice(0, 50)}N${fragment.slice(51, 60)}`;
    const merged = merge(slice(first, 40), slice(turn(fragment.slice(40)), 7));
    expect(merged).toMatchObject({ sequence: fragment, compared: 19, mismatches: 0 });
    expect(merged!.qualities[50]).toBe(7);
    const both = merge(slice(first), slice(turn(first.slice(40) + fragment.slice(60))));
    expect(both!.sequence[50]).toBe("N");
  });

  it("finds the overlap before bases become N", () => {
    const [r1, r2] = [slice(fragment.slice(0, 60)), slice(turn(fragment.slice(40)))];
    const merger = pairMerger();
    expect(merger.find(r1, r2)).toBe(true);
    r1.bases.fill(4);
    merger.join(r1, r2);
    expect(decodeSequence(merger.pair.bases, 0, 100)).toBe("N".repeat(40) + fragment.slice(40));
  });

  it("takes the longest of equally good fragments in a repeat", () => {
    const merged = merge(slice("ACACACACACACACAC"), slice(turn("ACACACACACACACAC")));
    expect(merged).toMatchObject({ sequence: "ACACACACACACACAC", compared: 16 });
  });

  it("merges hardly any pair that has nothing in common", () => {
    const merger = pairMerger();
    let merged = 0;
    for (let i = 0; i < 2000; i++) if (merger.find(slice(bases(150)), slice(bases(150)))) merged++;
    // At most one in a hundred is expected; 38 is more than four standard deviations above.
    expect(merged).toBeLessThan(38);
  });
});

/** The rule of overlapFinder base by base: every length of the fragment, every column. */
function plainOverlap(r1: string, turned: string, limits: Required<OverlapLimits>) {
  const lambda = Math.log((3 + Math.sqrt(21)) / 2);
  const longest = r1.length + turned.length - limits.minOverlap;
  const least = Math.max(1, Math.log((longest - limits.minOverlap + 1) / limits.maxChance) / lambda);
  let best: { length: number; compared: number; mismatches: number } | undefined;
  const score = (one: { compared: number; mismatches: number }) => one.compared - 3 * one.mismatches;
  for (let length = limits.minOverlap; length <= longest; length++) {
    let [compared, mismatches] = [0, 0];
    for (let i = 0; i < length; i++) {
      const [a, b] = [r1[i], turned[i - (length - turned.length)]];
      if (a === undefined || b === undefined || a === "N" || b === "N") continue;
      compared++;
      if (a !== b) mismatches++;
    }
    const one = { length, compared, mismatches };
    if (compared < limits.minOverlap || mismatches > limits.maxMismatchShare * compared || score(one) < least) continue;
    if (
      best === undefined ||
      score(one) > score(best) ||
      (score(one) === score(best) && mismatches < best.mismatches) ||
      (score(one) === score(best) && mismatches === best.mismatches && length > best.length)
    )
      best = one;
  }
  return best;
}

describe("any pair", () => {
  const letters = fc.constantFrom(..."ACGTN", ..."ACGT", ..."AAA");
  const read = fc.string({ unit: letters, minLength: 0, maxLength: 90 });

  it("overlaps as a comparison of every base at every place says", () => {
    let found = 0;
    // One merger sees all pairs, so that what it remembers of earlier ones is tested too.
    const mergers = new Map<string, ReturnType<typeof pairMerger>>();
    fc.assert(
      fc.property(
        read,
        read,
        fc.nat(120),
        fc.constantFrom(1, 5, 10),
        fc.constantFrom(0, 0.1, 0.25, 1),
        fc.constantFrom(0.01, 10, 1e6),
        (a, b, overlap, minOverlap, maxMismatchShare, maxChance) => {
          // The second read often repeats a part of the first.
          const turned = overlap > 80 ? b : a.slice(Math.max(0, a.length - overlap)) + b.slice(0, 20);
          const limits = { minOverlap, maxMismatchShare, maxChance };
          const key = JSON.stringify(limits);
          const merger = mergers.get(key) ?? pairMerger(limits);
          mergers.set(key, merger);
          const expected = plainOverlap(a, turned, limits);
          for (let again = 0; again < 2; again++) {
            const is = merger.find(slice(a), slice(turn(turned)));
            if (is) found++;
            expect(is ? { ...merger.pair.overlap } : undefined).toEqual(expected);
          }
        },
      ),
      { numRuns: 1500 },
    );
    expect(found).toBeGreaterThan(200);
  });
});
