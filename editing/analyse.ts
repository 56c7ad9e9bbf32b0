import { type AmpliconDesign, type AmpliconSpec, type DesignOptions, designAmplicon } from "./amplicon.ts";
import { backgroundOf, type Control, editedOf, editsAgainst } from "./background.ts";
import type { BaseEditor } from "./conversions.ts";
import { EditingOptionError, NoReadsKeptError } from "./design-errors.ts";
import { CAS9_CUT_OFFSET } from "./guide.ts";
import { listAlleles } from "./list-alleles.ts";
import { listEdits } from "./list-edits.ts";
import { type Quantification, type QuantifyContext, type QuantifyOptions, quantify } from "./quantify.ts";
import { type ReadCount, rateOf } from "./rates.ts";
import type { CountedRate, EditingResult, InputFile, ReferenceResult } from "./result.ts";
import { decodeSequence } from "./sequence.ts";
import type { ReferenceTally } from "./tally-reference.ts";
import type { UniqueReads } from "./unique-reads.ts";

/** What is looked for in samples, and how. */
export interface AnalysisPlan {
  amplicon: AmpliconSpec;
  design?: DesignOptions;
  quantify?: QuantifyOptions;
  /** Most alleles of a region that are listed; the others are counted together. Default 10,000. */
  mostAlleles?: number;
  /** Least share of its reference's reads that an edit needs to be listed. Default 0.001. */
  leastEditShare?: number;
}

/** Reads of a sample, with where they come from. */
export interface SampleInput {
  name: string;
  reads: UniqueReads;
  unit: "reads" | "molecules";
  /** What happened to the reads before, in order. */
  reading: Record<string, number>;
  inputs: readonly InputFile[];
  /** Sentences about the reads that a person should see. */
  notes: readonly string[];
}

export interface AnalyseContext extends QuantifyContext {
  code: { version: string; digest: string };
  /** Parameters of reading, for provenance. */
  readParameters?: Record<string, unknown>;
}

/**
 * A plan with what a base editor changes in it: unless said otherwise, the whole protospacer of 20 bases counts instead of the two bases around a
 * cut that a base editor does not make.
 */
export function withEditorWindow(plan: AnalysisPlan): AnalysisPlan {
  const { amplicon, design = {}, quantify: counting } = plan;
  if (counting?.baseEditor === undefined || design.windowSize !== undefined || design.window !== undefined) return plan;
  if (amplicon.guides?.some(({ cutOffset, windowSize }) => cutOffset !== undefined || windowSize !== undefined))
    return plan;
  const guides = (amplicon.guides ?? []).map((guide) => ({ ...guide, cutOffset: -10, windowSize: 10 }));
  return { ...plan, amplicon: { ...amplicon, guides } };
}

/**
 * Everything about one sample, and its difference to untreated controls when there are any. Equal reads and plans give equal results.
 * @throws NoReadsKeptError ("editing/no-reads-kept") when no read of the sample or of a control can be judged; the codes of `designAmplicon`
 *   and `quantify`
 * @example (await analyseSample(sample, [], { amplicon: { name, sequence, guides } }, { code })).edited.value
 */
export async function analyseSample(
  sample: SampleInput,
  controls: readonly SampleInput[],
  plan: AnalysisPlan,
  context: AnalyseContext,
): Promise<EditingResult> {
  return (await analyseReads(sample, controls, plan, context)).result;
}

/** The same, with what was counted and, when the context asks for places, where every read lies. */
export async function analyseReads(
  sample: SampleInput,
  controls: readonly SampleInput[],
  given: AnalysisPlan,
  context: AnalyseContext,
): Promise<{ result: EditingResult; quantified: Quantification }> {
  const plan = withEditorWindow(given);
  const { mostAlleles = 10_000, leastEditShare = 0.001 } = plan;
  if (!(leastEditShare >= 0 && leastEditShare <= 1))
    throw new EditingOptionError("least share of an edit", String(leastEditShare), "a share from 0 to 1");
  if (!Number.isInteger(mostAlleles) || mostAlleles < 1)
    throw new EditingOptionError("alleles listed", String(mostAlleles), "a whole number of at least 1");
  const design = designAmplicon(plan.amplicon, plan.design);
  const judge = async ({ name, reads, reading }: SampleInput): Promise<Quantification> => {
    const quantified = await quantify(reads, design, plan.quantify, context);
    const { total, lowIdentity, uncovered } = quantified;
    if (lowIdentity + uncovered === total)
      throw new NoReadsKeptError(name, total, {
        "unlike the amplicon": lowIdentity,
        "ending within the window": uncovered,
        ...(total === 0 && Object.fromEntries(Object.entries(reading).filter(([step]) => LOST.test(step)))),
      });
    return quantified;
  };
  const quantified = await judge(sample);
  const against: Control[] = [];
  for (const control of controls) against.push({ name: control.name, quantified: await judge(control) });
  const { total, lowIdentity, uncovered, ambiguous, outcomes, conversions, scaffold } = quantified;
  const judged = total - lowIdentity - uncovered;
  const result: EditingResult = {
    format: "artesian editing",
    formatVersion: 1,
    sample: sample.name,
    provenance: {
      code: context.code,
      inputs: [
        ...sample.inputs,
        ...controls.flatMap(({ inputs }) => inputs.map((input) => ({ ...input, role: `control ${input.role}` }))),
      ],
      parameters: parametersOf(plan, mostAlleles, leastEditShare, context.readParameters ?? {}),
    },
    amplicon: {
      name: design.name,
      guides: [...design.guides],
      references: design.references.map((_, r) => referenceResult(design, quantified.references[r]!, r)),
    },
    unit: sample.unit,
    reading: sample.reading,
    counts: { unique: sample.reads.size, aligned: total, lowIdentity, uncovered, judged, ambiguous },
    outcomes: mapValues(outcomes, (count) => counted({ count, of: judged })),
    edited: counted(editedOf(quantified)),
    frames: quantified.frames,
    conversions: conversions === null ? null : conversionRates(conversions),
    scaffold: scaffold === null ? null : counted({ count: scaffold, of: judged }),
    alleles: listAlleles(quantified, mostAlleles),
    edits: editsAgainst(listEdits(quantified, leastEditShare), against),
    background: against.length === 0 ? null : backgroundOf(quantified, against),
    notes: [...design.notes, ...sample.notes, ...sampleNotes(quantified, judged)],
  };
  return { result, quantified };
}

