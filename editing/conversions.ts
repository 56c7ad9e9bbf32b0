import type { AmpliconDesign, Reference } from "./amplicon.ts";
import type { AlignedRead } from "./calls.ts";
import { EditingOptionError } from "./design-errors.ts";
import type { LocatedGuide } from "./guide.ts";
import { type Codes, codeOfByte } from "./sequence.ts";

/** What a base editor does, on the strand of its guide. */
export interface BaseEditor {
  from: "A" | "C" | "G" | "T";
  to: "A" | "C" | "G" | "T";
}

/**
 * Reads a base editor as people write it.
 * @throws EditingOptionError ("editing/option") on anything but two different bases
 * @example parseBaseEditor("C:T") // { from: "C", to: "T" }
 */
export function parseBaseEditor(text: string): BaseEditor {
  const [, from, to] = /^([ACGT])\s*[:>]\s*([ACGT])$/i.exec(text.trim()) ?? [];
  if (from === undefined || to === undefined || from.toUpperCase() === to.toUpperCase())
    throw new EditingOptionError(
      "base editor",
      text,
      "two different bases such as C:T (cytosine editors) or A:G (adenine editors)",
    );
  return { from: from.toUpperCase(), to: to.toUpperCase() } as BaseEditor;
}

/** A base of a protospacer that the editor may convert. */
export interface ConversionSite {
  guide: string;
  /** From 1 at the guide's 5′ end. */
  protospacerPosition: number;
  /** In the amplicon, from 0. */
  position: number;
  /** Reads that show a base there, or lack it. */
  reads: number;
  converted: number;
  /** Other substitutions. */
  other: number;
  deleted: number;
}

/** Reads with the same bases converted in one protospacer. */
export interface ConversionAllele {
  guide: string;
  /** Sites converted, in the protospacer's direction: `C4 C7`; `none` without any. */
  converted: string;
  /** Whether insertions or deletions touch the protospacer too. */
  indel: boolean;
  reads: number;
}

export interface Conversions {
  editor: BaseEditor;
  sites: ConversionSite[];
  /** Most frequent first. */
  alleles: ConversionAllele[];
}

export interface ConversionTallying {
  add(read: AlignedRead, codes: Uint8Array, reference: Reference, weight: number): void;
  finish(): Conversions;
}

/** An editable base, with its codes on the amplicon's strand. */
interface EditableSite extends ConversionSite {
  from: number;
  to: number;
}

/** What is counted of one guide. */
interface GuideSites {
  name: string;
  start: number;
  end: number;
  /** In the protospacer's direction. */
  sites: EditableSite[];
  /** Reads without and with indels by the set of converted sites, a bit each. */
  patterns: [plain: Map<number, number>, withIndel: Map<number, number>];
}

/** Sites that a set of converted ones has bits for. */
const MOST_SITES = 30;

/**
 * Counts conversions at every editable base of each protospacer, and which bases are converted together (target and bystanders), in reads
 * of the amplicon and its other alleles. An allele counts a read that covers the whole protospacer and has no N at an editable base.
 * @throws EditingOptionError ("editing/option") without a guide: there is no strand and no protospacer to count on
 */
export function tallyConversions(design: AmpliconDesign, editor: BaseEditor): ConversionTallying {
  if (design.guides.length === 0)
    throw new EditingOptionError("base editor", "given without a guide", "a guide with it");
  const amplicon = design.references[0]!.codes;
  const guides = design.guides.map(
    (guide): GuideSites => ({
      name: guide.name,
      start: guide.start,
      end: guide.end,
      sites: sitesOf(guide, amplicon, editor),
      patterns: [new Map(), new Map()],
    }),
  );

  return {
    add(read, codes, reference, weight) {
      if (reference.role !== "amplicon" && reference.role !== "allele") return;
      for (const { start, end, sites, patterns } of guides) {
        let pattern = 0;
        let complete = true;
        for (let bit = 0; bit < sites.length; bit++) {
          const found = lookAt(sites[bit]!, read, codes, reference, weight);
          if (found === "unknown") complete = false;
          else if (found === "converted") pattern |= 1 << bit;
        }
        const [first, behind] = [reference.map.begin[start]!, reference.map.end[end - 1]!];
        if (!complete || read.from > first || read.to < behind) continue;
        const counts = patterns[hasIndel(read, first, behind) ? 1 : 0];
        counts.set(pattern, (counts.get(pattern) ?? 0) + weight);
      }
    },
    finish: () => ({
      editor,
      sites: guides.flatMap(({ sites }) => sites.map(({ from: _from, to: _to, ...site }) => site)),
      alleles: guides.flatMap((guide) => allelesOf(guide, editor)),
    }),
  };
}

function sitesOf({ name, start, end, strand }: LocatedGuide, amplicon: Codes, editor: BaseEditor): EditableSite[] {
  const [from, to] = [codeOfByte[editor.from.charCodeAt(0)]!, codeOfByte[editor.to.charCodeAt(0)]!];
  const [own, target] = strand === "+" ? [from, to] : [3 - from, 3 - to];
  return Array.from({ length: end - start }, (_, i) => i)
    .filter((i) => amplicon[strand === "+" ? start + i : end - 1 - i] === own)
    .slice(0, MOST_SITES)
    .map((i) => ({
      guide: name,
      protospacerPosition: i + 1,
      position: strand === "+" ? start + i : end - 1 - i,
      reads: 0,
      converted: 0,
      other: 0,
      deleted: 0,
      from: own,
      to: target,
    }));
}

/** Counts a read at a site. @returns what it shows there; `none` where its reference has another base than the amplicon */
function lookAt(
  site: EditableSite,
  read: AlignedRead,
  codes: Uint8Array,
  { map, codes: reference }: Reference,
  weight: number,
): "none" | "unknown" | "converted" | "else" {
  const at = map.begin[site.position]!;
  if (map.end[site.position] === at || reference[at] !== site.from) return "none";
  if (at < read.from || at >= read.to || read.unknown.includes(at)) return "unknown";
  site.reads += weight;
  const edit = read.edits.find(
    (one) => one.kind !== "insertion" && one.position <= at && at < one.position + one.length,
  );
  if (edit === undefined) return "else";
  if (edit.kind === "deletion") site.deleted += weight;
  else if (codes[edit.readAt] === site.to) {
    site.converted += weight;
    return "converted";
  } else site.other += weight;
  return "else";
}

function hasIndel({ edits }: AlignedRead, first: number, behind: number): boolean {
  return edits.some(
    ({ kind, position, length, left, right }) =>
      kind !== "substitution" &&
      position - left < behind &&
      position + right + (kind === "deletion" ? length : 0) > first,
  );
}

/** The alleles of a guide, most frequent first. */
function allelesOf({ name, sites, patterns }: GuideSites, { from }: BaseEditor): ConversionAllele[] {
  return patterns
    .flatMap((counts, indel) =>
      [...counts].map(([pattern, reads]): ConversionAllele => {
        const converted = sites.flatMap(({ protospacerPosition }, bit) =>
          pattern & (1 << bit) ? [`${from}${protospacerPosition}`] : [],
        );
        return { guide: name, converted: converted.join(" ") || "none", indel: indel === 1, reads };
      }),
    )
    .sort(
      (a, b) =>
        b.reads - a.reads ||
        (a.converted < b.converted ? -1 : a.converted > b.converted ? 1 : Number(a.indel) - Number(b.indel)),
    );
}
