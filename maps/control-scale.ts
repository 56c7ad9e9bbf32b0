import { TooFewControlsError } from "./errors.ts";
import { type BuildCall, type MapUnits, unitsBy } from "./map-units.ts";

/** Centre and spread of each feature, both of shape (features). */
export interface FeatureScale {
  mean: Float64Array;
  /** Standard deviation with ddof 0; 1 for a feature that does not vary. */
  sd: Float64Array;
}

/**
 * Mean and standard deviation (ddof 0) of rows chosen by index. A feature whose variance is rounding alone does not vary, as scikit-learn's StandardScaler decides it.
 * @param values of shape (rows, width)
 */
export function scaleOf(values: ArrayLike<number>, width: number, rows: ArrayLike<number>): FeatureScale {
  const mean = new Float64Array(width);
  const sd = new Float64Array(width);
  const count = rows.length;
  for (let i = 0; i < count; i++) {
    const at = rows[i]! * width;
    for (let j = 0; j < width; j++) mean[j]! += values[at + j]!;
  }
  for (let j = 0; j < width; j++) mean[j]! /= count;
  for (let i = 0; i < count; i++) {
    const at = rows[i]! * width;
    for (let j = 0; j < width; j++) sd[j]! += (values[at + j]! - mean[j]!) ** 2;
  }
  for (let j = 0; j < width; j++) {
    const variance = sd[j]! / count;
    const rounding = count * Number.EPSILON * variance + (count * mean[j]! * Number.EPSILON) ** 2;
    sd[j] = variance <= rounding ? 1 : Math.sqrt(variance);
  }
  return { mean, sd };
}

/**
 * Each batch in the spread of its own controls: x → (x − mean)/sd, ddof 0.
 * @throws TooFewControlsError (maps/too-few-controls) for a batch with fewer than two
 */
export function centreScale({ units, features, values }: MapUnits, call: BuildCall = {}): MapUnits {
  const width = features.length;
  const scaled = new Float32Array(values.length);
  const batches = unitsBy(units, ({ batch }) => batch);
  let done = 0;
  for (const [batch, members] of batches) {
    call.signal?.throwIfAborted();
    const controls = members.filter((i) => units[i]!.control);
    if (controls.length < 2) throw new TooFewControlsError(`batch ${batch}`, controls.length, 2);
    const { mean, sd } = scaleOf(values, width, controls);
    for (const i of members)
      for (let j = 0; j < width; j++) scaled[i * width + j] = (values[i * width + j]! - mean[j]!) / sd[j]!;
    call.progress?.("align", ++done, batches.size);
  }
  return { units, features, values: scaled };
}
