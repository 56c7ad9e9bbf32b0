import { z } from "zod";
import { Channel, FaultLabel, Instant, PerturbationRef, Provenance, Role, Verdict } from "./common.ts";
import { PlateSummary } from "./experiments.ts";

export const Aggregation = z.enum(["median", "mean", "cv", "min", "max"]);
export type Aggregation = z.infer<typeof Aggregation>;

/** A number that can be drawn on plates. */
export const Metric = z.object({
  id: z.string(),
  label: z.string(),
  unit: z.string(),
  /** image = one value an image (needs a channel); site = one a site; well = one a well (no aggregation). */
  level: z.enum(["image", "site", "well"]),
  channels: z.array(z.string()),
  description: z.string(),
});
export type Metric = z.infer<typeof Metric>;

/** `GET /api/v1/experiments/:experiment/metrics` */
export const MetricList = z.object({
  metrics: z.array(Metric),
  channels: z.array(Channel),
  default: z.object({ metric: z.string(), channel: z.string().nullable() }),
});
export type MetricList = z.infer<typeof MetricList>;

export const WellStatus = z.enum(["waiting", "imaging", "complete", "incomplete", "failed"]);
export type WellStatus = z.infer<typeof WellStatus>;

export const GridWell = z.object({
  well: z.string(),
  /** Zero-based. */
  row: z.number(),
  column: z.number(),
  value: z.number().nullable(),
  status: WellStatus,
  role: Role,
  perturbation: PerturbationRef.nullable(),
  doseUm: z.number().nullable(),
  flags: z.array(FaultLabel),
  verdict: z.enum(["pass", "re-image", "fail"]).nullable(),
});
export type GridWell = z.infer<typeof GridWell>;

export const GridPlate = PlateSummary.extend({
  /** The wells of the layout; positions of the format that are not listed are unused. */
  grid: z.array(GridWell),
  /** Medians over a row's or column's values; of shape (rows) and (columns). */
  rowMedians: z.array(z.number().nullable()),
  columnMedians: z.array(z.number().nullable()),
});
export type GridPlate = z.infer<typeof GridPlate>;

/** `GET /api/v1/experiments/:experiment/plates?metric=&channel=&aggregation=&normalised=` */
export const PlateGrids = z.object({
  experimentId: z.string(),
  name: z.string(),
  metric: Metric,
  channel: z.string().nullable(),
  aggregation: Aggregation,
  /** Values as robust z-scores of their plate (median and MAD of all its wells). */
  normalised: z.boolean(),
  /** One scale for all plates: 1st to 99th percentile of the wells' values. Null without any value. */
  scale: z
    .object({
      low: z.number(),
      high: z.number(),
      min: z.number(),
      max: z.number(),
      clipped: z.number(),
      quantiles: z.tuple([z.number(), z.number()]),
    })
    .nullable(),
  plates: z.array(GridPlate),
  csvUrl: z.string(),
  provenance: Provenance,
});
export type PlateGrids = z.infer<typeof PlateGrids>;

export const Flag = z.object({
  plate: z.string(),
  well: z.string(),
  site: z.number().nullable(),
  channel: z.string().nullable(),
  label: FaultLabel,
  score: z.number().nullable(),
  threshold: z.number().nullable(),
  reason: z.string(),
  /** Who says so: "detector", "cell count" … */
  source: z.string(),
});
export type Flag = z.infer<typeof Flag>;

export const SiteImage = z.object({
  channel: z.string(),
  status: z.enum(["waiting", "seen", "failed"]),
  /** First cause in words when failed. */
  error: z.string().nullable(),
  /** 8-bit PNG; `lo`, `hi` (raw grey values), `size` (px, longest side) as query; windowed by the image's own percentiles without. */
  url: z.string().nullable(),
  width: z.number().nullable(),
  height: z.number().nullable(),
  bitDepth: z.number().nullable(),
  sha256: z.string().nullable(),
  sourceName: z.string(),
});
export type SiteImage = z.infer<typeof SiteImage>;

export const WellSite = z.object({
  site: z.number(),
  status: WellStatus,
  /** Colour composite made by the pipeline; null until then. */
  thumbnailUrl: z.string().nullable(),
  /** Composite on demand; `channels=DNA,ER`, `size` as query. */
  compositeUrl: z.string().nullable(),
  /** Transparent PNG with the cells' and nuclei's outlines; null before segmentation. */
  outlinesUrl: z.string().nullable(),
  images: z.array(SiteImage),
  nuclei: z.number().nullable(),
  cells: z.number().nullable(),
});
export type WellSite = z.infer<typeof WellSite>;

/** `GET /api/v1/experiments/:experiment/plates/:plate/wells/:well` */
export const WellDetail = z.object({
  experimentId: z.string(),
  plate: z.string(),
  well: z.string(),
  row: z.number(),
  column: z.number(),
  role: Role,
  perturbation: PerturbationRef.nullable(),
  doseUm: z.number().nullable(),
  status: WellStatus,
  /** Members that are not there: "site 2 · Mito". */
  missing: z.array(z.string()),
  failed: z.array(z.object({ what: z.string(), code: z.string(), message: z.string() })),
  cellCount: z.number().nullable(),
  /** 1 = most cells on the plate. */
  cellCountRank: z.object({ rank: z.number(), of: z.number() }).nullable(),
  plateZPrime: z.number().nullable(),
  /** Phenoprint score (disease = 1, healthy = 0), when the experiment has one. */
  score: z.number().nullable(),
  channels: z.array(Channel),
  /** Shared contrast of the plate per channel, raw grey values; use as lo and hi of an image's url. */
  windows: z.record(z.string(), z.object({ lo: z.number(), hi: z.number() })),
  pixelSizeUm: z.number().nullable(),
  sites: z.array(WellSite),
  /** Numbers beside the pictures; `values` and `flags` of shape (sites). */
  numbers: z.array(
    z.object({
      metric: z.string(),
      label: z.string(),
      channel: z.string().nullable(),
      unit: z.string(),
      values: z.array(z.number().nullable()),
      flags: z.array(FaultLabel.nullable()),
    }),
  ),
  flags: z.array(Flag),
  verdict: Verdict.nullable(),
  verdictHistory: z.array(Verdict),
  /** Wells of the layout beside this one, for the arrow keys; previous and next follow row order. */
  neighbours: z.object({
    previous: z.string().nullable(),
    next: z.string().nullable(),
    up: z.string().nullable(),
    down: z.string().nullable(),
    left: z.string().nullable(),
    right: z.string().nullable(),
  }),
  updatedAt: Instant.nullable(),
  provenance: Provenance,
});
export type WellDetail = z.infer<typeof WellDetail>;

/** Body of `POST /api/v1/experiments/:experiment/verdicts`; `site` null = the well, `well` null = the plate. */
export const VerdictBody = z.strictObject({
  plate: z.string().min(1).max(200),
  well: z.string().max(8).nullable(),
  site: z.number().int().positive().nullable(),
  verdict: z.enum(["pass", "re-image", "fail"]),
  note: z.string().max(2000).default(""),
});
export type VerdictBody = z.input<typeof VerdictBody>;

/** Answer of posting and of `POST /api/v1/experiments/:experiment/verdicts/:id/undo`. */
export const VerdictAnswer = z.object({ verdict: Verdict, standing: Verdict.nullable() });
export type VerdictAnswer = z.infer<typeof VerdictAnswer>;

export const VerdictHistory = z.object({ verdicts: z.array(Verdict) });
export type VerdictHistory = z.infer<typeof VerdictHistory>;
