import { readFileSync } from "node:fs";
import { seededRandom } from "@artesian/numerics";
import { expect, it } from "vitest";
import {
  alignByLookingAtAll,
  codes,
  drawn,
  pairOf,
  randomCodes,
  randomScheme,
  sourceOf,
} from "./align.test-support.ts";
import { createAligner } from "./align.ts";
import { alignPair } from "./align-reference.ts";
import { type AlignmentScheme, editingScheme } from "./alignment.ts";

/** Gaps so cheap that two of them can take the place of a pair of bases. */
const short = { match: 2, mismatch: -6, unknown: -1, gapOpen: -2, gapExtend: -1, endGapOpen: -2, cutIncentive: 0 };

/** The table of ties in README.md. */
const ties = readFileSync(new URL("README.md", import.meta.url), "utf8")
  .split("\n")
  .map((line) => /^\| (.+?) \| ?(.*?) ?\| (.+?) \| `([ACGTN-]+)` \| `([ACGTN-]+)` \|$/.exec(line))
  .filter((row) => row !== null)
  .map((row) => row.slice(1) as [string, string, string, string, string]);
const schemes: Record<string, AlignmentScheme> = {
  default: editingScheme,
  "short gaps": short,
  "short gaps, mismatch −3": { ...short, mismatch: -3 },
};

it.each(ties)("%s (README.md)", (_, cuts, scheme, above, below) => {
  const [reference, read] = [codes(above.replaceAll("-", "")), codes(below.replaceAll("-", ""))];
  const options = { cuts: cuts === "" ? [] : cuts.split(", ").map(Number), scheme: schemes[scheme]! };
  expect(drawn(alignPair(read, reference, options), read, reference)).toEqual([above, below]);
  expect(alignPair(read, reference, options)).toEqual(
    pairOf(createAligner(reference, options).align(sourceOf([read])), 0),
  );
});

it("finds the table", () => {
  expect(ties.length).toBe(15);
});

it("deletes the whole reference for a read without bases", () => {
  expect(alignPair(codes(""), codes("ACGT"))).toEqual({ score: -8, identities: 0, columns: 4, runs: [4 * 4 + 3] });
});

it("says score, identities and columns of what it drew", () => {
  const found = alignPair(codes("TACGGATCAAATCGTTGAC"), codes("TACGGATCAAAATCGTTGAC"), { cuts: [10] });
  expect(found).toEqual({ score: 19 * 5 - 19, identities: 19, columns: 20, runs: [40, 7, 36] });
});

it("gives of every pair of short sequences what looking at all alignments gives", () => {
  const words = [""];
  for (const word of words) if (word.length < 3) words.push(`${word}A`, `${word}C`);
  const random = seededRandom(3);
  const schemes = [editingScheme, short, ...Array.from({ length: 8 }, () => randomScheme(random))];
  let seen = 0;
  for (const scheme of schemes)
    for (const reference of words.slice(1))
      for (const read of words) {
        const options = { scheme, cuts: reference.length > 1 ? [1 + (seen % (reference.length - 1))] : [] };
        const [a, b] = [codes(read), codes(reference)];
        if (JSON.stringify(alignPair(a, b, options)) !== JSON.stringify(alignByLookingAtAll(a, b, options)))
          expect({ options, read, reference, found: alignPair(a, b, options) }).toEqual(
            alignByLookingAtAll(a, b, options),
          );
        seen++;
      }
  expect(seen).toBe(10 * 14 * 15);
});

it("gives of random sequences with N what looking at all alignments gives", () => {
  const random = seededRandom(4);
  for (let seen = 0; seen < 3000; seen++) {
    const letters = 2 + random.below(4);
    const [read, reference] = [
      randomCodes(random, random.below(6), letters),
      randomCodes(random, 1 + random.below(5), letters),
    ];
    const cuts = reference.length > 1 ? [1 + random.below(reference.length - 1)] : [];
    const options = { cuts, ...(seen % 3 > 0 && { scheme: randomScheme(random) }) };
    const [found, expected] = [alignPair(read, reference, options), alignByLookingAtAll(read, reference, options)];
    if (JSON.stringify(found) !== JSON.stringify(expected))
      expect({ read, reference, options, found }).toEqual(expected);
  }
});

it.each([
  [[0], "a cut has 0 bases"],
  [[4], "expected a whole number from 1 to 3"],
  [[1.5], "a cut has 1.5 bases"],
])("refuses cut %j in a reference of four bases", (cuts, message) => {
  expect(() => alignPair(codes("ACGT"), codes("ACGT"), { cuts })).toThrow(message);
});

it.each([
  ["match", 0],
  ["mismatch", 6],
  ["unknown", 6],
  ["gapExtend", 1],
  ["gapOpen", -1],
  ["endGapOpen", 0],
  ["cutIncentive", 19],
  ["cutIncentive", -1],
  ["gapOpen", -20.5],
] as const)("refuses a scheme with %s %d, by name", (field, value) => {
  const scheme = { ...editingScheme, [field]: value };
  expect(() => alignPair(codes("ACGT"), codes("ACGT"), { scheme })).toThrow(
    `the alignment scheme has ${field} ${value}, expected`,
  );
});

it("refuses a reference without bases", () => {
  expect(() => alignPair(codes("ACGT"), codes(""))).toThrow("the reference has 0 bases, expected 1 to 32767");
});
