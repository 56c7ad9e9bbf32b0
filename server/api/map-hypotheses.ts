import { z } from "zod";
import { Instant } from "./common.ts";
import { AnsweredBy } from "./map-groups.ts";
import { KnownEdge, MapAgreement, MapNeighbour, MapReplicates, MapRow } from "./map-questions.ts";

const Trust = z.object({
  row: z.number(),
  label: z.string(),
  trusted: z.boolean(),
  checks: z.array(
    z.object({
      check: z.enum(["length", "replicates", "wells", "experiments"]),
      passed: z.boolean().nullable(),
      words: z.string(),
    }),
  ),
  sentence: z.string(),
});

/** GET …/trust?of= */
export const MapTrust = z.object({ by: AnsweredBy, trust: Trust, replicates: MapReplicates.omit({ by: true }) });
export type MapTrust = z.infer<typeof MapTrust>;

/** GET …/proxies?of=&source=&count= */
export const MapProxies = z.object({
  by: AnsweredBy,
  of: MapRow,
  proxies: z.array(
    z.object({
      row: MapRow,
      sets: z.array(z.object({ name: z.string(), size: z.number() })),
      otherArm: z.boolean(),
      consistencyP: z.number(),
      cosine: z.number().nullable(),
    }),
  ),
});
export type MapProxies = z.infer<typeof MapProxies>;

const SeenDose = z.object({
  row: z.number(),
  concentration: z.number(),
  cosine: z.number(),
  percentile: z.number(),
  strength: z.number(),
});
const DoseTrend = z.object({ tau: z.number(), p: z.number() });

/** GET …/compounds?of=&side=&tail=&count= */
export const MapCompounds = z.object({
  by: AnsweredBy,
  of: MapRow,
  side: z.enum(["opposite", "similar"]),
  compounds: z.array(
    z.object({
      perturbation: z.string(),
      symbol: z.string(),
      doses: z.array(SeenDose),
      best: SeenDose,
      trend: DoseTrend.nullable(),
      doseConsistent: z.boolean().nullable(),
      known: z.array(KnownEdge).nullable(),
    }),
  ),
});
export type MapCompounds = z.infer<typeof MapCompounds>;

/** GET …/known?of=&tail= */
export const MapKnown = z.object({
  by: AnsweredBy,
  of: MapRow,
  partners: z.array(
    z.object({
      row: MapRow,
      cosine: z.number(),
      percentile: z.number(),
      recovered: z.boolean(),
      edges: z.array(KnownEdge),
    }),
  ),
  sources: z.array(z.object({ source: z.string(), known: z.number(), recovered: z.number() })),
  novel: z.object({ similar: z.array(MapNeighbour), opposite: z.array(MapNeighbour) }),
  byChance: z.number(),
});
export type MapKnown = z.infer<typeof MapKnown>;

const flag = (otherwise: "true" | "false") => z.enum(["true", "false"]).default(otherwise);

/** Query of …/funnel: every setting has a default, so that a link holds only what was changed. */
export const FunnelQuery = z.object({
  between: z.enum(["all", "genes", "compounds", "gene-compound"]).default("all"),
  /** Largest p of consistency, adjusted over all rows unless `adjust=none`. */
  consistencyP: z.coerce.number().min(0).max(1).default(0.05),
  adjust: z.enum(["none", "bh"]).default("bh"),
  units: z.coerce.number().int().min(0).default(3),
  tails: z.enum(["percentile", "fdr"]).default("percentile"),
  percent: z.coerce.number().positive().max(50).default(5),
  q: z.coerce.number().positive().max(1).default(0.05),
  otherArm: flag("true"),
  novel: flag("true"),
  /** "off": not looked at. */
  doseTau: z.union([z.literal("off"), z.coerce.number().min(-1).max(1)]).default(0.6),
  /** 0: not looked at. */
  experiments: z.coerce.number().int().min(0).default(2),
  experimentPercent: z.coerce.number().positive().max(50).default(10),
  /** Only pairs with this perturbation are told; steps count all pairs. */
  with: z.string().min(1).max(300).optional(),
  limit: z.coerce.number().int().min(1).max(5000).default(200),
});
export type FunnelQuery = z.infer<typeof FunnelQuery>;

