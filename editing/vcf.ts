import { alignPair } from "./align-reference.ts";
import { readEdits } from "./calls.ts";
import { type NamedEdit, nameEdit } from "./edit-text.ts";
import type { EditingResult } from "./result.ts";
import { encodeSequence } from "./sequence.ts";
import { windowOf } from "./window.ts";

interface VcfRecord {
  contig: string;
  edit: NamedEdit;
  reads: number;
  depth: number;
  inWindow: boolean;
  /** Name of the reference whose difference from the amplicon this is. */
  intended: string | null;
}

/**
 * The edits of a sample as VCF 4.3 (https://samtools.github.io/hts-specs/VCFv4.3.pdf), indels left-aligned and parsimonious, a line each.
 *
 * Positions are in the references as given: each is a contig. What the intended references (HDR, prime editing, alleles) change is told on
 * the amplicon, with the reads that fit them best. Insertions and deletions of one read are lines of their own.
 */
export function writeVcf(result: EditingResult): string {
  const { references } = result.amplicon;
  const contigOf = (name: string): string => name.replaceAll(/[^0-9A-Za-z!#$%&+./:;?@^_|~-]/g, "_");
  const sequences = new Map(references.map(({ name, sequence }) => [name, sequence]));
  const order = new Map(references.map(({ name }, index) => [name, index]));
  const records: VcfRecord[] = [
    ...result.edits.map((edit) => ({ ...edit, edit, intended: null })),
    ...intendedRecords(result),
  ];
  const lines = records
    .map((record) => ({ record, ...alleles(record.edit, sequences.get(record.contig)!) }))
    .sort(
      (a, b) =>
        order.get(a.record.contig)! - order.get(b.record.contig)! ||
        a.position - b.position ||
        compare(a.ref, b.ref) ||
        compare(a.alt, b.alt),
    )
    .map(({ record, position, ref, alt }) => {
      const { reads, depth, inWindow, intended } = record;
      const info = [
        `DP=${depth}`,
        `AF=${depth > 0 ? Number((reads / depth).toPrecision(6)) : 0}`,
        ...(inWindow ? ["WINDOW"] : []),
        ...(intended === null ? [] : [`INTENDED=${contigOf(intended)}`]),
      ];
      const sample = `${depth}:${reads}`;
      return [contigOf(record.contig), position, ".", ref, alt, ".", "PASS", info.join(";"), "DP:AO", sample].join(
        "\t",
      );
    });
  return `${[
    "##fileformat=VCFv4.3",
    `##source=artesian ${result.provenance.code.version}`,
    ...references.map(({ name, sequence }) => `##contig=<ID=${contigOf(name)},length=${sequence.length}>`),
    `##INFO=<ID=DP,Number=1,Type=Integer,Description="Reads that fit this reference best and cover the place">`,
    `##INFO=<ID=AF,Number=A,Type=Float,Description="Share of them with the edit">`,
    `##INFO=<ID=WINDOW,Number=0,Type=Flag,Description="Counts in the quantification window">`,
    `##INFO=<ID=INTENDED,Number=1,Type=String,Description="Part of the difference of this reference from the amplicon">`,
    `##FILTER=<ID=PASS,Description="All filters passed">`,
    `##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Reads that cover the place">`,
    `##FORMAT=<ID=AO,Number=A,Type=Integer,Description="Reads with the edit">`,
    [
      "#CHROM",
      "POS",
      "ID",
      "REF",
      "ALT",
      "QUAL",
      "FILTER",
      "INFO",
      "FORMAT",
      result.sample.replaceAll(/\s+/g, "_"),
    ].join("\t"),
    ...lines,
  ].join("\n")}\n`;
}

/** What the further references change in the amplicon, with the reads that fit them best. */
function intendedRecords({ amplicon }: EditingResult): VcfRecord[] {
  const [first, ...others] = amplicon.references;
  const codes = encodeSequence(first!.sequence, "amplicon");
  const window = windowOf(Uint8Array.from(codes, (_, i) => (first!.window.includes(i) ? 1 : 0)));
  const depth = amplicon.references.reduce((sum, { reads }) => sum + reads, 0);
  return others.flatMap(({ name, sequence, reads }) => {
    if (reads === 0) return [];
    const other = encodeSequence(sequence, name);
    const runs = Uint32Array.from(alignPair(other, codes, { cuts: first!.cuts }).runs);
    return readEdits(runs, 0, runs.length, codes, other, window).edits.map((edit) => ({
      contig: first!.name,
      edit: nameEdit(edit, codes, other),
      reads,
      depth,
      inWindow: edit.inWindow,
      intended: name,
    }));
  });
}

/** POS, REF and ALT: an indel brings the base before it, or at the reference's beginning the one behind it. */
function alleles(edit: NamedEdit, sequence: string): { position: number; ref: string; alt: string } {
  const { kind, position, length, reference, alternative } = edit;
  if (kind === "substitution") return { position: position + 1, ref: reference, alt: alternative };
  if (position === 0) {
    const behind = sequence[kind === "deletion" ? length : 0] ?? "";
    return { position: 1, ref: reference + behind, alt: alternative + behind };
  }
  const before = sequence[position - 1]!;
  return { position, ref: before + reference, alt: before + alternative };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
