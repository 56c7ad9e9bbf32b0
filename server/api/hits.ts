import { z } from "zod";
import { Instant, PerturbationRef, Provenance } from "./common.ts";
import { HitRow, Phenoprint } from "./experiments.ts";

/** A well's picture, for cells side by side. */
export const ExampleWell = z.object({
  plate: z.string(),
  well: z.string(),
  site: z.number(),
  doseUm: z.number().nullable(),
  role: z.string(),
  imageUrl: z.string(),
  href: z.string(),
});
export type ExampleWell = z.infer<typeof ExampleWell>;

/** A compound's dose curve: rescue (share of the way back, 1 = healthy) against dose. */
export const DoseCurve = HitRow.extend({
  unit: z.string(),
  doses: z.array(z.number()),
  points: z.array(
    z.object({
      dose: z.number(),
      plate: z.string(),
      well: z.string(),
      rescue: z.number(),
      sideEffect: z.number().nullable(),
      /** Drawn but not fitted (flagged well); null = fitted. */
      excluded: z.string().nullable(),
      href: z.string(),
    }),
  ),
  /** The fitted curve sampled over the doses; empty without a fit. `low` and `high` give the 95 % band when known. */
  line: z.array(
    z.object({ dose: z.number(), rescue: z.number(), low: z.number().nullable(), high: z.number().nullable() }),
  ),
  fit: z
    .object({
      bottom: z.number(),
      top: z.number(),
      ec50: z.number(),
      hill: z.number(),
      residualSd: z.number().nullable(),
    })
    .nullable(),
  /** Why there is no EC50, or what limits it; empty when all is well. */
  notes: z.array(z.string()),
  /** One picture a dose, in dose order. */
  examples: z.array(ExampleWell),
});
export type DoseCurve = z.infer<typeof DoseCurve>;

/** Projection and rejection on target t = disease − healthy: disease at (1, 0), healthy at (0, 0). */
export const Projection = z.object({
  mode: z.enum(["rescue", "unit", "magnitude"]),
  target: z.string(),
  controls: z.array(z.object({ plate: z.string(), well: z.string(), role: z.string(), p: z.number(), r: z.number() })),
  /** One polyline a perturbation in dose order (genes: one point a gene or guide, dose null). */
  lines: z.array(
    z.object({
      perturbation: PerturbationRef,
      points: z.array(z.object({ dose: z.number().nullable(), p: z.number(), r: z.number(), wells: z.number() })),
    }),
  ),
});
export type Projection = z.infer<typeof Projection>;

/** `GET /api/v1/experiments/:experiment/hits` */
export const Hits = z.object({
  experimentId: z.string(),
  name: z.string(),
  phenoprint: Phenoprint.nullable(),
  /** Strongest answer first. */
  compounds: z.array(DoseCurve),
  controls: z.object({ healthy: z.array(ExampleWell), disease: z.array(ExampleWell) }),
  projection: Projection.nullable(),
  missing: z.array(z.string()),
  csvUrl: z.string(),
  madeAt: Instant.nullable(),
  provenance: Provenance,
});
export type Hits = z.infer<typeof Hits>;

/** `GET /api/v1/experiments/:experiment/map`: the small red/blue map of one experiment. */
export const ExperimentMap = z.object({
  experimentId: z.string(),
  name: z.string(),
  /** Labels of rows and columns, in the order of `cosine`. */
  perturbations: z.array(
    z.object({
      perturbation: PerturbationRef,
      /** Compounds: the dose of this row; null = all doses or no dose. */
      doseUm: z.number().nullable(),
      label: z.string(),
      wells: z.number(),
      /** Mean pairwise cosine of replicates, its permutation p. */
      consistency: z.number().nullable(),
      consistencyP: z.number().nullable(),
      trusted: z.boolean(),
    }),
  ),
  /** Of shape (n, n), row-major; null = cannot be computed. */
  cosine: z.array(z.number().nullable()),
  /** Clustered order: indexes into `perturbations`. */
  order: z.array(z.number()),
  projection: Projection.nullable(),
  missing: z.array(z.string()),
  csvUrl: z.string(),
  madeAt: Instant.nullable(),
  provenance: Provenance,
});
export type ExperimentMap = z.infer<typeof ExperimentMap>;

/** `GET /api/v1/maps` */
export const MapList = z.object({
  maps: z.array(
    z.object({
      experimentId: z.string(),
      name: z.string(),
      perturbations: z.number(),
      madeAt: Instant,
      href: z.string(),
    }),
  ),
});
export type MapList = z.infer<typeof MapList>;
