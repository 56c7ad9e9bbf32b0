import type { AmpliconSpec, DesignOptions, QuantifyOptions, ReadSampleOptions } from "@artesian/editing";
import { z } from "zod";

/** The topic of runs that can be quantified. */
export const EDITING_RUNS = "editing_runs";

const uri = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const guide = z.strictObject({
  name: z.string().exactOptional(),
  sequence: z.string(),
  cutOffset: z.number().exactOptional(),
  windowSize: z.number().exactOptional(),
});

const ampliconSpec = z.strictObject({
  name: z.string(),
  sequence: z.string(),
  guides: z.array(guide).readonly().exactOptional(),
  hdr: z.string().exactOptional(),
  primeEdited: z.string().exactOptional(),
  alleles: z
    .array(z.strictObject({ name: z.string(), sequence: z.string() }))
    .readonly()
    .exactOptional(),
  coding: z.array(z.string()).readonly().exactOptional(),
}) satisfies z.ZodType<AmpliconSpec>;

const base = z.enum(["A", "C", "G", "T"]);
const baseEditor = z.strictObject({ from: base, to: base });
const kind = z.enum(["substitution", "insertion", "deletion"]);

const designOptions = z.strictObject({
  windowSize: z.number().exactOptional(),
  excludeEnds: z.number().exactOptional(),
  window: z.array(z.tuple([z.number(), z.number()])).exactOptional(),
  guideMismatches: z.number().exactOptional(),
  everyGuidePlace: z.boolean().exactOptional(),
  alleleSize: z.number().exactOptional(),
}) satisfies z.ZodType<DesignOptions>;

const quantifyOptions = z.strictObject({
  minIdentity: z.number().exactOptional(),
  ignore: z.array(kind).exactOptional(),
  ambiguous: z.enum(["apart", "first"]).exactOptional(),
  baseEditor: baseEditor.exactOptional(),
  pegRna: z.strictObject({ extension: z.string(), scaffold: z.string() }).exactOptional(),
}) satisfies z.ZodType<QuantifyOptions>;

const umi = z.union([
  z.strictObject({
    in: z.literal("reads"),
    r1: z.string().exactOptional(),
    r2: z.string().exactOptional(),
    minReads: z.number().exactOptional(),
  }),
  z.strictObject({
    in: z.literal("name"),
    separator: z.string().exactOptional(),
    minReads: z.number().exactOptional(),
  }),
]);

const readingOptions = z.strictObject({
  filter: z
    .strictObject({
      minMeanQuality: z.number().exactOptional(),
      minBaseQuality: z.number().exactOptional(),
      maskBelow: z.number().exactOptional(),
      minLength: z.number().exactOptional(),
    })
    .exactOptional(),
  merge: z
    .strictObject({
      minOverlap: z.number().exactOptional(),
      maxMismatchShare: z.number().exactOptional(),
      maxChance: z.number().exactOptional(),
    })
    .exactOptional(),
  unmerged: z.enum(["drop", "first"]).exactOptional(),
  umi: umi.exactOptional(),
}) satisfies z.ZodType<ReadSampleOptions>;

/** How all samples of a sheet are analysed: what its columns do not say. */
export const editingSettings = z.strictObject({
  /** Of samples whose line names no amplicon. */
  amplicon: ampliconSpec.nullable().default(null),
  design: designOptions.default({}),
  quantify: quantifyOptions.default({}),
  reading: readingOptions.default({}),
  /** Pairs follow each other in one file. */
  interleaved: z.boolean().default(false),
  /** Cut of every guide, bases from its 3′ end; null: the usual one. */
  cutOffset: z.number().nullable().default(null),
  mostAlleles: z.number().nullable().default(null),
  leastEditShare: z.number().nullable().default(null),
});
export type EditingSettings = z.infer<typeof editingSettings>;

/** A run that can be quantified, whoever says so: a function that saw its last file, or a person. */
export const editingRunRecord = z.object({
  /** The run folder's name. */
  run: z.string(),
  /** Addresses: of the folder, without a slash at its end, and of the sheet in it. */
  runFolder: z.string(),
  sampleSheet: z.string(),
  /** Of the sheet and its reads, or a name of its own: another one asks again. */
  fingerprint: z.string(),
  /** What said that the run is whole. */
  because: z.string(),
  /** Names of its samples, as far as somebody has looked. */
  samples: z.array(z.string()).exactOptional(),
  /** Default: the run's name. */
  experiment: z.string().exactOptional(),
  settings: editingSettings.exactOptional(),
});
export type EditingRunRecord = z.infer<typeof editingRunRecord>;

/** A file of reads as its place told of it; null: it was not there. */
const readFile = z.object({
  /** As the sheet names it. */
  name: z.string(),
  place: z.string(),
  key: z.string(),
  content: z.object({ etag: z.string(), sizeBytes: z.number() }).nullable(),
});
export type ReadFileRecord = z.infer<typeof readFile>;

const sampleReads = z.object({ r1: z.array(readFile), r2: z.array(readFile) });

const sheetSample = z.object({
  sample: z.string(),
  order: z.number(),
  line: z.number(),
  reads: sampleReads,
  controls: z.array(z.object({ sample: z.string(), reads: sampleReads })),
  amplicon: ampliconSpec,
  baseEditor: z.string().nullable(),
  /** Whether it is a control of another sample. */
  isControl: z.boolean(),
  perturbation: z.object({ type: z.enum(["gene", "compound", "control"]), name: z.string() }).nullable(),
  plate: z.string().nullable(),
  well: z.string().nullable(),
});
export type SheetSampleRecord = z.infer<typeof sheetSample>;

/** A sample sheet as read. */
export const sheetRecord = z.object({
  run: z.string(),
  /** When its files were looked at, ms since 1970: what an older look found never replaces what a newer one did. */
  lookMs: z.number(),
  experiment: z.string(),
  sampleSheet: z.string(),
  settings: editingSettings,
  notes: z.array(z.string()),
  sampleCount: z.number(),
  samples: z.array(sheetSample),
});
export type SheetRecord = z.infer<typeof sheetRecord>;

/** One sample to quantify. */
export const sampleRecord = sheetRecord.omit({ samples: true }).extend(sheetSample.shape);
export type SampleRecord = z.infer<typeof sampleRecord>;

/** NaN, of a share without reads, is null in records. */
const rate = z.object({
  count: z.number(),
  of: z.number(),
  value: z.number().nullable(),
  lower: z.number().nullable(),
  upper: z.number().nullable(),
});

/** A quantified sample: its numbers and where everything else is. */
export const quantifiedRecord = sampleRecord.extend({
  result: uri,
  /** By the file's name, as `artesian edits run` names it. */
  files: z.record(z.string(), uri),
  found: z.object({
    unit: z.enum(["reads", "molecules"]),
    aligned: z.number(),
    judged: z.number(),
    edited: rate,
    outcomes: z.record(z.string(), rate),
    aboveControls: rate.pick({ value: true, lower: true, upper: true }).nullable(),
    frameshift: z.number().nullable(),
  }),
  sampleNotes: z.array(z.string()),
});
export type QuantifiedRecord = z.infer<typeof quantifiedRecord>;
