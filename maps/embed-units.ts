import { matrix } from "@artesian/numerics";
import { fastEigen } from "@artesian/numerics/fast-eigen.ts";
import { fastGram, rowProduct } from "@artesian/numerics/panel-product.ts";
import { scaleOf } from "./control-scale.ts";
import { type BuildCall, type MapUnits, unitsBy } from "./map-units.ts";

/** Rows whose products are added up at once. */
const BLOCK = 2048;

/**
 * Principal components of all units after each batch was centred and scaled over all of its units (EFAAR's embed_by_pca): few dimensions
 * from many measured features. Signs are fixed: each component's largest loading is positive.
 * @param components at most so many are kept
 * @returns features named PC1, PC2, …
 */
export function embedUnits(given: MapUnits, components: number, call: BuildCall = {}): MapUnits {
  const { units, features } = given;
  const width = features.length;
  const scaled = new Float32Array(given.values.length);
  for (const members of unitsBy(units, ({ batch }) => batch).values()) {
    const { mean, sd } = scaleOf(given.values, width, members);
    for (const i of members)
      for (let j = 0; j < width; j++) scaled[i * width + j] = (given.values[i * width + j]! - mean[j]!) / sd[j]!;
  }
  const everyone = units.map((_, i) => i);
  const { mean } = scaleOf(scaled, width, everyone);
  const covariance = matrix(width, width);
  for (let from = 0; from < units.length; from += BLOCK) {
    call.signal?.throwIfAborted();
    call.progress?.("embed", from, units.length);
    const to = Math.min(from + BLOCK, units.length);
    const turned = matrix(width, to - from);
    for (let i = from; i < to; i++)
      for (let j = 0; j < width; j++) turned.data[j * (to - from) + i - from] = scaled[i * width + j]! - mean[j]!;
    const part = fastGram(turned).data;
    for (let at = 0; at < part.length; at++) covariance.data[at]! += part[at]!;
  }
  const { values, vectors } = fastEigen(covariance);
  const rank = values.filter((value) => value > 1e-12 * values[0]!).length;
  const kept = Math.min(components, rank, units.length - 1);
  const loadings = new Float64Array(width * kept);
  for (let k = 0; k < kept; k++) for (let j = 0; j < width; j++) loadings[j * kept + k] = vectors.data[k * width + j]!;
  const embedded = new Float32Array(units.length * kept);
  const product = rowProduct(loadings, width, kept, 32);
  for (let from = 0; from < units.length; from += product.blockRows) {
    const to = Math.min(from + product.blockRows, units.length);
    for (let i = from; i < to; i++)
      for (let j = 0; j < width; j++) product.input[(i - from) * width + j] = scaled[i * width + j]! - mean[j]!;
    product.multiply(to - from);
    for (let i = from; i < to; i++)
      embedded.set(product.output.subarray((i - from) * product.stride, (i - from) * product.stride + kept), i * kept);
  }
  call.progress?.("embed", units.length, units.length);
  return { units, features: Array.from({ length: kept }, (_, k) => `PC${k + 1}`), values: embedded };
}
