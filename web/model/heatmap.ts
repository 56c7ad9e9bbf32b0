/** The red/blue map as it is drawn: order of rows, geometry of cells, walking by keys, its table twin. */
import type { ExperimentMap } from "@artesian/server/api.ts";
import type { TableTwin } from "./csv.ts";

/** In which order rows and columns stand. */
export type MapOrder = "clustered" | "similarity" | "given";

/**
 * Indexes into the map's perturbations in drawing order.
 * @param focus row whose similarity sorts when `order` is "similarity"; without one the first of the clustered order
 */
export function mapOrder(
  map: Pick<ExperimentMap, "perturbations" | "cosine" | "order">,
  order: MapOrder,
  focus?: number,
): number[] {
  const n = map.perturbations.length;
  const given = Array.from({ length: n }, (_, index) => index);
  if (order === "given") return given;
  const clustered = map.order.length === n ? [...map.order] : given;
  if (order === "clustered") return clustered;
  const row = focus ?? clustered[0] ?? 0;
  const cosine = (index: number): number => map.cosine[row * n + index] ?? Number.NEGATIVE_INFINITY;
  return clustered.sort((a, b) => cosine(b) - cosine(a));
}

/** Sizes of a drawing with n rows and columns, in CSS pixels. */
export interface HeatGeometry {
  cell: number;
  left: number;
  top: number;
  side: number;
}

/** Fits n cells and the longest label into a width. */
export function heatGeometry(n: number, longestLabel: number, width: number): HeatGeometry {
  const left = Math.min(150, 14 + longestLabel * 6.3);
  const top = Math.min(110, 14 + longestLabel * 5);
  const cell = Math.max(5, Math.min(42, (width - left - 24) / Math.max(1, n)));
  return { cell, left, top, side: cell * n };
}

/** The cell that an arrow key leads to. */
export function stepCell(at: { row: number; column: number }, key: string, n: number): { row: number; column: number } {
  const clamp = (v: number): number => Math.max(0, Math.min(n - 1, v));
  if (key === "ArrowUp") return { ...at, row: clamp(at.row - 1) };
  if (key === "ArrowDown") return { ...at, row: clamp(at.row + 1) };
  if (key === "ArrowLeft") return { ...at, column: clamp(at.column - 1) };
  if (key === "ArrowRight") return { ...at, column: clamp(at.column + 1) };
  if (key === "Home") return { ...at, column: 0 };
  if (key === "End") return { ...at, column: n - 1 };
  return at;
}

/** The map as a table: one row a perturbation, one column each. */
export function mapTwin(map: Pick<ExperimentMap, "perturbations" | "cosine">, order: readonly number[]): TableTwin {
  const n = map.perturbations.length;
  const label = (index: number): string => map.perturbations[index]?.label ?? "";
  return {
    columns: [
      { key: "label", label: "perturbation" },
      ...order.map((index) => ({ key: String(index), label: label(index) })),
    ],
    rows: order.map((row) => ({
      label: label(row),
      ...Object.fromEntries(order.map((column) => [String(column), map.cosine[row * n + column] ?? null])),
    })),
  };
}
