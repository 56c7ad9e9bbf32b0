import { alignPair } from "./align-reference.ts";
import { type Exon, locateExons } from "./coding.ts";
import { BadReferenceError, EditingOptionError } from "./design-errors.ts";
import { type GuideSpec, type LocatedGuide, locateGuide } from "./guide.ts";
import { identityMap, mapExons, mapMask, mapOf, mapStretch, type ReferenceMap } from "./reference-map.ts";
import { type Codes, decodeSequence, encodeSequence } from "./sequence.ts";
import { type Window, windowMask, windowOf } from "./window.ts";

/** What a reference stands for: as it was, another allele of it, or as it shall be. */
export type ReferenceRole = "amplicon" | "allele" | "hdr" | "prime-edited";

/** An amplicon and what shall happen to it, as a person describes it. Sequences: A, C, G, T, N in either case. */
export interface AmpliconSpec {
  name: string;
  sequence: string;
  guides?: readonly GuideSpec[];
  /** The whole amplicon after repair from the donor. */
  hdr?: string;
  /** The whole amplicon after prime editing. */
  primeEdited?: string;
  /** Further alleles of the amplicon that reads may come from. */
  alleles?: readonly { name: string; sequence: string }[];
  /** Coding parts of the amplicon, an exon each. */
  coding?: readonly string[];
}

/** How an amplicon is looked at. */
export interface DesignOptions {
  /** Bases on each side of a cut that count. Default 1. */
  windowSize?: number;
  /** Bases at each end that never count. Default 15. */
  excludeEnds?: number;
  /** Stretches that count instead of those around the cuts, from 1, both ends included. */
  window?: readonly (readonly [from: number, to: number])[];
  /** Mismatches that a guide may have to the amplicon. Default 0. */
  guideMismatches?: number;
  /** Whether a guide that is there several times counts at each place. Default false: it is an error. */
  everyGuidePlace?: boolean;
  /** Bases on each side of a cut that alleles are told apart by. Default 20. */
  alleleSize?: number;
}

/** A sequence that reads are aligned to. */
export interface Reference {
  name: string;
  role: ReferenceRole;
  codes: Codes;
  /** Bases left of each cut, for the aligner. */
  cuts: readonly number[];
  window: Window;
  /** From the amplicon to this. */
  map: ReferenceMap;
  exons: readonly Exon[];
  /** Of shape (regions of the design): where each is in this reference, [from, to). */
  regions: readonly (readonly [from: number, to: number])[];
}

/** A stretch of the amplicon whose alleles are listed. */
export interface AlleleRegion {
  name: string;
  from: number;
  to: number;
}

/** An amplicon, ready to be analysed. */
export interface AmpliconDesign {
  name: string;
  guides: readonly LocatedGuide[];
  /** The amplicon itself comes first. */
  references: readonly Reference[];
  regions: readonly AlleleRegion[];
  /** Sentences about what was taken differently from what was asked, or looks wrong. */
  notes: readonly string[];
}

/** Least share of equal bases between the amplicon and its other references, as for reads. */
const LEAST_IDENTITY = 0.6;

/**
 * Locates guides, windows, coding parts in an amplicon, and all of them in its other references through their alignment to it.
 * @throws AlphabetError ("editing/alphabet"), BadReferenceError ("editing/reference") for a reference that is empty, given twice or unlike the
 *   amplicon, the codes of `locateGuide`, `windowMask` and `locateExons`, EditingOptionError ("editing/option")
 * @example designAmplicon({ name: "FANCF", sequence, guides: [{ sequence: "GGAATCCCTTCTGCAGCACC" }] }).guides[0].cut
 */
