import { type Matrix, matrix, median, present, quantileSorted } from "@artesian/numerics";
import { type ProfileMatrix, platesOf, type ScreenWell } from "./screen-wells.ts";

/** A feature that the analysis left out. */
export interface DroppedFeature {
  feature: string;
  reason: "missing values" | "constant";
}

/** Features fit for distances: no missing value, some variation, extremes pulled in. */
export interface UsableFeatures {
  /** Of shape (wells, features). */
  values: Matrix;
  features: string[];
  dropped: DroppedFeature[];
  /** Cells that were missing and got their plate's median. */
  filled: number;
}

/**
 * Drops features with more than 5 % missing or infinite values and constant ones, fills the remaining gaps with the plate's median, and
 * pulls in values that lie beyond the 2–98 % range (of few wells: beyond all but the outermost) by more than its width, so that a single
 * broken well cannot own a component.
 */
export function usableFeatures(profiles: ProfileMatrix, wells: readonly ScreenWell[]): UsableFeatures {
  const width = profiles.features.length;
  const kept: number[] = [];
  const columns: Float64Array[] = [];
  const dropped: DroppedFeature[] = [];
  const included = wells.flatMap((well, i) => (well.excluded === undefined ? [i] : []));
  const plateRows = platesOf(wells).map((plate) => wells.flatMap((well, i) => (well.plate === plate ? [i] : [])));
  let filled = 0;
  for (let j = 0; j < width; j++) {
    const column = Float64Array.from({ length: wells.length }, (_, i) => {
      const value = profiles.values[i * width + j]!;
      return Number.isFinite(value) ? value : Number.NaN;
    });
    const known = present(included.map((i) => column[i]!)).sort();
    if (known.length < 0.95 * included.length || known.length === 0) {
      dropped.push({ feature: profiles.features[j]!, reason: "missing values" });
      continue;
    }
    const tail = Math.max(0.02, Math.min(0.25, 1.5 / known.length));
    const low = quantileSorted(known, tail);
    const high = quantileSorted(known, 1 - tail);
    const spread = high - low;
    if (!(spread > 1e-9 * Math.max(1e-9, Math.abs(low), Math.abs(high)))) {
      dropped.push({ feature: profiles.features[j]!, reason: "constant" });
      continue;
    }
    for (const rows of plateRows) {
      const middle = median(present(rows.map((i) => column[i]!)));
      for (const i of rows) {
        if (Number.isNaN(column[i]!)) {
          column[i] = Number.isNaN(middle) ? quantileSorted(known, 0.5) : middle;
          filled++;
        }
        column[i] = Math.min(high + spread, Math.max(low - spread, column[i]!));
      }
    }
    kept.push(j);
    columns.push(column);
  }
  const values = matrix(wells.length, kept.length);
  columns.forEach((column, j) => {
    for (let i = 0; i < wells.length; i++) values.data[i * kept.length + j] = column[i]!;
  });
  return { values, features: kept.map((j) => profiles.features[j]!), dropped, filled };
}
