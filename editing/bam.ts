import { alignReads } from "./align-threads.ts";
import { DELETED, DIFFERENT, EQUAL, INSERTED } from "./alignment.ts";
import { bamIndex, binOf } from "./bam-index.ts";
import { bgzfWriter } from "./bgzf.ts";
import { OUTCOMES } from "./classify.ts";
import { subsetReads } from "./orient.ts";
import type { StreamedFile } from "./outputs.ts";
import type { Quantification } from "./quantify.ts";

/** Codes of CIGAR's operations. */
const CIGAR = { insertion: 1, deletion: 2, softClip: 4, equal: 7, different: 8 } as const;
/** A, C, G, T, N in BAM's four bits. */
const NIBBLES = Uint8Array.of(1, 2, 4, 8, 15);
const REVERSE_STRAND = 16;
const text = new TextEncoder();

/**
 * The judged reads as BAM, sorted, with its index (https://samtools.github.io/hts-specs/SAMv1.pdf): each read as often as it was read, on the
 * reference that it fits best, the first of equal ones. Tags: `XO` outcome, `XC` reads of this sequence, `AS` score of the alignment, `NM` edit distance.
 * Reads were merged and collapsed before: names and qualities of the files are gone, `N.C` is copy C of the Nth most frequent sequence.
 * @param quantified with places kept
 * @param copies whether every read is a record; otherwise each sequence is one, with its `XC`
 */
export function bamFiles(
  quantified: Quantification,
  sample: string,
  version: string,
  { copies = true, signal }: { copies?: boolean; signal?: AbortSignal } = {},
): StreamedFile[] {
  const { design } = quantified;
  const index = bamIndex(design.references.length);
  let indexed = false;
  async function* bam(): AsyncGenerator<Uint8Array> {
    const writer = bgzfWriter();
    yield* writer.add(headerOf(quantified, sample, version));
    for (const [r, reference] of design.references.entries()) {
      const order = readsOn(quantified, r);
      const reads = subsetReads(quantified.reads, order);
      const codes = new Uint8Array(reads.longest);
      const stream = alignReads(reads, reference.codes, { cuts: reference.cuts, ...(signal && { signal }) });
      for await (const { from, to, alignments } of stream) {
        for (let i = from; i < to; i++) {
          const entry = i - from;
          const length = reads.copy(i, codes);
          const runs = alignments.runs.subarray(alignments.runStart[entry]!, alignments.runStart[entry + 1]!);
          const read = order[i]!;
          const record = recordOf(quantified, r, read, runs, codes, length, alignments.score[entry]!, groupOf(sample));
          for (let copy = 1; copy <= (copies ? reads.count(i) : 1); copy++) {
            const begun = writer.offset();
            yield* writer.add(record.named(`${read + 1}.${copy}`));
            index.add(r, record.start, record.end, begun, writer.offset());
          }
        }
      }
    }
    yield* writer.finish();
    indexed = true;
  }
  async function* bai(): AsyncGenerator<Uint8Array> {
    if (!indexed) throw new Error("the index of a BAM file is written after the file");
    yield index.finish();
  }
  return [
    { name: "reads.bam", content: bam() },
    { name: "reads.bam.bai", content: bai() },
  ];
}

/** The reads of a reference from left to right, equal places in the reads' order. */
function readsOn({ places }: Quantification, r: number): Uint32Array {
  const { reference, start } = places!;
  const found = new Uint32Array(reference.reduce((count, own) => count + (own === r ? 1 : 0), 0));
  let next = 0;
  for (let read = 0; read < reference.length; read++) if (reference[read] === r) found[next++] = read;
  return found.sort((a, b) => start[a]! - start[b]! || a - b);
}

