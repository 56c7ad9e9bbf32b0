import type { SiteEvidence } from "@artesian/imaging";
import { namesInCells } from "@artesian/maps/perturbation-names.ts";
import {
  type FlagInput,
  linkRun,
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
  recordSite,
  recordWell,
  refinePlateMetrics,
  type Store,
  upsertExperiment,
  upsertPlateLayout,
} from "@artesian/store";
import { z } from "zod";
import type { ExperimentDocument, PlateLayout, WellAnnotation } from "./experiment.ts";
import { type LivePlates, livePlates } from "./live-plates.ts";
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
import type { DatedRecord, SinkContext, TopicWriter, WorkflowRows } from "./store-sink.ts";

/** Topic → how its records become rows. @param live plates that are being imaged */
const writers = (live: LivePlates): Record<string, TopicWriter> => ({
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
  "phenomics.site-metrics"(_store, { value, failure }, { readJson }) {
    if (failure !== undefined) return;
    const { experiment, plate, well, site, evidence } = siteMetricsRecord.parse(value);
    live.add(experiment, {
      plate,
      well,
      site,
      ...(readJson(evidence) as Omit<SiteEvidence, "plate" | "well" | "site">),
    });
  },
  "phenomics.plate-quality"(store, { value, at, failure }) {
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
  "phenomics.phenoprint": writePhenoprint,
  "phenomics.hits": writeHits,
  "phenomics.map": writeMap,
  "phenomics.report"(store, { value, at, failure }) {
    if (failure !== undefined) return;
    const record = reportRecord.parse(value);
    recordReport(store, { experimentId: record.experiment, generation: record.generation, uri: record.report, at });
  },
});

/** The score that tells controls apart. */
export function writePhenoprint(store: Store, { value, at, failure }: DatedRecord, { readJson }: SinkContext): void {
  if (failure !== undefined) return;
  const record = phenoprintRecord.parse(value);
  const { plates, ...answer } = readJson(record.phenoprint) as PhenoprintAnswer;
  const result = { experimentId: record.experiment, generation: record.generation, at };
  if (!recordPhenoprint(store, { ...result, ...answer, uri: record.phenoprint })) return;
  for (const { plate, metrics } of plates) {
    refinePlateMetrics(store, { experimentId: record.experiment, plate, metrics });
  }
}

/** What each compound does. */
export function writeHits(store: Store, { value, at, failure }: DatedRecord, { readJson }: SinkContext): void {
  if (failure !== undefined) return;
  const record = hitsRecord.parse(value);
  const answer = readJson(record.hits) as HitsAnswer;
  const result = { experimentId: record.experiment, generation: record.generation, at, missing: answer.missing };
  recordHits(store, { ...result, hits: answer.hits });
  recordProjection(store, { ...result, projection: answer.projection });
}

/** Who is like whom. */
export function writeMap(store: Store, { value, at, failure }: DatedRecord, { readJson }: SinkContext): void {
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
}

/** A plate's profiles, or all plates' together. */
export function writeProfiles(store: Store, { value, at, failure }: DatedRecord): void {
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

function flagLivePlates(store: Store, live: LivePlates, at: string): void {
  for (const { experiment, plate, faults } of live.due()) {
    recordFlags(store, {
      experimentId: experiment,
      plate,
      source: LIVE,
      flags: faults,
      generation: 0,
      at,
    });
  }
}

const siteKey = groupStatus.extend({ experiment: z.string(), plate: z.string(), well: z.string(), site: z.number() });

/** How phenomics' topics become rows of the store. */
export function phenomicsRows(): WorkflowRows {
  const live = livePlates();
  return {
    topics: writers(live),
    settle(store, topic, { at }) {
      if (topic === "phenomics.site-metrics") flagLivePlates(store, live, at);
    },
  };
}

function placeOf(record: { experiment: string; plate: string; well: string }): {
  experimentId: string;
  plate: string;
  well: string;
} {
  return { experimentId: record.experiment, plate: record.plate, well: record.well };
}

export function wellInput(well: string, annotation: WellAnnotation | undefined) {
  if (annotation === undefined) return { well, role: "other" as const };
  const { role, name, dose, metadata } = annotation;
  return {
    well,
    role,
    perturbation: role === "other" || name === null ? null : perturbationInput(role, name, metadata),
    doseUm: dose,
    doc: metadata,
  };
}

/** A control has the name of its role, not those in its row. */
function perturbationInput(role: WellAnnotation["role"], name: string, metadata: WellAnnotation["metadata"]) {
  if (role !== "gene" && role !== "compound") return { type: "control" as const, name };
  const { name: full, synonyms = [], smiles, inchiKey } = namesInCells(metadata, name);
  const others = [...(full === undefined ? [] : [full]), ...synonyms];
  return {
    type: role,
    name,
    ...(others.length > 0 && { synonyms: others }),
    ...(smiles !== undefined && { smiles }),
    ...(inchiKey !== undefined && { doc: { inchiKey } }),
  };
}
