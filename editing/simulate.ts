import { type Random, seededRandom } from "@artesian/numerics";
import { SimulationPlanError } from "./errors.ts";
import { decodeSequence, encodeSequence, reverseComplement } from "./sequence.ts";
import { alleleTable, type EditingPlan, type TrueAllele } from "./simulate-alleles.ts";
import { type SequencingPlan, sequencer } from "./simulate-errors.ts";

/** A sample to simulate: how its molecules were edited, and how they were sequenced. */
export interface SimulationPlan extends EditingPlan, SequencingPlan {
  seed: number | string;
  molecules: number;
  /** Reads a molecule on average, at least one each, geometric; default 1. */
  copies?: number;
  /** Share of molecules that are read from the other strand; default 0. */
  otherStrand?: number;
  /** Bases of random UMI at the 5′ end of R1, or as last field of the name; `errorRate` (default 0) is PCR's, a base and read. */
  umi?: { length: number; in: "r1" | "name"; errorRate?: number };
  /** What names begin with, such as an instrument's run; default "sim". Read `i` is `sim:i`. */
  run?: string;
  /** Two reads from both ends, or one from the first; default true. */
  paired?: boolean;
  /** Default 150; the whole molecule when single. Reads that are longer than their molecule go on into the adapter. */
  readLength?: number;
  /** Instead of a length: bases that both reads of an unmodified molecule share. */
  overlap?: number;
}

/** What is true of a simulated sample. Read `i` is of molecule `moleculeOfRead[i]`. */
export interface SampleTruth {
  alleles: readonly TrueAllele[];
  /** Of shape (molecules). */
  alleleOfMolecule: Uint32Array;
  /** 1 where the molecule is read from the other strand. Of shape (molecules). */
  otherStrand: Uint8Array;
  /** Empty without UMIs. Two molecules may have the same by chance. */
  umiOfMolecule: readonly string[];
  /** Of shape (reads). */
  moleculeOfRead: Uint32Array;
  /** Alleles that have the same sequence as another one, or whose insertions and deletions can stand at several places. */
  ambiguous: readonly number[];
}

/** Reads `first` to before `first + count` of a sample as FASTQ text. */
export interface SimulatedPiece {
  first: number;
  count: number;
  r1: Uint8Array;
  /** Empty when reads are single. */
  r2: Uint8Array;
  /** Bases of R1 and of R2 that are wrong or N. Of shape (count) each. */
  errors1: Uint16Array;
  errors2: Uint16Array;
}

export interface SimulatedSample {
  truth: SampleTruth;
  readLength: number;
  /** FASTQ text from the first read on; equal each time. */
  pieces(signal?: AbortSignal): Generator<SimulatedPiece>;
}

/** What follows a molecule in R1 and in R2 (Illumina TruSeq), then no signal. */
const adapters = ["AGATCGGAAGAGCACACGTCTGAACTCCAGTCA", "AGATCGGAAGAGCGTCGTGTAGGGAAAGAGTGT"] as const;
const PIECE_READS = 2048;
const NO_SIGNAL = "G".charCodeAt(0);
const text = new TextEncoder();

/**
 * Simulates a sample of amplicon reads of which everything is known. Equal plans give equal samples on every machine.
 * @throws SimulationPlanError (editing/simulation-plan), AlphabetError (editing/alphabet)
 * @example const { truth, pieces } = simulateSample({ seed: 1, amplicon, cut: 100, molecules: 1000, nhej: { share: 0.4 } });
 */
export function simulateSample(plan: SimulationPlan): SimulatedSample {
  check(plan);
  const { molecules, copies = 1, otherStrand = 0, umi } = plan;
  const random = seededRandom(`${plan.seed}/molecules`);
  const table = alleleTable(plan, random);
  const alleleOfMolecule = new Uint32Array(molecules);
  const strand = new Uint8Array(molecules);
  const copiesOf = new Uint32Array(molecules);
  const umiOfMolecule: string[] = [];
  let reads = 0;
  for (let m = 0; m < molecules; m++) {
    const allele = table.draw();
    alleleOfMolecule[m] = allele;
    strand[m] = otherStrand > 0 && random.uniform() < otherStrand ? 1 : 0;
    if (umi !== undefined) umiOfMolecule.push(randomBases(umi.length, random));
    copiesOf[m] = copies === 1 ? 1 : 1 + Math.floor(Math.log(1 - random.uniform()) / Math.log1p(-1 / copies));
    table.alleles[allele]!.reads += copiesOf[m]!;
    reads += copiesOf[m]!;
  }
  const moleculeOfRead = new Uint32Array(reads);
  for (let m = 0, read = 0; m < molecules; m++) for (let c = copiesOf[m]!; c > 0; c--) moleculeOfRead[read++] = m;
  if (copies !== 1) shuffle(moleculeOfRead, random);
  const ambiguous = table.alleles.flatMap(({ sameAs, placements }, i) =>
    sameAs.length > 0 || placements > 1 ? [i] : [],
  );
  const truth = {
    alleles: table.alleles,
    alleleOfMolecule,
    otherStrand: strand,
    umiOfMolecule,
    moleculeOfRead,
    ambiguous,
  };
  const readLength = lengthOf(plan, table.alleles);
  return { truth, readLength, pieces: (signal) => pieces(plan, truth, readLength, signal) };
}