const FunnelCounts = z.array(z.object({ step: z.string(), pairs: z.number() }));

/** GET …/funnel?…; GET …/funnel/live?… sends `counts` events while it counts, then one `done` with this, as server-sent events. */
export const MapFunnel = z.object({
  by: AnsweredBy,
  settings: z.unknown(),
  cutoffs: z.object({ low: z.number(), high: z.number() }).nullable(),
  counts: FunnelCounts,
  /** Pairs that came through with the perturbation asked for; null: none was. */
  with: z.object({ symbol: z.string(), pairs: z.number() }).nullable(),
  pairs: z.array(
    z.object({
      a: MapRow,
      b: MapRow,
      cosine: z.number(),
      percentile: z.number(),
      doseTau: z.number().nullable(),
      experiments: z.number().nullable(),
      known: z.array(KnownEdge),
    }),
  ),
  /** Steps that this group cannot answer, in words. */
  notAsked: z.array(z.string()),
});
export type MapFunnel = z.infer<typeof MapFunnel>;
export const FunnelProgress = z.object({ counts: FunnelCounts, done: z.number() });
export type FunnelProgress = z.infer<typeof FunnelProgress>;

const CardEnd = z.object({
  perturbation: z.string(),
  type: z.enum(["gene", "compound", "other"]),
  symbol: z.string(),
  label: z.string(),
  concentration: z.number().nullable(),
  arm: z.string().nullable(),
  strength: z.number(),
  trust: Trust,
  agreement: MapAgreement.nullable(),
  doses: z.array(
    z.object({ concentration: z.number(), cosine: z.number(), percentile: z.number(), strength: z.number() }),
  ),
  trend: DoseTrend.nullable(),
});

/** A relation with all that speaks for and against it. */
export const MapCard = z.object({
  group: z.string(),
  statement: z.string(),
  relation: z.enum(["similar", "opposite"]),
  cosine: z.number(),
  percentile: z.number(),
  ends: z.tuple([CardEnd, CardEnd]),
  experiments: z.array(z.object({ experiment: z.string(), cosine: z.number(), percentile: z.number() })).nullable(),
  known: z.array(KnownEdge),
  sharedSets: z.array(z.string()),
  caveats: z.array(z.string()),
});
export type MapCard = z.infer<typeof MapCard>;

/** GET …/card?a=&b=: a card as it would be now, not saved. */
export const MapCardAnswer = z.object({ by: AnsweredBy, card: MapCard });
export type MapCardAnswer = z.infer<typeof MapCardAnswer>;

/** POST /api/v1/maps/cards: saves a card of a group version with its evidence. */
export const SaveCardBody = z.object({
  group: z.string().min(1).max(300),
  a: z.string().min(1).max(300),
  b: z.string().min(1).max(300),
  note: z.string().max(4000).default(""),
});
export type SaveCardBody = z.infer<typeof SaveCardBody>;
export const SavedCard = z.object({
  id: z.string(),
  group: z.string(),
  statement: z.string(),
  note: z.string(),
  state: z.enum(["open", "withdrawn"]),
  by: z.string(),
  at: Instant,
  withdrawn: z.object({ by: z.string(), at: Instant }).nullable(),
  /** /api/v1/maps/cards/:id.json, .md, .html */
  files: z.object({ json: z.string(), md: z.string(), html: z.string() }),
});
export type SavedCard = z.infer<typeof SavedCard>;
/** GET /api/v1/maps/cards?group=&q= */
export const SavedCards = z.object({ cards: z.array(SavedCard) });
export type SavedCards = z.infer<typeof SavedCards>;
/** GET /api/v1/maps/cards/:id; POST …/withdraw */
export const SavedCardDetail = z.object({ saved: SavedCard, card: MapCard });
export type SavedCardDetail = z.infer<typeof SavedCardDetail>;
