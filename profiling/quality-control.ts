import type { Table } from "@artesian/data";
import { readCsv } from "@artesian/data/csv.ts";
import { cellText, columnOf } from "@artesian/data/table.ts";
import { mean, median, pearson, quantileSorted } from "@artesian/numerics";
import { UnknownColumnError } from "./errors.ts";
import { featureColumn, metadataColumn, type Profiles } from "./profiles.ts";

/** A plate's line of the recipe's summary table. */
export interface PlateSummary {
  batch: string;
  plate: string;
  wellCount: number;
  /** Channels; null when no load_data.csv says it. */
  imagesPerSite: number | null;
  sitesPerWellMedian: number;
  /** Mean absolute deviation of sites a well. */
  sitesPerWellMad: number;
}

/**
 * Counts wells, sites and images of a plate from CellProfiler's load_data.csv.
 * @param row column of the well's row, such as Metadata_Row; column: of the well's column
 * @throws UnknownColumnError (profiling/unknown-column)
 */
export function summariseLoadData(
  table: Table,
  { batch, plate, row, column }: { batch: string; plate: string; row: string; column: string },
): PlateSummary {
  const [rows, columns, sites] = [row, column, "Metadata_Site"].map((name) => {
    const found = columnOf(table, name);
    if (found !== undefined) return found;
    throw new UnknownColumnError(
      name,
      table.columns.map((one) => one.name),
    );
  });
  const counts = new Map<string, number>();
  for (let i = 0; i < table.rowCount; i++) {
    const [r, c] = [cellText(rows!, i), cellText(columns!, i)];
    if (r === null || c === null) continue;
    const key = JSON.stringify([r, c]);
    counts.set(key, (counts.get(key) ?? 0) + (cellText(sites!, i) === null ? 0 : 1));
  }
  const imagesPerSite = table.columns.filter(({ name }) => name.startsWith("FileName")).length;
  return { batch, plate, imagesPerSite, ...sitesPerWell([...counts.values()]) };
}

/** The same from aggregated profiles, which know their sites but not their channels. */
export function summariseSiteCounts(profiles: Profiles, batch: string, plate: string): PlateSummary {
  const sites = metadataColumn(profiles, "Metadata_Site_Count").map(Number);
  return { batch, plate, imagesPerSite: null, ...sitesPerWell(sites) };
}

function sitesPerWell(
  sites: readonly number[],
): Pick<PlateSummary, "wellCount" | "sitesPerWellMedian" | "sitesPerWellMad"> {
  const centre = mean(sites);
  return {
    wellCount: sites.length,
    sitesPerWellMedian: Math.trunc(median(sites)),
    sitesPerWellMad: mean(sites.map((value) => Math.abs(value - centre))),
  };
}

const SUMMARY_COLUMNS = [
  "Batch_Name",
  "Plate_Name",
  "Well_Count",
  "Images_per_site",
  "Sites_per_well_Median",
  "Sites_per_well_mad",
] as const;

/**
 * The summary table with new lines: plates that are in it already are replaced, others stay, all sorted by batch and plate.
 * @param existing text of quality_control/summary/summary.tsv, or undefined
 * @throws CsvError (data/csv) when the existing table cannot be read
 */
