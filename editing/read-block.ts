/** Some reads of a file, one after the other in shared arrays. */
export interface ReadBlock {
  count: number;
  /** Codes of sequence.ts; read `i` lies from `start[i]` to `start[i + 1]`. */
  bases: Uint8Array;
  /** Phred qualities, 0 to 93, laid out as the bases are. */
  qualities: Uint8Array;
  /** Of shape (count + 1) at least. */
  start: Uint32Array;
  /** Names without "@" and without what follows a blank, as bytes; name `i` lies from `nameStart[i]` to `nameStart[i + 1]`. */
  names: Uint8Array;
  /** Of shape (count + 1) at least. */
  nameStart: Uint32Array;
}

/** Reads in a block at most. */
export const BLOCK_READS = 4096;
/** Bases from which a block is handed on, however few reads it has. */
export const BLOCK_BASES = 1 << 21;

/** A block without reads whose arrays have room for usual ones. */
export function emptyBlock(reads = BLOCK_READS): ReadBlock {
  return {
    count: 0,
    bases: new Uint8Array(1 << 20),
    qualities: new Uint8Array(1 << 20),
    start: new Uint32Array(reads + 2),
    names: new Uint8Array(1 << 18),
    nameStart: new Uint32Array(reads + 2),
  };
}

/** `array` itself when it has room for `needed` bytes, else a longer one that begins with its `used` bytes. */
export function withRoom(array: Uint8Array, used: number, needed: number): Uint8Array {
  if (needed <= array.length) return array;
  const longer = new Uint8Array(Math.max(needed, 2 * array.length));
  longer.set(array.subarray(0, used));
  return longer;
}

/** Name of read `index`. */
export function nameOf(block: ReadBlock, index: number): string {
  return Buffer.from(block.names.subarray(block.nameStart[index]!, block.nameStart[index + 1]!)).toString("latin1");
}
