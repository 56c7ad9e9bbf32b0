import { z } from "zod";
import { Instant } from "./common.ts";
import { AnsweredBy } from "./map-groups.ts";

/** A row of a group version. Row numbers are those of the version in `by`; a permalink names both. */
export const MapRow = z.object({
  row: z.number(),
  /** "gene:TSC2", "compound:C4". */
  perturbation: z.string(),
  type: z.enum(["gene", "compound", "other"]),
  symbol: z.string(),
  /** "TSC2", "C4 at 3 µM". */
  label: z.string(),
  /** µM */
  concentration: z.number().nullable(),
  units: z.number(),
  /** Experiment whose wells alone made it; null: all together. */
  experiment: z.string().nullable(),
  arm: z.string().nullable(),
  consistencyP: z.number().nullable(),
  /** Length of the vector: how strong the phenotype is. */
  strength: z.number(),
});
export type MapRow = z.infer<typeof MapRow>;

export const KnownEdge = z.object({
  a: z.string(),
  b: z.string(),
  source: z.string(),
  reference: z.string().optional(),
});
export type KnownEdge = z.infer<typeof KnownEdge>;

/** GET …/rows?q=&type=&offset=&limit=, ?rows=…, or without either: the strongest phenotypes first. */
export const MapRows = z.object({
  by: AnsweredBy,
  rows: z.array(MapRow.extend({ matched: z.object({ by: z.string(), text: z.string() }).nullable() })),
  /** Of which `rows` is a page. */
  total: z.number(),
  /** Entries of `rows` that mean nothing in this version. */
  notFound: z.array(z.string()),
});
export type MapRows = z.infer<typeof MapRows>;

/** POST …/paste */
export const PasteBody = z.object({ text: z.string().min(1).max(1_000_000) });
export type PasteBody = z.infer<typeof PasteBody>;
export const PastedRows = z.object({
  by: AnsweredBy,
  rows: z.array(MapRow),
  notFound: z.array(z.string()),
  ambiguous: z.array(z.object({ entry: z.string(), perturbations: z.array(z.string()) })),
  /** What was found by names that mean the same in other versions: a perturbation, with its concentration where not all of them are meant. */
  names: z.array(z.string()),
});
export type PastedRows = z.infer<typeof PastedRows>;

export const MapNeighbour = z.object({
  row: MapRow,
  cosine: z.number(),
  /** Of the cosine among all pairs of the group, 0 to 100. */
  percentile: z.number().nullable(),
  /** Published relations of the two; empty: novel; null: not compared. */
  known: z.array(KnownEdge).nullable(),
});
export type MapNeighbour = z.infer<typeof MapNeighbour>;

/** GET …/neighbours?of=&count=&type=&own=&novelty= */
export const MapNeighbours = z.object({
  by: AnsweredBy,
  of: MapRow,
  similar: z.array(MapNeighbour),
  opposite: z.array(MapNeighbour),
  from: z.enum(["stored", "scanned"]),
});
export type MapNeighbours = z.infer<typeof MapNeighbours>;

/** Rows by number, symbol or identity ("C4" gives all doses in order), "all", "genes", "compounds", or the name of a kept list. */
export const RowTexts = z.array(z.string().min(1).max(300)).min(1).max(20_000);

/** POST /api/v1/maps/lists: a list too long for an address. */
export const KeepListBody = z.object({ entries: RowTexts });
export type KeepListBody = z.infer<typeof KeepListBody>;
export const KeptMapList = z.object({
  /** "list:" and the SHA-256 of the list: a name for it wherever names of rows are asked for. */
  list: z.string(),
  entries: z.array(z.string()),
});
export type KeptMapList = z.infer<typeof KeptMapList>;

/** POST …/rows: as GET …/rows?rows=, for lists longer than an address. */
export const RowsBody = z.object({ rows: RowTexts });
export type RowsBody = z.infer<typeof RowsBody>;

