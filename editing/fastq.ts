/** FASTQ as bytes: Cock, Fields, Goto, Heuer and Rice 2010 (doi 10.1093/nar/gkp1137), Sanger variant: four lines a read, qualities from "!". */
import { FastqFormatError, TruncatedFastqError } from "./errors.ts";
import { HEAD_BYTES, lookAtHead } from "./fastq-head.ts";
import { BLOCK_BASES, BLOCK_READS, emptyBlock, type ReadBlock, withRoom } from "./read-block.ts";
import { codeOfByte } from "./sequence.ts";

export interface ReadFastqOptions {
  signal?: AbortSignal;
  /** Reads in a block at most; default 4,096. */
  blockReads?: number;
  /** 2 when pairs are interleaved: both reads of one stay in a block. Default 1. */
  together?: 1 | 2;
}

/** Longest read in bases: twice what any sequencer has given. Two of them with marks of N fit into a piece of a SequenceSet. */
export const LONGEST_READ = 1 << 23;
const NEWLINE = 10;
const RETURN = 13;
const AT = 64;
const PLUS = 43;
const QUALITY_OFFSET = 33;
const HIGHEST_QUALITY = 93;

/**
 * The reads of a FASTQ file in blocks, with memory for one. Bytes may be cut anywhere; lines end as on Unix or Windows, the last one also
 * with the file; letters may be small. A block is valid until the next one is asked for. A file without reads gives no block.
 *
 * @param chunks the file's text, decompressed
 * @param file its name, for errors
 * @throws FastqFormatError (editing/fastq-format), TruncatedFastqError (editing/truncated-fastq), NotFastqError (editing/not-fastq)
 */
export async function* readFastq(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
  options: ReadFastqOptions = {},
): AsyncGenerator<ReadBlock> {
  const parser = fastqParser(file, options.blockReads ?? BLOCK_READS, options.together ?? 1);
  for await (const chunk of chunks) {
    options.signal?.throwIfAborted();
    parser.push(chunk);
    for (let block = parser.take(); block !== undefined; block = parser.take()) yield block;
  }
  parser.end();
  for (let block = parser.take(); block !== undefined; block = parser.take()) yield block;
}

interface FastqParser {
  push(chunk: Uint8Array): void;
  /** Says that nothing follows. */
  end(): void;
  /** A full block, or the last one; undefined when more bytes are needed first. */
  take(): ReadBlock | undefined;
}

