import { z } from "zod";
import { Instant, Provenance } from "./common.ts";

const Replicates = z.object({
  /** Median Pearson correlation of wells with equal treatment and dose, and of wells with different treatments. */
  same: z.number().nullable(),
  other: z.number().nullable(),
});

/** Where the tables of one scope can be downloaded. */
export const ProfileFiles = z.object({
  raw: z.string().nullable(),
  normalized: z.string().nullable(),
  selected: z.string(),
  drops: z.string(),
  wells: z.string(),
});

/** One plate's profiles, or (plate null) all plates' together. */
export const ProfileScope = z.object({
  plate: z.string().nullable(),
  label: z.string(),
  measured: z.number(),
  kept: z.number(),
  replicates: Replicates,
  /** How wells were normalised: method, the query that named the controls, how many wells it found. */
  normalizedBy: z.object({ method: z.string(), samples: z.string(), wells: z.number() }).nullable(),
  files: ProfileFiles,
  href: z.string(),
  madeAt: Instant,
});
export type ProfileScope = z.infer<typeof ProfileScope>;

export const ProfileList = z.object({
  experimentId: z.string(),
  name: z.string(),
  scopes: z.array(ProfileScope),
  /** What cannot be shown yet, and why. */
  missing: z.array(z.string()),
});
export type ProfileList = z.infer<typeof ProfileList>;

/** A feature that was left out, why, and the feature it repeats. */
export const FeatureDropRow = z.object({
  feature: z.string(),
  operation: z.string(),
  reason: z.string(),
  partner: z.string().nullable(),
});
export type FeatureDropRow = z.infer<typeof FeatureDropRow>;

export const ProfileWell = z.object({
  plate: z.string(),
  well: z.string(),
  treatment: z.string().nullable(),
  dose: z.number().nullable(),
  role: z.string().nullable(),
  control: z.boolean(),
  cells: z.number().nullable(),
  /** Scores on the first two principal components. */
  pc1: z.number().nullable(),
  pc2: z.number().nullable(),
  /** Root mean square of the selected features: 1 is a control's own noise. */
  strength: z.number().nullable(),
  /** Why it takes no part in components, replicates and curves. */
  excluded: z.string().nullable(),
  href: z.string(),
});
export type ProfileWell = z.infer<typeof ProfileWell>;

/** How a treatment's strength grows with its dose. */
export const StrengthCurve = z.object({
  treatment: z.string(),
  points: z.array(z.object({ dose: z.number(), strength: z.number(), plate: z.string(), well: z.string() })),
  fit: z.object({ ec50: z.number(), hill: z.number(), bottom: z.number(), top: z.number(), p: z.number() }).nullable(),
  missing: z.string().nullable(),
});
export type StrengthCurve = z.infer<typeof StrengthCurve>;

/** What became of CellProfiler's image sets; null for wells that were measured here. */
export const IngestSummary = z.object({
  complete: z.number(),
  partial: z.number(),
  skipped: z.number(),
  duplicate: z.number(),
  /** Image sets and profiles that need a look, each with its reason. */
  notes: z.array(z.object({ what: z.string(), message: z.string() })),
});

export const ProfileDetail = z.object({
  experimentId: z.string(),
  name: z.string(),
  scope: ProfileScope,
  wells: z.array(ProfileWell),
  drops: z.array(FeatureDropRow),
  /** Share of variance on each of the two components. */
  pcaShare: z.tuple([z.number(), z.number()]).nullable(),
  pairs: z.number(),
  curves: z.array(StrengthCurve),
  doseUnit: z.string(),
  ingest: IngestSummary.nullable(),
  provenance: Provenance,
});
export type ProfileDetail = z.infer<typeof ProfileDetail>;
