import { type AlignOptions, checkedOptions, LONGEST_ALIGNED } from "./align-check.ts";
import { costsOf, halfWidthFor } from "./align-costs.ts";
import { alignKernel, type LaneBits } from "./align-kernel.ts";
import { type AlignmentScheme, type Alignments, DELETED } from "./alignment.ts";
import { SequenceLengthError } from "./errors.ts";
import type { Codes } from "./sequence.ts";
import type { UniqueReads } from "./unique-reads.ts";

/** What an aligner needs of reads. */
export type ReadSource = Pick<UniqueReads, "size" | "length" | "copy">;

/** Aligns many reads to one reference, in memory of its own that grows with the longest read (see README.md, Memory). */
export interface Aligner {
  readonly reference: Codes;
  readonly cuts: readonly number[];
  readonly scheme: AlignmentScheme;
  /**
   * Global alignments of reads `from` (default 0) to before `to` (default all): what `alignPair` gives, tie for tie. Entry 0 is read `from`.
   * @throws SequenceLengthError ("editing/sequence-length") on a read of more than 32,767 bases
   */
  align(reads: ReadSource, from?: number, to?: number): Alignments;
  /** Memory of the vector kernel, bytes. */
  memoryBytes(): number;
}

/** Reads that are sorted by length and laid into lanes together. */
const BATCH = 8192;
/** Half-width of the first band. */
const FIRST_HALF_WIDTH = 8;
/** How many times wider the next band is when a lane could not hold a read's cost: the whole when it has no more diagonals than NARROW. */
const WIDENING = 8;
const NARROW = 512;

/** A read on its way through bands and lanes. */
interface Candidate {
  read: number;
  length: number;
  halfWidth: number;
}

/**
 * An aligner of reads to one reference: one read a lane of a vector (align.as.ts), first in a narrow band with costs of 8 bits, which nearly
 * all reads of an amplicon fit. A read that a lane cannot hold is tried again in a wider band and wider lanes, and one whose alignment is not
 * proven to be the best of all (`halfWidthFor`) in the band that its cost asks for.
 * @throws SequenceLengthError ("editing/sequence-length") on a reference of no or too many bases, CutPositionError
 *   ("editing/cut-position"), AlignmentSchemeError ("editing/alignment-scheme")
 * @example createAligner(encodeSequence("ACGTACGT", "amplicon"), { cuts: [4] }).align(reads).score[0]
 */
export function createAligner(reference: Codes, options: AlignOptions = {}): Aligner {
  const { cuts, scheme } = checkedOptions(reference, options);
  const costs = costsOf(reference.length, cuts, scheme);
  const kernel = alignKernel(reference, costs);
  const lengths = new Int32Array(16);
  const wanted = new Uint8Array(16);

  /** Aligns candidates, one a lane, and says which are to be tried again: in lanes of the same bits, and in wider ones. */
  const alignGroup = (
    reads: ReadSource,
    group: readonly Candidate[],
    bits: LaneBits,
    keep: (read: number, score: number, lane: number) => void,
  ): { again: Candidate[]; wider: Candidate[] } => {
    const [again, wider]: [Candidate[], Candidate[]] = [[], []];
    let [lowest, highest] = [0, 0];
    lengths.fill(0);
    group.forEach(({ length, halfWidth }, lane) => {
      const difference = reference.length - length;
      lengths[lane] = length;
      lowest = Math.min(lowest, Math.min(0, difference) - halfWidth);
      highest = Math.max(highest, Math.max(0, difference) + halfWidth);
    });
    const room = kernel.begin(bits, lengths, lowest, highest);
    const rowBytes = (room.length * bits) / 128;
    group.forEach(({ read }, lane) => {
      reads.copy(read, room, lane * rowBytes);
    });
    const found = kernel.fill();
    wanted.fill(0);
    group.forEach((candidate, lane) => {
      const { length, halfWidth } = candidate;
      const full = Math.min(length, reference.length);
      if (found[lane] === Number.POSITIVE_INFINITY) {
        (bits === 8 || halfWidth >= full ? wider : again).push(candidate);
        candidate.halfWidth = full <= NARROW ? full : Math.min(WIDENING * halfWidth, full);
        return;
      }
      const needed = halfWidthFor(found[lane]!, length, reference.length, costs);
      if (needed <= halfWidth) wanted[lane] = 1;
      else again.push(candidate);
      candidate.halfWidth = needed;
    });
    if (wanted.includes(1)) kernel.trace(wanted);
    group.forEach(({ read, length }, lane) => {
      if (wanted[lane] === 1) keep(read, costs.match * length - found[lane]!, lane);
    });
    return { again, wider };
  };

  const align = (reads: ReadSource, from = 0, to = reads.size): Alignments => {
    const count = Math.max(0, to - from);
    const [score, identities, columns] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)];
    const runStart = new Uint32Array(count + 1);
    const inOrder = growingRuns();
    for (let first = from; first < to; first += BATCH) {
      const last = Math.min(first + BATCH, to);
      const asFound = growingRuns();
      const foundAt = new Uint32Array(last - first);
      const keep = (read: number, value: number, lane: number): void => {
        const runs = kernel.runs(lane);
        score[read - from] = value;
        identities[read - from] = kernel.identities(lane);
        columns[read - from] = kernel.columns(lane);
        runStart[read - from + 1] = runs.length;
        foundAt[read - first] = asFound.add(runs);
      };
      let candidates: Candidate[] = [];
      for (let read = first; read < last; read++) {
        const length = reads.length(read);
        if (length > LONGEST_ALIGNED) throw new SequenceLengthError(`read ${read + 1}`, length, 0, LONGEST_ALIGNED);
        if (length > 0) candidates.push({ read, length, halfWidth: FIRST_HALF_WIDTH });
        else {
          score[read - from] = scheme.endGapOpen + (reference.length - 1) * scheme.gapExtend;
          columns[read - from] = reference.length;
          runStart[read - from + 1] = 1;
          foundAt[read - first] = asFound.add(Uint32Array.of(reference.length * 4 + DELETED));
        }
      }
      for (const bits of [8, 16, 32] as const) {
        const wider: Candidate[] = [];
        while (candidates.length > 0) {
          candidates.sort((a, b) => a.halfWidth - b.halfWidth || a.length - b.length);
          const again: Candidate[] = [];
          for (let at = 0; at < candidates.length; at += 128 / bits) {
            const retries = alignGroup(reads, candidates.slice(at, at + 128 / bits), bits, keep);
            again.push(...retries.again);
            wider.push(...retries.wider);
          }
          candidates = again;
        }
        candidates = wider;
      }
      for (let read = first; read < last; read++) {
        const at = foundAt[read - first]!;
        const runs = asFound.part(at, at + runStart[read - from + 1]!);
        runStart[read - from + 1] = inOrder.add(runs) + runs.length;
      }
    }
    return { score, identities, columns, runStart, runs: inOrder.part(0, runStart[count]!).slice() };
  };

  return { reference, cuts, scheme, align, memoryBytes: kernel.bytes };
}

/** Runs one after another in an array that doubles when it is full. */
function growingRuns(): { add(runs: Uint32Array): number; part(from: number, to: number): Uint32Array } {
  let all = new Uint32Array(1024);
  let used = 0;
  return {
    add(runs) {
      const at = used;
      used += runs.length;
      if (used > all.length) {
        const larger = new Uint32Array(Math.max(used, 2 * all.length));
        larger.set(all);
        all = larger;
      }
      all.set(runs, at);
      return at;
    },
    part: (from, to) => all.subarray(from, to),
  };
}
