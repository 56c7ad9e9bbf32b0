import { complementBit, complementBits, EDGE_BIT, letterOfBit } from "./base-bits.ts";

/** How much a site may differ from the guide. */
export interface GuideLimits {
  mismatches: number;
  /** Bases of the genome that the guide does not have. */
  dnaBulges: number;
  /** Bases of the guide that the genome does not have. */
  rnaBulges: number;
}

/** How a site differs; bulges are of one kind. */
export interface GuideMatch {
  mismatches: number;
  dnaBulges: number;
  rnaBulges: number;
}

const FAR = 1000;

/**
 * Compares a guide with what lies beside a PAM, base after base away from it.
 *
 * Every pairing of guide and genome that begins beside the PAM is considered: with mismatches alone, with up to `dnaBulges` bases of the
 * genome left out or with up to `rnaBulges` bases of the guide left out (not both, as in Cas-OFFinder), anywhere but at the guide's two
 * ends. The one with the fewest differences counts; of equal ones that with fewer bulges, then bulges of the genome.
 */
export interface GuideMatcher {
  /**
   * @param bits of the genome; may be read up to guide length + dnaBulges beyond `start`
   * @param start base beside the PAM
   * @param step +1 or −1: away from the PAM
   * @param opposite whether the guide lies on the strand opposite to `bits`
   * @returns undefined when it differs by more than the limits
   */
  match(bits: Uint8Array, start: number, step: 1 | -1, opposite: boolean): GuideMatch | undefined;
}

/** @param guide bits of the guide (see patternBits), from the base beside the PAM outwards */
export function guideMatcher(guide: Uint8Array, limits: GuideLimits): GuideMatcher {
  const length = guide.length;
  const turned = complementBits(guide);
  const { mismatches: most, dnaBulges, rnaBulges } = limits;
  const dna = new Int32Array(dnaBulges + 1);
  const dnaNext = new Int32Array(dnaBulges + 1);
  const rna = new Int32Array(rnaBulges + 1);

  const plain = (bits: Uint8Array, start: number, step: number, pattern: Uint8Array): number => {
    let count = 0;
    for (let i = 0, at = start; i < length; i++, at += step) {
      const base = bits[at]!;
      if ((base & pattern[i]!) === 0) {
        count += base === EDGE_BIT ? FAR : 1;
        if (count > most) return FAR;
      }
    }
    return count;
  };

  /** Fewest mismatches for each number of bulges, into `dna` and `rna`. @returns false when all are beyond the limit */
  const bulged = (bits: Uint8Array, start: number, step: number, pattern: Uint8Array): boolean => {
    dna.fill(FAR);
    rna.fill(FAR);
    dna[0] = 0;
    rna[0] = 0;
    for (let i = 0; i < length; i++) {
      const set = pattern[i]!;
      let least = FAR;
      for (let d = 0; d <= dnaBulges; d++) {
        // Before base i, d bases of the genome were left out; one more may be.
        if (d > 0 && i > 0 && dna[d - 1]! < dna[d]!) dna[d] = dna[d - 1]!;
        const base = bits[start + step * (i + d)]!;
        dnaNext[d] = dna[d]! + ((base & set) === 0 ? (base === EDGE_BIT ? FAR : 1) : 0);
        if (dnaNext[d]! < least) least = dnaNext[d]!;
      }
      for (let d = 0; d <= dnaBulges; d++) dna[d] = dnaNext[d]!;
      const inside = i > 0 && i < length - 1;
      for (let r = rnaBulges; r >= 0; r--) {
        const base = bits[start + step * (i - r)]!;
        let count = i >= r ? rna[r]! + ((base & set) === 0 ? (base === EDGE_BIT ? FAR : 1) : 0) : FAR;
        if (inside && r > 0 && rna[r - 1]! < count) count = rna[r - 1]!;
        rna[r] = count;
        if (count < least) least = count;
      }
      if (least > most) return false;
    }
    return true;
  };

  return {
    match(bits, start, step, opposite) {
      const pattern = opposite ? turned : guide;
      if (dnaBulges === 0 && rnaBulges === 0) {
        const mismatches = plain(bits, start, step, pattern);
        return mismatches > most ? undefined : { mismatches, dnaBulges: 0, rnaBulges: 0 };
      }
      if (!bulged(bits, start, step, pattern)) return undefined;
      let best: GuideMatch | undefined;
      let fewest = Number.POSITIVE_INFINITY;
      for (let bulges = 0; bulges <= Math.max(dnaBulges, rnaBulges); bulges++)
        for (const kind of ["dna", "rna"] as const) {
          const mismatches = (kind === "dna" ? dna : rna)[bulges] ?? FAR;
          if (mismatches > most || mismatches + bulges >= fewest) continue;
          fewest = mismatches + bulges;
          best = { mismatches, dnaBulges: kind === "dna" ? bulges : 0, rnaBulges: kind === "rna" ? bulges : 0 };
        }
      return best;
    },
  };
}

/** A site written beside its guide, 5′ to 3′ of the guide: a mismatch in small letters, a base without partner opposite to "-". */
export interface WrittenMatch {
  guide: string;
  site: string;
}

/**
 * Writes a match out; of equal pairings, the one with its bulges closest to the PAM.
 * @param guide letters and bits of the guide from the PAM outwards
 */
export function writeMatch(
  guide: { text: string; bits: Uint8Array },
  bits: Uint8Array,
  place: { start: number; step: 1 | -1; opposite: boolean },
  match: GuideMatch,
): WrittenMatch {
  const { start, step, opposite } = place;
  const length = guide.bits.length;
  const bulges = match.dnaBulges + match.rnaBulges;
  const ofDna = match.dnaBulges > 0;
  const base = (offset: number): number => {
    const bit = bits[start + step * offset] ?? EDGE_BIT;
    return bit === EDGE_BIT ? EDGE_BIT : opposite ? complementBit(bit) : bit;
  };
  const fits = (i: number, offset: number): boolean => (base(offset) & guide.bits[i]!) !== 0;
  // rest[b][i]: fewest mismatches of guide bases i … end when b bulges are still to come.
  const known = new Map<number, number>();
  const rest = (i: number, used: number): number => {
    if (i === length) return used === bulges ? 0 : FAR;
    const key = i * (bulges + 1) + used;
    const found = known.get(key);
    if (found !== undefined) return found;
    const offset = ofDna ? i + used : i - used;
    const edge = base(offset) === EDGE_BIT;
    let least = (fits(i, offset) ? 0 : edge ? FAR : 1) + rest(i + 1, used);
    if (mayBulge(i, used)) least = Math.min(least, ofDna ? rest(i, used + 1) : rest(i + 1, used + 1));
    known.set(key, least);
    return least;
  };
  const mayBulge = (i: number, used: number): boolean =>
    used < bulges && i > 0 && (ofDna ? i < length : i < length - 1);
  let onGuide = "";
  let onSite = "";
  for (let i = 0, used = 0; i < length; ) {
    const offset = ofDna ? i + used : i - used;
    if (mayBulge(i, used) && (ofDna ? rest(i, used + 1) : rest(i + 1, used + 1)) === rest(i, used)) {
      onGuide += ofDna ? "-" : guide.text[i]!;
      onSite += ofDna ? letterOfBit(base(offset)) : "-";
      if (!ofDna) i++;
      used++;
      continue;
    }
    const letter = letterOfBit(base(offset));
    onGuide += guide.text[i]!;
    onSite += fits(i, offset) ? letter : letter.toLowerCase();
    i++;
  }
  return { guide: onGuide, site: onSite };
}
