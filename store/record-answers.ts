import type { Store } from "./open-store.ts";
import { perturbationId } from "./record-layout.ts";
import { upsert } from "./upsert.ts";

export interface FlagInput {
  well: string;
  site?: number | null;
  channel?: string | null;
  /** defocus, saturation, debris, empty-well, channel-swap, bubble, dead-lamp, few-cells */
  label: string;
  score?: number | null;
  threshold?: number | null;
  /** In plain words. */
  reason: string;
}

export interface FlagSetInput {
  experimentId: string;
  plate: string;
  /** Only flags of this well are replaced; left out, those of the whole plate. */
  well?: string;
  /** Who says so: "detector", "cell count" … */
  source: string;
  flags: readonly FlagInput[];
  generation?: number;
  at: string;
}

/** Replaces the flags that one source gave a plate (or one well of it); an older generation changes nothing. */
export function recordFlags(store: Store, input: FlagSetInput): void {
  const scope = input.well ?? "";
  const generation = input.generation ?? 1;
  store.transaction(() => {
    const newer = store.all(
      "SELECT 1 FROM flag_set WHERE experiment_id = ? AND plate = ? AND source = ? AND scope = ? AND generation > ?",
      input.experimentId,
      input.plate,
      input.source,
      scope,
      generation,
    );
    if (newer.length > 0) return;
    const key = { experiment_id: input.experimentId, plate: input.plate, source: input.source, scope };
    upsert(store, "flag_set", ["experiment_id", "plate", "source", "scope"], { ...key, generation, at: input.at });
    const since = new Map(
      store
        .all(
          "SELECT well, site, channel, label, at FROM flag WHERE experiment_id = ? AND plate = ? AND source = ? AND scope = ?",
          input.experimentId,
          input.plate,
          input.source,
          scope,
        )
        .map((row) => [`${row.well}/${row.site}/${row.channel}/${row.label}`, String(row.at)]),
    );
    store.run(
      "DELETE FROM flag WHERE experiment_id = ? AND plate = ? AND source = ? AND scope = ?",
      input.experimentId,
      input.plate,
      input.source,
      scope,
    );
    for (const flag of input.flags) {
      const site = flag.site ?? 0;
      const channel = flag.channel ?? "";
      upsert(store, "flag", ["experiment_id", "plate", "well", "site", "channel", "label", "source"], {
        ...key,
        well: flag.well,
        site,
        channel,
        label: flag.label,
        score: finite(flag.score),
        threshold: finite(flag.threshold),
        reason: flag.reason,
        at: since.get(`${flag.well}/${site}/${channel}/${flag.label}`) ?? input.at,
      });
    }
  });
}

export type HitVerdict = "restores" | "partly restores" | "no effect" | "other phenotype" | "not determined";

/** An estimate with its interval; an open side is null. */
export interface EstimateInput {
  value: number;
  low: number | null;
  high: number | null;
  /** Default 0.95. */
  level?: number;
}

/** One compound's answer and the curve it rests on. */
export interface HitInput {
  /** The compound's name. */
  name: string;
  verdict: HitVerdict;
  sentence: string;
  doses: readonly number[];
  /** Default "µM". */
  unit?: string;
  /** rescue: share of the way back, 1 = healthy; sideEffect: rejection in units of the healthy–disease distance. */
  points: readonly {
    dose: number;
    plate: string;
    well: string;
    rescue: number;
    sideEffect?: number | null;
    /** Why the point is drawn but not fitted. */
    excluded?: string | null;
  }[];
  /** rescue(dose) = bottom + (top − bottom) / (1 + (ec50 / dose)^hill) */
  fit: { bottom: number; top: number; ec50: number; hill: number; residualSd?: number | null } | null;
  /** The fitted curve with its band; sampled from `fit` when left out. */
  line?: readonly { dose: number; rescue: number; low?: number | null; high?: number | null }[];
  /** relation ">" or "<": outside the tested doses, value is then the last dose. */
  ec50: (EstimateInput & { relation: "=" | ">" | "<" }) | null;
  maxRescue: EstimateInput | null;
  sideEffect: number | null;
  notes?: readonly string[];
}

export interface ResultInput {
  experimentId: string;
  generation?: number;
  at: string;
  /** What cannot be said, and why, in sentences. */
  missing?: readonly string[];
}

