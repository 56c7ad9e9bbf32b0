import type { Reference } from "./amplicon.ts";
import type { AlignedRead } from "./calls.ts";
import { beginHash, endHash, type Hash64, mixIn } from "./hash-tally.ts";

/** What a tag of an allele says. */
export interface AlleleTag {
  /** Index of the reference. */
  reference: number;
  /** Index in OUTCOMES. */
  outcome: number;
  /** Whether other references fit as well. */
  ambiguous: boolean;
}

export function alleleTag({ reference, outcome, ambiguous }: AlleleTag): number {
  return reference * 32 + outcome * 2 + (ambiguous ? 1 : 0);
}

export function readAlleleTag(tag: number): AlleleTag {
  return { reference: tag >>> 5, outcome: (tag >>> 1) & 15, ambiguous: (tag & 1) === 1 };
}

/**
 * Hashes what a read shows in a region of its reference: every column there that differs, how far it reaches into it, and how the read was
 * judged. Two reads with the same aligned columns in the region, and the same outcome, have the same hash.
 * @returns the tag of the allele
 */
export function hashAllele(
  hash: Hash64,
  { from, to, edits, unknown }: AlignedRead,
  codes: Uint8Array,
  { regions }: Reference,
  reference: number,
  region: number,
  outcome: number,
  ambiguous: boolean,
): number {
  const [first, end] = regions[region]!;
  const tag = alleleTag({ reference, outcome, ambiguous });
  beginHash(hash, tag);
  mixIn(hash, Math.max(first, from));
  mixIn(hash, Math.min(end, to));
  for (const position of unknown) {
    if (position < first || position >= end) continue;
    mixIn(hash, 4);
    mixIn(hash, position);
  }
  for (const { kind, position, length, readAt } of edits) {
    if (kind === "substitution") {
      if (position < first || position >= end) continue;
      mixIn(hash, 8 + codes[readAt]!);
      mixIn(hash, position);
    } else if (kind === "deletion") {
      const start = Math.max(first, position);
      const stop = Math.min(end, position + length);
      if (start >= stop) continue;
      mixIn(hash, 16);
      mixIn(hash, start);
      mixIn(hash, stop);
    } else {
      if (position <= first || position >= end) continue;
      mixIn(hash, 32);
      mixIn(hash, position);
      mixIn(hash, length);
      for (let i = 0; i < length; i++) mixIn(hash, codes[readAt + i]!);
    }
  }
  endHash(hash);
  return tag;
}

/**
 * Hashes an insertion or deletion of a reference.
 * @param position when moved as far left as it goes
 * @param codes the inserted bases from `at` on; not looked at for a deletion
 */
export function hashIndel(
  hash: Hash64,
  reference: number,
  kind: "insertion" | "deletion",
  position: number,
  length: number,
  codes: Uint8Array,
  at: number,
): void {
  beginHash(hash, reference);
  mixIn(hash, kind === "insertion" ? 1 : 2);
  mixIn(hash, position);
  mixIn(hash, length);
  if (kind === "insertion") for (let i = 0; i < length; i++) mixIn(hash, codes[at + i]!);
  endHash(hash);
}
