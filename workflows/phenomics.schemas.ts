import { z } from "zod";

const wellPlace = { experiment: z.string(), plate: z.string(), well: z.string() };
const sitePlace = { ...wellPlace, site: z.int().min(1) };
const uri = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const numbers = z.record(z.string(), z.number().nullable());

/** An image file on its way in: where it is and what it shows. Never pixels. */
export const imageRecord = z.object({
  ...sitePlace,
  channel: z.string().min(1),
  /** Path of the file. */
  uri: z.string().min(1),
  sha256: z.string(),
  sizeBytes: z.number(),
});
export type ImageRecord = z.infer<typeof imageRecord>;

/** A measured image; metrics by their names without channel. */
export const imageMetricsRecord = imageRecord.extend({
  metrics: numbers,
  width: z.number(),
  height: z.number(),
  bitDepth: z.number(),
});

/** What a completed group says of itself. */
export const groupStatus = z.object({
  complete: z.boolean(),
  expected: z.number().nullable(),
  missing: z.array(z.string()),
  failed: z.array(z.object({ member: z.string(), code: z.string(), message: z.string() })),
  generation: z.number(),
});

const siteDesign = z.object({
  channels: z.array(z.string()),
  nucleiChannel: z.string(),
  cellChannel: z.string().nullable(),
});

/** A site with all of its images and what is known of its channels: input of the site's tasks. */
export const siteRecord = groupStatus.extend({
  ...sitePlace,
  images: z.array(imageMetricsRecord.omit({ experiment: true, plate: true, well: true, site: true })),
  design: siteDesign,
});
export type SiteRecord = z.infer<typeof siteRecord>;

/** A vector in the object store: `names` a JSON list, `values` little-endian doubles of the same length. */
export const vectorPointer = z.object({ names: uri, values: uri });
export type VectorPointer = z.infer<typeof vectorPointer>;

export const thumbnailRecord = z.object({ ...sitePlace, thumbnail: uri, small: uri });
export const siteMetricsRecord = z.object({ ...sitePlace, evidence: uri });
export const siteFeaturesRecord = z.object({
  ...sitePlace,
  cells: z.number(),
  vector: vectorPointer,
  /** Table of single objects, Parquet. */
  objects: uri,
  labels: uri,
  outlines: uri,
});

export const wellRecord = groupStatus.extend({
  ...wellPlace,
  sites: z.array(z.object({ site: z.number(), cells: z.number(), vector: vectorPointer })),
});
export type WellRecord = z.infer<typeof wellRecord>;
export const wellFeaturesRecord = groupStatus.extend({
  ...wellPlace,
  cells: z.number(),
  measuredSites: z.number(),
  vector: vectorPointer.nullable(),
});

export const plateSitesRecord = groupStatus.extend({
  experiment: z.string(),
  plate: z.string(),
  sites: z.array(z.object({ well: z.string(), site: z.number(), evidence: uri, nucleiChannel: z.string().optional() })),
});
export type PlateSitesRecord = z.infer<typeof plateSitesRecord>;

export const faultRecord = z.object({
  well: z.string(),
  site: z.number().nullable(),
  channel: z.string().nullable(),
  label: z.string(),
  score: z.number().nullable(),
  threshold: z.number().nullable(),
  reason: z.string(),
});
export type FaultRecord = z.infer<typeof faultRecord>;

export const plateQualityRecord = z.object({
  experiment: z.string(),
  plate: z.string(),
  faults: z.array(faultRecord),
  generation: z.number(),
});

export const wellAnnotation = z.object({
  role: z.enum(["healthy", "disease", "positive", "negative", "gene", "compound", "other"]),
  name: z.string().nullable(),
  dose: z.number().nullable(),
  metadata: z.record(z.string(), z.string().nullable()),
});

export const plateDesignRecord = groupStatus.extend({
  experiment: z.string(),
  plate: z.string(),
  parts: z.array(
    z.discriminatedUnion("part", [
      z.object({
        part: z.literal("wells"),
        missing: z.array(z.string()),
        failed: groupStatus.shape.failed,
        wells: z.array(z.object({ well: z.string(), cells: z.number(), vector: vectorPointer.nullable() })),
      }),
      z.object({ part: z.literal("quality"), faults: z.array(faultRecord) }),
    ]),
  ),
  layout: z.object({
    wells: z.array(z.string()),
    format: z.number(),
    annotations: z.record(z.string(), wellAnnotation),
  }),
  design: z.object({ channels: z.array(z.string()), nucleiChannel: z.string(), readout: z.string().nullable() }),
});
export type PlateDesignRecord = z.infer<typeof plateDesignRecord>;

/** A plate whose profiles are normalised. */
export const normalizedPlateRecord = z.object({
  rawProfiles: uri,
  profiles: uri,
  /** Channels are known of wells that were imaged here. */
  design: plateDesignRecord.shape.design.partial({ channels: true, nucleiChannel: true }),
});

/** Profiles of a plate, or of a whole experiment, after selection, with what the page about them shows. */
export const profileSummaryRecord = z.object({
  experiment: z.string(),
  plate: z.string().optional(),
  rawProfiles: uri.optional(),
  /** A plate's normalised profiles. */
  profiles: uri.optional(),
  /** All plates' normalised profiles. */
  batchProfiles: uri.optional(),
  selectedProfiles: uri,
  drops: uri,
  profileSummary: uri,
  features: z.object({ measured: z.number(), kept: z.number() }),
  replicates: z.object({ same: z.number().nullable(), other: z.number().nullable() }),
  normalizedBy: z.object({ method: z.string(), samples: z.string(), wells: z.number() }).nullish(),
  /** What reading CellProfiler's files had to say. */
  ingestReport: uri.optional(),
  generation: z.number(),
});

export const plateFeaturesRecord = z.object({
  experiment: z.string(),
  plate: z.string(),
  profiles: uri,
  metrics: numbers,
  /** What Z′ is measured on: a feature, or "phenoprint". */
  zPrimeOf: z.string(),
  zPrimeMissing: z.string().nullable(),
  /** Wells that the plate lacks, or has only in part. */
  incomplete: z.array(z.string()),
  /** Wells whose faults keep them out of the analysis. */
  flagged: z.array(z.string()),
  generation: z.number(),
});

export const experimentRecord = groupStatus.extend({
  experiment: z.string(),
  plates: z.array(
    z.object({
      plate: z.string(),
      profiles: uri,
      flagged: z.array(z.string()).default([]),
      metrics: numbers,
      zPrimeOf: z.string(),
      faults: z.array(faultRecord).optional(),
    }),
  ),
  design: z.object({
    name: z.string(),
    channels: z.array(z.string()),
    nucleiChannel: z.string(),
    plates: z.array(z.string()),
    doseUnit: z.string(),
    readout: z.string().nullable(),
  }),
});
export type ExperimentRecord = z.infer<typeof experimentRecord>;

export const phenoprintRecord = z.object({ experiment: z.string(), phenoprint: uri, generation: z.number() });
export const hitsRecord = z.object({ experiment: z.string(), hits: uri, generation: z.number() });
export const mapRecord = z.object({ experiment: z.string(), map: uri, generation: z.number() });
export const reportRecord = z.object({ experiment: z.string(), report: uri, generation: z.number() });
export const spriteRecord = z.object({
  experiment: z.string(),
  plate: z.string(),
  sprite: uri.nullable(),
  windows: z.record(z.string(), z.object({ lo: z.number(), hi: z.number() })),
});
