import type { SiteEvidence } from "@artesian/imaging";
import {
  clearFailure,
  type FailureInput,
  type FlagInput,
  linkRun,
  recordFailure,
  recordFlags,
  recordHits,
  recordImage,
  recordImageQuality,
  recordMap,
  recordPhenoprint,
  recordPlate,
  recordPlateSprite,
  recordProfiles,
  recordProjection,
  recordReport,
  recordSinkPosition,
  recordSite,
  recordWell,
  refinePlateMetrics,
  type Store,
  sinkPosition,
  upsertExperiment,
  upsertPlateLayout,
} from "@artesian/store";
import { z } from "zod";
import type { ExperimentDocument, PlateLayout, WellAnnotation } from "./experiment.ts";
import type { LivePlates } from "./live-plates.ts";
import {
  groupStatus,
  hitsRecord,
  imageMetricsRecord,
  imageRecord,
  mapRecord,
  phenoprintRecord,
  plateFeaturesRecord,
  plateQualityRecord,
  profileSummaryRecord,
  reportRecord,
  siteFeaturesRecord,
  siteMetricsRecord,
  spriteRecord,
  thumbnailRecord,
  wellFeaturesRecord,
} from "./phenomics.schemas.ts";
import type { HitsAnswer, MapAnswer, PhenoprintAnswer } from "./screen-answers.ts";

/** One record of a topic as a sink gets it. */
export interface SinkRecord {
  offset: number;
  key: string;
  value: unknown;
  failure?: { code: string; message: string; taskId?: string; node?: string } | undefined;
  timestamp: number;
}

/** What a sink may read beside the record: JSON objects that a record points to. */
export interface SinkContext {
  /** Run whose records these are. */
  runId: string;
  /** Plates that are being imaged. */
  live: LivePlates;
  readJson(uri: string): unknown;
}

type Writer = (store: Store, record: SinkRecord & { at: string }, context: SinkContext) => void;

