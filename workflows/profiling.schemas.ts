import { z } from "zod";
import { wellAnnotation } from "./phenomics.schemas.ts";

const uri = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const platePlace = { experiment: z.string().min(1), plate: z.string().min(1) };

/** A finished file of an image set. */
export const cellprofilerFileRecord = z.object({
  ...platePlace,
  /** Below the plate's folder: `SET/Cells.csv`. */
  file: z.string().min(1),
  /** SHA-256 of a local file; a store's ETag of an object. */
  digest: z.string().min(1),
  sizeBytes: z.number(),
});
export type CellprofilerFileRecord = z.infer<typeof cellprofilerFileRecord>;

/** How a plate's image sets become profiles; see profiling's CollateOptions. */
export const collateSettings = z.object({
  mode: z.enum(["compartments", "joined"]),
  operation: z.enum(["mean", "median"]),
  imageFeatures: z.array(z.string()),
});
export type CollateSettings = z.infer<typeof collateSettings>;

export const cellprofilerPlateRecord = z.object({
  ...platePlace,
  /** A folder's path or `s3://bucket/prefix`. */
  place: z.string().min(1),
  /** Folder of the plate's image sets within it. */
  prefix: z.string(),
  files: z.array(z.string()),
  options: collateSettings,
});
export type CellprofilerPlateRecord = z.infer<typeof cellprofilerPlateRecord>;

/** Settings of an experiment's normalisation and selection, over the graph's own. */
export const profilingRecipe = z.object({
  normalize: z.object({ method: z.string() }).partial().optional(),
});

export const profilingLayoutRecord = z.object({
  ...platePlace,
  part: z.literal("layout"),
  /** Place in run order, from 1. */
  order: z.number(),
  annotations: z.record(z.string(), wellAnnotation),
  design: z.object({ doseUnit: z.string(), readout: z.string().nullable(), recipe: profilingRecipe }),
});
export type ProfilingLayoutRecord = z.infer<typeof profilingLayoutRecord>;

export const profilingExperimentRecord = z.object({
  experiment: z.string().min(1),
  name: z.string(),
  plates: z.array(z.string()),
  /** What was imaged is CellProfiler's to know: no channel is named here. */
  channels: z.array(z.string()),
  nucleiChannel: z.string(),
  readout: z.string().nullable(),
  doseUnit: z.string(),
  recipe: profilingRecipe,
  controls: z.object({ healthy: z.string().nullable(), disease: z.string().nullable() }),
});
export type ProfilingExperimentRecord = z.infer<typeof profilingExperimentRecord>;

/** What the collate task reads. */
export const plateSourceRecord = z.object({
  ...platePlace,
  files: z.array(z.object({ file: z.string() })),
  source: cellprofilerPlateRecord.pick({ place: true, prefix: true, options: true }),
});

/** What the annotate task reads. */
export const knownPlateRecord = z.object({
  ...platePlace,
  parts: z.array(
    z.discriminatedUnion("part", [
      profilingLayoutRecord,
      z.object({ part: z.literal("profiles"), collated: uri, ingestReport: uri }),
    ]),
  ),
});

/** A plate's wells as the store takes them: a JSON object that a record points to. */
export const annotatedWells = z.object({
  format: z.number(),
  wells: z.array(
    z.object({
      well: z.string(),
      cells: z.number().nullable(),
      sites: z.number(),
      missing: z.array(z.string()),
      annotation: wellAnnotation,
    }),
  ),
  /** Wells that the plate map names and nobody imaged, or that were left out. */
  absent: z.array(z.object({ well: z.string(), annotation: wellAnnotation, reason: z.string() })),
});
export type AnnotatedWells = z.infer<typeof annotatedWells>;

export const rawProfilesRecord = z.object({
  ...platePlace,
  rawProfiles: uri,
  wells: uri,
  order: z.number(),
  generation: z.number(),
});

export const profilingPlateRecord = z.object({
  ...platePlace,
  profiles: uri,
  metrics: z.record(z.string(), z.number().nullable()),
  zPrimeMissing: z.string().nullable(),
  wells: uri,
  generation: z.number(),
});
