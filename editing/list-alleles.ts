import { createAligner } from "./align.ts";
import { type Alignments, DELETED, INSERTED } from "./alignment.ts";
import { readAlleleTag } from "./allele-keys.ts";
import { readEdits } from "./calls.ts";
import { OUTCOMES, type Outcome } from "./classify.ts";
import { editText, nameEdit } from "./edit-text.ts";
import { subsetReads } from "./orient.ts";
import type { Quantification } from "./quantify.ts";
import { type Codes, decodeSequence } from "./sequence.ts";

/** Reads that show the same in a region of their reference. */
export interface Allele {
  reference: string;
  outcome: Outcome;
  /** Whether other references fit as well. */
  ambiguous: boolean;
  reads: number;
  /** The region's columns: bases, `-` for gaps, `.` where the read has ended. Both of one length. */
  alignedReference: string;
  alignedRead: string;
  /** Edits that touch the region, in the manner of HGVS. */
  edits: string[];
}

export interface AlleleList {
  region: string;
  /** In the amplicon: [from, to). */
  from: number;
  to: number;
  /** Distinct alleles, and the reads of those that are not listed. */
  distinct: number;
  unlistedReads: number;
  /** Most frequent first. */
  alleles: Allele[];
}

/**
 * The alleles of each region, most frequent first. Only counts and a read of each were kept: those that are listed are aligned again.
 * @param most of each region
 */
export function listAlleles(quantified: Quantification, most: number): AlleleList[] {
  const { design, alleles } = quantified;
  return design.regions.map(({ name, from, to }, region) => {
    const { size, total } = alleles[region]!;
    const listed = alleles[region]!.heaviest(most);
    const shown = showReads(
      quantified,
      listed.map(({ read, tag }) => ({ read, reference: readAlleleTag(tag).reference })),
    );
    return {
      region: name,
      from,
      to,
      distinct: size,
      unlistedReads: total - listed.reduce((sum, { weight }) => sum + weight, 0),
      alleles: listed.map(({ weight, tag }, i): Allele => {
        const { reference: index, outcome, ambiguous } = readAlleleTag(tag);
        const reference = design.references[index]!;
        const { runs, codes } = shown[i]!;
        const [first, end] = reference.regions[region]!;
        const read = readEdits(runs, 0, runs.length, reference.codes, codes, reference.window);
        const touching = read.edits.filter((edit) =>
          edit.kind === "insertion"
            ? edit.position > first && edit.position < end
            : edit.position < end && edit.position + edit.length > first,
        );
        return {
          reference: reference.name,
          outcome: OUTCOMES[outcome]!,
          ambiguous,
          reads: weight,
          ...alignedText(runs, reference.codes, codes, first, end),
          edits: touching.map((edit) => editText(nameEdit(edit, reference.codes, codes))),
        };
      }),
    };
  });
}

/** Aligns some reads again, each to one reference. @returns in the order wanted */
export function showReads(
  { reads, design }: Quantification,
  wanted: readonly { read: number; reference: number }[],
): { runs: Uint32Array; codes: Codes }[] {
  const shown: { runs: Uint32Array; codes: Codes }[] = new Array(wanted.length);
  design.references.forEach(({ codes: reference, cuts }, r) => {
    const places = [...wanted.keys()].filter((i) => wanted[i]!.reference === r);
    if (places.length === 0) return;
    const some = subsetReads(
      reads,
      Uint32Array.from(places, (i) => wanted[i]!.read),
    );
    const aligner = createAligner(reference, { cuts });
    for (let from = 0; from < places.length; from += 4096) {
      const to = Math.min(places.length, from + 4096);
      const { runs, runStart }: Alignments = aligner.align(some, from, to);
      for (let i = from; i < to; i++) {
        const codes = new Uint8Array(some.length(i));
        some.copy(i, codes);
        shown[places[i]!] = { runs: runs.slice(runStart[i - from]!, runStart[i - from + 1]!), codes };
      }
    }
  });
  return shown;
}

/** The columns of an alignment between two positions of the reference. */
export function alignedText(
  runs: Uint32Array,
  reference: Codes,
  read: Codes,
  first: number,
  end: number,
): { alignedReference: string; alignedRead: string } {
  let alignedReference = "";
  let alignedRead = "";
  let at = 0;
  let readAt = 0;
  runs.forEach((run, index) => {
    const kind = run & 3;
    const length = run >>> 2;
    const atEnd = index === 0 || index === runs.length - 1;
    for (let i = 0; i < length; i++) {
      const inside = kind === INSERTED ? at > first && at < end && !atEnd : at >= first && at < end;
      if (inside) {
        alignedReference += kind === INSERTED ? "-" : decodeSequence(reference, at, at + 1);
        alignedRead += kind === DELETED ? (atEnd ? "." : "-") : decodeSequence(read, readAt, readAt + 1);
      }
      if (kind !== INSERTED) at++;
      if (kind !== DELETED) readAt++;
    }
  });
  return { alignedReference, alignedRead };
}
