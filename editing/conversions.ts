import type { AmpliconDesign, Reference } from "./amplicon.ts";
import type { AlignedRead } from "./calls.ts";
import { EditingOptionError } from "./design-errors.ts";
import { codeOfByte } from "./sequence.ts";

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

/** What is counted of one guide. */
interface GuideSites {
  name: string;
  from: number;
  to: number;
  /** Amplicon positions of the editable bases, in the protospacer's direction. */
  positions: number[];
  /** Reads without and with indels by the set of converted sites, a bit each. */
  patterns: [plain: Map<number, number>, withIndel: Map<number, number>];
}

/**
 * Counts conversions at every editable base of each protospacer, and which bases are converted together (target and bystanders), in reads
 * of the amplicon and its other alleles. An allele counts a read that covers the whole protospacer and has no N at an editable base.
 * @throws EditingOptionError ("editing/option") without a guide: there is no strand and no protospacer to count on
 */
export function tallyConversions(design: AmpliconDesign, editor: BaseEditor): ConversionTallying {
  if (design.guides.length === 0)
    throw new EditingOptionError("base editor", "given without a guide", "a guide with it");
  const amplicon = design.references[0]!.codes;
  const [from, to] = [codeOfByte[editor.from.charCodeAt(0)]!, codeOfByte[editor.to.charCodeAt(0)]!];
  const sites: (ConversionSite & { from: number; to: number })[] = [];
  const siteAt = new Map<string, (typeof sites)[number]>();
  const guides = design.guides.map(({ name, start, end, strand }): GuideSites => {
    const positions: number[] = [];
    for (let i = 0; i < end - start; i++) {
      const position = strand === "+" ? start + i : end - 1 - i;
      const [own, target] = strand === "+" ? [from, to] : [3 - from, 3 - to];
      if (amplicon[position] !== own || positions.length === 30) continue;
      positions.push(position);
      const counts = { reads: 0, converted: 0, other: 0, deleted: 0 };
      const site = { guide: name, protospacerPosition: i + 1, position, ...counts, from: own, to: target };
      sites.push(site);
      siteAt.set(`${name} ${position}`, site);
    }
    return { name, from: start, to: end, positions, patterns: [new Map(), new Map()] };
  });

  return {
    add(read, codes, reference, weight) {
      if (reference.role !== "amplicon" && reference.role !== "allele") return;
      for (const guide of guides) {
        let pattern = 0;
        let complete = true;
        guide.positions.forEach((position, bit) => {
          const site = siteAt.get(`${guide.name} ${position}`)!;
          const at = reference.map.begin[position]!;
          if (reference.map.end[position] === at || reference.codes[at] !== site.from) return;
          if (at < read.from || at >= read.to || read.unknown.includes(at)) {
            complete = false;
            return;
          }
          site.reads += weight;
          const edit = read.edits.find(
            (one) => one.kind !== "insertion" && one.position <= at && at < one.position + one.length,
          );
          if (edit === undefined) return;
          if (edit.kind === "deletion") site.deleted += weight;
          else if (codes[edit.readAt] === site.to) {
            site.converted += weight;
            pattern |= 1 << bit;
          } else site.other += weight;
        });
        const [first, end] = [reference.map.begin[guide.from]!, reference.map.end[guide.to - 1]!];
        if (!complete || read.from > first || read.to < end) continue;
        const indel = read.edits.some(
          ({ kind, position, length, left, right }) =>
            kind !== "substitution" &&
            position - left < end &&
            position + right + (kind === "deletion" ? length : 0) > first,
        );
        const patterns = guide.patterns[indel ? 1 : 0];
        patterns.set(pattern, (patterns.get(pattern) ?? 0) + weight);
      }
    },
    finish() {
      const alleles = guides.flatMap(({ name, positions, patterns }) =>
        patterns.flatMap((counts, indel) =>
          [...counts].map(([pattern, reads]): ConversionAllele => {
            const converted = positions.flatMap((position, bit) =>
              pattern & (1 << bit) ? [`${editor.from}${siteAt.get(`${name} ${position}`)!.protospacerPosition}`] : [],
            );
            return { guide: name, converted: converted.join(" ") || "none", indel: indel === 1, reads };
          }),
        ),
      );
      alleles.sort(
        (a, b) =>
          guides.findIndex(({ name }) => name === a.guide) - guides.findIndex(({ name }) => name === b.guide) ||
          b.reads - a.reads ||
          (a.converted < b.converted ? -1 : a.converted > b.converted ? 1 : Number(a.indel) - Number(b.indel)),
      );
      return { editor, sites: sites.map(({ from: _, to: __, ...site }) => site), alleles };
    },
  };
}
