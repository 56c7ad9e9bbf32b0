import type { Store } from "./open-store.ts";
import { insertIfAbsent, upsert } from "./upsert.ts";
import { placeOf } from "./well-place.ts";

/** What a well is there for; `other` = on the plate, not part of the analysis. */
export type Role = "healthy" | "disease" | "positive" | "negative" | "gene" | "compound" | "other";

export interface ExperimentInput {
  id: string;
  name?: string;
  workflow: string;
  /** Channel names in acquisition order. */
  channels: readonly string[];
  sitesPerWell: number;
  pixelSizeUm?: number | null;
  /** Everything else that the metadata said, kept as it is. */
  doc?: unknown;
  codeVersion?: string;
  /** ISO 8601 in UTC, of the record. */
  at: string;
}

/** Stores what the metadata says about an experiment; a later record replaces an earlier one, its first instant stays. */
export function upsertExperiment(store: Store, input: ExperimentInput): void {
  upsert(store, "experiment", ["id"], experimentRow(input), { created_at: input.at });
}

/** Stores an experiment unless it is there: for what is known of the cells of another workflow's experiment. */
export function insertExperiment(store: Store, input: ExperimentInput): void {
  insertIfAbsent(store, "experiment", { ...experimentRow(input), created_at: input.at });
}

function experimentRow(input: ExperimentInput) {
  return {
    id: input.id,
    name: input.name ?? input.id,
    workflow: input.workflow,
    channels: JSON.stringify(input.channels),
    sites_per_well: input.sitesPerWell,
    pixel_size_um: input.pixelSizeUm ?? null,
    doc: JSON.stringify(input.doc ?? {}),
    code_version: input.codeVersion ?? "",
    updated_at: input.at,
  };
}

export interface PerturbationInput {
  type: "compound" | "gene" | "control";
  name: string;
  synonyms?: readonly string[];
  smiles?: string | null;
  doc?: unknown;
}

/** A perturbation's identity everywhere: `compound:C4`. */
export function perturbationId(perturbation: { type: string; name: string }): string {
  return `${perturbation.type}:${perturbation.name}`;
}

/** Stores a perturbation; synonyms, structure and document replace those that were there when given, else they stay. */
export function upsertPerturbation(store: Store, input: PerturbationInput): void {
  const known = {
    ...(input.synonyms === undefined ? {} : { synonyms: JSON.stringify(input.synonyms) }),
    ...(input.smiles === undefined ? {} : { smiles: input.smiles }),
    ...(input.doc === undefined ? {} : { doc: JSON.stringify(input.doc) }),
  };
  const absent = { synonyms: "[]", smiles: null, doc: "{}" };
  const whenNew = Object.fromEntries(Object.entries(absent).filter(([column]) => !(column in known)));
  upsert(
    store,
    "perturbation",
    ["id"],
    { id: perturbationId(input), type: input.type, name: input.name, ...known },
    whenNew,
  );
}

export interface WellInput {
  /** "C05" */
  well: string;
  role: Role;
  perturbation?: PerturbationInput | null;
  doseUm?: number | null;
  /** Further columns of the metadata. */
  doc?: unknown;
}

export interface PlateLayoutInput {
  experimentId: string;
  plate: string;
  /** Place in run order, from 1. */
  order: number;
  /** Wells of the plate format: 96, 384 or 1536. */
  formatWells: number;
  wells: readonly WellInput[];
}

/**
 * Stores a plate's layout. It replaces the layout that was there: wells that are no longer named go, unless images or readings came for them,
 * which then count as `other`.
 * @throws WellNameError (store/well-name)
 */
export function upsertPlateLayout(store: Store, input: PlateLayoutInput): void {
  const key = { experiment_id: input.experimentId, plate: input.plate };
  store.transaction(() => {
    upsert(store, "plate", ["experiment_id", "plate"], {
      ...key,
      run_order: input.order,
      format_wells: input.formatWells,
    });
    store.run(
      "UPDATE well SET in_layout = 0, role = 'other', perturbation_id = NULL, dose_um = NULL, doc = '{}' WHERE experiment_id = ? AND plate = ?",
      input.experimentId,
      input.plate,
    );
    for (const well of input.wells) {
      const { row, column } = placeOf(input.plate, well.well);
      if (well.perturbation) upsertPerturbation(store, well.perturbation);
      upsert(store, "well", ["experiment_id", "plate", "well"], {
        ...key,
        well: well.well,
        row_index: row,
        column_index: column,
        role: well.role,
        perturbation_id: well.perturbation ? perturbationId(well.perturbation) : null,
        dose_um: well.doseUm ?? null,
        in_layout: 1,
        doc: JSON.stringify(well.doc ?? {}),
      });
    }
    store.run(
      `DELETE FROM well WHERE experiment_id = ? AND plate = ? AND in_layout = 0 AND NOT EXISTS (
        SELECT 1 FROM image WHERE image.experiment_id = well.experiment_id AND image.plate = well.plate AND image.well = well.well)
        AND NOT EXISTS (
        SELECT 1 FROM reading WHERE reading.experiment_id = well.experiment_id AND reading.plate = well.plate AND reading.well = well.well)`,
      input.experimentId,
      input.plate,
    );
  });
}

export interface ImageInput {
  experimentId: string;
  plate: string;
  well: string;
  /** From 1. */
  site: number;
  channel: string;
  /** Where the file is; pages see its last part only. */
  path: string;
  sha256: string;
  sizeBytes: number;
  at: string;
}

/**
 * Stores that an image has come. Plate and well appear with it when the layout is not there yet.
 * @throws WellNameError (store/well-name)
 */
export function recordImage(store: Store, input: ImageInput): void {
  const key = { experiment_id: input.experimentId, plate: input.plate };
  const { row, column } = placeOf(input.plate, input.well);
  store.transaction(() => {
    insertIfAbsent(store, "well", {
      ...key,
      well: input.well,
      row_index: row,
      column_index: column,
      role: "other",
      perturbation_id: null,
      dose_um: null,
      in_layout: 0,
      doc: "{}",
    });
    insertIfAbsent(store, "plate", { ...key, run_order: UNKNOWN_ORDER, format_wells: 0 });
    upsert(
      store,
      "image",
      ["experiment_id", "plate", "well", "site", "channel"],
      {
        ...key,
        well: input.well,
        site: input.site,
        channel: input.channel,
        path: input.path,
        sha256: input.sha256,
        size_bytes: input.sizeBytes,
      },
      { seen_at: input.at },
    );
  });
}

/** Run order of a plate that no layout names: after all others, by name. */
const UNKNOWN_ORDER = 1_000_000;
