import { AlphabetError } from "./errors.ts";

/** Bits of a base: A 1, C 2, G 4, T 8; what is not known has a bit of its own, which only N of a pattern meets. */
export const UNKNOWN_BIT = 16;
/** Beyond the end of a contig: meets nothing. */
export const EDGE_BIT = 128;

/** IUPAC codes of nucleotides as sets of bases (Cornish-Bowden 1985, doi 10.1093/nar/13.9.3021). */
const sets: Readonly<Record<string, number>> = {
  A: 1,
  C: 2,
  G: 4,
  T: 8,
  U: 8,
  R: 5,
  Y: 10,
  S: 6,
  W: 9,
  K: 12,
  M: 3,
  B: 14,
  D: 13,
  H: 11,
  V: 7,
  N: 15 | UNKNOWN_BIT,
};

/**
 * A pattern as the set of bases that each position may have.
 * @param what named in the error, "PAM"
 * @throws AlphabetError ("editing/alphabet") on a letter that is no IUPAC code
 * @example patternBits("NGG", "PAM") // Uint8Array [31, 4, 4]
 */
export function patternBits(text: string, what: string): Uint8Array {
  return Uint8Array.from(text, (letter, i) => {
    const set = sets[letter.toUpperCase()];
    if (set === undefined)
      throw new AlphabetError(what, letter, i + 1, "an IUPAC code (A C G T R Y S W K M B D H V N)");
    return set;
  });
}

/** The pattern of the same sites on the opposite strand. */
export function complementBits(bits: Uint8Array): Uint8Array {
  return bits.map((set) => (set & UNKNOWN_BIT) | (reversed[set & 15] ?? 0));
}

/** A four-bit number read from its other end: T for A, G for C. */
const reversed = Array.from({ length: 16 }, (_, set) =>
  [1, 2, 4, 8].reduce((sum, bit, i) => sum + (set & bit ? 8 >> i : 0), 0),
);

const letters: Readonly<Record<number, string>> = { 1: "A", 2: "C", 4: "G", 8: "T", [UNKNOWN_BIT]: "N" };

/** The letter of a base's bit. */
export function letterOfBit(bit: number): string {
  return letters[bit] ?? "N";
}

/** The bit of the base opposite to a base's. */
export function complementBit(bit: number): number {
  return bit & UNKNOWN_BIT ? UNKNOWN_BIT : (reversed[bit & 15] ?? 0);
}
