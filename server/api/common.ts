import { z } from "zod";

/** What every failing request answers: a stable code, what happened, what to do. */
export const ErrorBody = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });
export type ErrorBody = z.infer<typeof ErrorBody>;

/** An instant, ISO 8601 in UTC. */
export const Instant = z.string();

/** What a well is there for. `other` = on the plate, not part of the analysis. */
export const Role = z.enum(["healthy", "disease", "positive", "negative", "gene", "compound", "other"]);
export type Role = z.infer<typeof Role>;

/** Labels of faults, as the detector gives them and as the simulator injects them. */
export const FaultLabel = z.enum([
  "defocus",
  "saturation",
  "debris",
  "empty-well",
  "channel-swap",
  "bubble",
  "dead-lamp",
  "few-cells",
]);
export type FaultLabel = z.infer<typeof FaultLabel>;

/** A perturbation by its identity: `compound:C4`, `gene:G2`, `control:healthy`. */
export const PerturbationRef = z.object({
  id: z.string(),
  type: z.enum(["compound", "gene", "control"]),
  name: z.string(),
  href: z.string(),
});
export type PerturbationRef = z.infer<typeof PerturbationRef>;

/** An estimate with its interval; `low` or `high` is null where the data leave the side open. */
export const Estimate = z.object({
  value: z.number(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  /** Confidence of the interval, 0.95 unless said otherwise. */
  level: z.number(),
});
export type Estimate = z.infer<typeof Estimate>;

/** A concentration estimate. `relation` is ">" or "<" when it lies outside the tested doses (`value` is then the last dose). */
export const DoseEstimate = Estimate.extend({ relation: z.enum(["=", ">", "<"]), unit: z.string() });
export type DoseEstimate = z.infer<typeof DoseEstimate>;

/** A count on its way: `total` is null while it is not known. */
export const Progress = z.object({ done: z.number(), total: z.number().nullable(), failed: z.number() });
export type Progress = z.infer<typeof Progress>;

/** How a figure or table was made. */
export const Provenance = z.object({
  run: z.object({ id: z.string(), href: z.string() }).nullable(),
  workflow: z.string(),
  planHash: z.string().nullable(),
  inputs: z.array(z.string()),
  parameters: z.record(z.string(), z.unknown()),
  codeVersion: z.string(),
  madeAt: Instant.nullable(),
  /** One plain sentence. */
  how: z.string(),
});
export type Provenance = z.infer<typeof Provenance>;

/** A piece of a sentence; with `href` it links to the evidence. */
export const SentencePart = z.object({ text: z.string(), href: z.string().optional() });
export type SentencePart = z.infer<typeof SentencePart>;

/** Something found out, said as a sentence. `attention` asks for a person, `finding` answers, `progress` tells how far. */
export const Finding = z.object({
  id: z.string(),
  severity: z.enum(["attention", "finding", "progress"]),
  experimentId: z.string(),
  sentence: z.array(SentencePart),
  evidence: z.array(z.object({ label: z.string(), href: z.string() })),
  since: Instant,
});
export type Finding = z.infer<typeof Finding>;

/** A channel in acquisition order; `colour` is the design token's number (--ch-1 … --ch-6). */
export const Channel = z.object({ name: z.string(), index: z.number(), colour: z.number() });
export type Channel = z.infer<typeof Channel>;

/** A reviewer's word on a plate, a well or a site. */
export const Verdict = z.object({
  id: z.string(),
  plate: z.string(),
  well: z.string().nullable(),
  site: z.number().nullable(),
  verdict: z.enum(["pass", "re-image", "fail"]),
  note: z.string(),
  by: z.string(),
  at: Instant,
  /** When it was taken back; null = it stands. */
  undoneAt: Instant.nullable(),
});
export type Verdict = z.infer<typeof Verdict>;