function headerOf({ design }: Quantification, sample: string, version: string): Uint8Array {
  const names = design.references.map(({ name }) => name.replaceAll(/[^0-9A-Za-z!#$%&+./:;?@^_|~-]/g, "_"));
  const group = groupOf(sample);
  const lines = [
    "@HD\tVN:1.6\tSO:coordinate",
    ...design.references.map(({ codes }, i) => `@SQ\tSN:${names[i]}\tLN:${codes.length}`),
    `@RG\tID:${group}\tSM:${group}`,
    `@PG\tID:artesian\tPN:artesian\tVN:${version}`,
  ];
  const head = text.encode(`${lines.join("\n")}\n`);
  const parts: Uint8Array[] = [Uint8Array.of(66, 65, 77, 1), int32(head.length), head, int32(names.length)];
  design.references.forEach(({ codes }, i) => {
    const name = text.encode(`${names[i]}\0`);
    parts.push(int32(name.length), name, int32(codes.length));
  });
  return joined(parts);
}

function groupOf(sample: string): string {
  return sample.replaceAll(/\s+/g, "_");
}

interface BamRecord {
  start: number;
  end: number;
  /** The record's bytes under a name. */
  named(name: string): Uint8Array;
}

function recordOf(
  { reads, strands, places }: Quantification,
  r: number,
  read: number,
  runs: Uint32Array,
  codes: Uint8Array,
  length: number,
  score: number,
  group: string,
): BamRecord {
  const { cigar, start, end, distance } = cigarOf(runs);
  const bases = new Uint8Array((length + 1) >> 1);
  for (let i = 0; i < length; i++) bases[i >> 1]! |= NIBBLES[codes[i]!]! << (i % 2 === 0 ? 4 : 0);
  const tags = joined([
    text.encode("NMi"),
    int32(distance),
    text.encode("ASi"),
    int32(score),
    text.encode("XCi"),
    int32(reads.count(read)),
    text.encode(`XOZ${OUTCOMES[places!.outcome[read]!]}\0`),
    text.encode(`RGZ${group}\0`),
  ]);
  const rest = joined([...cigar.map(int32), bases, new Uint8Array(length).fill(255), tags]);
  return {
    start,
    end,
    named(name) {
      const label = text.encode(`${name}\0`);
      const bytes = new Uint8Array(36 + label.length + rest.length);
      const view = new DataView(bytes.buffer);
      view.setInt32(0, bytes.length - 4, true);
      view.setInt32(4, r, true);
      view.setInt32(8, start, true);
      bytes[12] = label.length;
      bytes[13] = 255; // mapping quality: not given
      view.setUint16(14, binOf(start, end), true);
      view.setUint16(16, cigar.length, true);
      view.setUint16(18, strands[read] === 1 ? REVERSE_STRAND : 0, true);
      view.setInt32(20, length, true);
      view.setInt32(24, -1, true);
      view.setInt32(28, -1, true);
      bytes.set(label, 36);
      bytes.set(rest, 36 + label.length);
      return bytes;
    },
  };
}

/** CIGAR of an alignment: what overhangs the reference is clipped, what the read does not reach is not part of it. */
function cigarOf(runs: Uint32Array): { cigar: number[]; start: number; end: number; distance: number } {
  const cigar: number[] = [];
  const isPair = (run: number): boolean => (run & 3) === EQUAL || (run & 3) === DIFFERENT;
  const first = runs.findIndex(isPair);
  const last = runs.findLastIndex(isPair);
  let [start, end, distance] = [0, 0, 0];
  runs.forEach((run, i) => {
    const [length, kind] = [run >>> 2, run & 3];
    if (i < first || i > last) {
      if (kind === INSERTED) cigar.push(length * 16 + CIGAR.softClip);
      else if (i < first) start += length;
      return;
    }
    if (i === first) end = start;
    if (kind !== INSERTED) end += length;
    if (kind !== EQUAL) distance += length;
    const operation =
      kind === EQUAL
        ? CIGAR.equal
        : kind === DIFFERENT
          ? CIGAR.different
          : kind === DELETED
            ? CIGAR.deletion
            : CIGAR.insertion;
    cigar.push(length * 16 + operation);
  });
  return { cigar, start, end, distance };
}

function int32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, true);
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
