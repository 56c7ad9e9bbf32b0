import type { AlignmentScheme } from "./alignment.ts";

/**
 * A scheme as costs: what a step of an alignment loses against a match. Every base of the read brings `match` along, so that
 * score = match × bases of the read − cost, and no step costs less than nothing.
 */
export interface Costs {
  match: number;
  mismatch: number;
  unknown: number;
  /** A further inserted base; no inserted base costs less. */
  extendInsertion: number;
  /** A further deleted base; no deleted base costs less. */
  extendDeletion: number;
  /** Opening a deletion before the read's first or behind its last base. */
  endDeletion: number;
  /**
   * Of shape (segments, 3), by column of the dynamic programme (0 to length of the reference): the first column behind the segment, the cost
   * of opening an insertion there, the cost of opening a deletion there inside of the read.
   */
  segments: Uint32Array;
}

/** Costs of a scheme that `checkedOptions` has passed. */
export function costsOf(referenceLength: number, cuts: readonly number[], scheme: AlignmentScheme): Costs {
  const { match, gapOpen, endGapOpen, cutIncentive } = scheme;
  const openInsertion = new Int32Array(referenceLength + 1).fill(match - gapOpen);
  const openDeletion = new Int32Array(referenceLength + 1).fill(-gapOpen);
  for (const cut of cuts) {
    openInsertion[cut] = match - gapOpen - cutIncentive;
    openDeletion[cut + 1] = -gapOpen - cutIncentive;
  }
  openInsertion[0] = match - endGapOpen;
  openInsertion[referenceLength] = match - endGapOpen;
  const segments: number[] = [];
  for (let column = 0; column <= referenceLength; column++) {
    const at = segments.length - 3;
    if (at >= 0 && segments[at + 1] === openInsertion[column] && segments[at + 2] === openDeletion[column])
      segments[at] = column + 1;
    else segments.push(column + 1, openInsertion[column]!, openDeletion[column]!);
  }
  return {
    match,
    mismatch: match - scheme.mismatch,
    unknown: match - scheme.unknown,
    extendInsertion: match - scheme.gapExtend,
    extendDeletion: -scheme.gapExtend,
    endDeletion: -endGapOpen,
    segments: Uint32Array.from(segments),
  };
}

/**
 * Half-width of the narrowest band that holds every alignment of at most this cost. The band is the diagonals (column − row) from
 * min(0, d) − w to max(0, d) + w, d the difference of the lengths. An alignment that leaves it has at least w + 1 inserted and w + 1 deleted bases beyond
 * the |d| that every alignment needs, and costs no less than they do; so a cost below that is the true one, and all best alignments, tied ones
 * included, lie in the band.
 */
export function halfWidthFor(cost: number, readLength: number, referenceLength: number, costs: Costs): number {
  const difference = referenceLength - readLength;
  const needed = difference > 0 ? difference * costs.extendDeletion : -difference * costs.extendInsertion;
  const pair = costs.extendInsertion + costs.extendDeletion;
  return Math.min(Math.max(1, Math.floor((cost - needed) / pair)), Math.min(readLength, referenceLength));
}
