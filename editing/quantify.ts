import { alignReads } from "./align-threads.ts";
import type { Alignments } from "./alignment.ts";
import { hashAllele, hashIndel } from "./allele-keys.ts";
import type { AmpliconDesign } from "./amplicon.ts";
import { readEdits } from "./calls.ts";
import { coversWindow, type EditKind, isModified, OUTCOMES, type Outcome, outcomeOf } from "./classify.ts";
import { type BaseEditor, type Conversions, tallyConversions } from "./conversions.ts";
import { EditingOptionError } from "./design-errors.ts";
import { frameEffect } from "./frames.ts";
import { type Hash64, type HashTally, hashTally } from "./hash-tally.ts";
import { orientedReads, orientReads, type Strands } from "./orient.ts";
import { contains, type PegRna, scaffoldPattern } from "./scaffold.ts";
import { type ReferenceTally, tallyReference } from "./tally-reference.ts";
import type { UniqueReads } from "./unique-reads.ts";

export interface QuantifyOptions {
  /** Least 100 × equal bases / columns of the best alignment; reads below are left out. Default 60. */
  minIdentity?: number;
  /** Kinds of edit that do not make a read modified. Default none. */
  ignore?: readonly EditKind[];
  /** What becomes of reads that fit several references equally well: counted apart, or as the first's. Default apart. */
  ambiguous?: "apart" | "first";
  baseEditor?: BaseEditor;
  /** Reads with the pegRNA's scaffold in them are counted. */
  pegRna?: PegRna;
}

export interface QuantifyContext {
  signal?: AbortSignal;
  /** Threads that align large samples beside this one. Default 2. */
  threads?: number;
  /** Whether the place of every read is kept, 7 bytes each. Default false. */
  places?: boolean;
  /** Which reads are behind in which of the two passes. */
  stage?: (stage: "orient" | "align", done: number, total: number) => void;
}

/** Modified reads of the amplicon and its other alleles by what happens to the protein. */
export interface FrameCounts {
  noncoding: number;
  inFrame: number;
  frameshift: number;
  /** Among all of them. */
  splice: number;
}

/** Everything that is counted of a sample. All numbers are reads, or molecules when reads were collapsed by UMI. */
export interface Quantification {
  design: AmpliconDesign;
  /** As they lie on the amplicon's strand; entries of tallies name their representatives by index. */
  reads: UniqueReads;
  /** All reads. */
  total: number;
  /** Left out: unlike every reference. */
  lowIdentity: number;
  /** Left out: they end within the window. */
  uncovered: number;
  /** Equally good on several references; they are in `outcomes` too. */
  ambiguous: number;
  outcomes: Record<Outcome, number>;
  /** Of shape (references of the design). */
  references: ReferenceTally[];
  /** Of shape (regions of the design): alleles told apart there. Tags: see allele-keys.ts. */
  alleles: HashTally[];
  /** Insertions and deletions, left-normalised. */
  indels: HashTally;
  frames: FrameCounts | null;
  conversions: Conversions | null;
  /** Reads with bases of the pegRNA's scaffold, whatever their outcome. */
  scaffold: number | null;
  /** Strand that each read was found on. Of shape (reads). */
  strands: Strands;
  /** Where each read lies, when that was asked for. */
  places: Places | null;
}

/** Where reads lie and what became of them. Of shape (reads) each. */
export interface Places {
  /** Index of the reference that fits best; NOT_JUDGED for a read that was left out. */
  reference: Uint16Array;
  /** First base of the reference that the read covers. */
  start: Uint32Array;
  /** Index in OUTCOMES. */
  outcome: Uint8Array;
}

export const NOT_JUDGED = 0xffff;

/**
 * Orients, aligns, judges and counts the reads of a sample.
 *
 * Each read goes to the reference on which its alignment scores best; equal best scores make it ambiguous. Reads are kept when 100 ×
 * identities / columns of that alignment reaches `minIdentity` and they cover the whole window. Memory: the reads' own, 25 to 50
 * bytes for each distinct allele, and the aligner's.
 * @throws EditingOptionError ("editing/option"), SequenceLengthError ("editing/sequence-length"), the signal's reason
 * @example (await quantify(reads, design)).outcomes.nhej
 */
