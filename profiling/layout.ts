/**
 * Where files of a profiling project stand, as the image-based profiling handbook (chapter 5) and the profiling-recipe lay them out.
 * All paths are keys of a place: "/" between parts, no leading slash.
 */

export type FeatureSelectLevel = "plate" | "batch" | "all";

/** Wells that features were centred on: the whole plate, or its negative controls. */
export type NormalizeReference = "all" | "negcon";

const suffixOf = (reference: NormalizeReference): string => (reference === "negcon" ? "_negcon" : "");

/** Metadata of a batch: which plate has which plate map. */
export const barcodePlatemapKey = (batch: string): string => `metadata/platemaps/${batch}/barcode_platemap.csv`;

export const platemapKey = (batch: string, name: string): string => `metadata/platemaps/${batch}/platemap/${name}.txt`;

export const externalMetadataKey = (file: string): string => `metadata/external_metadata/${file}`;

/** CellProfiler's list of images; the recipe asks for the compressed one, the other is taken too. */
export const loadDataKeys = (batch: string, plate: string): string[] =>
  ["load_data.csv.gz", "load_data.csv"].map((name) => `load_data_csv/${batch}/${plate}/${name}`);

/** Folder of CellProfiler's CSVs, one sub-folder an image set. */
export const analysisPrefix = (batch: string, plate: string, folder = "analysis"): string =>
  `analysis/${batch}/${plate}/${folder}/`;

export const backendKey = (batch: string, plate: string, extension: "sqlite" | "csv" | "parquet"): string =>
  `backend/${batch}/${plate}/${plate}.${extension}`;

/** Folder of a plate's profiles. */
export const profilesPrefix = (outputDir: string, batch: string, plate: string): string =>
  `${outputDir}/${batch}/${plate}/`;

/** Profiles of a plate by what was done to them. */
export function profileKeys(outputDir: string, batch: string, plate: string) {
  const start = `${profilesPrefix(outputDir, batch, plate)}${plate}`;
  return {
    aggregated: `${start}.csv.gz`,
    augmented: `${start}_augmented.csv.gz`,
    normalized: (reference: NormalizeReference, subgroups = false): string =>
      `${start}${subgroups ? "_subgroup" : ""}_normalized${suffixOf(reference)}.csv.gz`,
    selected: (reference: NormalizeReference, level: FeatureSelectLevel, subgroups = false): string =>
      `${start}${subgroups ? "_subgroup" : ""}_normalized_feature_select${suffixOf(reference)}_${level}.csv.gz`,
  };
}

/** Stacked profiles of a batch, for Morpheus and for people. */
export function gctKeys(
  batch: string,
  reference: NormalizeReference,
  level: FeatureSelectLevel,
  subgroups = false,
): { csv: string; gct: string } {
  const start = `gct/${batch}/${batch}${subgroups ? "_subgroup" : ""}_normalized_feature_select${suffixOf(reference)}_${level}`;
  return { csv: `${start}.csv.gz`, gct: `${start}.gct` };
}

export const SUMMARY_KEY = "quality_control/summary/summary.tsv";

/** A heat map's file: `PLATE_cell_count.png` and its twins. */
export const heatmapKey = (
  batch: string,
  plate: string,
  figure: "cell_count" | "correlation" | "position_effect",
  extension: "png" | "svg" | "csv",
): string => `quality_control/heatmap/${batch}/${plate}/${plate}_${figure}.${extension}`;

/** Where the record of a step stands, beside its outputs. */
export const recordKey = (prefix: string, step: string): string => `${prefix}how-made/${step}.json`;