/** POST …/similarity: a block of cosines; GET …/similarity?rows=&columns= for short lists. */
export const SimilarityBody = z.object({
  rows: RowTexts,
  columns: RowTexts,
  variant: z.enum(["raw", "z", "percentile"]).default("raw"),
  percentiles: z.boolean().default(false),
});
export type SimilarityBody = z.infer<typeof SimilarityBody>;
export const SimilarityBlock = z.object({
  by: AnsweredBy,
  rows: z.array(MapRow),
  columns: z.array(MapRow),
  notFound: z.array(z.string()),
  /** Of shape (rows, columns), row-major; null where a row has no length. */
  cosines: z.array(z.number().nullable()),
  /** The variant asked for, of the same shape; null when it is the cosine itself. */
  shown: z.array(z.number().nullable()).nullable(),
  percentiles: z.array(z.number().nullable()).nullable(),
});
export type SimilarityBlock = z.infer<typeof SimilarityBlock>;

/** POST …/selections: rows and columns of a heat map that is read as tiles. Equal selections have one name. */
export const SelectionBody = z.object({ rows: RowTexts, columns: RowTexts.optional() });
export type SelectionBody = z.infer<typeof SelectionBody>;
export const MapSelection = z.object({
  by: AnsweredBy,
  /** Names it in …/selections/:selection/tiles/:level/:tileRow/:tileColumn. */
  selection: z.string(),
  rows: z.array(z.number()),
  columns: z.array(z.number()),
  notFound: z.array(z.string()),
  /** Tiles are 256 × 256 signed bytes, row-major: −127 … 127 for −1 … 1, −128 for none. Level 0 is the finest. */
  levels: z.array(
    z.object({
      level: z.number(),
      rows: z.number(),
      columns: z.number(),
      tileRows: z.number(),
      tileColumns: z.number(),
    }),
  ),
});
export type MapSelection = z.infer<typeof MapSelection>;

const Point = z.object({ projection: z.number(), rejection: z.number() });
const ProjectedPoint = Point.extend({ row: z.number(), label: z.string(), concentration: z.number().nullable() });

/** POST …/projection, or GET with rows and cloud as comma-separated lists. */
export const ProjectionBody = z.object({
  target: z.string().min(1).max(300),
  rows: RowTexts,
  mode: z.enum(["unit", "magnitude", "rescue"]).default("unit"),
  /** Rescue mode: the healthy state; default the controls. */
  healthy: z.string().min(1).max(300).optional(),
  cloud: z.array(z.string().min(1).max(300)).max(20_000).default([]),
  /** Control wells drawn as a cloud, evenly chosen of all. */
  controls: z.number().int().min(0).max(1000).default(0),
});
export type ProjectionBody = z.infer<typeof ProjectionBody>;
export const MapProjection = z.object({
  by: AnsweredBy,
  mode: z.enum(["unit", "magnitude", "rescue"]),
  /** At (1, 0). */
  target: z.object({ row: z.number(), label: z.string() }),
  healthy: z.object({ row: z.number(), label: z.string() }).nullable(),
  control: Point,
  cloud: z.array(ProjectedPoint),
  /** Single wells: farther out than the mean of several. Empty where a transformation moved the group away from its wells. */
  controls: z.array(Point.extend({ unit: z.string(), batch: z.string() })),
  series: z.array(
    z.object({
      perturbation: z.string(),
      type: z.enum(["gene", "compound", "other"]),
      symbol: z.string(),
      points: z.array(ProjectedPoint),
    }),
  ),
  leftOut: z.array(z.number()),
  notFound: z.array(z.string()),
});
export type MapProjection = z.infer<typeof MapProjection>;

export const MapAgreement = z.object({
  experiments: z.array(z.string()),
  rows: z.array(z.number()),
  cosines: z.array(z.array(z.number().nullable())),
  meanCosine: z.number().nullable(),
  p: z.number().nullable(),
  badge: z.enum(["agree", "mixed", "disagree", "not tested", "one experiment"]),
  contradicting: z.array(z.string()),
});
export type MapAgreement = z.infer<typeof MapAgreement>;

