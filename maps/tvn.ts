import { type Matrix, matrix, norm } from "@artesian/numerics";
import { fastEigen } from "@artesian/numerics/fast-eigen.ts";
import { fastGram, fastMultiply, type RowProduct, rowProduct } from "@artesian/numerics/panel-product.ts";
import { scaleOf } from "./control-scale.ts";
import { TooFewControlsError } from "./errors.ts";
import { type BuildCall, type MapUnits, unitsBy } from "./map-units.ts";

/** Variance of a direction, in parts of the largest, that is rounding: nothing is known of the controls' variation along it. */
const NO_VARIANCE = 1e-10;

/**
 * Typical variation normalization (Ando, McLean and Berndl 2017), as EFAAR does it (Celik et al. 2024): centre and scale on all controls,
 * turn to the principal components of the controls, centre and scale on the controls again, then multiply each batch by
 * (covariance of its controls, ddof 1, + ridge·I)^(−1/2) (CORAL: Sun, Feng and Saenko 2016).
 * Directions along which controls do not vary at all are left out. Equal to efaar_benchmarking 1.0 to about six digits.
 * @param ridge default 0.5
 * @returns features named PC1, PC2, …, at most as many as controls less one
 * @throws TooFewControlsError (maps/too-few-controls): fewer than 3 in all, or fewer than 2 in a batch
 */
export function typicalVariation(
  given: MapUnits,
  { ridge = 0.5 }: { ridge?: number } = {},
  call: BuildCall = {},
): MapUnits {
  const { units, features, values } = given;
  const width = features.length;
  const controls = units.flatMap(({ control }, i) => (control ? [i] : []));
  if (controls.length < 3) throw new TooFewControlsError("all batches together", controls.length, 3);
  const batches = unitsBy(units, ({ batch }) => batch);
  for (const [batch, members] of batches) {
    const count = members.filter((i) => units[i]!.control).length;
    if (count < 2) throw new TooFewControlsError(`batch ${batch}`, count, 2);
  }
  const { mean, sd } = scaleOf(values, width, controls);
  const standard = matrix(controls.length, width);
  controls.forEach((unit, i) => {
    for (let j = 0; j < width; j++) standard.data[i * width + j] = (values[unit * width + j]! - mean[j]!) / sd[j]!;
  });
  call.progress?.("align: components of the controls", 0, 1);
  const whitening = whitenedComponents(standard);
  call.progress?.("align: components of the controls", 1, 1);
  const dims = whitening.columns;
  const aligned = new Float32Array(units.length * dims);
  eachBlock(rowProduct(whitening.data, width, dims, 32), dims, units.length, call, {
    step: "align: turn",
    load: (i, input, at) => {
      for (let j = 0; j < width; j++) input[at + j] = (values[i * width + j]! - mean[j]!) / sd[j]!;
    },
    store: (i, row) => aligned.set(row, i * dims),
  });
  let done = 0;
  for (const members of batches.values()) {
    call.progress?.("align: batches", done++, batches.size);
    const batchControls = members.filter((i) => units[i]!.control);
    multiplyBatch(aligned, dims, members, batchControls, ridge, call);
  }
  call.progress?.("align: batches", done, batches.size);
  return { units, features: Array.from({ length: dims }, (_, j) => `PC${j + 1}`), values: aligned };
}

/**
 * Principal components of centred rows, each over its standard deviation (ddof 0): rows times it have unit covariance.
 * @param rows of shape (rows, width)
 * @returns of shape (width, kept); each component's largest loading is positive
 */
function whitenedComponents(rows: Matrix): Matrix {
  const { rows: count, columns: width, data } = rows;
  const turned = matrix(width, count);
  for (let i = 0; i < count; i++) for (let j = 0; j < width; j++) turned.data[j * count + i] = data[i * width + j]!;
  const wide = count < width;
  const { values, vectors } = fastEigen(fastGram(wide ? rows : turned));
  let kept = 0;
  while (kept < Math.min(count - 1, width) && values[kept]! > NO_VARIANCE * values[0]!) kept++;
  const known = matrix(kept, vectors.columns, vectors.data.slice(0, kept * vectors.columns));
  const components = wide ? fastMultiply(known, rows) : known;
  const result = matrix(width, kept);
  for (let k = 0; k < kept; k++) {
    const component = components.data.subarray(k * width, (k + 1) * width);
    const length = norm(component);
    let largest = 0;
    for (const value of component) if (Math.abs(value) > Math.abs(largest) + 1e-12 * length) largest = value;
    const factor = (Math.sign(largest) * Math.sqrt(count / values[k]!)) / length;
    for (let j = 0; j < width; j++) result.data[j * kept + k] = component[j]! * factor;
  }
  return result;
}

