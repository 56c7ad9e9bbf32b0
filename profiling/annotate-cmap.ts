import { UnknownColumnError } from "./errors.ts";
import type { MetadataCell } from "./profiles.ts";

/** What annotation in the style of the Connectivity Map is told. */
export interface CmapOptions {
  /** Cell line where the metadata has no Metadata_cell_id. Default "unknown". */
  cellId?: string;
  /** chemical: DMSO and wells without a sample are controls; genetic: EMPTY is. Default none. */
  perturbationMode?: "none" | "chemical" | "genetic";
}

const BROAD_ID = /BRD[-N][A-Z0-9]+/;

/**
 * Adds the columns that Connectivity Map data carry (pert_id, pert_type, …) from Metadata_broad_sample; the rules are those of
 * pycytominer's annotate_cmap.
 * @param metadata columns of equal length; not changed
 * @param wellColumn column with the wells
 * @throws UnknownColumnError (profiling/unknown-column) without Metadata_broad_sample
 */
export function annotateCmap(
  metadata: Readonly<Record<string, MetadataCell[]>>,
  wellColumn: string,
  { cellId = "unknown", perturbationMode = "none" }: CmapOptions = {},
): Record<string, MetadataCell[]> {
  const samples = metadata.Metadata_broad_sample;
  const wells = metadata[wellColumn];
  if (samples === undefined) throw new UnknownColumnError("Metadata_broad_sample", Object.keys(metadata));
  if (wells === undefined) throw new UnknownColumnError(wellColumn, Object.keys(metadata));
  const every = (value: MetadataCell): MetadataCell[] => samples.map(() => value);
  const result: Record<string, MetadataCell[]> = {
    ...metadata,
    Metadata_pert_id: samples.map((sample) => BROAD_ID.exec(String(sample ?? ""))?.[0] ?? null),
    Metadata_pert_mfc_id: [...samples],
    Metadata_pert_well: [...wells],
    Metadata_pert_id_vendor: every(null),
  };
  const names = metadata.Metadata_pert_iname;
  if (names !== undefined)
    Object.assign(result, { Metadata_pert_mfc_desc: [...names], Metadata_pert_name: [...names] });
  result.Metadata_cell_id ??= every(cellId);
  if (perturbationMode === "chemical") markChemical(result, samples);
  const perturbations = result.Metadata_pert_name;
  if (perturbationMode === "genetic" && perturbations !== undefined)
    result.Metadata_broad_sample_type = perturbations.map((name) => (name === "EMPTY" ? "control" : "trt"));
  const types = result.Metadata_broad_sample_type;
  result.Metadata_pert_type = types === undefined ? every(null) : [...types];
  result.Metadata_broad_sample_type ??= every(null);
  return result;
}

function markChemical(result: Record<string, MetadataCell[]>, samples: readonly MetadataCell[]): void {
  const control = samples.map((sample) => sample === null || sample === "DMSO");
  const forControls = (cells: readonly MetadataCell[], value: MetadataCell): MetadataCell[] =>
    cells.map((cell, row) => (control[row] ? value : cell));
  result.Metadata_broad_sample = forControls(samples, "DMSO");
  result.Metadata_broad_sample_type = samples.map((sample, row) =>
    control[row] ? "control" : sample === "empty" ? "empty" : "trt",
  );
  for (const name of ["Metadata_mmoles_per_liter", "Metadata_mg_per_ml"]) {
    const cells = result[name];
    if (cells !== undefined) result[name] = forControls(cells, 0);
  }
  if (result.Metadata_solvent !== undefined) result.Metadata_pert_vehicle = [...result.Metadata_solvent];
}
