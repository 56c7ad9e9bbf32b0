import type { ReadSource } from "./align.ts";
import type { AlignOptions } from "./align-check.ts";
import { type PairAlignment, runsOf, scoreOf } from "./align-reference.ts";
import {
  type AlignmentScheme,
  type Alignments,
  DELETED,
  DIFFERENT,
  EQUAL,
  editingScheme,
  INSERTED,
} from "./alignment.ts";
import { type Codes, decodeSequence, encodeSequence, UNKNOWN } from "./sequence.ts";

export interface Numbers {
  uniform(): number;
  below(bound: number): number;
}

export function sourceOf(reads: readonly Codes[]): ReadSource {
  return {
    size: reads.length,
    length: (index) => reads[index]!.length,
    copy(index, into, at = 0) {
      into.set(reads[index]!, at);
      return reads[index]!.length;
    },
  };
}

export function codes(text: string): Codes {
  return encodeSequence(text, "test");
}

export function randomCodes(random: Numbers, length: number, letters: number): Codes {
  return Uint8Array.from({ length }, () => random.below(letters));
}

/** A read as an edited amplicon gives it: perhaps a gap near the middle, perhaps a piece of foreign sequence, and errors. */
export function editedRead(random: Numbers, reference: Codes, errorRate = 0.01): Codes {
  const bases = [...reference];
  const cut = reference.length >> 1;
  const kind = random.below(4);
  if (kind === 1) bases.splice(Math.max(0, cut - random.below(6)), 1 + random.below(30));
  if (kind === 2) bases.splice(cut, 0, ...randomCodes(random, 1 + random.below(12), 4));
  if (kind === 3 && random.below(3) === 0)
    bases.splice(cut, random.below(40), ...randomCodes(random, random.below(40), 4));
  for (let i = 0; i < bases.length; i++) if (random.uniform() < errorRate) bases[i] = random.below(5);
  return Uint8Array.from(bases);
}

/** Any scheme that is allowed, most of them with many ties. */
export function randomScheme(random: Numbers): AlignmentScheme {
  const gapExtend = -random.below(4);
  const gapOpen = gapExtend - random.below(8);
  return {
    match: 1 + random.below(5),
    mismatch: -random.below(5),
    unknown: -random.below(3),
    gapOpen,
    gapExtend,
    endGapOpen: gapExtend - random.below(3),
    cutIncentive: random.below(1 + Math.min(3, gapExtend - gapOpen)),
  };
}

export function pairOf(alignments: Alignments, index: number): PairAlignment {
  return {
    score: alignments.score[index]!,
    identities: alignments.identities[index]!,
    columns: alignments.columns[index]!,
    runs: [...alignments.runs.subarray(alignments.runStart[index]!, alignments.runStart[index + 1]!)],
  };
}

/** Reference and read under each other, with dashes in the gaps. */
export function drawn(alignment: PairAlignment, read: Codes, reference: Codes): [string, string] {
  let [above, below, row, column] = ["", "", 0, 0];
  for (const run of alignment.runs) {
    const [length, kind] = [run >> 2, run & 3];
    const [rows, columns] = [kind === DELETED ? 0 : length, kind === INSERTED ? 0 : length];
    above += kind === INSERTED ? "-".repeat(length) : decodeSequence(reference, column, column + columns);
    below += kind === DELETED ? "-".repeat(length) : decodeSequence(read, row, row + rows);
    row += rows;
    column += columns;
  }
  return [above, below];
}

/** What a path of kinds scores, gap by gap, from the scheme's own words; −Infinity when it is no alignment of the two. */
export function scoreOfKinds(kinds: readonly number[], read: Codes, reference: Codes, options: AlignOptions): number {
  const { cuts = [], scheme = editingScheme } = options;
  let [score, row, column] = [0, 0, 0];
  for (let at = 0; at < kinds.length; ) {
    const kind = kinds[at]!;
    let length = 1;
    if (kind === INSERTED || kind === DELETED) while (kinds[at + length] === kind) length++;
    at += length;
    if (kind === EQUAL || kind === DIFFERENT) {
      const [a, b] = [read[row++]!, reference[column++]!];
      if ((a === b && a !== UNKNOWN) !== (kind === EQUAL)) return Number.NEGATIVE_INFINITY;
      score += scoreOf(a, b, scheme);
      continue;
    }
    const place = kind === INSERTED ? column : row;
    const isAtEnd = place === 0 || place === (kind === INSERTED ? reference.length : read.length);
    const incentive = cuts.includes(column) ? scheme.cutIncentive : 0;
    score += (isAtEnd ? scheme.endGapOpen : scheme.gapOpen + incentive) + (length - 1) * scheme.gapExtend;
    if (kind === INSERTED) row += length;
    else column += length;
  }
  return row === read.length && column === reference.length ? score : Number.NEGATIVE_INFINITY;
}

export function kindsOf(runs: readonly number[]): number[] {
  return runs.flatMap((run) => new Array<number>(run >> 2).fill(run & 3));
}

/**
 * The best alignment by looking at every one of them, and the rule of ties by comparing whole alignments: nothing of it is shared with the
 * dynamic programmes.
 */
export function alignByLookingAtAll(read: Codes, reference: Codes, options: AlignOptions): PairAlignment {
  let best: { score: number; kinds: number[] } | undefined;
  const visit = (row: number, column: number, kinds: number[]): void => {
    if (row === read.length && column === reference.length) {
      const score = scoreOfKinds(kinds, read, reference, options);
      if (best === undefined || score > best.score || (score === best.score && isTakenBefore(kinds, best.kinds)))
        best = { score, kinds: [...kinds] };
      return;
    }
    const step = (rows: number, columns: number, kind: number): void => {
      kinds.push(kind);
      visit(row + rows, column + columns, kinds);
      kinds.pop();
    };
    const [more, wider] = [row < read.length, column < reference.length];
    if (more && wider) step(1, 1, read[row] === reference[column] && read[row] !== UNKNOWN ? EQUAL : DIFFERENT);
    if (more) step(1, 0, INSERTED);
    if (wider) step(0, 1, DELETED);
  };
  visit(0, 0, []);
  const { score, kinds } = best!;
  const identities = kinds.filter((kind) => kind === EQUAL).length;
  return { score, identities, columns: kinds.length, runs: runsOf(kinds) };
}

/** From the right end, at the first difference: a gap that goes on, then a pair of bases, then a deletion, then an insertion. */
function isTakenBefore(a: readonly number[], b: readonly number[]): boolean {
  for (let back = 1; back <= Math.min(a.length, b.length); back++) {
    const [kindA, kindB] = [a.at(-back)!, b.at(-back)!];
    const right = back === 1 ? EQUAL : a.at(1 - back)!;
    const rank = (kind: number): number => {
      if (kind === right && (kind === INSERTED || kind === DELETED)) return 0;
      return kind === INSERTED ? 3 : kind === DELETED ? 2 : 1;
    };
    if (rank(kindA) !== rank(kindB)) return rank(kindA) < rank(kindB);
  }
  return a.length < b.length;
}
