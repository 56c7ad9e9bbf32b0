import type { FeatureTable } from "./features.ts";

/**
 * Sums up the objects of a site, feature by feature, leaving out NaN and, on demand, objects cut off by the border.
 * @param table shape (objects, features)
 * @param operation mean, or median (the middle value, or the mean of both middle values)
 * @param options.dropBorder leave out objects that touch the image border; default false
 * @returns shape (features); NaN where no object has a value. `table.objectCount` is the number to keep beside it.
 */
export function aggregateObjects(
  table: Pick<FeatureTable, "names" | "values" | "objectCount"> & { touchesBorder?: Uint8Array },
  operation: "mean" | "median",
  options: { dropBorder?: boolean } = {},
): Float64Array {
  const features = table.names.length;
  const out = new Float64Array(features);
  const column = new Float64Array(table.objectCount);
  for (let f = 0; f < features; f++) {
    let n = 0;
    let sum = 0;
    for (let k = 0; k < table.objectCount; k++) {
      if (options.dropBorder === true && table.touchesBorder?.[k] === 1) continue;
      const v = table.values[k * features + f]!;
      if (Number.isNaN(v)) continue;
      column[n++] = v;
      sum += v;
    }
    if (n === 0) out[f] = Number.NaN;
    else if (operation === "mean") out[f] = sum / n;
    else {
      const sorted = column.subarray(0, n).sort();
      out[f] = (sorted[(n - 1) >> 1]! + sorted[n >> 1]!) / 2;
    }
  }
  return out;
}
