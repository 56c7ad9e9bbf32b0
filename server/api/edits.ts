import { z } from "zod";
import { Instant, PerturbationRef, Provenance } from "./common.ts";
import { SummaryProblem } from "./projects.ts";

/** A share of reads with its 95 % interval; null where there are no reads. */
export const EditRate = z.object({
  count: z.number(),
  of: z.number(),
  value: z.number().nullable(),
  lower: z.number().nullable(),
  upper: z.number().nullable(),
});
export type EditRate = z.infer<typeof EditRate>;

/** A difference of shares with its 95 % interval; null where one side has no reads. */
export const EditDifference = z.object({
  value: z.number().nullable(),
  lower: z.number().nullable(),
  upper: z.number().nullable(),
});
export type EditDifference = z.infer<typeof EditDifference>;

/** A file to take away. */
export const EditFile = z.object({ name: z.string(), url: z.string() });
export type EditFile = z.infer<typeof EditFile>;

/** A sample of a sheet. */
export const EditSample = z.object({
  experimentId: z.string(),
  sample: z.string(),
  href: z.string(),
  /** `waiting` = the sheet names it, its reads are being counted. */
  status: z.enum(["waiting", "done", "failed"]),
  perturbation: PerturbationRef.nullable(),
  /** Where its cells stood, where the sheet says it. */
  well: z.object({ plate: z.string(), well: z.string(), href: z.string() }).nullable(),
  amplicon: z.string(),
  guides: z.array(z.string()),
  /** Whether other samples are held against it. */
  isControl: z.boolean(),
  /** Reads, or molecules told by UMIs. */
  unit: z.enum(["reads", "molecules"]),
  aligned: z.number().nullable(),
  judged: z.number().nullable(),
  edited: EditRate.nullable(),
  /** By outcome: unmodified, nhej, hdr, … */
  outcomes: z.record(z.string(), EditRate),
  /** Above the untreated controls; null without any. */
  aboveControls: EditDifference.nullable(),
  /** Share of frameshifts among edits of a coding amplicon. */
  frameshift: z.number().nullable(),
  notes: z.array(z.string()),
  problem: SummaryProblem.nullable(),
  at: Instant,
});
export type EditSample = z.infer<typeof EditSample>;

/** `GET /api/v1/experiments/:experiment/edits` */
export const EditList = z.object({
  experimentId: z.string(),
  name: z.string(),
  samples: z.array(EditSample),
  /** What is not there, and why. */
  missing: z.array(z.string()),
  provenance: Provenance,
});
export type EditList = z.infer<typeof EditList>;

/** An allele around a cut as it is drawn: both texts have one length; "-" gap, "." beyond the read's end. */
export const EditAllele = z.object({
  reference: z.string(),
  outcome: z.string(),
  ambiguous: z.boolean(),
  reads: z.number(),
  share: z.number(),
  alignedReference: z.string(),
  alignedRead: z.string(),
  edits: z.array(z.string()),
});
export type EditAllele = z.infer<typeof EditAllele>;

/** Alleles of one stretch of the amplicon, most frequent first. */
export const EditAlleles = z.object({
  region: z.string(),
  /** Bases of the amplicon, from 1, both included. */
  from: z.number(),
  to: z.number(),
  /** The stretch as it is in the amplicon. */
  sequence: z.string(),
  /** Bases of `sequence` left of each cut in it. */
  cuts: z.array(z.number()),
  distinct: z.number(),
  /** Reads of alleles that are not here. */
  unlistedReads: z.number(),
  alleles: z.array(EditAllele),
});
export type EditAlleles = z.infer<typeof EditAlleles>;

/** One edit with the reads that have it. */
export const EditRow = z.object({
  /** In the manner of HGVS: 98_99del. */
  edit: z.string(),
  reference: z.string(),
  kind: z.enum(["substitution", "insertion", "deletion"]),
  /** From 1. */
  position: z.number(),
  inWindow: z.boolean(),
  rate: EditRate,
  aboveControls: EditDifference.nullable(),
  /** Of the test against controls, adjusted. */
  q: z.number().nullable(),
});
export type EditRow = z.infer<typeof EditRow>;

/** A base of a protospacer that the editor may convert. */
export const EditConversion = z.object({
  guide: z.string(),
  /** From 1 at the guide's 5′ end. */
  protospacerPosition: z.number(),
  position: z.number(),
  rate: EditRate,
});
export type EditConversion = z.infer<typeof EditConversion>;

/** A picture with the files it can be taken as. */
export const EditFigure = z.object({
  id: z.string(),
  title: z.string(),
  alt: z.string(),
  spec: z.string(),
  svg: z.string().nullable(),
  png: z.string().nullable(),
  csv: z.string().nullable(),
});
export type EditFigure = z.infer<typeof EditFigure>;

/** `GET /api/v1/experiments/:experiment/edits/:sample` */
export const EditDetail = z.object({
  experimentId: z.string(),
  name: z.string(),
  sample: EditSample,
  /** Null until the sample is done. */
  result: z
    .object({
      amplicon: z.object({
        name: z.string(),
        sequence: z.string(),
        guides: z.array(
          z.object({
            name: z.string(),
            sequence: z.string(),
            strand: z.enum(["+", "-"]),
            /** Bases of the amplicon, from 1, both included. */
            from: z.number(),
            to: z.number(),
            mismatches: z.number(),
          }),
        ),
      }),
      /** What happened to the reads before they were aligned, in order. */
      reading: z.array(z.object({ step: z.string(), count: z.number() })),
      /** Reads left out after that. */
      lowIdentity: z.number(),
      uncovered: z.number(),
      ambiguous: z.number(),
      alleles: z.array(EditAlleles),
      edits: z.array(EditRow),
      /** Edits that are not here; the table's file has all. */
      moreEdits: z.number(),
      conversions: z.object({ editor: z.string(), sites: z.array(EditConversion) }).nullable(),
      controls: z.array(z.object({ name: z.string(), reads: z.number(), edited: EditRate })),
      figures: z.array(EditFigure),
      files: z.array(EditFile),
    })
    .nullable(),
  provenance: Provenance,
});
export type EditDetail = z.infer<typeof EditDetail>;

/** A share in two samples. */
export const ComparedRate = z.object({
  name: z.string(),
  a: EditRate,
  b: EditRate,
  difference: EditDifference,
  p: z.number().nullable(),
  q: z.number().nullable(),
});
export type ComparedRate = z.infer<typeof ComparedRate>;

/** An allele around a cut in two samples. */
export const ComparedAllele = ComparedRate.extend({
  region: z.string(),
  alignedReference: z.string(),
  alignedRead: z.string(),
});
export type ComparedAllele = z.infer<typeof ComparedAllele>;

/** `GET /api/v1/experiments/:experiment/edits/:sample/against/:other` */
export const EditComparison = z.object({
  experimentId: z.string(),
  a: EditSample,
  b: EditSample,
  edited: ComparedRate,
  outcomes: z.array(ComparedRate),
  /** Alleles around the cuts, least likely by chance first; at most 50. */
  alleles: z.array(ComparedAllele),
  alleleCount: z.number(),
  positions: z.array(ComparedRate),
  positionCount: z.number(),
  notes: z.array(z.string()),
});
export type EditComparison = z.infer<typeof EditComparison>;