/** Topic → how its records become rows. */
const writers: Record<string, Writer> = {
  experiment_metadata(store, { value, at }, { runId }) {
    if (value === null) return;
    const document = value as ExperimentDocument;
    upsertExperiment(store, {
      id: document.experiment,
      name: document.name,
      workflow: "phenomics",
      channels: document.channels,
      sitesPerWell: document.sites.length,
      pixelSizeUm: document.pixelSizeUm,
      doc: document,
      at,
    });
    linkRun(store, { id: runId, experimentId: document.experiment });
  },
  plate_layouts(store, { value }) {
    if (value === null) return;
    const layout = value as PlateLayout;
    upsertPlateLayout(store, {
      experimentId: layout.experiment,
      plate: layout.plate,
      order: layout.order,
      formatWells: layout.format,
      wells: layout.wells.map((well) => wellInput(well, layout.annotations[well])),
    });
  },
  images_channels(store, { value, at }) {
    const image = imageRecord.parse(value);
    recordImage(store, {
      ...placeOf(image),
      site: image.site,
      channel: image.channel,
      path: image.uri,
      sha256: image.sha256,
      sizeBytes: image.sizeBytes,
      at,
    });
  },
  "phenomics.image-metrics"(store, { value, at, failure }) {
    const image = imageRecord.parse(value);
    const place = { ...placeOf(image), site: image.site, channel: image.channel };
    if (failure !== undefined)
      return recordImageQuality(store, { ...place, error: { code: failure.code, message: failure.message }, at });
    const { metrics, width, height, bitDepth } = imageMetricsRecord.parse(value);
    recordImageQuality(store, { ...place, metrics, width, height, bitDepth, error: null, at });
  },
  "phenomics.sites"(store, { value, at, failure }) {
    if (failure !== undefined) return;
    const site = siteKey.parse(value);
    recordSite(store, { ...placeOf(site), site: site.site, completeAt: at });
  },
  "phenomics.thumbnails"(store, { value, failure }) {
    if (failure !== undefined) return;
    const site = thumbnailRecord.parse(value);
    recordSite(store, { ...placeOf(site), site: site.site, thumbnailUri: site.thumbnail });
  },
  "phenomics.site-features"(store, { value, failure }) {
    if (failure !== undefined) return;
    const site = siteFeaturesRecord.parse(value);
    recordSite(store, {
      ...placeOf(site),
      site: site.site,
      nuclei: site.cells,
      cells: site.cells,
      outlinesUri: site.outlines,
      labelsUri: site.labels,
      featuresUri: site.objects,
    });
  },
  "phenomics.well-features"(store, { value, at, failure }) {
    if (failure !== undefined) return;
    const well = wellFeaturesRecord.parse(value);
    recordWell(store, {
      ...placeOf(well),
      profileUri: well.vector?.values ?? null,
      sites: well.measuredSites,
      nuclei: well.cells,
      cells: well.cells,
      status:
        well.vector === null ? "failed" : well.missing.length + well.failed.length > 0 ? "incomplete" : "complete",
      missing: well.missing.map((site) => `site ${site}`),
      failed: well.failed.map(({ member, code, message }) => ({ what: `site ${member}`, code, message })),
      generation: well.generation,
      at,
    });
  },
  "phenomics.site-metrics"(_store, { value, failure }, { live, readJson }) {
    if (failure !== undefined) return;
    const { experiment, plate, well, site, evidence } = siteMetricsRecord.parse(value);
    live.add(experiment, {
      plate,
      well,
      site,
      ...(readJson(evidence) as Omit<SiteEvidence, "plate" | "well" | "site">),
    });
  },
  "phenomics.plate-quality"(store, { value, at, failure }, { live }) {
    if (failure !== undefined) return;
    const plate = plateQualityRecord.parse(value);
    live.end(plate.experiment, plate.plate);
    recordFlags(store, { experimentId: plate.experiment, plate: plate.plate, source: LIVE, flags: [], at });
    recordFlags(store, {
      experimentId: plate.experiment,
      plate: plate.plate,
      source: "detector",
      flags: plate.faults as FlagInput[],
      generation: plate.generation,
      at,
    });
  },
  "phenomics.plate-features"(store, { value, at, failure }) {
    if (failure !== undefined) return;
    const plate = plateFeaturesRecord.parse(value);
    recordPlate(store, {
      experimentId: plate.experiment,
      plate: plate.plate,
      status: plate.incomplete.length === 0 ? "complete" : "incomplete",
      metrics: plate.metrics,
      zPrimeMissing: plate.zPrimeMissing,
      profilesUri: plate.profiles,
      missing: plate.incomplete,
      generation: plate.generation,
      at,
    });
  },
  "phenomics.profile-summary": writeProfiles,
  "phenomics.batch-profiles": writeProfiles,
  "phenomics.plate-sprite"(store, { value, at, failure }) {
    if (failure !== undefined) return;
    const plate = spriteRecord.parse(value);
    recordPlateSprite(store, {
      experimentId: plate.experiment,
      plate: plate.plate,
      spriteUri: plate.sprite,
      windows: plate.windows,
      at,
    });
  },
  "phenomics.phenoprint"(store, { value, at, failure }, { readJson }) {
    if (failure !== undefined) return;
    const record = phenoprintRecord.parse(value);
    const { plates, ...answer } = readJson(record.phenoprint) as PhenoprintAnswer;
    const result = { experimentId: record.experiment, generation: record.generation, at };
    if (!recordPhenoprint(store, { ...result, ...answer, uri: record.phenoprint })) return;
    for (const { plate, metrics } of plates) {
      refinePlateMetrics(store, { experimentId: record.experiment, plate, metrics });
    }
  },
  "phenomics.hits"(store, { value, at, failure }, { readJson }) {
    if (failure !== undefined) return;
    const record = hitsRecord.parse(value);
    const answer = readJson(record.hits) as HitsAnswer;
    const result = { experimentId: record.experiment, generation: record.generation, at, missing: answer.missing };
    recordHits(store, { ...result, hits: answer.hits });
    recordProjection(store, { ...result, projection: answer.projection });
  },
  "phenomics.map"(store, { value, at, failure }, { readJson }) {
    if (failure !== undefined) return;
    const record = mapRecord.parse(value);
    const answer = readJson(record.map) as MapAnswer;
    recordMap(store, {
      experimentId: record.experiment,
      generation: record.generation,
      at,
      ...answer,
      uri: record.map,
    });
  },
  "phenomics.report"(store, { value, at, failure }) {
    if (failure !== undefined) return;
    const record = reportRecord.parse(value);
    recordReport(store, { experimentId: record.experiment, generation: record.generation, uri: record.report, at });
  },
};

