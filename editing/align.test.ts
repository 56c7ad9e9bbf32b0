import { seededRandom } from "@artesian/numerics";
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  alignByLookingAtAll,
  codes,
  drawn,
  editedRead,
  kindsOf,
  pairOf,
  randomCodes,
  randomScheme,
  scoreOfKinds,
  sourceOf,
} from "./align.test-support.ts";
import { createAligner } from "./align.ts";
import { type AlignOptions, LONGEST_ALIGNED } from "./align-check.ts";
import { alignPair } from "./align-reference.ts";
import type { Codes } from "./sequence.ts";

/** Aligns all reads and holds each to the reference; gives their number. */
function compare(
  reads: readonly Codes[],
  reference: Codes,
  options: AlignOptions,
  expected: typeof alignByLookingAtAll = alignPair,
): number {
  const found = createAligner(reference, options).align(sourceOf(reads));
  reads.forEach((read, index) => {
    const [one, other] = [pairOf(found, index), expected(read, reference, options)];
    if (JSON.stringify(one) !== JSON.stringify(other)) expect({ read, reference, options, found: one }).toEqual(other);
  });
  return reads.length;
}

it("aligns a read with a deletion at the cut", () => {
  const [reference, read] = [codes("TACGGATCAAAATCGTTGAC"), codes("TACGGATCAAATCGTTGAC")];
  const found = createAligner(reference, { cuts: [10] }).align(sourceOf([read]));
  expect(drawn(pairOf(found, 0), read, reference)).toEqual(["TACGGATCAAAATCGTTGAC", "TACGGATCAA-ATCGTTGAC"]);
  expect(pairOf(found, 0)).toMatchObject({ score: 76, identities: 19, columns: 20 });
});

it("gives of 100,000 random pairs, ties and all, what the plain dynamic programme gives", () => {
  const random = seededRandom(11);
  let seen = 0;
  while (seen < 100_000) {
    const letters = 1 + random.below(5);
    const reference = randomCodes(random, 1 + random.below(seen % 2 === 0 ? 6 : 24), letters);
    const cuts = Array.from(
      { length: reference.length > 1 ? random.below(3) : 0 },
      () => 1 + random.below(reference.length - 1),
    );
    const reads = Array.from({ length: 250 }, () => randomCodes(random, random.below(26), letters));
    seen += compare(reads, reference, { cuts, ...(random.below(3) > 0 && { scheme: randomScheme(random) }) });
  }
});

it("gives of short pairs what looking at all alignments gives", () => {
  const random = seededRandom(12);
  for (let seen = 0; seen < 2500; ) {
    const reference = randomCodes(random, 1 + random.below(5), 3);
    const cuts = reference.length > 1 ? [1 + random.below(reference.length - 1)] : [];
    const reads = Array.from({ length: 25 }, () => randomCodes(random, random.below(6), 3));
    seen += compare(reads, reference, { cuts, scheme: randomScheme(random) }, alignByLookingAtAll);
  }
});

it("gives the same whatever the reads, the reference and the cuts", () => {
  const sequence = (shortest: number) =>
    fc
      .array(fc.integer({ min: 0, max: 4 }), { minLength: shortest, maxLength: 60 })
      .map((bases) => Uint8Array.from(bases));
  fc.assert(
    fc.property(fc.array(sequence(0), { maxLength: 40 }), sequence(2), fc.nat(), (reads, reference, cut) => {
      compare(reads, reference, { cuts: [1 + (cut % (reference.length - 1))] });
    }),
    { numRuns: 100, seed: 5 },
  );
});

it("gives the same of reads as an amplicon gives them, of strangers, and of both in one batch", () => {
  const random = seededRandom(13);
  const reference = randomCodes(random, 180, 4);
  const reads = Array.from({ length: 240 }, (_, i) => {
    if (i % 8 === 0) return randomCodes(random, random.below(260), 4);
    return editedRead(random, reference, i % 8 === 1 ? 0.2 : 0.01);
  });
  compare(reads, reference, { cuts: [90] });
});

it("gives the same where gaps are cheap and the best alignment strays far from the diagonal", () => {
  const random = seededRandom(19);
  for (let round = 0; round < 60; round++) {
    const letters = 2 + (round % 3);
    const reference = randomCodes(random, 60 + random.below(60), letters);
    const shift = random.below(40);
    const reads = Array.from({ length: 24 }, (_, i) => {
      const shifted = [...reference.subarray(shift), ...randomCodes(random, shift, letters)];
      return i % 2 === 0 ? Uint8Array.from(shifted) : randomCodes(random, 40 + random.below(80), letters);
    });
    compare(reads, reference, { cuts: [30], scheme: randomScheme(random) });
  }
});

