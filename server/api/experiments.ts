import { z } from "zod";
import {
  Channel,
  DoseEstimate,
  Estimate,
  FaultLabel,
  Finding,
  Instant,
  PerturbationRef,
  Progress,
  Provenance,
  Verdict,
} from "./common.ts";
import { RunSummary } from "./runs.ts";

/** imaging = images are still coming; analysing = all in, results on the way; incomplete = ended with something missing. */
export const ExperimentState = z.enum(["waiting", "imaging", "analysing", "complete", "incomplete"]);
export type ExperimentState = z.infer<typeof ExperimentState>;

export const ExperimentSummary = z.object({
  id: z.string(),
  name: z.string(),
  workflow: z.string(),
  state: ExperimentState,
  plates: Progress,
  wells: Progress,
  images: Progress,
  startedAt: Instant,
  updatedAt: Instant,
  href: z.string(),
});
export type ExperimentSummary = z.infer<typeof ExperimentSummary>;

export const PlateFormat = z.object({ wells: z.number(), rows: z.number(), columns: z.number() });
export type PlateFormat = z.infer<typeof PlateFormat>;

export const PlateSummary = z.object({
  id: z.string(),
  /** Place in run order, from 1. */
  order: z.number(),
  format: PlateFormat,
  status: z.enum(["waiting", "imaging", "complete", "incomplete"]),
  /** The machine's word on the plate with its reason; null until there is enough to say. */
  assessment: z.object({ level: z.enum(["pass", "warn", "fail"]), reason: z.string() }).nullable(),
  /** Z′ of healthy (positive) against disease (negative) controls; null when it cannot be computed, see `zPrimeMissing`. */
  zPrime: z.number().nullable(),
  zPrimeMissing: z.string().nullable(),
  /** Further plate metrics (ssmd, cellCountCv, edgeEffect …). */
  metrics: z.record(z.string(), z.number().nullable()),
  wells: Progress,
  images: Progress,
  /** Flagged wells by fault, most wells first. */
  flagged: z.array(z.object({ label: FaultLabel, wells: z.number() })),
  verdict: Verdict.nullable(),
  spriteUrl: z.string().nullable(),
  href: z.string(),
});
export type PlateSummary = z.infer<typeof PlateSummary>;

/** The healthy-against-disease score: can the cells be told apart at all. */
export const Phenoprint = z.object({
  auc: Estimate,
  /** "by plate" or, with one plate only, "within plate" (optimistic, and labelled so). */
  crossValidation: z.string(),
  healthyWells: z.number(),
  diseaseWells: z.number(),
  /** Share of healthy control wells that score as disease. */
  falsePositiveRate: z.number().nullable(),
  /** One score a control well: disease = 1, healthy = 0. */
  scores: z.array(
    z.object({ plate: z.string(), well: z.string(), role: z.string(), score: z.number(), href: z.string() }),
  ),
  note: z.string().nullable(),
});
export type Phenoprint = z.infer<typeof Phenoprint>;

export const HitVerdict = z.enum(["restores", "partly restores", "no effect", "other phenotype", "not determined"]);
export type HitVerdict = z.infer<typeof HitVerdict>;

/** A compound's answer in one row. */
export const HitRow = z.object({
  perturbation: PerturbationRef,
  verdict: HitVerdict,
  ec50: DoseEstimate.nullable(),
  /** Largest share of the way back to healthy, 0..1. */
  maxRescue: Estimate.nullable(),
  /** Rejection in units of the healthy–disease distance, at the dose of the EC50 (or the highest dose without one). */
  sideEffect: z.number().nullable(),
  sentence: z.string(),
});
export type HitRow = z.infer<typeof HitRow>;

export const ExperimentDetail = ExperimentSummary.extend({
  channels: z.array(Channel),
  sitesPerWell: z.number(),
  plateList: z.array(PlateSummary),
  findings: z.array(Finding),
  phenoprint: Phenoprint.nullable(),
  hits: z.array(HitRow),
  /** What cannot be said, and why, in sentences. */
  missing: z.array(z.string()),
  /** Reviewer's verdicts that stand. */
  verdicts: z.object({ pass: z.number(), reImage: z.number(), fail: z.number() }),
  runs: z.array(RunSummary),
  report: z.object({ url: z.string(), madeAt: Instant }).nullable(),
  hasMap: z.boolean(),
  provenance: Provenance,
});
export type ExperimentDetail = z.infer<typeof ExperimentDetail>;

export const ExperimentList = z.object({
  experiments: z.array(ExperimentSummary),
  total: z.number(),
  next: z.string().nullable(),
});
export type ExperimentList = z.infer<typeof ExperimentList>;

/** `GET /api/v1/home` */
export const Home = z.object({
  /** Attention first, then findings, then progress. */
  findings: z.array(Finding),
  running: z.array(RunSummary),
  recent: z.array(ExperimentSummary),
  start: z.object({
    watchCommand: z.string(),
    runCommand: z.string(),
    /** Folder that the server watches already, if any. */
    watching: z.string().nullable(),
  }),
  live: z.object({ imagesPerS: z.number(), running: z.number(), attention: z.number() }),
  version: z.string(),
  /** Which engine works here: one on this machine, or one on Kafka that others share. */
  mode: z.enum(["embedded", "kafka"]),
});
export type Home = z.infer<typeof Home>;
