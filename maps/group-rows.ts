import { MapShapeError, UnknownRowError } from "./errors.ts";
import type { GroupRow, PerturbationGroup } from "./perturbation-group.ts";

/** Unit vector of a row, of shape (dims), as a view. */
export function vectorOf(group: PerturbationGroup, row: number): Float32Array {
  checkRow(group, row);
  return group.vectors.subarray(row * group.dims, (row + 1) * group.dims);
}

/** A row's vector at its own length, of shape (dims). */
export function rawVectorOf(group: PerturbationGroup, row: number): Float32Array {
  const length = group.norms[row]!;
  return vectorOf(group, row).map((value) => value * length);
}

/** Whether a row has a direction: a row of zeros is like nothing. */
export function hasDirection(group: PerturbationGroup, row: number): boolean {
  return group.norms[row]! > 0;
}

/** What a row is called: "TSC2", "C4 at 3 µM", with its experiment when it stands for one alone. */
export function rowLabel(row: GroupRow): string {
  const dose = row.concentration === null ? "" : ` at ${row.concentration} µM`;
  return `${row.symbol}${dose}${row.experiment === null ? "" : ` (${row.experiment})`}`;
}

/** @throws UnknownRowError (maps/unknown-row) for a row that the group does not have */
export function checkRow(group: { rows: { length: number } }, row: number): void {
  if (!Number.isInteger(row) || row < 0 || row >= group.rows.length) throw new UnknownRowError(row, group.rows.length);
}

/** @throws MapShapeError (maps/shape) when rows, vectors and norms of a group do not fit together */
export function checkGroup(group: PerturbationGroup): void {
  const { rows, dims, vectors, norms } = group;
  if (vectors.length !== rows.length * dims)
    throw new MapShapeError("Vectors of a perturbation group", vectors.length, rows.length * dims);
  if (norms.length !== rows.length) throw new MapShapeError("Norms of a perturbation group", norms.length, rows.length);
}

/** Rows of one perturbation over all experiments together, in order of concentration. */
export function dosesOf(group: PerturbationGroup, perturbation: string): number[] {
  return group.rows
    .flatMap((row, i) => (row.perturbation === perturbation && row.experiment === null ? [i] : []))
    .sort((a, b) => (group.rows[a]!.concentration ?? 0) - (group.rows[b]!.concentration ?? 0));
}
