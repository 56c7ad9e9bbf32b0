import { DELETED, DIFFERENT, EQUAL, INSERTED } from "./alignment.ts";
import { type Codes, UNKNOWN } from "./sequence.ts";
import { touchesBases, touchesBoundaries, type Window } from "./window.ts";

/** One difference between a read and its reference. Positions count from 0. */
export interface Edit {
  kind: "substitution" | "insertion" | "deletion";
  /** First changed base of the reference as aligned; of an insertion, the reference's bases left of it. */
  position: number;
  /** Bases changed, inserted or deleted. */
  length: number;
  /** First changed or inserted base of the read; of a deletion, the read's bases left of it. */
  readAt: number;
  /** By how many bases it can be moved left, and right, without another sequence or another substitution. */
  left: number;
  right: number;
  /** Whether it counts in the window: see `readEdits`. */
  inWindow: boolean;
}

/** What a read says of its reference. */
export interface AlignedRead {
  /** Bases of the reference that the read covers: [from, to). Gaps at the ends of an alignment are no edits, the read ends there. */
  from: number;
  to: number;
  /** From left to right. */
  edits: Edit[];
  /** Positions of the reference at which the read has N. */
  unknown: number[];
}

/**
 * The edits of one read, from its alignment.
 *
 * In the window, a substitution counts when its base does, an insertion when the bases on both sides do, a deletion when any deleted base
 * does. An indel that can be placed in several ways with the same result counts when any of these placements does: which one an aligner
 * reports is a matter of its tie rules, not of the molecule. Placements are equivalent when moving the gap passes only bases that
 * are equal in read and reference, as in the left alignment of VCF (Tan, Abecasis and Kang 2015, doi 10.1093/bioinformatics/btv112).
 * @param runs of all reads, from first to last those of this one, packed as in alignment.ts
 * @param reference of shape (reference length)
 * @param read in the reference's orientation; its first `length` codes are used by the alignment
 */
export function readEdits(
  runs: Uint32Array,
  first: number,
  last: number,
  reference: Codes,
  read: Codes,
  window: Window,
): AlignedRead {
  const edits: Edit[] = [];
  const unknown: number[] = [];
  let begin = first;
  let end = last;
  while (begin < end && isGap(runs[begin]!)) begin++;
  while (end > begin && isGap(runs[end - 1]!)) end--;
  let at = 0;
  let readAt = 0;
  for (let run = first; run < begin; run++) {
    if ((runs[run]! & 3) === DELETED) at += runs[run]! >>> 2;
    else readAt += runs[run]! >>> 2;
  }
  const from = at;
  for (let run = begin; run < end; run++) {
    const kind = runs[run]! & 3;
    const length = runs[run]! >>> 2;
    if (kind === EQUAL) {
      at += length;
      readAt += length;
    } else if (kind === DIFFERENT) {
      for (let i = 0; i < length; i++, at++, readAt++) {
        if (read[readAt] === UNKNOWN) unknown.push(at);
        else if (reference[at] !== UNKNOWN)
          edits.push({
            kind: "substitution",
            position: at,
            length: 1,
            readAt,
            left: 0,
            right: 0,
            inWindow: window.mask[at] === 1,
          });
      }
    } else {
      const before = run > begin ? equalLength(runs[run - 1]!) : 0;
      const after = run + 1 < end ? equalLength(runs[run + 1]!) : 0;
      const deleted = kind === DELETED;
      const [codes, gap] = deleted ? [reference, at] : [read, readAt];
      let left = 0;
      while (left < before && codes[gap - 1 - left] === codes[gap + length - 1 - left]) left++;
      let right = 0;
      while (right < after && codes[gap + right] === codes[gap + length + right]) right++;
      const inWindow = deleted
        ? touchesBases(window, at - left, at + length + right)
        : touchesBoundaries(window, at - left, at + right);
      edits.push({ kind: deleted ? "deletion" : "insertion", position: at, length, readAt, left, right, inWindow });
      if (deleted) at += length;
      else readAt += length;
    }
  }
  return { from, to: at, edits, unknown };
}

/** Bases of an insertion placed as far left as it goes: moving it turns its bases round. */
export function leftmostInsertion({ readAt, length, left }: Edit, read: Codes): Codes {
  return read.slice(readAt - left, readAt - left + length);
}

function isGap(run: number): boolean {
  return (run & 3) >= INSERTED;
}

function equalLength(run: number): number {
  return (run & 3) === EQUAL ? run >>> 2 : 0;
}