/** A plate's profiles, or all plates' together. */
export function writeProfiles(store: Store, { value, at, failure }: SinkRecord & { at: string }): void {
  if (failure !== undefined) return;
  const record = profileSummaryRecord.parse(value);
  recordProfiles(store, {
    experimentId: record.experiment,
    ...(record.plate === undefined ? {} : { plate: record.plate }),
    rawUri: record.rawProfiles ?? null,
    normalizedUri: record.batchProfiles ?? record.profiles ?? null,
    selectedUri: record.selectedProfiles,
    dropsUri: record.drops,
    summaryUri: record.profileSummary,
    reportUri: record.ingestReport ?? null,
    measured: record.features.measured,
    kept: record.features.kept,
    replicates: record.replicates,
    normalizedBy: record.normalizedBy ?? null,
    generation: record.generation,
    at,
  });
}

/** Source of flags that a plate gets while it is still being imaged; the whole plate's take their place. */
const LIVE = "detector, plate not complete";

function flagLivePlates(store: Store, { live }: SinkContext, timestamp: number): void {
  for (const { experiment, plate, faults } of live.due()) {
    recordFlags(store, {
      experimentId: experiment,
      plate,
      source: LIVE,
      flags: faults,
      generation: 0,
      at: new Date(timestamp).toISOString(),
    });
  }
}

const siteKey = groupStatus.extend({ experiment: z.string(), plate: z.string(), well: z.string(), site: z.number() });

/** The topics whose records become rows of the store. */
export const sinkTopics: readonly string[] = Object.keys(writers);

const SINK = "store";

/** Next offset of a topic's partition that the store has not seen. */
export function storePosition(store: Store, topic: string, partition: number): number {
  return sinkPosition(store, SINK, topic, partition);
}

/**
 * Writes batches of records as rows, in one transaction with the offsets they reach: applied again after a crash, nothing changes.
 * A failure that a later record of the same item takes back is cleared.
 */
export function applyToStore(
  store: Store,
  batches: readonly { topic: string; partition: number; records: readonly SinkRecord[] }[],
  context: SinkContext,
): void {
  store.transaction(() => {
    for (const { topic, partition, records } of batches) {
      const write = writers[topic];
      for (const record of records) {
        const dated = { ...record, at: new Date(record.timestamp).toISOString() };
        write?.(store, dated, context);
        keepFailure(store, topic, dated);
      }
      const last = records.at(-1);
      if (topic === "phenomics.site-metrics" && last !== undefined) flagLivePlates(store, context, last.timestamp);
      if (last !== undefined) recordSinkPosition(store, SINK, topic, partition, last.offset + 1);
    }
  });
}

/** A failure is stored where it arose; what it takes down with it downstream says the same and is not stored again. */
function keepFailure(store: Store, topic: string, record: SinkRecord & { at: string }): void {
  const node = topic.startsWith("phenomics.") ? topic.slice("phenomics.".length) : undefined;
  if (node === undefined) return;
  const parsed = failurePlace.safeParse(record.value);
  if (!parsed.success) return;
  const { experiment, plate, well, site, channel } = parsed.data;
  const item: Pick<FailureInput, "experimentId" | "node" | "plate" | "well" | "site" | "channel"> = {
    experimentId: experiment,
    node,
    ...(plate === undefined ? {} : { plate }),
    ...(well === undefined ? {} : { well }),
    ...(site === undefined ? {} : { site }),
    ...(channel === undefined ? {} : { channel }),
  };
  if (record.failure === undefined) clearFailure(store, item);
  else if (record.failure.node === undefined || record.failure.node === node) {
    recordFailure(store, {
      ...item,
      code: record.failure.code,
      message: record.failure.message,
      ...(record.failure.taskId === undefined ? {} : { taskId: record.failure.taskId }),
      at: record.at,
    });
  }
}

const failurePlace = z.object({
  experiment: z.string(),
  plate: z.string().optional(),
  well: z.string().optional(),
  site: z.number().optional(),
  channel: z.string().optional(),
});

function placeOf(record: { experiment: string; plate: string; well: string }): {
  experimentId: string;
  plate: string;
  well: string;
} {
  return { experimentId: record.experiment, plate: record.plate, well: record.well };
}

function wellInput(well: string, annotation: WellAnnotation | undefined) {
  if (annotation === undefined) return { well, role: "other" as const };
  const { role, name, dose, metadata } = annotation;
  const type = role === "gene" || role === "compound" ? role : ("control" as const);
  return {
    well,
    role,
    perturbation: role === "other" || name === null ? null : { type, name },
    doseUm: dose,
    doc: metadata,
  };
}