function counted(count: ReadCount): CountedRate {
  return { ...count, ...rateOf(count) };
}

function conversionRates({
  editor,
  sites,
  alleles,
}: NonNullable<Quantification["conversions"]>): EditingResult["conversions"] {
  const totals = new Map<string, number>();
  for (const { guide, reads } of alleles) totals.set(guide, (totals.get(guide) ?? 0) + reads);
  return {
    editor: editor as BaseEditor,
    sites: sites.map((site) => ({ ...site, ...rateOf({ count: site.converted, of: site.reads }) })),
    alleles: alleles.map((one) => ({ ...one, ...rateOf({ count: one.reads, of: totals.get(one.guide)! }) })),
  };
}

function referenceResult({ references }: AmpliconDesign, tally: ReferenceTally, r: number): ReferenceResult {
  const { name, role, codes, cuts, window, exons } = references[r]!;
  const base = (code: number): number[] => Array.from(codes, (_, i) => tally.bases[i * 5 + code]!);
  const pairs = (sizes: Map<number, number>): [number, number][] => [...sizes].sort((a, b) => a[0] - b[0]);
  return {
    name,
    role,
    sequence: decodeSequence(codes),
    cuts: [...cuts],
    window: [...window.mask.keys()].filter((i) => window.mask[i] === 1),
    exons: [...exons],
    reads: tally.reads,
    unmodified: tally.unmodified,
    modified: tally.modified,
    kinds: [...tally.kinds],
    positions: {
      covered: [...tally.covered],
      deleted: [...tally.deleted],
      inserted: [...tally.inserted],
      A: base(0),
      C: base(1),
      G: base(2),
      T: base(3),
      N: base(4),
    },
    netSizes: pairs(tally.netSizes),
    insertionSizes: pairs(tally.insertionSizes),
    deletionSizes: pairs(tally.deletionSizes),
  };
}

function parametersOf(
  { amplicon, design = {}, quantify: counting = {} }: AnalysisPlan,
  mostAlleles: number,
  leastEditShare: number,
  reading: Record<string, unknown>,
): Record<string, unknown> {
  return {
    amplicon,
    windowSize: design.windowSize ?? 1,
    excludeEnds: design.excludeEnds ?? 15,
    window: design.window ?? [],
    cutOffset: CAS9_CUT_OFFSET,
    guideMismatches: design.guideMismatches ?? 0,
    everyGuidePlace: design.everyGuidePlace ?? false,
    alleleSize: design.alleleSize ?? 20,
    minIdentity: counting.minIdentity ?? 60,
    ignore: counting.ignore ?? [],
    ambiguous: counting.ambiguous ?? "apart",
    baseEditor: counting.baseEditor ?? null,
    pegRna: counting.pegRna ?? null,
    mostAlleles,
    leastEditShare,
    reading,
  };
}

/** Steps before the alignment at which reads are lost. */
const LOST = /^left out|without overlap$/;
/** Least share of reads whose loss is worth a word. */
const WORTH_TELLING = 0.1;
/** Fewest reads from which a rate of a few percent can be told. */
const FEW_READS = 100;

function sampleNotes({ total, lowIdentity, uncovered, ambiguous }: Quantification, judged: number): string[] {
  const notes: string[] = [];
  const tell = (count: number, of: number, what: string): void => {
    if (count > WORTH_TELLING * of) notes.push(`${((100 * count) / of).toFixed(1)} % of the reads ${what}.`);
  };
  tell(
    lowIdentity,
    total,
    "are unlike the amplicon and left out; a deletion of more than a third of it counts as unlike, unless less identity is asked for",
  );
  tell(uncovered, total, "end within the window and are left out");
  tell(
    ambiguous,
    judged,
    "fit several references equally well: they count as edited or not where all of these agree, and are left out of positions and sizes",
  );
  if (judged < FEW_READS) notes.push(`Only ${judged} reads can be judged: look at the intervals.`);
  return notes;
}

function mapValues<K extends string, A, B>(record: Record<K, A>, map: (value: A) => B): Record<K, B> {
  return Object.fromEntries(Object.entries<A>(record).map(([key, value]) => [key, map(value)])) as Record<K, B>;
}
