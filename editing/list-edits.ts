import { hashIndel } from "./allele-keys.ts";
import { readEdits } from "./calls.ts";
import { type NamedEdit, nameEdit } from "./edit-text.ts";
import type { Hash64 } from "./hash-tally.ts";
import { showReads } from "./list-alleles.ts";
import type { Quantification } from "./quantify.ts";
import type { ReadCount } from "./rates.ts";
import { encodeSequence } from "./sequence.ts";
import type { ReferenceTally } from "./tally-reference.ts";

/** An edit and the reads that have it. */
export interface CountedEdit extends NamedEdit {
  /** Name of the reference that positions are of. */
  contig: string;
  inWindow: boolean;
  reads: number;
  /** Reads that cover the place. */
  depth: number;
}

/**
 * Every edit of reads that fit one reference best, by reference and place: those that at least this share of their reference's reads have.
 * @param least share of 1
 */
export function listEdits(quantified: Quantification, least: number): CountedEdit[] {
  const { design, references, indels } = quantified;
  const found: CountedEdit[] = [];
  const enough = (reads: number, r: number): boolean => reads > 0 && reads >= least * references[r]!.reads;
  design.references.forEach(({ name, codes, window }, r) => {
    const { bases, covered } = references[r]!;
    for (let position = 0; position < codes.length; position++)
      for (let code = 0; code < 4; code++) {
        const reads = bases[position * 5 + code]!;
        if (code === codes[position] || codes[position] === 4 || !enough(reads, r)) continue;
        found.push({
          contig: name,
          kind: "substitution",
          position,
          length: 1,
          reference: "ACGTN"[codes[position]!]!,
          alternative: "ACGT"[code]!,
          inWindow: window.mask[position] === 1,
          reads,
          depth: covered[position]!,
        });
      }
  });
  const lowest = Math.min(...references.map(({ reads }) => (reads > 0 ? reads : Number.POSITIVE_INFINITY)));
  const entries = indels.heaviest(indels.size, least * lowest).filter(({ weight, tag }) => enough(weight, tag));
  const shown = showReads(
    quantified,
    entries.map(({ read, tag }) => ({ read, reference: tag })),
  );
  const hash: Hash64 = { high: 0, low: 0 };
  entries.forEach(({ high, low, tag, weight }, i) => {
    const reference = design.references[tag]!;
    const { runs, codes } = shown[i]!;
    const edit = readEdits(runs, 0, runs.length, reference.codes, codes, reference.window).edits.find(
      ({ kind, position, length, left, readAt }) => {
        if (kind === "substitution") return false;
        hashIndel(hash, tag, kind, position - left, length, codes, readAt - left);
        return hash.high >>> 0 === high && hash.low >>> 0 === low;
      },
    )!;
    const named = nameEdit(edit, reference.codes, codes);
    const depth = depthOf(named, references[tag]!);
    found.push({ contig: reference.name, ...named, inWindow: edit.inWindow, reads: weight, depth });
  });
  const order = new Map(design.references.map(({ name }, index) => [name, index]));
  return found.sort(
    (a, b) =>
      order.get(a.contig)! - order.get(b.contig)! ||
      a.position - b.position ||
      compare(a.kind, b.kind) ||
      a.length - b.length ||
      compare(a.alternative, b.alternative),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** How often a sample has edits that were found in another one with the same design. @returns of shape (edits) */
export function countEdits(quantified: Quantification, edits: readonly CountedEdit[]): ReadCount[] {
  const { design, references, indels } = quantified;
  const hash: Hash64 = { high: 0, low: 0 };
  return edits.map((edit) => {
    const { contig, kind, position, length, alternative } = edit;
    const r = design.references.findIndex(({ name }) => name === contig);
    const tally = references[r]!;
    const of = depthOf(edit, tally);
    const codes = encodeSequence(alternative, "edit");
    if (kind === "substitution") return { count: tally.bases[position * 5 + codes[0]!]!, of };
    hashIndel(hash, r, kind, position, length, codes, 0);
    return { count: indels.weightOf(hash.high, hash.low), of };
  });
}

/** Reads that cover the place of an edit: its first base, or the one left of an insertion. */
function depthOf({ kind, position }: NamedEdit, { covered }: ReferenceTally): number {
  return covered[kind === "insertion" ? Math.max(0, position - 1) : position]!;
}
