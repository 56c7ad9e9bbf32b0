import { seededRandom } from "@artesian/numerics";
import { describe, expect, it } from "vitest";
import { editedRead, randomCodes, randomScheme, sourceOf } from "./align.test-support.ts";
import { createAligner } from "./align.ts";
import { editingScheme } from "./alignment.ts";
import { hasNeedle, needleScores, parasailScores, peerPython } from "./peer.test-support.ts";
import type { Codes } from "./sequence.ts";

const PAIRS = 10_000;
const python = peerPython();
const needle = hasNeedle();

/** Reads of one amplicon, strangers among them. */
function readsOf(random: ReturnType<typeof seededRandom>, reference: Codes, count: number): Codes[] {
  return Array.from({ length: count }, (_, i) => {
    if (i % 10 === 0) return randomCodes(random, 1 + random.below(2 * reference.length), 5);
    return editedRead(random, reference, i % 10 === 1 ? 0.2 : 0.02);
  });
}

describe.skipIf(python === undefined)(
  `parasail ${python ? "" : "(SKIPPED, 1 test: bench/peers/editing/setup has not been run)"}`,
  () => {
    it("gives 10,000 pairs the same scores, where gaps at the ends cost as much as others", {
      timeout: 120_000,
    }, () => {
      const random = seededRandom(31);
      let seen = 0;
      for (let round = 0; round < 10; round++) {
        const scheme = { ...(round < 4 ? editingScheme : randomScheme(random)), cutIncentive: 0 };
        scheme.endGapOpen = scheme.gapOpen;
        const reference = randomCodes(random, 40 + 20 * round, 5);
        const reads = readsOf(random, reference, PAIRS / 10).filter((read) => read.length > 0);
        while (reads.length < PAIRS / 10) reads.push(reference);
        const found = createAligner(reference, { scheme }).align(sourceOf(reads));
        expect([...found.score]).toEqual(
          parasailScores(
            python!,
            scheme,
            reads.map((read) => [read, reference]),
          ),
        );
        seen += reads.length;
      }
      expect(seen).toBe(PAIRS);
    });
  },
);

describe.skipIf(!needle)(
  `EMBOSS needle ${needle ? "" : "(SKIPPED, 1 test: the Debian package emboss is not installed)"}`,
  () => {
    it("gives 10,000 pairs the same scores under the field's scheme", { timeout: 120_000 }, () => {
      const random = seededRandom(32);
      let seen = 0;
      for (let round = 0; round < 10; round++) {
        // N against N is −1 in EDNAFULL and −2 here: the reference has none. A single base needle does not put where it scores best.
        const reference = randomCodes(random, 40 + 20 * round, 4);
        const reads = readsOf(random, reference, PAIRS / 10).filter((read) => read.length > 1);
        while (reads.length < PAIRS / 10) reads.push(reference);
        const found = createAligner(reference).align(sourceOf(reads));
        expect(needleScores(reads, reference)).toEqual([...found.score]);
        seen += reads.length;
      }
      expect(seen).toBe(PAIRS);
    });
  },
);