/**
 * Rows of a batch times (C + ridge·I)^(−1/2) in place. With few controls C has few directions: along them the factor is
 * (λ + ridge)^(−1/2), along all others ridge^(−1/2).
 */
function multiplyBatch(
  aligned: Float32Array,
  dims: number,
  members: readonly number[],
  controls: readonly number[],
  ridge: number,
  call: BuildCall,
): void {
  const count = controls.length;
  const { mean } = scaleOf(aligned, dims, controls);
  const wide = count < dims;
  const centred = wide ? matrix(count, dims) : matrix(dims, count);
  controls.forEach((unit, i) => {
    for (let j = 0; j < dims; j++)
      centred.data[wide ? i * dims + j : j * count + i] = aligned[unit * dims + j]! - mean[j]!;
  });
  const { values, vectors } = fastEigen(fastGram(centred));
  const rest = wide ? 1 / Math.sqrt(ridge) : 0;
  let kept = 0;
  while (kept < values.length && (!wide || values[kept]! > NO_VARIANCE * values[0]!)) kept++;
  const known = matrix(kept, vectors.columns, vectors.data.slice(0, kept * vectors.columns));
  const directions = wide ? fastMultiply(known, centred) : known;
  const across = matrix(dims, kept);
  for (let k = 0; k < kept; k++) {
    const squared = wide ? values[k]! : 1;
    const factor = (1 / Math.sqrt(Math.max(0, values[k]!) / (count - 1) + ridge) - rest) / squared;
    for (let j = 0; j < dims; j++) across.data[j * kept + k] = directions.data[k * dims + j]! * factor;
  }
  const load = (i: number, input: RowProduct["input"], at: number): void =>
    input.set(aligned.subarray(members[i]! * dims, (members[i]! + 1) * dims), at);
  // Two thin products, or one square one, whichever is less work.
  if (2 * kept < dims) {
    const along = new Float32Array(members.length * kept);
    eachBlock(rowProduct(across.data, dims, kept, 32), kept, members.length, call, {
      load,
      store: (i, row) => along.set(row, i * kept),
    });
    eachBlock(rowProduct(directions.data, kept, dims, 32), dims, members.length, call, {
      load: (i, input, at) => input.set(along.subarray(i * kept, (i + 1) * kept), at),
      store: (i, row) => {
        const at = members[i]! * dims;
        for (let j = 0; j < dims; j++) aligned[at + j] = rest * aligned[at + j]! + row[j]!;
      },
    });
    return;
  }
  const square = fastMultiply(across, directions);
  for (let j = 0; j < dims; j++) square.data[j * dims + j]! += rest;
  eachBlock(rowProduct(square.data, dims, dims, 32), dims, members.length, call, {
    load,
    store: (i, row) => aligned.set(row, members[i]! * dims),
  });
}

/** All rows through a product, block by block. */
function eachBlock(
  product: RowProduct,
  width: number,
  rows: number,
  call: BuildCall,
  {
    step,
    load,
    store,
  }: {
    step?: string;
    load: (row: number, input: RowProduct["input"], at: number) => void;
    store: (row: number, products: RowProduct["output"]) => void;
  },
): void {
  const depth = product.input.length / product.blockRows;
  for (let from = 0; from < rows; from += product.blockRows) {
    call.signal?.throwIfAborted();
    const to = Math.min(from + product.blockRows, rows);
    for (let i = from; i < to; i++) load(i, product.input, (i - from) * depth);
    product.multiply(to - from);
    for (let i = from; i < to; i++) {
      const at = (i - from) * product.stride;
      store(i, product.output.subarray(at, at + width));
    }
    if (step !== undefined) call.progress?.(step, to, rows);
  }
}
