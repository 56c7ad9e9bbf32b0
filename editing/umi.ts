import { UmiNameError, UmiPatternError } from "./errors.ts";
import { nameOf, type ReadBlock } from "./read-block.ts";
import { codeOfByte } from "./sequence.ts";

/**
 * Where a molecule's identifier (UMI) is: at the 5′ end of reads, or as last field of their names. A pattern says what a read begins with:
 * `8N` or `NNNNNNNN` eight bases of the UMI, `X` bases that are cut off and not looked at, as in `4N3X4N`.
 */
export type UmiPlan = {
  /** Molecules of fewer reads are left out; default 1. */
  minReads?: number;
} & ({ in: "reads"; r1?: string; r2?: string } | { in: "name"; separator?: string });

/** A pattern in numbers. */
export interface UmiPattern {
  /** Places of the UMI's bases in the read, from 0. */
  places: number[];
  /** Bases that are cut off. */
  cut: number;
}

/** Identifiers are numbers of two bits a base; as many bases as a double holds exactly. */
export const LONGEST_UMI = 26;

/** The UMI of this read has a base that is not known. */
export const UMI_UNKNOWN = -1;
/** This read is shorter than its pattern. */
export const UMI_SHORT = -2;

/**
 * @example umiPattern("2N3XNN") // { places: [0, 1, 5, 6], cut: 7 }
 * @throws UmiPatternError (editing/umi-pattern)
 */
export function umiPattern(text: string): UmiPattern {
  const places: number[] = [];
  let cut = 0;
  if (!/^(?:\d*[NX])*$/i.test(text)) throw new UmiPatternError(text, "it has other signs");
  for (const [, times, sign] of text.matchAll(/(\d*)([NX])/gi)) {
    const count = times === "" ? 1 : Number(times);
    if (count > 1000) throw new UmiPatternError(text, `${count} bases are more than a read begins with`);
    for (let i = 0; i < count; i++, cut++) if (sign === "N" || sign === "n") places.push(cut);
  }
  return { places, cut };
}

/** Gives the UMIs of reads. */
export interface UmiReader {
  /** Bases that are cut off the beginning of R1 and of R2. */
  readonly cut1: number;
  readonly cut2: number;
  /** Bases of the UMI; 0 as long as no name was seen. */
  readonly length: number;
  /** UMI of a read, or of a pair, as a number; below 0 when it has none that can be used. */
  read(first: ReadBlock, i: number, second: ReadBlock | undefined, j: number): number;
}

/**
 * @param file named in errors
 * @throws UmiPatternError (editing/umi-pattern); when it reads, UmiNameError (editing/umi-name)
 */
export function umiReader(plan: UmiPlan, file: string): UmiReader {
  if (plan.in === "name") return nameReader(plan.separator ?? "_", file);
  const first = umiPattern(plan.r1 ?? "");
  const second = umiPattern(plan.r2 ?? "");
  const length = first.places.length + second.places.length;
  const text = [plan.r1, plan.r2].filter((part) => part !== undefined).join(" and ");
  if (length === 0) throw new UmiPatternError(text, "it has no base of a UMI");
  if (length > LONGEST_UMI) throw new UmiPatternError(text, `${length} bases are more than ${LONGEST_UMI}`);

  const add = (umi: number, { places, cut }: UmiPattern, block: ReadBlock, index: number): number => {
    const from = block.start[index]!;
    if (block.start[index + 1]! - from < cut) return UMI_SHORT;
    let number = umi;
    for (const place of places) {
      const code = block.bases[from + place]!;
      if (code > 3) return UMI_UNKNOWN;
      number = number * 4 + code;
    }
    return number;
  };
  return {
    cut1: first.cut,
    cut2: second.cut,
    length,
    read(firsts, i, seconds, j) {
      const umi = add(0, first, firsts, i);
      return umi < 0 || seconds === undefined ? umi : add(umi, second, seconds, j);
    },
  };
}

function nameReader(separator: string, file: string): UmiReader {
  if (separator.length !== 1) throw new UmiPatternError(separator, "a separator is one sign");
  const sign = separator.charCodeAt(0);
  let length = 0;
  return {
    cut1: 0,
    cut2: 0,
    get length() {
      return length;
    },
    read(block, i) {
      const from = block.nameStart[i]!;
      const to = block.nameStart[i + 1]!;
      let at = to;
      while (at > from && block.names[at - 1] !== sign) at--;
      if (at === from) throw new UmiNameError(file, nameOf(block, i), separator, length);
      let umi = 0;
      let bases = 0;
      let unknown = false;
      for (; at < to; at++) {
        const byte = block.names[at]!;
        // "+" and "-" stand between the parts that came from R1 and from R2.
        if (byte === 43 || byte === 45) continue;
        const code = codeOfByte[byte]!;
        if (code > 4) throw new UmiNameError(file, nameOf(block, i), separator, length);
        if (code === 4) unknown = true;
        umi = umi * 4 + (code & 3);
        bases++;
      }
      if (length === 0) length = bases;
      if (bases !== length || bases === 0 || bases > LONGEST_UMI)
        throw new UmiNameError(file, nameOf(block, i), separator, length);
      return unknown ? UMI_UNKNOWN : umi;
    },
  };
}

/** A UMI as letters. */
export function umiText(umi: number, length: number): string {
  let text = "";
  for (let left = umi, i = 0; i < length; i++, left = Math.floor(left / 4)) text = "ACGT"[left % 4] + text;
  return text;
}
