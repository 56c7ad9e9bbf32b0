import { mean, median } from "@artesian/numerics";

/** Summary of a well's values; null without any. cv is the sample standard deviation over the mean, and needs two values. */
export function aggregate(values: readonly number[], by: "median" | "mean" | "cv" | "min" | "max"): number | null {
  if (values.length === 0) return null;
  if (by === "median") return median(values);
  if (by === "mean") return mean(values);
  if (by === "min") return Math.min(...values);
  if (by === "max") return Math.max(...values);
  const centre = mean(values);
  if (values.length < 2 || centre === 0) return null;
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1)) / Math.abs(centre);
}

/** Median of the present values; null without any. */
export function medianOf(values: readonly (number | null)[]): number | null {
  const present = values.filter((value) => value !== null);
  return present.length === 0 ? null : median(present);
}

/** Robust z-scores, (x − median) / (1.4826 · MAD), of the present values; null when they do not spread. */
export function robustZ(values: readonly (number | null)[]): (number | null)[] {
  const centre = medianOf(values);
  if (centre === null) return values.map(() => null);
  const spread = 1.4826 * (medianOf(values.map((value) => (value === null ? null : Math.abs(value - centre)))) ?? 0);
  return values.map((value) => (value === null || spread === 0 ? null : (value - centre) / spread));
}
