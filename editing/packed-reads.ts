import type { ReadSource } from "./align.ts";

/** Some reads in two arrays, as they travel to another thread. */
export interface PackedReads {
  /** Bases of all reads, one behind the other. */
  codes: Uint8Array;
  /** Where each begins in `codes`. Of shape (reads + 1). */
  start: Uint32Array;
}

/** Reads `from` to before `to`. */
export function packedReads(reads: ReadSource, from: number, to: number): PackedReads {
  const start = new Uint32Array(to - from + 1);
  for (let read = from; read < to; read++) start[read - from + 1] = start[read - from]! + reads.length(read);
  const codes = new Uint8Array(start[to - from]!);
  for (let read = from; read < to; read++) reads.copy(read, codes, start[read - from]!);
  return { codes, start };
}

/** Packed reads as a source of reads. */
export function unpackedReads({ codes, start }: PackedReads): ReadSource {
  const length = (index: number): number => start[index + 1]! - start[index]!;
  return {
    size: start.length - 1,
    length,
    copy(index, into, at = 0) {
      into.set(codes.subarray(start[index]!, start[index + 1]!), at);
      return length(index);
    },
  };
}