it("gives the same when costs outgrow lanes of 8 and of 16 bits", () => {
  const random = seededRandom(14);
  const reference = randomCodes(random, 90, 4);
  const reads = Array.from({ length: 60 }, (_, i) =>
    i % 2 === 0 ? randomCodes(random, 90, 4) : editedRead(random, reference, 0.05),
  );
  const scheme = {
    match: 900,
    mismatch: -1000,
    unknown: -500,
    gapOpen: -1000,
    gapExtend: -700,
    endGapOpen: -800,
    cutIncentive: 30,
  };
  compare(reads, reference, { cuts: [45], scheme });
});

it("gives the same when directions do not fit at once and are made in blocks", () => {
  const random = seededRandom(15);
  const reference = randomCodes(random, 1700, 2);
  const aligner = createAligner(reference);
  const reads = [randomCodes(random, 1900, 2), randomCodes(random, 1501, 2), editedRead(random, reference)];
  const found = aligner.align(sourceOf(reads));
  expect(aligner.memoryBytes()).toBeGreaterThan(16 * 2 ** 20); // one block of them is full
  reads.forEach((read, index) => {
    expect(pairOf(found, index)).toEqual(alignPair(read, reference));
  });
});

it("finds the edits of an amplicon of 10,000 bases in little memory", () => {
  const random = seededRandom(16);
  const reference = randomCodes(random, 10_000, 4);
  const bases = [...reference];
  bases.splice(5000, 700);
  bases.splice(2000, 0, ...randomCodes(random, 40, 4));
  for (let i = 0; i < 100; i++) bases[50 + 90 * i] = (bases[50 + 90 * i]! + 1) % 4;
  const read = Uint8Array.from(bases);
  const aligner = createAligner(reference, { cuts: [5000] });
  const found = pairOf(aligner.align(sourceOf([read])), 0);
  expect(scoreOfKinds(kindsOf(found.runs), read, reference, { cuts: [5000] })).toBe(found.score);
  expect(found.runs.filter((run) => run >> 2 > 30 && (run & 3) > 1)).toEqual([40 * 4 + 2, 700 * 4 + 3]);
  expect(aligner.memoryBytes()).toBeLessThan(32 * 2 ** 20);
});

it("gives the best score of 10,000 bases that have nothing to do with the reference", () => {
  const random = seededRandom(17);
  const [reference, read] = [randomCodes(random, 10_000, 4), randomCodes(random, 9000, 4)];
  const aligner = createAligner(reference);
  const found = pairOf(aligner.align(sourceOf([read])), 0);
  expect(scoreOfKinds(kindsOf(found.runs), read, reference, {})).toBe(found.score);
  expect(found.score).toBe(bestScore(read, reference));
  expect(aligner.memoryBytes()).toBeLessThan(48 * 2 ** 20);
});

it("gives no alignments of no reads, and of a part of the reads those of the part", () => {
  const random = seededRandom(18);
  const reference = randomCodes(random, 30, 4);
  const reads = Array.from({ length: 40 }, () => editedRead(random, reference, 0.1));
  const aligner = createAligner(reference);
  expect(aligner.align(sourceOf([])).runStart).toEqual(Uint32Array.of(0));
  const [all, part] = [aligner.align(sourceOf(reads)), aligner.align(sourceOf(reads), 7, 33)];
  expect(part.score.length).toBe(26);
  for (let i = 0; i < 26; i++) expect(pairOf(part, i)).toEqual(pairOf(all, i + 7));
});

it("keeps the order of more reads than it sorts at a time", () => {
  const reference = codes("ACGTTGCAAC");
  const reads = Array.from({ length: 20_000 }, (_, i) => reference.subarray(0, 1 + ((i * 7) % 10)));
  const { identities, runStart, runs } = createAligner(reference).align(sourceOf(reads));
  expect(runStart.at(-1)).toBe(runs.length);
  reads.forEach((read, i) => {
    if (identities[i] !== read.length) expect({ i, found: identities[i] }).toEqual({ i, found: read.length });
  });
});

it("refuses a read that is too long, by its number", () => {
  const long = new Uint8Array(LONGEST_ALIGNED + 1);
  expect(() => createAligner(codes("ACGT")).align(sourceOf([codes("A"), long]))).toThrow(
    "read 2 has 32768 bases, expected 0 to 32767",
  );
});

/** The best score under the field's scheme without cuts, two rows at a time. */
function bestScore(read: Codes, reference: Codes): number {
  const width = reference.length + 1;
  const best = Int32Array.from({ length: width }, (_, column) => -2 * column);
  const insertion = new Int32Array(width).fill(-(2 ** 30));
  for (let row = 1; row <= read.length; row++) {
    let corner = best[0]!;
    let deletion = -(2 ** 30);
    best[0] = -2 * row;
    for (let column = 1; column < width; column++) {
      const open = column === width - 1 ? -2 : -20;
      insertion[column] = Math.max(best[column]! + open, insertion[column]! - 2);
      deletion = Math.max(best[column - 1]! + (row === read.length ? -2 : -20), deletion - 2);
      const aligned = corner + (read[row - 1] === reference[column - 1] ? 5 : -4);
      corner = best[column]!;
      best[column] = Math.max(aligned, insertion[column]!, deletion);
    }
  }
  return best[width - 1]!;
}
