/** What the profiles page derives from its answer: pure. */
import type { FeatureDropRow, ProfileWell, StrengthCurve } from "@artesian/server/api.ts";
import { plateShape, wellPosition } from "./plate-layout.ts";

/** A number of each well that can be drawn on a plate. */
export const WELL_NUMBERS = [
  { key: "cells", label: "cells" },
  { key: "strength", label: "strength" },
  { key: "pc1", label: "component 1" },
  { key: "pc2", label: "component 2" },
] as const;
/** Its name. */
export type WellNumber = (typeof WELL_NUMBERS)[number]["key"];

/** A plate's wells by place with the medians of rows and columns, which expose gradients. */
export interface PlateHeat {
  plate: string;
  rows: number;
  columns: number;
  wells: { well: ProfileWell; row: number; column: number; value: number | null }[];
  rowMedians: (number | null)[];
  columnMedians: (number | null)[];
}

/** Median of the numbers that are there; null without any. */
export function medianOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (known.length === 0) return null;
  const middle = known.length >> 1;
  return known.length % 2 === 1 ? known[middle]! : (known[middle - 1]! + known[middle]!) / 2;
}

/** One grid a plate; the smallest usual format that has all of its wells. */
export function plateHeats(wells: readonly ProfileWell[], number: WellNumber): PlateHeat[] {
  return [...Map.groupBy(wells, (well) => well.plate)].map(([plate, members]) => {
    const placed = members.flatMap((well) => {
      const at = wellPosition(well.well);
      return at === undefined ? [] : [{ well, ...at, value: well[number] }];
    });
    const format = [96, 384, 1536].find((size) => {
      const { rows, columns } = plateShape(size);
      return placed.every(({ row, column }) => row < rows && column < columns);
    });
    const { rows, columns } = plateShape(format ?? 1536);
    const line = (pick: (at: { row: number; column: number }) => boolean): number | null =>
      medianOf(placed.filter(pick).map(({ value }) => value));
    return {
      plate,
      rows,
      columns,
      wells: placed,
      rowMedians: Array.from({ length: rows }, (_, row) => line((at) => at.row === row)),
      columnMedians: Array.from({ length: columns }, (_, column) => line((at) => at.column === column)),
    };
  });
}

/** Lowest and highest value after setting aside the outer 2 % on each side, and how many wells are beyond. */
export function robustRange(values: readonly (number | null)[]): { low: number; high: number; clipped: number } | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (known.length === 0) return null;
  const at = (share: number): number => known[Math.round(share * (known.length - 1))]!;
  const [low, high] = [at(0.02), at(0.98)];
  return { low, high, clipped: known.filter((value) => value < low || value > high).length };
}

/** How many features each operation dropped, in the order of the operations. */
export function dropCounts(drops: readonly FeatureDropRow[]): { operation: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { operation } of drops) counts.set(operation, (counts.get(operation) ?? 0) + 1);
  return [...counts].map(([operation, count]) => ({ operation, count }));
}

/** Points on a fitted curve over the doses tested, evenly spaced on a logarithmic axis. */
export function curveLine(curve: StrengthCurve, samples = 48): { dose: number; strength: number }[] {
  const { fit, points } = curve;
  if (fit === null || points.length === 0) return [];
  const doses = points.map(({ dose }) => dose);
  const [low, high] = [Math.log10(Math.min(...doses)), Math.log10(Math.max(...doses))];
  return Array.from({ length: samples }, (_, i) => {
    const dose = 10 ** (low + ((high - low) * i) / (samples - 1));
    return { dose, strength: fit.bottom + (fit.top - fit.bottom) / (1 + (fit.ec50 / dose) ** fit.hill) };
  });
}
