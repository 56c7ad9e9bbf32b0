import type { Store } from "./open-store.ts";
import { numbersJson, upsert } from "./upsert.ts";

type Numbers = Readonly<Record<string, number | null | undefined>>;

/** Something that failed, with its first cause. */
export interface Failed {
  /** "site 2 · Mito" */
  what: string;
  code: string;
  message: string;
}

export interface ImageQualityInput {
  experimentId: string;
  plate: string;
  well: string;
  site: number;
  channel: string;
  /** Metric → value; a missing value is NaN or null. Left out when the image failed. */
  metrics?: Numbers;
  width?: number;
  height?: number;
  bitDepth?: number;
  /** First cause, when the image could not be read or measured. */
  error?: { code: string; message: string } | null;
  /** A higher generation replaces a lower one, never the other way. */
  generation?: number;
  at: string;
}

/** Stores an image's quality, or why there is none. */
export function recordImageQuality(store: Store, input: ImageQualityInput): void {
  upsert(store, "image_quality", ["experiment_id", "plate", "well", "site", "channel"], {
    experiment_id: input.experimentId,
    plate: input.plate,
    well: input.well,
    site: input.site,
    channel: input.channel,
    metrics: input.metrics === undefined ? null : numbersJson(input.metrics),
    width: input.width ?? null,
    height: input.height ?? null,
    bit_depth: input.bitDepth ?? null,
    error_code: input.error?.code ?? null,
    error_message: input.error?.message ?? null,
    generation: input.generation ?? 1,
    at: input.at,
  });
}

/** Parts of a site's result; each node stores its own part, in any order, and leaves the others as they are. */
export interface SiteInput {
  experimentId: string;
  plate: string;
  well: string;
  site: number;
  nuclei?: number;
  cells?: number;
  /** Colour composite (PNG or WebP). */
  thumbnailUri?: string;
  /** Transparent PNG with outlines. */
  outlinesUri?: string;
  /** Label images. */
  labelsUri?: string;
  featuresUri?: string;
  embeddingUri?: string;
  /** Site-level numbers. */
  metrics?: Numbers;
  /** When the last of its images came; the time from then to now is kept as the site's latency, once. */
  completeAt?: string;
}

/** Stores the parts that are given. */
export function recordSite(store: Store, input: SiteInput): void {
  upsert(store, "site_result", ["experiment_id", "plate", "well", "site"], {
    experiment_id: input.experimentId,
    plate: input.plate,
    well: input.well,
    site: input.site,
    ...(input.nuclei === undefined ? {} : { nuclei: input.nuclei }),
    ...(input.cells === undefined ? {} : { cells: input.cells }),
    ...(input.thumbnailUri === undefined ? {} : { thumbnail_uri: input.thumbnailUri }),
    ...(input.outlinesUri === undefined ? {} : { outlines_uri: input.outlinesUri }),
    ...(input.labelsUri === undefined ? {} : { labels_uri: input.labelsUri }),
    ...(input.featuresUri === undefined ? {} : { features_uri: input.featuresUri }),
    ...(input.embeddingUri === undefined ? {} : { embedding_uri: input.embeddingUri }),
    ...(input.metrics === undefined ? {} : { metrics: numbersJson(input.metrics) }),
    ...(input.completeAt === undefined ? {} : { complete_at: input.completeAt }),
  });
  if (input.completeAt === undefined) return;
  store.run(
    "UPDATE site_result SET image_to_site_ms = ? WHERE experiment_id = ? AND plate = ? AND well = ? AND site = ? AND image_to_site_ms IS NULL",
    Math.max(0, store.now().getTime() - Date.parse(input.completeAt)),
    input.experimentId,
    input.plate,
    input.well,
    input.site,
  );
}

export interface WellResultInput {
  experimentId: string;
  plate: string;
  well: string;
  profileUri?: string | null;
  /** Sites that the profile rests on. */
  sites: number;
  nuclei?: number | null;
  cells?: number | null;
  status: "complete" | "incomplete" | "failed";
  /** "site 2 · Mito" */
  missing?: readonly string[];
  failed?: readonly Failed[];
  metrics?: Numbers;
  generation?: number;
  at: string;
}

/** Stores a well's profile pointer and counts. */
export function recordWell(store: Store, input: WellResultInput): void {
  const row = {
    experiment_id: input.experimentId,
    plate: input.plate,
    well: input.well,
    profile_uri: input.profileUri ?? null,
    sites: input.sites,
    nuclei: input.nuclei ?? null,
    cells: input.cells ?? null,
    status: input.status,
    missing: JSON.stringify(input.missing ?? []),
    failed: JSON.stringify(input.failed ?? []),
    metrics: numbersJson(input.metrics ?? {}),
    generation: input.generation ?? 1,
    at: input.at,
  };
  upsert(store, "well_profile", ["experiment_id", "plate", "well"], row, { stored_at: store.now().toISOString() });
}

