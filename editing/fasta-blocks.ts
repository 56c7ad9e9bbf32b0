import { EDGE_BIT, UNKNOWN_BIT } from "./base-bits.ts";
import { FastaError } from "./errors.ts";

/** A piece of a contig as bits of bases (see base-bits.ts), with what stands on either side of it. */
export interface ContigBlock {
  contig: string;
  /** Base of the contig, from 0, that `bits[margin]` is. */
  start: number;
  /** Of shape (margin + bases + margin); beyond the contig's ends EDGE_BIT. Valid until the next block is asked for. */
  bits: Uint8Array;
  /** Bases of this block, margins not counted. */
  bases: number;
}

export interface FastaBlockOptions {
  /** The file's name, for errors. */
  file: string;
  /** Bases of context on each side of a block. */
  margin: number;
  /** Bases of a block. Default 4 Mi. */
  blockBases?: number;
  signal?: AbortSignal;
}

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const HEADER = 62;
const SKIP = 254;
const WRONG = 255;
const LONGEST_HEADER = 1 << 16;

/** Bits of each ASCII byte; ambiguous bases are not known, white space is skipped. */
const bitOfByte = ((): Uint8Array => {
  const bits = new Uint8Array(256).fill(WRONG);
  const set = (letters: string, bit: number): void => {
    for (const letter of letters + letters.toLowerCase()) bits[letter.charCodeAt(0)] = bit;
  };
  set("RYSWKMBDHVNX", UNKNOWN_BIT);
  set("A", 1);
  set("C", 2);
  set("G", 4);
  set("TU", 8);
  for (const byte of [RETURN, SPACE, 9]) bits[byte] = SKIP;
  return bits;
})();

/**
 * The contigs of a FASTA file in blocks of bounded size, whatever the contig's length. Lower case (soft masks) and Windows line ends
 * are read; a contig is named by its header's first word.
 * @throws FastaError ("editing/fasta") on bytes that are no sequence, on text before the first header, an empty name or a name twice
 */
export async function* fastaBlocks(
  chunks: AsyncIterable<Uint8Array>,
  { file, margin, blockBases = 1 << 22, signal }: FastaBlockOptions,
): AsyncGenerator<ContigBlock> {
  const bits = new Uint8Array(blockBases + 2 * margin);
  const seen = new Set<string>();
  let contig: string | undefined;
  let header: number[] | undefined;
  let line = 1;
  let lineStart = true;
  let start = 0; // base of the contig at bits[margin]
  let filled = 0; // bytes of bits in use

  const emit = (bases: number): ContigBlock => ({
    contig: contig ?? "",
    start,
    bits: bits.subarray(0, bases + 2 * margin),
    bases,
  });
  const shift = (bases: number): void => {
    bits.copyWithin(0, bases, filled);
    filled -= bases;
    start += bases;
  };
  /** What is left of a contig, with edges after it. */
  function* finish(): Generator<ContigBlock> {
    if (contig === undefined) return;
    for (let edge = margin; edge > 0; ) {
      const now = Math.min(edge, bits.length - filled);
      bits.fill(EDGE_BIT, filled, filled + now);
      filled += now;
      edge -= now;
      const bases = filled - 2 * margin;
      if (bases > 0) {
        yield emit(bases);
        shift(bases);
      }
    }
  }

  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    for (let i = 0; i < chunk.length; i++) {
      // Most bytes are bases within a line.
      if (header === undefined && contig !== undefined && !lineStart) {
        const from = filled;
        while (i < chunk.length && filled < bits.length) {
          const bit = bitOfByte[chunk[i]!]!;
          if (bit > UNKNOWN_BIT) break;
          bits[filled++] = bit;
          i++;
        }
        if (filled > from) {
          i--;
          continue;
        }
      }
      const byte = chunk[i]!;
      if (byte === NEWLINE) {
        if (header !== undefined) {
          contig = nameOf(header, file, line, seen);
          header = undefined;
          start = 0;
          filled = margin;
          bits.fill(EDGE_BIT, 0, margin);
        }
        line++;
        lineStart = true;
        continue;
      }
      if (header !== undefined) {
        if (header.length < LONGEST_HEADER) header.push(byte);
        continue;
      }
      if (lineStart && byte === HEADER) {
        yield* finish();
        header = [];
        continue;
      }
      lineStart = false;
      const bit = bitOfByte[byte]!;
      if (bit === SKIP) continue;
      if (bit === WRONG || contig === undefined)
        throw new FastaError(file, line, problemOf(byte, contig !== undefined));
      if (filled === bits.length) {
        yield emit(blockBases);
        shift(blockBases);
      }
      bits[filled++] = bit;
    }
  }
  if (header !== undefined) nameOf(header, file, line, seen);
  else yield* finish();
  if (seen.size === 0) throw new FastaError(file, line, 'there is no sequence: a line with ">NAME" begins one');
}

function nameOf(header: readonly number[], file: string, line: number, seen: Set<string>): string {
  const name = Buffer.from(header).toString("utf8").trim().split(/\s/)[0] ?? "";
  if (name === "") throw new FastaError(file, line, "a header without a name");
  if (seen.has(name)) throw new FastaError(file, line, `the name ${name} a second time`);
  seen.add(name);
  return name;
}

function problemOf(byte: number, named: boolean): string {
  const letter = byte > SPACE && byte < 127 ? JSON.stringify(String.fromCharCode(byte)) : `byte ${byte}`;
  if (!named) return `text before the first header (${letter}). Is this a FASTA file?`;
  return `${letter} is no base. Expected A, C, G, T, N or another IUPAC code`;
}