/** A whole sample as text, for one that is small. */
export function fastqText(sample: SimulatedSample): { r1: string; r2: string } {
  const decoder = new TextDecoder();
  let [r1, r2] = ["", ""];
  for (const piece of sample.pieces()) {
    r1 += decoder.decode(piece.r1);
    r2 += decoder.decode(piece.r2);
  }
  return { r1, r2 };
}

function lengthOf(plan: SimulationPlan, alleles: readonly TrueAllele[]): number {
  const tag = plan.umi?.in === "r1" ? plan.umi.length : 0;
  if (plan.overlap !== undefined) return Math.ceil((plan.amplicon.length + tag + plan.overlap) / 2);
  if (plan.readLength !== undefined) return plan.readLength;
  if (plan.paired !== false) return 150;
  return tag + alleles.reduce((longest, { sequence }) => Math.max(longest, sequence.length), 1);
}

function* pieces(
  plan: SimulationPlan,
  truth: SampleTruth,
  readLength: number,
  signal?: AbortSignal,
): Generator<SimulatedPiece> {
  const { umi, paired = true, run = "sim" } = plan;
  const random = seededRandom(`${plan.seed}/reads`);
  const wholeSingle = !paired && plan.readLength === undefined && plan.overlap === undefined;
  const instruments = new Map<number, ReturnType<typeof sequencer>>();
  const instrument = (length: number): ReturnType<typeof sequencer> => {
    const known = instruments.get(length) ?? sequencer(length, plan, seededRandom(`${plan.seed}/${length}`));
    instruments.set(length, known);
    return known;
  };
  const templates = templatesOf(truth.alleles);
  const tag = umi?.in === "r1" ? umi.length : 0;
  const longest = wholeSingle
    ? tag + truth.alleles.reduce((most, { sequence }) => Math.max(most, sequence.length), 0)
    : readLength;
  const room = 2 * longest + run.length + (umi?.length ?? 0) + 40;
  const insert = new Uint8Array(longest);
  const reads = truth.moleculeOfRead.length;
  const draw = instrument(readLength);

  for (let first = 0; first < reads; first += PIECE_READS) {
    signal?.throwIfAborted();
    const count = Math.min(PIECE_READS, reads - first);
    const out = [new Uint8Array(count * room), new Uint8Array(paired ? count * room : 0)] as const;
    const errors = [new Uint16Array(count), new Uint16Array(paired ? count : 0)] as const;
    const used = [0, 0];
    for (let k = 0; k < count; k++) {
      const molecule = truth.moleculeOfRead[first + k]!;
      const { forward, backward } = templates(truth.alleleOfMolecule[molecule]!);
      const [near, far] = truth.otherStrand[molecule] === 1 ? [backward, forward] : [forward, backward];
      const seen = umi === undefined ? "" : copiedUmi(truth.umiOfMolecule[molecule]!, umi.errorRate ?? 0, random);
      const name = `${run}:${first + k}${umi?.in === "name" ? `_${seen}` : ""}`;
      for (const mate of paired ? [0, 1] : [0]) {
        const into = out[mate]!;
        const length = wholeSingle ? tag + near.length : readLength;
        if (mate === 0) fill(insert, length, tag > 0 ? seen : "", near, "", adapters[0]);
        else fill(insert, length, "", far, tag > 0 ? seen : "", adapters[1]);
        let at = used[mate]!;
        at += text.encodeInto(`@${name} ${mate + 1}:N:0:1\n`, into.subarray(at)).written;
        const bases = at;
        const quality = bases + length + 3;
        const source = length === insert.length ? insert : insert.subarray(0, length);
        errors[mate]![k] = (length === readLength ? draw : instrument(length)).read(source, into, bases, into, quality);
        into[bases + length] = 10;
        into[bases + length + 1] = 43;
        into[bases + length + 2] = 10;
        into[quality + length] = 10;
        used[mate] = quality + length + 1;
      }
    }
    yield {
      first,
      count,
      r1: out[0].subarray(0, used[0]),
      r2: out[1].subarray(0, used[1]),
      errors1: errors[0],
      errors2: errors[1],
    };
  }
}