export interface PlateResultInput {
  experimentId: string;
  plate: string;
  status: "complete" | "incomplete" | "failed";
  /** zPrime, ssmd, signalWindow, cellCountCv, replicateCorrelation, edgeEffect, rowEffect, columnEffect … */
  metrics: Numbers;
  /** Why there is no Z′, in words. */
  zPrimeMissing?: string | null;
  profilesUri?: string | null;
  /** Wells that are missing or failed. */
  missing?: readonly string[];
  generation?: number;
  at: string;
}

/** Stores a plate's metrics. */
export function recordPlate(store: Store, input: PlateResultInput): void {
  upsert(
    store,
    "plate_result",
    ["experiment_id", "plate"],
    {
      experiment_id: input.experimentId,
      plate: input.plate,
      status: input.status,
      metrics: numbersJson(input.metrics),
      z_prime_missing: input.zPrimeMissing ?? null,
      profiles_uri: input.profilesUri ?? null,
      missing: JSON.stringify(input.missing ?? []),
      generation: input.generation ?? 1,
      at: input.at,
    },
    { windows: "{}", sprite_uri: null },
  );
}

export interface PlateSpriteInput {
  experimentId: string;
  plate: string;
  spriteUri?: string | null;
  /** Shared contrast of the plate: channel → raw grey values. */
  windows: Readonly<Record<string, { lo: number; hi: number }>>;
  at: string;
}

/** Stores a plate's sprite sheet and contrast windows, beside its metrics and in any order with them. */
export function recordPlateSprite(store: Store, input: PlateSpriteInput): void {
  upsert(
    store,
    "plate_result",
    ["experiment_id", "plate"],
    {
      experiment_id: input.experimentId,
      plate: input.plate,
      windows: JSON.stringify(input.windows),
      ...(input.spriteUri === undefined ? {} : { sprite_uri: input.spriteUri }),
    },
    {
      ...(input.spriteUri === undefined ? { sprite_uri: null } : {}),
      status: "imaging",
      metrics: "{}",
      z_prime_missing: null,
      profiles_uri: null,
      missing: "[]",
      generation: 0,
      at: input.at,
    },
  );
}

export interface FailureInput {
  experimentId: string;
  /** The node that failed. */
  node: string;
  plate?: string;
  well?: string;
  site?: number;
  channel?: string;
  code: string;
  message: string;
  taskId?: string;
  at: string;
}

/** Stores that a node failed on an item. */
export function recordFailure(store: Store, input: FailureInput): void {
  upsert(store, "failure", ["experiment_id", "node", "plate", "well", "site", "channel"], {
    experiment_id: input.experimentId,
    node: input.node,
    plate: input.plate ?? "",
    well: input.well ?? "",
    site: input.site ?? 0,
    channel: input.channel ?? "",
    code: input.code,
    message: input.message,
    task_id: input.taskId ?? "",
    at: input.at,
  });
}

/** Takes a failure back: the same node succeeded on the same item after a retry. */
export function clearFailure(
  store: Store,
  item: Pick<FailureInput, "experimentId" | "node" | "plate" | "well" | "site" | "channel">,
): void {
  store.run(
    "DELETE FROM failure WHERE experiment_id = ? AND node = ? AND plate = ? AND well = ? AND site = ? AND channel = ?",
    item.experimentId,
    item.node,
    item.plate ?? "",
    item.well ?? "",
    item.site ?? 0,
    item.channel ?? "",
  );
}

/**
 * Replaces some of a plate's metrics by better ones, such as those of a score that was validated on the other plates; the others stay.
 * Without a result of the plate nothing is stored.
 */
export function refinePlateMetrics(
  store: Store,
  input: { experimentId: string; plate: string; metrics: Numbers },
): void {
  store.transaction(() => {
    const row = store.all(
      "SELECT metrics, z_prime_missing FROM plate_result WHERE experiment_id = ? AND plate = ?",
      input.experimentId,
      input.plate,
    )[0];
    if (row === undefined) return;
    const metrics = { ...(JSON.parse(String(row.metrics)) as Numbers), ...input.metrics };
    const known = metrics.zPrime !== null && metrics.zPrime !== undefined;
    store.run(
      "UPDATE plate_result SET metrics = ?, z_prime_missing = ? WHERE experiment_id = ? AND plate = ?",
      numbersJson(metrics),
      known || row.z_prime_missing === null ? null : String(row.z_prime_missing),
      input.experimentId,
      input.plate,
    );
  });
}