export function mergeSummaries(existing: string | undefined, plates: readonly PlateSummary[]): string {
  const lines = new Map<string, (string | null)[]>();
  if (existing !== undefined) {
    const table = readCsv(existing, { source: "summary.tsv", delimiter: "\t", text: SUMMARY_COLUMNS });
    const columns = SUMMARY_COLUMNS.map((name) => columnOf(table, name));
    for (let row = 0; row < table.rowCount; row++) {
      const cells = columns.map((column) => (column === undefined ? null : cellText(column, row)));
      lines.set(JSON.stringify(cells.slice(0, 2)), cells);
    }
  }
  for (const { batch, plate, wellCount, imagesPerSite, sitesPerWellMedian, sitesPerWellMad } of plates)
    lines.set(JSON.stringify([batch, plate]), [
      batch,
      plate,
      String(wellCount),
      imagesPerSite === null ? null : String(imagesPerSite),
      String(sitesPerWellMedian),
      sitesPerWellMad.toFixed(3),
    ]);
  const sorted = [...lines.values()].sort((a, b) => compare(a[0] ?? "", b[0] ?? "") || compare(a[1] ?? "", b[1] ?? ""));
  return [SUMMARY_COLUMNS, ...sorted].map((cells) => `${cells.map((cell) => cell ?? "").join("\t")}\n`).join("");
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A number a well, as heat maps draw it. */
export interface WellMap {
  /** Row letters and column numbers as the wells' names have them. */
  wells: { well: string; row: string; column: string; value: number }[];
}

/** Cells of each well, and the name of the column that says so. */
export function cellCounts(profiles: Profiles): WellMap & { feature: string } {
  const feature = Object.hasOwn(profiles.metadata, "Metadata_Object_Count")
    ? "Metadata_Object_Count"
    : "Cytoplasm_Number_Object_Number";
  const index = profiles.features.indexOf(feature);
  const values =
    index >= 0
      ? featureColumn(profiles, index)
      : metadataColumn(profiles, feature).map((cell) => (cell === null ? Number.NaN : Number(cell)));
  return { feature, ...wellMap(profiles, values) };
}

function wellMap(profiles: Profiles, values: ArrayLike<number>): WellMap {
  const wells = metadataColumn(profiles, "Metadata_Well").flatMap((cell, index) => {
    const parts = /^([A-Za-z]+)(\d+)$/.exec(String(cell ?? ""));
    if (parts === null) return [];
    return [{ well: String(cell), row: parts[1]!, column: parts[2]!, value: values[index]! }];
  });
  return { wells };
}

/**
 * Pearson correlation of every well with every well over features; pairs leave out features that one of them lacks.
 * @param profiles of shape (wells, features)
 * @returns of shape (wells, wells), row-major, symmetric; NaN where a well is constant
 */
export function wellCorrelations(profiles: Profiles): Float64Array {
  const { rowCount: n, features, values } = profiles;
  const width = features.length;
  const result = new Float64Array(n * n);
  const complete = values.every(Number.isFinite);
  const unit = complete ? unitRows(values, n, width) : values;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const r = complete ? dot(unit, i * width, j * width, width) : pairwise(values, i, j, width);
      result[i * n + j] = result[j * n + i] = r;
    }
  }
  return result;
}

/** Rows centred and of length 1, so that their products are correlations; a constant row becomes NaN. */
function unitRows(values: Float64Array, n: number, width: number): Float64Array {
  const unit = new Float64Array(values.length);
  for (let i = 0; i < n; i++) {
    const row = values.subarray(i * width, (i + 1) * width);
    const centre = mean(row);
    let squares = 0;
    for (const value of row) squares += (value - centre) ** 2;
    const length = squares === 0 ? Number.NaN : Math.sqrt(squares);
    for (let k = 0; k < width; k++) unit[i * width + k] = (row[k]! - centre) / length;
  }
  return unit;
}

function dot(values: Float64Array, a: number, b: number, width: number): number {
  let sum = 0;
  for (let k = 0; k < width; k++) sum += values[a + k]! * values[b + k]!;
  return Math.max(-1, Math.min(1, sum));
}

function pairwise(values: Float64Array, i: number, j: number, width: number): number {
  const [x, y]: [number[], number[]] = [[], []];
  for (let k = 0; k < width; k++) {
    const [a, b] = [values[i * width + k]!, values[j * width + k]!];
    if (Number.isNaN(a) || Number.isNaN(b)) continue;
    x.push(a);
    y.push(b);
  }
  return pearson(x, y);
}

/**
 * How much a well's profile follows its position: the share of wells in the same row or column (itself among them, as in the recipe)
 * that correlate with it above the 95th percentile of all other wells.
 * @param correlations of shape (wells, wells)
 */
export function positionEffects(profiles: Profiles, correlations: Float64Array): WellMap {
  const n = profiles.rowCount;
  const places = metadataColumn(profiles, "Metadata_Well").map((cell) => /^([A-Za-z]+)(\d+)$/.exec(String(cell ?? "")));
  const values = Float64Array.from({ length: n }, (_, i) => {
    const [signal, others]: [number[], number[]] = [[], []];
    for (let j = 0; j < n; j++) {
      const r = correlations[i * n + j]!;
      if (Number.isNaN(r)) continue;
      const near = places[i]?.[1] === places[j]?.[1] || places[i]?.[2] === places[j]?.[2];
      (near ? signal : others).push(r);
    }
    const limit = quantileSorted(Float64Array.from(others).sort(), 0.95);
    return Number.isNaN(limit) || signal.length === 0
      ? Number.NaN
      : signal.filter((r) => r > limit).length / signal.length;
  });
  return wellMap(profiles, values);
}
