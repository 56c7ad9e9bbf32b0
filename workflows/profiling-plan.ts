import type { PlaceEntry } from "@artesian/data";
import { ExperimentDesignError } from "./errors.ts";
import { type AnnotationOptions, annotator, naturalOrder, type WellAnnotation } from "./experiment.ts";
import { readMetadataSheet } from "./metadata-sheet.ts";
import type {
  CellprofilerPlateRecord,
  CollateSettings,
  ProfilingExperimentRecord,
  ProfilingLayoutRecord,
} from "./profiling.schemas.ts";

/** A file of an image set and the plate that it belongs to. */
export interface SetFile {
  plate: string;
  /** Folder of the plate's image sets within the place, without a "/" at the end. */
  prefix: string;
  /** Below the prefix: `SET/Cells.csv`. */
  file: string;
}

const TABLE = /^(?:image|cells|cytoplasm|nuclei|object)\.csv(?:\.gz)?$/i;

/**
 * Which plate a file belongs to. Image sets are folders with CSVs; a plate is the folder above them (or above its `analysis`), as in
 * `BATCH/PLATE/analysis/SET/Image.csv`, `PLATE/SET/Image.csv`.
 * @param key the file's key
 * @param wholePlace the plate's name when image sets lie in the place itself
 * @returns undefined for a file of another kind
 */
export function placeOfTable(key: string, wholePlace: string): SetFile | undefined {
  const parts = key.split("/");
  const name = parts.pop() ?? "";
  const set = parts.pop();
  if (set === undefined || !TABLE.test(name)) return undefined;
  const prefix = parts.join("/");
  if (parts.at(-1)?.toLowerCase() === "analysis") parts.pop();
  return { plate: parts.at(-1) ?? wholePlace, prefix, file: `${set}/${name}` };
}

/** Plates in a listing of files. */
export interface PlateFiles {
  plate: string;
  prefix: string;
  files: { file: string; entry: PlaceEntry }[];
}

/**
 * Sorts files into plates.
 * @throws ExperimentDesignError (workflows/experiment-design) when two folders have one plate's name
 */
export function platesIn(entries: readonly PlaceEntry[], wholePlace: string): PlateFiles[] {
  const plates = new Map<string, PlateFiles>();
  for (const entry of entries) {
    const found = placeOfTable(entry.key, wholePlace);
    if (found === undefined) continue;
    const known = plates.get(found.plate);
    if (known === undefined)
      plates.set(found.plate, { plate: found.plate, prefix: found.prefix, files: [{ file: found.file, entry }] });
    else if (known.prefix !== found.prefix)
      throw new ExperimentDesignError(
        `Plate ${found.plate} lies in ${known.prefix || "."} and in ${found.prefix || "."}. Give the folder of one batch.`,
      );
    else known.files.push({ file: found.file, entry });
  }
  return [...plates.values()].sort((a, b) => naturalOrder(a.plate, b.plate));
}

export interface ProfilingOptions extends AnnotationOptions {
  experiment: string;
  name?: string;
  /** A folder's path or `s3://bucket/prefix`. */
  place: string;
  /** One row a well, with a plate column where there are several plates. */
  metadata?: { text: string; source: string };
  collate: CollateSettings;
  /** Over the graph's own way of normalising. */
  normalize?: string;
  readout?: string;
}

export interface ProfilingPlan {
  document: ProfilingExperimentRecord;
  plates: CellprofilerPlateRecord[];
  layouts: ProfilingLayoutRecord[];
  warnings: string[];
}

/**
 * Plans an experiment over CellProfiler's tables: which files make up each plate, what stands in its wells, how profiles are made.
 * @throws MetadataError, ConditionError, ExperimentDesignError, each with what was found and what was expected
 */
export function planProfiling(plates: readonly PlateFiles[], options: ProfilingOptions): ProfilingPlan {
  const { experiment, place, collate } = options;
  const sheet = options.metadata && readMetadataSheet(options.metadata.text, options.metadata.source);
  const { annotate, controls } = annotator(sheet, options);
  const doseUnit = unitOf(sheet?.columns ?? [], options.dose);
  const recipe = options.normalize === undefined ? {} : { normalize: { method: options.normalize } };
  const warnings: string[] = [];
  const layouts = plates.map(({ plate }, index): ProfilingLayoutRecord => {
    const rows = (sheet?.rows ?? []).filter((row) => row.plate === null || row.plate === plate);
    if (sheet !== undefined && rows.length === 0)
      warnings.push(`Plate ${plate} is not in ${sheet.source}: its wells stay without a treatment.`);
    const annotations: Record<string, WellAnnotation> = Object.fromEntries(
      rows.map((row) => [row.well, annotate(row)]),
    );
    return {
      experiment,
      plate,
      part: "layout",
      order: index + 1,
      annotations,
      design: { doseUnit, readout: options.readout ?? null, recipe },
    };
  });
  for (const [control, roles] of [
    ["negative", ["negative", "healthy"]],
    ["positive", ["positive", "disease"]],
  ] as const) {
    const said = options[control];
    const isThere = layouts.some(({ annotations }) =>
      Object.values(annotations).some(({ role }) => roles.some((one) => one === role)),
    );
    if (said !== undefined && !isThere)
      warnings.push(
        `No well is a ${control} control: ${said} is nowhere in ${sheet?.source ?? "a sheet"}.${control === "negative" ? " Profiles are normalised by all wells." : ""}`,
      );
  }
  const known = new Set(plates.map(({ plate }) => plate));
  const missing = [
    ...new Set((sheet?.rows ?? []).flatMap(({ plate }) => (plate === null || known.has(plate) ? [] : [plate]))),
  ];
  if (missing.length > 0)
    warnings.push(
      `${sheet?.source ?? "The sheet"} describes plates that are not there: ${missing.slice(0, 6).join(", ")}.`,
    );
  return {
    document: {
      experiment,
      name: options.name ?? experiment,
      plates: plates.map(({ plate }) => plate),
      channels: [],
      nucleiChannel: "",
      readout: options.readout ?? null,
      doseUnit,
      recipe,
      controls,
    },
    plates: plates.map(({ plate, prefix, files }) => ({
      experiment,
      plate,
      place,
      prefix,
      files: files.map(({ file }) => file),
      options: collate,
    })),
    layouts,
    warnings,
  };
}

/** The dose's unit as its column's name tells it. */
function unitOf(columns: readonly string[], dose: string | undefined): string {
  const name = dose ?? columns.find((column) => /dose|conc|mmoles_per_liter|mg_per_ml/i.test(column)) ?? "";
  if (/mmoles_per_liter|mM\b/.test(name)) return "mM";
  if (/mg_per_ml/i.test(name)) return "mg/ml";
  return /nm\b/i.test(name) ? "nM" : "µM";
}