/** GET …/replicates?of= */
export const MapReplicates = z.object({
  by: AnsweredBy,
  of: MapRow,
  /** null: the group has no rows of single experiments. */
  agreement: MapAgreement.nullable(),
  wells: z.array(
    z.object({ unit: z.string(), batch: z.string(), experiment: z.string(), objects: z.number().nullable() }),
  ),
  cosines: z.array(z.array(z.number().nullable())),
  meanCosine: z.number().nullable(),
});
export type MapReplicates = z.infer<typeof MapReplicates>;

/** POST …/cluster */
export const ClusterBody = z.object({
  rows: RowTexts,
  method: z.enum(["average", "ward"]).default("average"),
  leaves: z.enum(["tight", "optimal"]).default("tight"),
  cut: z.union([z.object({ height: z.number() }), z.object({ clusters: z.number().int().min(1) })]).optional(),
});
export type ClusterBody = z.infer<typeof ClusterBody>;
export const MapClusters = z.object({
  by: AnsweredBy,
  rows: z.array(MapRow),
  notFound: z.array(z.string()),
  method: z.enum(["average", "ward"]),
  /** Children are leaves 0 … n − 1 (positions among `rows`) and merges n, n + 1, … */
  merges: z.array(z.object({ left: z.number(), right: z.number(), height: z.number(), size: z.number() })),
  order: z.array(z.number()),
  /** Cluster of each row; null without a cut. */
  clusters: z.array(z.number()).nullable(),
});
export type MapClusters = z.infer<typeof MapClusters>;

/** POST …/enrichment: gene sets over-represented among genes of the group. */
export const EnrichmentBody = z.object({
  rows: RowTexts,
  source: z.string().max(200).optional(),
  minimumSize: z.number().int().min(1).default(3),
  maximumSize: z.number().int().min(1).default(500),
});
export type EnrichmentBody = z.infer<typeof EnrichmentBody>;
export const MapEnrichment = z.object({
  by: AnsweredBy,
  notFound: z.array(z.string()),
  sets: z.array(
    z.object({
      set: z.string(),
      description: z.string(),
      genes: z.array(z.string()),
      setSize: z.number(),
      chosen: z.number(),
      background: z.number(),
      fold: z.number(),
      p: z.number(),
      q: z.number(),
    }),
  ),
});
export type MapEnrichment = z.infer<typeof MapEnrichment>;

/** GET …/why?name=&type=&rows= */
export const MapWhyMissing = z.object({
  by: AnsweredBy,
  failed: z.string().nullable(),
  sentence: z.string(),
  remedy: z.string(),
  /** Units that the build's filter left out, by reason. */
  dropped: z.record(z.string(), z.number()),
  /** Other versions that have it, "id@version", when this one does not. */
  otherVersions: z.array(z.string()),
  /** Where its units were acquired; `href` is the plate's page when this data folder holds it. */
  plates: z.array(
    z.object({
      experiment: z.string().nullable(),
      plate: z.string(),
      kept: z.number(),
      dropped: z.number(),
      href: z.string().nullable(),
    }),
  ),
  steps: z.array(
    z.object({
      step: z.string(),
      outcome: z.enum(["passed", "failed", "not looked at", "not reached"]),
      words: z.string(),
      links: z.array(z.object({ text: z.string(), href: z.string() })),
    }),
  ),
});
export type MapWhyMissing = z.infer<typeof MapWhyMissing>;

/** GET /api/v1/maps/perturbations/:name: what all groups know of it. */
export const MapPerturbation = z.object({
  asked: z.string(),
  groups: z.array(
    z.object({
      by: AnsweredBy,
      rows: z.array(MapRow),
      similar: z.array(MapNeighbour),
      opposite: z.array(MapNeighbour),
      trust: z.object({ trusted: z.boolean(), sentence: z.string() }).nullable(),
    }),
  ),
  at: Instant,
});
export type MapPerturbation = z.infer<typeof MapPerturbation>;