/** Replaces an experiment's hits. */
export function recordHits(store: Store, input: ResultInput & { hits: readonly HitInput[] }): void {
  store.transaction(() => {
    if (!storeResult(store, "hits", input, { missing: input.missing ?? [] })) return;
    store.run("DELETE FROM hit WHERE experiment_id = ?", input.experimentId);
    for (const hit of input.hits) {
      upsert(store, "hit", ["experiment_id", "perturbation_id"], {
        experiment_id: input.experimentId,
        perturbation_id: perturbationId({ type: "compound", name: hit.name }),
        verdict: hit.verdict,
        ec50: finite(hit.ec50?.value),
        max_rescue: finite(hit.maxRescue?.value),
        doc: JSON.stringify(hit),
        generation: input.generation ?? 1,
        at: input.at,
      });
    }
  });
}

export interface PhenoprintInput {
  auc: EstimateInput;
  /** "by plate", "within plate" */
  crossValidation: string;
  healthyWells: number;
  diseaseWells: number;
  falsePositiveRate: number | null;
  /** Every well that has a score: disease = 1, healthy = 0. */
  scores: readonly { plate: string; well: string; role: string; score: number }[];
  note?: string | null;
}

/**
 * Stores the healthy-against-disease score, or (null) why there is none.
 * @returns false when a newer generation is there already
 */
export function recordPhenoprint(
  store: Store,
  input: ResultInput & { phenoprint: PhenoprintInput | null; uri?: string },
): boolean {
  return storeResult(store, "phenoprint", input, { phenoprint: input.phenoprint, missing: input.missing ?? [] });
}

export interface ProjectionInput {
  mode: "rescue" | "unit" | "magnitude";
  /** "disease − healthy" */
  target: string;
  controls: readonly { plate: string; well: string; role: string; p: number; r: number }[];
  lines: readonly {
    type: "compound" | "gene" | "control";
    name: string;
    points: readonly { dose: number | null; p: number; r: number; wells: number }[];
  }[];
}

/** Stores the projection/rejection plot's data. */
export function recordProjection(store: Store, input: ResultInput & { projection: ProjectionInput | null }): void {
  storeResult(store, "projection", input, { projection: input.projection, missing: input.missing ?? [] });
}

export interface MapInput {
  perturbations: readonly {
    type: "compound" | "gene" | "control";
    name: string;
    doseUm?: number | null;
    /** How the row is labelled; the name (and dose) when left out. */
    label?: string;
    wells: number;
    consistency?: number | null;
    consistencyP?: number | null;
    trusted?: boolean;
  }[];
  /** Of shape (n, n), row-major; NaN or null = cannot be computed. */
  cosine: ArrayLike<number | null>;
  /** Clustered order: indexes into `perturbations`. */
  order: readonly number[];
}

/** Stores the experiment's map (small: its matrix fits a row; larger maps live in the group store). */
export function recordMap(
  store: Store,
  input: ResultInput & {
    map: MapInput | null;
    /** What the disease is like, in words. */
    sentence?: string | null;
    uri?: string;
  },
): void {
  const map = input.map === null ? null : { ...input.map, cosine: Array.from(input.map.cosine, finite) };
  storeResult(store, "map", input, { map, sentence: input.sentence ?? null, missing: input.missing ?? [] });
}

/** Stores the pointer to the experiment's HTML report. */
export function recordReport(store: Store, input: ResultInput & { uri: string }): void {
  storeResult(store, "report", input, {});
}

function storeResult(store: Store, kind: string, input: ResultInput & { uri?: string }, doc: object): boolean {
  const generation = input.generation ?? 1;
  const newer = store.all(
    "SELECT 1 FROM experiment_result WHERE experiment_id = ? AND kind = ? AND generation > ?",
    input.experimentId,
    kind,
    generation,
  );
  if (newer.length > 0) return false;
  upsert(store, "experiment_result", ["experiment_id", "kind"], {
    experiment_id: input.experimentId,
    kind,
    uri: input.uri ?? null,
    doc: JSON.stringify(doc),
    generation,
    at: input.at,
  });
  return true;
}

function finite(value: number | null | undefined): number | null {
  return value === undefined || value === null || !Number.isFinite(value) ? null : value;
}
