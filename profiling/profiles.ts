import type { Column, Table } from "@artesian/data";
import { ProfileShapeError, UnknownColumnError } from "./errors.ts";

/** One metadata cell; missing is null. */
export type MetadataCell = string | number | null;

/** Profiles: what was measured and what is known of each well (or site, or cell). */
export interface Profiles {
  /** Metadata by column name, each of shape (wells). */
  metadata: Record<string, MetadataCell[]>;
  /** Names of shape (features). */
  features: string[];
  /** Of shape (wells, features), row-major; missing is NaN. */
  values: Float64Array;
  /** Wells. */
  rowCount: number;
}

/**
 * Profiles over given parts (nothing is copied).
 * @throws ProfileShapeError (profiling/profile-shape) when a part has another length
 */
export function profilesOf(
  metadata: Record<string, MetadataCell[]>,
  features: string[],
  values: Float64Array,
): Profiles {
  const columns = Object.entries(metadata);
  const rowCount = columns[0]?.[1].length ?? (features.length > 0 ? values.length / features.length : 0);
  for (const [name, cells] of columns)
    if (cells.length !== rowCount) throw new ProfileShapeError(name, cells.length, rowCount);
  if (values.length !== rowCount * features.length)
    throw new ProfileShapeError("the feature matrix", values.length, rowCount * features.length);
  return { metadata, features, values, rowCount };
}

/**
 * Splits a table into metadata and features.
 * @param isFeature by column name; default: numeric columns of the compartments Cells, Cytoplasm, Nuclei, as pycytominer infers them
 */
export function profilesFromTable(
  table: Table,
  isFeature: (name: string) => boolean = (name) => /^(?:Cells|Cytoplasm|Nuclei)/.test(name),
): Profiles {
  const features = table.columns.filter((column) => column.kind === "number" && isFeature(column.name));
  const values = new Float64Array(table.rowCount * features.length);
  features.forEach((column, j) => {
    if (column.kind !== "number") return;
    for (let i = 0; i < table.rowCount; i++) values[i * features.length + j] = column.values[i]!;
  });
  const metadata: Record<string, MetadataCell[]> = {};
  const featureNames = new Set(features.map((column) => column.name));
  for (const column of table.columns) {
    if (featureNames.has(column.name)) continue;
    metadata[column.name] =
      column.kind === "text"
        ? column.values
        : Array.from(column.values, (value) => (Number.isNaN(value) ? null : value));
  }
  return profilesOf(
    metadata,
    features.map((column) => column.name),
    values,
  );
}

/** Metadata columns, then features, as a table. */
export function profilesToTable(profiles: Profiles): Table {
  const columns: Column[] = Object.entries(profiles.metadata).map(([name, cells]): Column => {
    const numeric =
      cells.every((cell) => cell === null || typeof cell === "number") && cells.some((cell) => cell !== null);
    return numeric
      ? {
          name,
          kind: "number",
          values: Float64Array.from(cells, (cell) => (cell === null ? Number.NaN : Number(cell))),
        }
      : { name, kind: "text", values: cells.map((cell) => (cell === null ? null : String(cell))) };
  });
  profiles.features.forEach((name, j) => {
    columns.push({ name, kind: "number", values: featureColumn(profiles, j) });
  });
  return { columns, rowCount: profiles.rowCount };
}

/** One feature of all wells, copied, of shape (wells). */
export function featureColumn(
  profiles: Pick<Profiles, "values" | "features" | "rowCount">,
  feature: number,
): Float64Array {
  const width = profiles.features.length;
  return Float64Array.from({ length: profiles.rowCount }, (_, i) => profiles.values[i * width + feature]!);
}

/**
 * A metadata column by name.
 * @throws UnknownColumnError (profiling/unknown-column)
 */
export function metadataColumn(profiles: Profiles, name: string): MetadataCell[] {
  const cells = Object.hasOwn(profiles.metadata, name) ? profiles.metadata[name] : undefined;
  if (cells === undefined) throw new UnknownColumnError(name, Object.keys(profiles.metadata));
  return cells;
}

/** Wells in the order given, copied. */
export function takeWells(profiles: Profiles, rows: readonly number[]): Profiles {
  const width = profiles.features.length;
  const values = new Float64Array(rows.length * width);
  rows.forEach((row, i) => {
    values.set(profiles.values.subarray(row * width, (row + 1) * width), i * width);
  });
  const metadata = Object.fromEntries(
    Object.entries(profiles.metadata).map(([name, cells]) => [name, rows.map((row) => cells[row] ?? null)]),
  );
  return { metadata, features: profiles.features, values, rowCount: rows.length };
}

/** Features by index in the order given, copied. */
export function takeFeatures(profiles: Profiles, indices: readonly number[]): Profiles {
  const width = profiles.features.length;
  const values = new Float64Array(profiles.rowCount * indices.length);
  for (let i = 0; i < profiles.rowCount; i++) {
    for (let j = 0; j < indices.length; j++) values[i * indices.length + j] = profiles.values[i * width + indices[j]!]!;
  }
  return { ...profiles, features: indices.map((index) => profiles.features[index]!), values };
}

/** Wells grouped by the values of metadata columns, in order of first appearance. Wells with a missing value are listed apart. */
export function groupWells(
  profiles: Profiles,
  by: readonly string[],
): { groups: { key: MetadataCell[]; rows: number[] }[]; incomplete: number[] } {
  const columns = by.map((name) => metadataColumn(profiles, name));
  const groups = new Map<string, { key: MetadataCell[]; rows: number[] }>();
  const incomplete: number[] = [];
  for (let row = 0; row < profiles.rowCount; row++) {
    const key = columns.map((cells) => cells[row] ?? null);
    if (key.includes(null)) {
      incomplete.push(row);
      continue;
    }
    const text = JSON.stringify(key);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, { key, rows: [row] });
    else group.rows.push(row);
  }
  return { groups: [...groups.values()], incomplete };
}