function fastqParser(file: string, blockReads: number, together: 1 | 2): FastqParser {
  const block = emptyBlock(blockReads);
  // Bytes that are not parsed yet lie from `from` to `to`; behind them is a newline, at which every loop ends.
  let held: Uint8Array = new Uint8Array(1 << 18);
  let from = 0;
  let to = 0;
  let ended = false;
  let begun = false;
  let handedOut = false;
  let endAdded = false;
  let records = 0;
  let lines = 0;

  function push(chunk: Uint8Array): void {
    if (to + chunk.length + 2 > held.length) {
      const left = to - from;
      const room = left + chunk.length + 2;
      if (room > held.length) {
        const longer = new Uint8Array(Math.max(room, 2 * held.length));
        longer.set(held.subarray(from, to));
        held = longer;
      } else held.copyWithin(0, from, to);
      from = 0;
      to = left;
    }
    held.set(chunk, to);
    to += chunk.length;
    held[to] = NEWLINE;
  }

  function take(): ReadBlock | undefined {
    if (!begun) {
      if (to - from < HEAD_BYTES && !ended) return undefined;
      begun = true;
      from += lookAtHead(held.subarray(from, to), file);
    }
    if (block.count > 0 && isFull()) clear();
    from = parse(from);
    if (isFull()) return block;
    if (!ended) {
      if (to - from > 3 * LONGEST_READ) throw tooLong();
      return undefined;
    }
    if (from < to) {
      // The last line has no end of its own.
      held[to++] = NEWLINE;
      held[to] = NEWLINE;
      endAdded = true;
      from = parse(from);
      if (from < to) throw truncated(from);
    }
    if (block.count === 0 || handedOut) return undefined;
    handedOut = true;
    return block;
  }

  const isFull = (): boolean => isEnough(block.count, block.start[block.count]!);
  const isEnough = (count: number, bases: number): boolean =>
    (count >= blockReads || bases >= BLOCK_BASES) && count % together === 0;
  const clear = (): void => {
    block.count = 0;
  };

  /** Parses whole records until the bytes end or the block is full. @returns where the first record begins that is not parsed */
  function parse(begin: number): number {
    const bytes = held;
    let { names, bases, qualities } = block;
    const { start, nameStart } = block;
    let p = begin;
    let count = block.count;
    let base = count === 0 ? 0 : start[count]!;
    let name = count === 0 ? 0 : nameStart[count]!;
    start[0] = 0;
    nameStart[0] = 0;
    while (p < to && !isEnough(count, base)) {
      const record = p;
      if (bytes[p] === NEWLINE || (bytes[p] === RETURN && p + 1 < to && bytes[p + 1] === NEWLINE)) {
        p += bytes[p] === NEWLINE ? 1 : 2;
        lines++;
        continue;
      }
      if (bytes[p] === RETURN && p + 1 === to) break;
      if (bytes[p] !== AT) throw problem(lines + 1, `expected "@" and a name, found ${excerpt(record)}`);

      const nameFrom = ++p;
      while (bytes[p]! > 32) p++;
      const nameTo = p;
      while (bytes[p] !== NEWLINE) p++;
      if (p >= to) {
        p = record;
        break;
      }
      const sequence = ++p;

      const room = base + (to - sequence);
      if (room > bases.length) {
        bases = block.bases = withRoom(bases, base, base + (bytes.indexOf(NEWLINE, p) - p));
        qualities = block.qualities = withRoom(qualities, base, bases.length);
      }
      let into = base;
      let code = codeOfByte[bytes[p]!]!;
      while (code < 5) {
        bases[into++] = code;
        code = codeOfByte[bytes[++p]!]!;
      }
      const length = into - base;
      if (length > LONGEST_READ) throw tooLong();
      if (bytes[p] === RETURN) p++;
      if (p >= to) {
        p = record;
        break;
      }
      if (bytes[p] !== NEWLINE)
        throw problem(
          lines + 2,
          `${letter(sequence + length)} at position ${length + 1} of the sequence is no base. Expected A, C, G, T or N`,
        );
      p++;

      if (bytes[p] !== PLUS && p < (endAdded ? to - 1 : to))
        throw problem(
          lines + 3,
          `expected "+", found ${excerpt(p)}. A sequence is one line, followed by a line with "+" and one of qualities`,
        );
      while (bytes[p] !== NEWLINE) p++;
      if (p >= to) {
        p = record;
        break;
      }
      const quality = ++p;

      into = base;
      const stop = base + length;
      let phred = bytes[p]! - QUALITY_OFFSET;
      while (into < stop && phred >>> 0 <= HIGHEST_QUALITY) {
        qualities[into++] = phred;
        phred = bytes[++p]! - QUALITY_OFFSET;
      }
      if (bytes[p] === RETURN && p + 1 <= to) p++;
      if (p >= to) {
        p = record;
        break;
      }
      if (bytes[p] !== NEWLINE || into < stop) {
        const end = lineEnd(quality);
        if (end >= to) {
          p = record;
          break;
        }
        throw wrongQuality(quality, end, length);
      }
      p++;

      if (name + nameTo - nameFrom > names.length)
        names = block.names = withRoom(names, name, name + nameTo - nameFrom);
      for (let at = nameFrom; at < nameTo; at++) names[name++] = bytes[at]!;
      base = stop;
      count++;
      start[count] = base;
      nameStart[count] = name;
      lines += 4;
      records++;
    }
    block.count = count;
    return p;
  }

  function lineEnd(at: number): number {
    let end = at;
    while (held[end] !== NEWLINE) end++;
    return end;
  }

  function wrongQuality(at: number, newline: number, length: number): FastqFormatError | TruncatedFastqError {
    const end = newline > at && held[newline - 1] === RETURN ? newline - 1 : newline;
    for (let i = at; i < end; i++)
      if (held[i]! < QUALITY_OFFSET || held[i]! > QUALITY_OFFSET + HIGHEST_QUALITY)
        return problem(
          lines + 4,
          `${letter(i)} at position ${i - at + 1} of the qualities is none. Expected characters from "!" to "~"`,
        );
    if (endAdded && newline === to - 1 && end - at < length) return new TruncatedFastqError(file, lines + 4, records);
    return problem(
      lines + 4,
      `${end - at} qualities for ${length} bases. Expected one a base; the file is damaged, copy or export it again`,
    );
  }

  const problem = (line: number, text: string): FastqFormatError => new FastqFormatError(file, line, text);
  const letter = (at: number): string => JSON.stringify(String.fromCharCode(held[at]!));
  const excerpt = (at: number): string => {
    const line = Buffer.from(held.subarray(at, Math.min(lineEnd(at), at + 40)));
    return line.length === 0 ? "an empty line" : JSON.stringify(line.toString("latin1"));
  };
  const tooLong = (): FastqFormatError =>
    problem(lines + 1, `a read of more than ${LONGEST_READ} bases. Is this a FASTQ file?`);

  /** The last read lacks lines, or the end of one. */
  function truncated(at: number): TruncatedFastqError {
    let found = 0;
    for (let i = at; i < to; i++) if (held[i] === NEWLINE) found++;
    return new TruncatedFastqError(file, lines + found, records);
  }

  return {
    push,
    take,
    end() {
      ended = true;
    },
  };
}
