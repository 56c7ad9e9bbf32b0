import { z } from "zod";
import { Instant } from "./common.ts";

/** The group version that an answer comes from, and the layer that its bytes came from. */
export const AnsweredBy = z.object({
  id: z.string(),
  version: z.string(),
  label: z.string(),
  layer: z.enum(["memory", "local", "store"]),
});
export type AnsweredBy = z.infer<typeof AnsweredBy>;

const Recall = z.object({ source: z.string(), recall: z.number().nullable(), relations: z.number() });

/** A version as the store's catalogue lists it. */
export const MapVersion = z.object({
  version: z.string(),
  rows: z.number(),
  dims: z.number(),
  sizeBytes: z.number(),
  perturbations: z.number(),
  recall: z.array(Recall),
  created: Instant,
  /** Why the gate would have refused it; empty when it passed. */
  forced: z.array(z.string()),
});
export type MapVersion = z.infer<typeof MapVersion>;

/** Where the version served is kept. */
export const MapLayers = z.object({
  store: z.enum(["here", "unreachable"]),
  /** "not needed": the store is a folder of this machine. */
  local: z.enum(["here", "fetching", "absent", "too large", "not needed"]),
  memoryBytes: z.number(),
});
export type MapLayers = z.infer<typeof MapLayers>;

export const MapGroup = z.object({
  id: z.string(),
  label: z.string(),
  isDefault: z.boolean(),
  /** What is served. */
  version: MapVersion,
  versions: z.number(),
  layers: MapLayers,
  /** Why what is served is not what the store says is current; null when it is. */
  drift: z.string().nullable(),
  inUse: z.number(),
  href: z.string(),
});
export type MapGroup = z.infer<typeof MapGroup>;

/** GET /api/v1/maps/groups */
export const MapGroupList = z.object({ store: z.string(), revision: z.number(), groups: z.array(MapGroup) });
export type MapGroupList = z.infer<typeof MapGroupList>;

/** GET /api/v1/maps/status */
export const MapStatus = z.object({
  /** null: this server has no store of maps. */
  store: z.string().nullable(),
  revision: z.number(),
  default: z.string().nullable(),
  /** When the store's catalogue was last seen; null: not since this server started. */
  seenAt: Instant.nullable(),
  /** What people should know while they look at maps, in a sentence; null when all is well. */
  banner: z.string().nullable(),
  problems: z.array(
    z.object({
      part: z.enum(["store", "catalog", "redis", "local", "group"]),
      message: z.string(),
      since: Instant.nullable(),
    }),
  ),
  local: z
    .object({
      heldBytes: z.number(),
      budgetBytes: z.number(),
      damaged: z.array(z.object({ name: z.string(), file: z.string(), at: Instant })),
    })
    .nullable(),
  memory: z.object({ heldBytes: z.number(), budgetBytes: z.number() }),
  redis: z.enum(["not used", "connected", "lost"]),
});
export type MapStatus = z.infer<typeof MapStatus>;

export const MapHealth = z.object({
  rows: z.number(),
  dims: z.number(),
  sampled: z.number(),
  norms: z.object({
    quantiles: z.tuple([z.number(), z.number(), z.number(), z.number(), z.number()]),
    zero: z.number(),
    notFinite: z.number(),
  }),
  notFinite: z.number(),
  notUnit: z.number(),
  duplicates: z.array(z.object({ a: z.number(), b: z.number(), cosine: z.number() })),
  meanLength: z.number(),
  spectrum: z.object({ shares: z.array(z.number()), effectiveDimensions: z.number() }),
  /** Genes of one chromosome arm against others before and after correction; 0.5 is no bias. */
  arms: z
    .object({
      before: z.number(),
      after: z.number(),
      corrected: z.record(z.string(), z.number()),
      uncorrected: z.number(),
    })
    .nullable(),
  cosines: z.array(z.object({ percent: z.number(), cosine: z.number().nullable(), before: z.number().nullable() })),
  /** The version compared with, "id@version". */
  before: z.string().nullable(),
  warnings: z.array(z.string()),
});
export type MapHealth = z.infer<typeof MapHealth>;

const Tested = z.object({ tested: z.number(), significant: z.number(), median: z.number().nullable() });

export const MapBenchmark = z.object({
  rows: z.number(),
  perturbations: z.number(),
  genes: z.number(),
  /** Share of known relations in either tail of 5 %; 0.10 by chance. */
  recall: z.array(Recall.extend({ similar: z.number().nullable(), opposite: z.number().nullable() })),
  clusters: z.array(
    z.object({
      source: z.string(),
      tested: z.number(),
      significant: z.number(),
      medianStatistic: z.number().nullable(),
    }),
  ),
  consistency: Tested,
  magnitude: Tested,
  retrieval: Tested,
});
export type MapBenchmark = z.infer<typeof MapBenchmark>;

