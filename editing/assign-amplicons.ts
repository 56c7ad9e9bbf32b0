import { BadReferenceError } from "./design-errors.ts";
import { type Codes, decodeSequence, encodeSequence, reverseComplement, UNKNOWN } from "./sequence.ts";
import type { UniqueReads } from "./unique-reads.ts";

/** An amplicon of a pool. */
export interface PooledAmplicon {
  name: string;
  /** The amplicon and its other references. */
  references: readonly Codes[];
  /** 5′ to 3′ each; reads must have a primer within 30 bases of their end, with two mismatches at most. */
  forwardPrimer?: string;
  reversePrimer?: string;
}

export interface Assignment {
  /** Index of each read's amplicon; NO_AMPLICON or SEVERAL_AMPLICONS. Of shape (reads). */
  amplicon: Int32Array;
  /** Reads of each amplicon. Of shape (amplicons). */
  reads: number[];
  unassigned: number;
  /** Reads that fit several amplicons about as well. */
  ambiguous: number;
  /** The most frequent sequences that no amplicon claims. */
  foreign: { sequence: string; reads: number }[];
}

export const NO_AMPLICON = -1;
export const SEVERAL_AMPLICONS = -2;

/** Mismatches that a primer may have in a read. */
const PRIMER_MISMATCHES = 2;
/** Bases before a primer: spacers that vary the phase of a run, or an amplicon that goes beyond its primers. */
const PRIMER_REACH = 30;
/** Fewest k-mers of its own by which an amplicon is known, their least share of a read, and how many times the next best's. */
const LEAST_SEEDS = 5;
const LEAST_SHARE = 0.1;
const FACTOR = 2;
/** In the table of k-mers: several amplicons have it. */
const SHARED = 0xffff;
const SHOWN_FOREIGN = 10;

/**
 * Gives each read of a pool to its amplicon: by primers where an amplicon has them, else to the amplicon with the most k-mers that no other amplicon
 * has, on either strand. A read needs five of them, shared and own ones together must be a tenth of the read, and own ones twice
 * as many as those of the next amplicon.
 * @throws BadReferenceError ("editing/reference") for more than 65,000 amplicons, AlphabetError ("editing/alphabet"), the signal's reason
 */
export function assignAmplicons(
  reads: UniqueReads,
  amplicons: readonly PooledAmplicon[],
  { signal, progress }: { signal?: AbortSignal; progress?: (done: number, total: number) => void } = {},
): Assignment {
  if (amplicons.length > 65_000)
    throw new BadReferenceError("amplicon table", `it has ${amplicons.length} amplicons, expected 65,000 at most.`);
  const primers = amplicons.map(({ name, forwardPrimer, reversePrimer }) => ({
    forward: encodeSequence(forwardPrimer ?? "", `forward primer of ${name}`),
    reverse: encodeSequence(reversePrimer ?? "", `reverse primer of ${name}`),
  }));
  const seeds = seedTable(amplicons);
  const amplicon = new Int32Array(reads.size).fill(NO_AMPLICON);
  const counts = amplicons.map(() => 0);
  const foreign: Assignment["foreign"] = [];
  let [unassigned, ambiguous] = [0, 0];
  const buffer = new Uint8Array(reads.longest);
  for (let index = 0; index < reads.size; index++) {
    if (index % 16_384 === 0) {
      signal?.throwIfAborted();
      progress?.(index, reads.size);
    }
    const codes = buffer.subarray(0, reads.copy(index, buffer));
    const weight = reads.count(index);
    const fits = (i: number): boolean => {
      const { forward, reverse } = primers[i]!;
      return betweenPrimers(codes, forward, reverse) || betweenPrimers(codes, reverse, forward);
    };
    const found = seeds.best(codes, fits);
    amplicon[index] = found;
    if (found >= 0) counts[found]! += weight;
    else if (found === SEVERAL_AMPLICONS) ambiguous += weight;
    else {
      unassigned += weight;
      // Reads come by frequency: the first are the most frequent.
      if (foreign.length < SHOWN_FOREIGN) foreign.push({ sequence: decodeSequence(codes), reads: weight });
    }
  }
  progress?.(reads.size, reads.size);
  return { amplicon, reads: counts, unassigned, ambiguous, foreign };
}

/** Whether a read has one primer near its beginning, and the complement of the other near its end; an empty one asks nothing. */
function betweenPrimers(codes: Codes, begin: Codes, end: Codes): boolean {
  return beginsNear(codes, begin) && beginsNear(reverseComplement(codes), end);
}

function beginsNear(codes: Codes, primer: Codes): boolean {
  if (primer.length === 0) return true;
  const last = Math.min(PRIMER_REACH, codes.length - primer.length);
  for (let at = 0; at <= last; at++) {
    let mismatches = 0;
    for (let i = 0; i < primer.length && mismatches <= PRIMER_MISMATCHES; i++)
      if (codes[at + i] !== primer[i]) mismatches++;
    if (mismatches <= PRIMER_MISMATCHES) return true;
  }
  return false;
}

interface SeedTable {
  best(codes: Codes, fits: (amplicon: number) => boolean): number;
}

function seedTable(amplicons: readonly PooledAmplicon[]): SeedTable {
  const bases = amplicons.reduce(
    (sum, { references }) => sum + references.reduce((all, one) => all + one.length, 0),
    0,
  );
  const k = Math.min(12, Math.max(8, Math.ceil(Math.log(256 * bases) / Math.log(4))));
  const table = new Uint16Array(4 ** k);
  amplicons.forEach(({ references }, index) => {
    for (const codes of references)
      for (const strand of [codes, reverseComplement(codes)])
        eachSeed(strand, k, (seed) => {
          const known = table[seed]!;
          table[seed] = known === 0 || known === index + 1 ? index + 1 : SHARED;
        });
  });
  const votes = new Uint32Array(amplicons.length);
  return {
    best(codes, fits) {
      const seen: number[] = [];
      let [shared, all] = [0, 0];
      eachSeed(codes, k, (seed) => {
        all++;
        const entry = table[seed]!;
        if (entry === SHARED) shared++;
        else if (entry > 0 && votes[entry - 1]!++ === 0) seen.push(entry - 1);
      });
      let [first, firstVotes, secondVotes] = [NO_AMPLICON, 0, 0];
      for (const index of seen) {
        const count = votes[index]!;
        votes[index] = 0;
        if (!fits(index)) continue;
        if (count > firstVotes) [first, firstVotes, secondVotes] = [index, count, firstVotes];
        else if (count > secondVotes) secondVotes = count;
      }
      if (firstVotes + shared < Math.max(LEAST_SEEDS, LEAST_SHARE * all)) return NO_AMPLICON;
      return firstVotes >= LEAST_SEEDS && firstVotes >= FACTOR * secondVotes ? first : SEVERAL_AMPLICONS;
    },
  };
}

function eachSeed(codes: Codes, k: number, see: (seed: number) => void): void {
  const mask = 4 ** k - 1;
  let seed = 0;
  let known = 0;
  for (const code of codes) {
    if (code === UNKNOWN) known = 0;
    else {
      seed = ((seed << 2) | code) & mask;
      if (++known >= k) see(seed);
    }
  }
}