/** The first `length` bases of what a read runs over: for R1 UMI and molecule, for R2 molecule and the UMI's other strand, then adapter. */
function fill(
  into: Uint8Array,
  length: number,
  before: string,
  molecule: Uint8Array,
  behind: string,
  adapter: string,
): void {
  let at = 0;
  for (let i = 0; i < before.length && at < length; i++) into[at++] = before.charCodeAt(i);
  const bases = Math.min(molecule.length, length - at);
  if (bases === molecule.length) into.set(molecule, at);
  else into.set(molecule.subarray(0, bases), at);
  at += bases;
  if (at >= length) return;
  const rest = (behind === "" ? "" : decodeSequence(reverseComplement(encodeSequence(behind, "UMI")))) + adapter;
  for (let i = 0; at < length; i++) into[at++] = i < rest.length ? rest.charCodeAt(i) : NO_SIGNAL;
}

/** Alleles as ASCII in both directions, made when first read. */
function templatesOf(
  alleles: readonly TrueAllele[],
): (allele: number) => { forward: Uint8Array; backward: Uint8Array } {
  const made: { forward: Uint8Array; backward: Uint8Array }[] = [];
  return (allele) => {
    const known = made[allele];
    if (known !== undefined) return known;
    const { sequence } = alleles[allele]!;
    const backward = text.encode(decodeSequence(reverseComplement(encodeSequence(sequence, "allele"))));
    const both = { forward: text.encode(sequence), backward };
    made[allele] = both;
    return both;
  };
}

function copiedUmi(umi: string, errorRate: number, random: Random): string {
  if (errorRate === 0) return umi;
  let copy = "";
  for (const base of umi) copy += random.uniform() < errorRate ? "ACGT".replace(base, "")[random.below(3)] : base;
  return copy;
}

function randomBases(length: number, random: Random): string {
  let bases = "";
  for (let i = 0; i < length; i++) bases += "ACGT"[random.below(4)];
  return bases;
}

function shuffle(items: Uint32Array, random: Random): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const kept = items[i]!;
    items[i] = items[j]!;
    items[j] = kept;
  }
}

function check(plan: SimulationPlan): void {
  const refuse = (option: string, found: unknown, expected: string): never => {
    throw new SimulationPlanError(option, found, expected);
  };
  const { amplicon, cut, molecules, copies = 1, nhej, hdr, baseEdit, umi } = plan;
  const bases = /^[ACGT]+$/;
  if (!bases.test(amplicon) || amplicon.length < 20)
    refuse("amplicon", amplicon.slice(0, 30), "at least 20 of A, C, G, T");
  if (!Number.isInteger(cut) || cut < 2 || cut > amplicon.length - 2)
    refuse("cut", cut, `2 to ${amplicon.length - 2} bases left of it`);
  if (!Number.isInteger(molecules) || molecules < 1) refuse("molecules", molecules, "a whole number from 1 on");
  if (!(copies >= 1)) refuse("copies", copies, "1 or more");
  const shares = [nhej?.share ?? 0, hdr?.share ?? 0, baseEdit?.share ?? 0];
  if (shares.some((share) => !(share >= 0)) || shares.reduce((a, b) => a + b, 0) > 1)
    refuse("share", shares.join(", "), "shares from 0 that sum to 1 at most");
  if (hdr !== undefined && !bases.test(hdr.donor)) refuse("hdr.donor", hdr.donor.slice(0, 30), "A, C, G, T");
  if (baseEdit !== undefined) {
    const [from, end] = baseEdit.window;
    if (!(from >= 0 && from < end && end <= amplicon.length))
      refuse("baseEdit.window", `${from} to ${end}`, "a part of the amplicon");
    if (!/^[ACGT]$/.test(baseEdit.from) || !/^[ACGT]$/.test(baseEdit.to) || baseEdit.from === baseEdit.to)
      refuse("baseEdit", `${baseEdit.from} to ${baseEdit.to}`, "two different bases");
  }
  if (umi !== undefined && (!Number.isInteger(umi.length) || umi.length < 1))
    refuse("umi.length", umi.length, "1 or more");
  if (plan.readLength !== undefined && plan.overlap !== undefined)
    refuse("overlap", plan.overlap, "either an overlap or a length of reads");
  const length = plan.readLength ?? 1;
  if (!Number.isInteger(length) || length < 1) refuse("readLength", length, "1 or more");
  const rates = [
    plan.substitutionRate ?? 0,
    plan.unknownRate ?? 0,
    plan.otherStrand ?? 0,
    umi?.errorRate ?? 0,
    hdr?.imperfect ?? 0,
  ];
  if (rates.some((rate) => !(rate >= 0 && rate <= 1))) refuse("rate", rates.join(", "), "0 to 1");
}