/** GET /api/v1/maps/groups/:group */
export const MapGroupDetail = z.object({
  by: AnsweredBy,
  group: MapGroup,
  /** All versions, newest first: the benchmark's trend. */
  versions: z.array(MapVersion.extend({ isServed: z.boolean() })),
  /** How it was built: the manifest's own words. */
  manifest: z.object({
    parents: z.array(z.string()),
    model: z.string().nullable(),
    transformation: z.unknown(),
    recipe: z.unknown(),
    inputs: z.array(z.object({ uri: z.string(), sha256: z.string() })),
    units: z.number(),
    dropped: z.record(z.string(), z.number()),
    files: z.record(z.string(), z.object({ key: z.string(), sizeBytes: z.number(), sha256: z.string() })),
    created: Instant,
  }),
  benchmark: MapBenchmark,
  /** Sources of gene sets and of known relations that the group was published with. */
  knowledge: z.object({
    sets: z.array(z.string()),
    relations: z.array(z.object({ source: z.string(), edges: z.number() })),
  }),
  /** Experiments of which the group has rows of their own. */
  experiments: z.array(z.string()),
});
export type MapGroupDetail = z.infer<typeof MapGroupDetail>;

/** GET /api/v1/maps/groups/:group/health */
export const MapHealthAnswer = z.object({ by: AnsweredBy, health: MapHealth });
export type MapHealthAnswer = z.infer<typeof MapHealthAnswer>;

/** GET /api/v1/maps/groups/:group/quantiles */
export const MapQuantiles = z.object({
  by: AnsweredBy,
  /** 1,001 quantiles of the cosines of all pairs, from the least to the greatest: what percentiles are told from. */
  quantiles: z.array(z.number()),
});
export type MapQuantiles = z.infer<typeof MapQuantiles>;

const Counted = z.object({ count: z.number(), names: z.array(z.string()) });

/** GET /api/v1/maps/groups/:group/compare?with=ID@VERSION: `before` is `with`, `after` the version in the address. */
export const MapComparison = z.object({
  by: AnsweredBy,
  with: AnsweredBy,
  /** Perturbations at their concentrations that only one of the two has; at most a thousand are named. */
  gained: Counted,
  lost: Counted,
  kept: z.number(),
  rows: z.object({ before: z.number(), after: z.number() }),
  dims: z.object({ before: z.number(), after: z.number() }),
  recall: z.array(z.object({ source: z.string(), before: z.number().nullable(), after: z.number().nullable() })),
  tests: z.array(z.object({ name: z.enum(["consistency", "magnitude", "retrieval"]), before: Tested, after: Tested })),
  /** Settings and inputs that are not the same, with both values as JSON. */
  settings: z.array(z.object({ name: z.string(), before: z.string(), after: z.string() })),
  cosines: z.array(z.object({ percent: z.number(), before: z.number().nullable(), after: z.number().nullable() })),
});
export type MapComparison = z.infer<typeof MapComparison>;

/** POST /api/v1/maps/cache/evict */
export const EvictBody = z.object({ group: z.string().min(1).max(300), dryRun: z.boolean().default(false) });
export type EvictBody = z.infer<typeof EvictBody>;
export const EvictAnswer = z.object({
  name: z.string(),
  freedBytes: z.number(),
  memoryBytes: z.number(),
  dryRun: z.boolean(),
});
export type EvictAnswer = z.infer<typeof EvictAnswer>;

/** POST /api/v1/maps/cache/refresh: looks at the store now, and fetches a group when one is named. */
export const RefreshBody = z.object({ group: z.string().min(1).max(300).optional() });
export type RefreshBody = z.infer<typeof RefreshBody>;
export const RefreshAnswer = z.object({ changed: z.boolean(), revision: z.number() });
export type RefreshAnswer = z.infer<typeof RefreshAnswer>;

/** GET /api/v1/maps/cache: `evictions` are those that people asked for or that made room, newest first. */
export const MapCache = z.object({
  local: MapStatus.shape.local,
  memory: MapStatus.shape.memory,
  groups: z.array(z.object({ id: z.string(), version: z.string(), sizeBytes: z.number(), layers: MapLayers })),
  evictions: z.array(
    z.object({ at: Instant, actor: z.string(), name: z.string(), freedBytes: z.number(), reason: z.string() }),
  ),
});
export type MapCache = z.infer<typeof MapCache>;