export async function quantify(
  unoriented: UniqueReads,
  design: AmpliconDesign,
  options: QuantifyOptions = {},
  context: QuantifyContext = {},
): Promise<Quantification> {
  const { minIdentity = 60, ambiguous: ambiguousGo = "apart" } = options;
  if (!(minIdentity >= 0 && minIdentity <= 100))
    throw new EditingOptionError("least identity", String(minIdentity), "a percentage from 0 to 100");
  const ignored = new Set(options.ignore ?? []);
  const { references } = design;
  const strands = orientReads(unoriented, references, {
    ...(context.signal && { signal: context.signal }),
    progress: (done, total) => context.stage?.("orient", done, total),
  });
  const reads = orientedReads(unoriented, strands);
  const tallies = references.map((reference) => tallyReference(reference, ignored));
  const conversions = options.baseEditor === undefined ? undefined : tallyConversions(design, options.baseEditor);
  const alleles = design.regions.map(() => hashTally());
  const indels = hashTally();
  const outcomes = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  const frames = references[0]!.exons.length === 0 ? null : { noncoding: 0, inFrame: 0, frameshift: 0, splice: 0 };
  const hash: Hash64 = { high: 0, low: 0 };
  const codes = new Uint8Array(reads.longest);
  const pattern = options.pegRna === undefined ? undefined : scaffoldPattern(design, options.pegRna);
  const places: Places | null =
    context.places === true
      ? {
          reference: new Uint16Array(reads.size).fill(NOT_JUDGED),
          start: new Uint32Array(reads.size),
          outcome: new Uint8Array(reads.size),
        }
      : null;
  let [lowIdentity, uncovered, ambiguous, scaffold] = [0, 0, 0, 0];

  const judge = (index: number, alignments: readonly Alignments[], entry: number): void => {
    const weight = reads.count(index);
    const best = bestOf(alignments, entry);
    const { identities, columns } = alignments[best[0]!]!;
    if (100 * identities[entry]! < minIdentity * columns[entry]!) {
      lowIdentity += weight;
      return;
    }
    const length = reads.copy(index, codes);
    const judged = best.map((r) => {
      const { runs, runStart } = alignments[r]!;
      const reference = references[r]!;
      const read = readEdits(runs, runStart[entry]!, runStart[entry + 1]!, reference.codes, codes, reference.window);
      return { r, reference, read, role: reference.role, modified: isModified(read, ignored) };
    });
    if (!judged.every(({ read, reference }) => coversWindow(read, reference))) {
      uncovered += weight;
      return;
    }
    if (judged.length > 1) ambiguous += weight;
    if (pattern !== undefined && contains(codes, length, pattern)) scaffold += weight;
    const used = ambiguousGo === "first" ? judged.slice(0, 1) : judged;
    const outcome = outcomeOf(used);
    outcomes[outcome] += weight;
    const { r, reference, read, modified } = used[0]!;
    if (places !== null) {
      places.reference[index] = r;
      places.start[index] = read.from;
      places.outcome[index] = OUTCOMES.indexOf(outcome);
    }
    design.regions.forEach((_, region) => {
      const tag = hashAllele(hash, read, codes, reference, r, region, OUTCOMES.indexOf(outcome), used.length > 1);
      alleles[region]!.add(hash.high, hash.low, weight, index, tag);
    });
    if (used.length > 1) return;
    tallies[r]!.add(read, codes, weight, modified);
    for (const { kind, position, length, left, readAt } of read.edits)
      if (kind !== "substitution") {
        hashIndel(hash, r, kind, position - left, length, codes, readAt - left);
        indels.add(hash.high, hash.low, weight, index, r);
      }
    conversions?.add(read, codes, reference, weight);
    if (frames === null || !modified || outcome !== "nhej") return;
    const effect = frameEffect(read.edits, reference.exons, ignored);
    frames[effect.frame] += weight;
    if (effect.splice) frames.splice += weight;
  };

  const { signal, threads } = context;
  const streams = references.map(({ codes, cuts }) =>
    alignReads(reads, codes, { cuts, ...(signal && { signal }), ...(threads && { threads }) }),
  );
  try {
    for (;;) {
      const batches = await Promise.all(streams.map((stream) => stream.next()));
      const parts = batches.flatMap(({ value }) => (value ? [value] : []));
      const { from, to } = parts[0] ?? { from: 0, to: 0 };
      if (parts.length < streams.length) break;
      const alignments = parts.map((part) => part.alignments);
      for (let index = from; index < to; index++) judge(index, alignments, index - from);
      context.stage?.("align", to, reads.size);
    }
  } finally {
    await Promise.all(streams.map((stream) => stream.return()));
  }
  return {
    design,
    reads,
    total: reads.total,
    lowIdentity,
    uncovered,
    ambiguous,
    outcomes,
    references: tallies.map((tally) => tally.finish()),
    alleles,
    indels,
    frames,
    conversions: conversions?.finish() ?? null,
    scaffold: pattern === undefined ? null : scaffold,
    strands,
    places,
  };
}

/** The references with the best score, from the first on. */
function bestOf(alignments: readonly Alignments[], entry: number): number[] {
  let best = [0];
  for (let r = 1; r < alignments.length; r++) {
    const difference = alignments[r]!.score[entry]! - alignments[best[0]!]!.score[entry]!;
    if (difference > 0) best = [r];
    else if (difference === 0) best.push(r);
  }
  return best;
}