export function designAmplicon(spec: AmpliconSpec, options: DesignOptions = {}): AmpliconDesign {
  const size = whole("window size", options.windowSize ?? 1, 1);
  const excludeEnds = whole("bases excluded at the ends", options.excludeEnds ?? 15, 0);
  const alleleSize = whole("bases of alleles", options.alleleSize ?? 20, 1);
  const mismatches = whole("guide mismatches", options.guideMismatches ?? 0, 0);
  const label = `amplicon ${spec.name}`;
  const amplicon = encodeSequence(spec.sequence, label);
  if (amplicon.length === 0)
    throw new BadReferenceError(label, "its sequence is empty. Give the bases from primer to primer.");
  const notes: string[] = [];
  const guides: LocatedGuide[] = [];
  const sizes: number[] = [];
  for (const guide of spec.guides ?? []) {
    const places = locateGuide(guide, amplicon, spec.name, {
      mismatches,
      everyPlace: options.everyGuidePlace === true,
    });
    guides.push(...places);
    const own = whole(`window size of guide ${places[0]!.name}`, guide.windowSize ?? size, 1);
    sizes.push(...places.map(() => own));
    notes.push(...guideNotes(places, guide));
  }
  const chosen = { size, excludeEnds, coordinates: options.window ?? [] };
  const { mask, notes: windowNotes } = windowMask(spec.name, amplicon.length, guides, sizes, chosen);
  notes.push(...windowNotes);
  const regions = regionsOf(guides, windowOf(mask), amplicon.length, alleleSize);
  const exons = locateExons(spec.coding ?? [], amplicon, spec.name);
  const cuts = [...new Set(guides.map(({ cut }) => cut))].filter((cut) => cut > 0 && cut < amplicon.length);

  const reference = (name: string, role: ReferenceRole, codes: Codes, map: ReferenceMap): Reference => ({
    name,
    role,
    codes,
    cuts: [...new Set(cuts.map((cut) => map.begin[cut]!))].filter((cut) => cut > 0 && cut < codes.length),
    window: windowOf(mapMask(map, mask, codes.length)),
    map,
    exons: mapExons(map, exons),
    regions: regions.map(({ from, to }) => mapStretch(map, from, to)),
  });
  const references = [reference(spec.name, "amplicon", amplicon, identityMap(amplicon.length))];
  const others: { name: string; role: ReferenceRole; sequence: string }[] = [
    ...(spec.alleles ?? []).map((allele) => ({ ...allele, role: "allele" as const })),
    ...(spec.hdr === undefined ? [] : [{ name: `${spec.name} HDR`, role: "hdr" as const, sequence: spec.hdr }]),
    ...(spec.primeEdited === undefined
      ? []
      : [{ name: `${spec.name} prime-edited`, role: "prime-edited" as const, sequence: spec.primeEdited }]),
  ];
  for (const { name, role, sequence } of others) {
    const codes = encodeSequence(sequence, `reference ${name}`);
    checkReference(name, codes, references);
    const { runs, identities, columns } = alignPair(codes, amplicon, { cuts });
    if (identities < LEAST_IDENTITY * columns)
      throw new BadReferenceError(
        `reference ${name}`,
        `${Math.round((100 * identities) / columns)} % of its bases are those of ${label}, expected ${LEAST_IDENTITY * 100} % at least. Give the whole amplicon as it is after the edit, in the amplicon's direction.`,
      );
    references.push(reference(name, role, codes, mapOf(runs, amplicon.length)));
  }
  return { name: spec.name, guides, references, regions, notes };
}

function checkReference(name: string, codes: Codes, earlier: readonly Reference[]): void {
  const label = `reference ${name}`;
  if (codes.length === 0) throw new BadReferenceError(label, "its sequence is empty.");
  for (const other of earlier) {
    if (other.name === name) throw new BadReferenceError(label, "there are two of this name. Names must be unique.");
    if (decodeSequence(other.codes) === decodeSequence(codes))
      throw new BadReferenceError(
        label,
        `it is equal to ${other.name}: no read could be told to come from one of them. Give what the edit changes.`,
      );
  }
}

/** What is listed as alleles: bases around each cut, or the window when no guide is given. */
function regionsOf(guides: readonly LocatedGuide[], window: Window, length: number, size: number): AlleleRegion[] {
  if (guides.length === 0) return [{ name: "window", from: window.from, to: window.to }];
  return guides.map(({ name, cut }) => ({ name, from: Math.max(0, cut - size), to: Math.min(length, cut + size) }));
}

function guideNotes(places: readonly LocatedGuide[], guide: GuideSpec): string[] {
  const [{ name, sequence, mismatches }] = places as [LocatedGuide];
  const notes: string[] = [];
  if (mismatches > 0)
    notes.push(`Guide ${name} has ${mismatches} mismatch${mismatches === 1 ? "" : "es"} to the amplicon.`);
  if (guide.cutOffset === undefined && sequence.length >= 22 && sequence.endsWith("GG"))
    notes.push(
      `Guide ${name} is ${sequence.length} bases long and ends in ${sequence.slice(-3)}, which looks like a PAM: give it without, or a cut offset of −6.`,
    );
  return notes;
}

function whole(option: string, value: number, least: number): number {
  if (!Number.isInteger(value) || value < least)
    throw new EditingOptionError(option, String(value), `a whole number of at least ${least}`);
  return value;
}
