import { columnOf, type Place, readParquet } from "@artesian/data";
import { floatsOf } from "./group-files.ts";
import type { GroupManifest } from "./group-manifest.ts";
import { readGroupFile } from "./read-group.ts";
import { readRange } from "./read-range.ts";

/** A unit of a group version: which row it is part of, and where it was acquired. */
export interface StoredUnit {
  unit: string;
  /** Row of all experiments together; null for a control. */
  row: number | null;
  batch: string;
  experiment: string;
  control: boolean;
  objects: number | null;
}

/** Units of a group version, in the order of their vectors. @throws GroupFileError (maps/group-file) */
export async function readStoredUnits(
  store: Place,
  manifest: GroupManifest,
  call: { signal?: AbortSignal } = {},
): Promise<StoredUnit[]> {
  const table = await readParquet(await readGroupFile(store, manifest, "wells.parquet", call));
  const cell = (name: string, row: number): string | number | null => columnOf(table, name)?.values[row] ?? null;
  const number = (name: string, row: number): number | null => {
    const value = cell(name, row);
    return typeof value === "number" && !Number.isNaN(value) ? value : null;
  };
  return Array.from({ length: table.rowCount }, (_, row) => ({
    unit: String(cell("unit", row)),
    row: number("row", row),
    batch: String(cell("batch", row)),
    experiment: String(cell("experiment", row)),
    control: number("control", row) === 1,
    objects: number("objects", row),
  }));
}

/**
 * Aligned vectors of chosen units, of shape (chosen, dims), before any transformation and with their lengths, by reading the bytes of these alone: a row
 * split by experiment, or its replicates beside each other.
 */
export async function readUnitVectors(
  store: Place,
  { files, dims }: GroupManifest,
  chosen: readonly number[],
  call: { signal?: AbortSignal } = {},
): Promise<Float32Array> {
  const vectors = new Float32Array(chosen.length * dims);
  const { key } = files["wells.f32"]!;
  await Promise.all(
    chosen.map(async (unit, i) => {
      const range = { start: unit * dims * 4, end: (unit + 1) * dims * 4, ...call };
      vectors.set(floatsOf(await readRange(store, key, range)), i * dims);
    }),
  );
  return vectors;
}
