import type { ReadSource } from "./align.ts";
import { LONGEST_ALIGNED } from "./align-check.ts";
import { SequenceLengthError } from "./errors.ts";

/** Reads `from` to before `to`. */
export interface ReadRange {
  from: number;
  to: number;
}

/** Bases of a batch of long reads, and cells of their tables: an abort waits for the batch under way. */
const BATCH_BASES = 4_000_000;
const BATCH_CELLS = 4e9;
/** A batch has as many reads all the same: they are aligned in one go. */
const VECTOR_READS = 16;

/**
 * Reads cut into batches, in order, and their bases altogether.
 * @throws SequenceLengthError ("editing/sequence-length") on a read of more than 32,767 bases
 */
export function planBatches(
  reads: ReadSource,
  referenceLength: number,
  batchReads: number,
): { batches: ReadRange[]; bases: number } {
  const mostBases = Math.min(BATCH_BASES, BATCH_CELLS / referenceLength);
  const batches: ReadRange[] = [];
  let [bases, batchBases, from] = [0, 0, 0];
  for (let read = 0; read < reads.size; read++) {
    const length = reads.length(read);
    if (length > LONGEST_ALIGNED) throw new SequenceLengthError(`read ${read + 1}`, length, 0, LONGEST_ALIGNED);
    const isFull = batchBases + length > mostBases && read - from >= VECTOR_READS;
    if (isFull || read - from >= batchReads) {
      batches.push({ from, to: read });
      [from, batchBases] = [read, 0];
    }
    bases += length;
    batchBases += length;
  }
  if (from < reads.size) batches.push({ from, to: reads.size });
  return { batches, bases };
}
