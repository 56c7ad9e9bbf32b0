import { z } from "zod";
import { DoseEstimate, Estimate, PerturbationRef, Provenance } from "./common.ts";
import { EditSample } from "./edits.ts";
import { HitVerdict } from "./experiments.ts";
import { DoseCurve, ExampleWell } from "./hits.ts";
import { GridWell } from "./plates.ts";
import { GeneExpression } from "./projects.ts";

/** Do replicates agree: words for people, numbers for judgement. */
export const Agreement = z.object({
  /** null = cannot be said yet. */
  agree: z.boolean().nullable(),
  sentence: z.string(),
  consistency: z.number().nullable(),
  p: z.number().nullable(),
  replicates: z.number(),
});
export type Agreement = z.infer<typeof Agreement>;

export const PerturbationRow = z.object({
  perturbation: PerturbationRef,
  synonyms: z.array(z.string()),
  experiments: z.number(),
  wells: z.number(),
  doses: z.number(),
  verdict: HitVerdict.nullable(),
  ec50: DoseEstimate.nullable(),
  maxRescue: Estimate.nullable(),
  agreement: Agreement,
});
export type PerturbationRow = z.infer<typeof PerturbationRow>;

/** `GET /api/v1/perturbations?q=&type=&limit=&after=` */
export const PerturbationList = z.object({
  perturbations: z.array(PerturbationRow),
  total: z.number(),
  next: z.string().nullable(),
});
export type PerturbationList = z.infer<typeof PerturbationList>;

export const Neighbour = z.object({
  perturbation: PerturbationRef,
  doseUm: z.number().nullable(),
  label: z.string(),
  cosine: z.number(),
  /** Place of the cosine among this row's, 0..100. */
  percentile: z.number(),
});
export type Neighbour = z.infer<typeof Neighbour>;

/** What one experiment says about a perturbation. */
export const PerturbationEvidence = z.object({
  experimentId: z.string(),
  experimentName: z.string(),
  href: z.string(),
  wells: z.array(
    GridWell.extend({
      plate: z.string(),
      score: z.number().nullable(),
      cellCount: z.number().nullable(),
      href: z.string(),
    }),
  ),
  examples: z.array(ExampleWell),
  /** Healthy and disease wells to compare with. */
  compareWith: z.array(ExampleWell),
  agreement: Agreement,
  /** Mean phenoprint score over wells (disease = 1, healthy = 0). */
  score: Estimate.nullable(),
  curve: DoseCurve.nullable(),
  similar: z.array(Neighbour),
  opposite: z.array(Neighbour),
  provenance: Provenance,
});
export type PerturbationEvidence = z.infer<typeof PerturbationEvidence>;

/** `GET /api/v1/perturbations/:id` with id `compound:C4` */
export const PerturbationDetail = PerturbationRow.extend({
  /** SMILES when the metadata, or a map's table of names, gave one. */
  smiles: z.string().nullable(),
  inchiKey: z.string().nullable(),
  evidence: z.array(PerturbationEvidence),
  /** Samples of amplicon reads from cells in which it was made, newest experiment first. */
  edits: z.array(EditSample),
  /** Of a gene: how it is expressed in the portal's projects, largest share first. */
  expression: z.array(GeneExpression),
  /** The questions in turn, each answered, or with the reason why not. */
  answers: z.array(
    z.object({
      id: z.enum(["edited", "expressed", "wells", "agreement", "phenoprint", "relations", "dose"]),
      question: z.string(),
      state: z.enum(["answered", "waiting", "missing"]),
      answer: z.string(),
    }),
  ),
});
export type PerturbationDetail = z.infer<typeof PerturbationDetail>;
