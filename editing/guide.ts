import { GuideNotFoundError, type NamedPlace, RepeatedGuideError } from "./design-errors.ts";
import { type Codes, decodeSequence, encodeSequence, reverseComplement, UNKNOWN } from "./sequence.ts";

/** A guide as it is ordered: its protospacer without the PAM, 5′ to 3′. */
export interface GuideSpec {
  /** Default: its sequence. */
  name?: string;
  sequence: string;
  /** Where it cuts: bases from the protospacer's 3′ end, negative towards its 5′ end. Default −3 (Cas9); 1 suits Cas12a. */
  cutOffset?: number;
  /** Bases on each side of the cut that count. Default: the analysis's. */
  windowSize?: number;
}

/** A guide and its place in the amplicon. */
export interface LocatedGuide {
  name: string;
  /** The protospacer in its own direction. */
  sequence: string;
  strand: "+" | "-";
  /** First base of the protospacer in the amplicon, from 0. */
  start: number;
  /** Base after the last. */
  end: number;
  mismatches: number;
  /** Bases of the amplicon left of the cut. */
  cut: number;
}

export const CAS9_CUT_OFFSET = -3;

export interface LocateOptions {
  /** Mismatches that a place may have when there is no exact one. Default 0. */
  mismatches?: number;
  /** Every best place counts; otherwise a second one is an error. Default false. */
  everyPlace?: boolean;
}

/**
 * The places of a guide in an amplicon, on both strands: exact ones, or else those with the fewest mismatches that are allowed.
 * @returns one place, or all equally good ones from left to right with `everyPlace`
 * @throws AlphabetError ("editing/alphabet"), GuideNotFoundError ("editing/guide-not-found") with the nearest place,
 *   RepeatedGuideError ("editing/guide-repeated") with all places
 * @example locateGuide(guide, encodeSequence("TTGACCTTGACGGA", "a"), "a")[0].cut
 */
export function locateGuide(
  guide: GuideSpec,
  amplicon: Codes,
  ampliconName: string,
  options: LocateOptions = {},
): LocatedGuide[] {
  const name = guide.name ?? guide.sequence.toUpperCase();
  const codes = encodeSequence(guide.sequence, `guide ${name}`);
  const allowed = options.mismatches ?? 0;
  const places = codes.length === 0 ? [] : nearestPlaces(codes, amplicon);
  const fewest = places[0]?.mismatches ?? Number.POSITIVE_INFINITY;
  if (fewest > allowed) {
    throw new GuideNotFoundError(name, ampliconName, places[0] === undefined ? null : named(places[0]), allowed);
  }
  if (places.length > 1 && options.everyPlace !== true)
    throw new RepeatedGuideError(name, ampliconName, places.map(named));
  const offset = guide.cutOffset ?? CAS9_CUT_OFFSET;
  const sequence = decodeSequence(codes);
  return places.map((place, index) => ({
    name: places.length === 1 ? name : `${name} ${index + 1}`,
    sequence,
    ...place,
    cut: place.strand === "+" ? place.end + offset : place.start - offset,
  }));
}

interface Place {
  start: number;
  end: number;
  strand: "+" | "-";
  mismatches: number;
}

/** All places with the fewest mismatches, from left to right, forward before reverse. N matches nothing. */
function nearestPlaces(guide: Codes, amplicon: Codes): Place[] {
  const strands = [
    { strand: "+" as const, codes: guide },
    { strand: "-" as const, codes: reverseComplement(guide) },
  ];
  let best: Place[] = [];
  let fewest = guide.length + 1;
  for (let start = 0; start + guide.length <= amplicon.length; start++) {
    for (const { strand, codes } of strands) {
      let mismatches = 0;
      for (let i = 0; i < codes.length && mismatches <= fewest; i++)
        if (codes[i] !== amplicon[start + i] || codes[i] === UNKNOWN) mismatches++;
      if (mismatches > fewest) continue;
      if (mismatches < fewest) best = [];
      fewest = mismatches;
      best.push({ start, end: start + guide.length, strand, mismatches });
    }
  }
  return best;
}

function named({ start, end, strand, mismatches }: Place): NamedPlace {
  return { from: start + 1, to: end, strand, mismatches };
}
