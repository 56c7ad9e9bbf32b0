import { UnknownColumnError } from "./errors.ts";
import { featureColumn, type MetadataCell, type Profiles, takeWells } from "./profiles.ts";
import { NoFeaturesError, OperationOptionError } from "./statistics-errors.ts";

/** A named rule: every feature's z-score beyond its threshold (above a positive one, below a negative one) makes an outlier. */
export interface OutlierRule {
  name: string;
  thresholds: Record<string, number>;
}

/** coSMicQC's default threshold sets: nuclei that segmentation spoilt (cytomining/coSMicQC, qc_nuclei_thresholds_default). */
export const OUTLIER_RULES: readonly OutlierRule[] = [
  {
    name: "small_and_low_formfactor_nuclei",
    thresholds: { Nuclei_AreaShape_Area: -1, Nuclei_AreaShape_FormFactor: -1 },
  },
  { name: "elongated_nuclei", thresholds: { Nuclei_AreaShape_Eccentricity: 2 } },
  { name: "large_nuclei", thresholds: { Nuclei_AreaShape_Area: 2, Nuclei_AreaShape_FormFactor: -2 } },
];

export interface OutlierReport {
  rule: string;
  /** Rows that the rule marks. */
  rows: number[];
  share: number;
}

/**
 * Marks single cells as coSMicQC does: z-scores (ddof 0) of each feature over all cells, missing values left out; a cell is an outlier of a
 * rule when all of its thresholds are passed. A missing value passes none.
 * @returns the cells with a metadata column `Metadata_cqc_NAME_is_outlier` a rule (1 or 0), and what each rule found
 * @throws UnknownColumnError (profiling/unknown-column), OperationOptionError (profiling/operation-option) for a threshold of 0
 */
export function markOutliers(
  cells: Profiles,
  rules: readonly OutlierRule[] = OUTLIER_RULES,
): { profiles: Profiles; reports: OutlierReport[] } {
  const scores = new Map<string, Float64Array>();
  const scoreOf = (feature: string): Float64Array => {
    const known = scores.get(feature);
    if (known !== undefined) return known;
    const index = cells.features.indexOf(feature);
    if (index < 0) throw new UnknownColumnError(feature, cells.features);
    const found = zScores(featureColumn(cells, index));
    scores.set(feature, found);
    return found;
  };
  const metadata: Record<string, MetadataCell[]> = { ...cells.metadata };
  const reports = rules.map(({ name, thresholds }): OutlierReport => {
    const marks = new Uint8Array(cells.rowCount).fill(1);
    for (const [feature, threshold] of Object.entries(thresholds)) {
      if (!(Math.abs(threshold) > 0))
        throw new OperationOptionError(name, feature, String(threshold), "a threshold above or below 0");
      const z = scoreOf(feature);
      for (let i = 0; i < marks.length; i++) if (!(threshold > 0 ? z[i]! > threshold : z[i]! < threshold)) marks[i] = 0;
    }
    metadata[`Metadata_cqc_${name}_is_outlier`] = Array.from(marks);
    const rows = Array.from(marks.keys()).filter((i) => marks[i] === 1);
    return { rule: name, rows, share: rows.length / Math.max(1, cells.rowCount) };
  });
  return { profiles: { ...cells, metadata }, reports };
}

/**
 * Leaves out rows that any column `Metadata_cqc_…` marks (1 or "True"), as pycytominer's `drop_cosmicqc_rows`.
 * @throws NoFeaturesError (profiling/no-features) when there is no such column
 */
export function dropOutliers(profiles: Profiles): { profiles: Profiles; dropped: number[] } {
  const names = Object.keys(profiles.metadata).filter((name) => name.startsWith("Metadata_cqc_"));
  if (names.length === 0) throw new NoFeaturesError("Quality control (Metadata_cqc_…)", Object.keys(profiles.metadata));
  const dropped: number[] = [];
  const kept: number[] = [];
  for (let row = 0; row < profiles.rowCount; row++) {
    const marked = names.some((name) => ["1", "true"].includes(String(profiles.metadata[name]![row]).toLowerCase()));
    (marked ? dropped : kept).push(row);
  }
  return { profiles: takeWells(profiles, kept), dropped };
}

function zScores(values: Float64Array): Float64Array {
  let [sum, count] = [0, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    sum += value;
    count++;
  }
  let squares = 0;
  for (const value of values) if (Number.isFinite(value)) squares += (value - sum / count) ** 2;
  const scale = Math.sqrt(squares / count);
  return values.map((value) => (value - sum / count) / scale);
}
