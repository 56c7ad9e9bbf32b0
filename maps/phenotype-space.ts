import {
  applyPca,
  fitPca,
  type Matrix,
  matrix,
  multiply,
  norm,
  type Pca,
  rowOf,
  symmetricEigen,
  takeRows,
  transpose,
} from "@artesian/numerics";

/**
 * A space in which distance means "relative to what varies among untreated wells": features scaled by their spread within controls,
 * principal components, then whitening by the shrunken covariance within controls. In it the direction from healthy to disease is
 * that of a regularised linear discriminant, and a projection on it is the discriminant's score.
 */
export interface PhenotypeSpace {
  /** Divides features, of shape (features). */
  scale: Float64Array;
  pca: Pca;
  /** Of shape (components, dims): row vector times this is white within controls. */
  whitening: Matrix;
  /** Share of the covariance taken from its mean diagonal (Ledoit and Wolf 2004), 0 to 1. */
  shrinkage: number;
}

/**
 * Learns a space.
 * @param values plate-centred features of shape (wells, features)
 * @param groups control wells that are alike (same role on the same plate), as row indices; their spread about their mean is the noise
 * @param components principal components kept at most, default 40
 */
export function fitPhenotypeSpace(
  values: Matrix,
  groups: readonly (readonly number[])[],
  components = 40,
): PhenotypeSpace {
  const scale = withinSpread(values, groups);
  const scaled = scaleColumns(values, scale);
  const pca = fitPca(scaled, components);
  const residuals = withinResiduals(applyPca(pca, scaled), groups);
  const { covariance, shrinkage } = shrunkenCovariance(residuals, groups.length);
  const { values: variances, vectors } = symmetricEigen(covariance);
  const rotation = transpose(vectors);
  for (let i = 0; i < rotation.rows; i++) {
    for (let j = 0; j < rotation.columns; j++) rotation.data[i * rotation.columns + j]! /= Math.sqrt(variances[j]!);
  }
  return { scale, pca, whitening: rotation, shrinkage };
}

/** Moves wells into a space: of shape (wells, features) to (wells, dims). */
export function toPhenotypeSpace(space: PhenotypeSpace, values: Matrix): Matrix {
  return multiply(applyPca(space.pca, scaleColumns(values, space.scale)), space.whitening);
}

/** Pooled standard deviation within groups, not below 5 % of the feature's spread over all wells (nor 0). */
function withinSpread(values: Matrix, groups: readonly (readonly number[])[]): Float64Array {
  const residuals = withinResiduals(values, groups);
  const degrees = Math.max(1, residuals.rows - groups.length);
  const overall = withinResiduals(values, [Array.from({ length: values.rows }, (_, i) => i)]);
  return Float64Array.from({ length: values.columns }, (_, j) => {
    let within = 0;
    for (let i = 0; i < residuals.rows; i++) within += residuals.data[i * values.columns + j]! ** 2;
    let total = 0;
    for (let i = 0; i < overall.rows; i++) total += overall.data[i * values.columns + j]! ** 2;
    const spread = Math.max(Math.sqrt(within / degrees), 0.05 * Math.sqrt(total / Math.max(1, values.rows - 1)));
    return spread > 0 ? spread : 1;
  });
}

function scaleColumns(values: Matrix, scale: Float64Array): Matrix {
  const scaled = matrix(values.rows, values.columns);
  for (let i = 0; i < values.rows; i++) {
    for (let j = 0; j < values.columns; j++)
      scaled.data[i * values.columns + j] = values.data[i * values.columns + j]! / scale[j]!;
  }
  return scaled;
}

/** Members of groups minus their group's mean, of shape (members, columns). */
function withinResiduals(values: Matrix, groups: readonly (readonly number[])[]): Matrix {
  const result = takeRows(values, groups.flat());
  let at = 0;
  for (const group of groups) {
    const centre = new Float64Array(values.columns);
    for (let i = 0; i < group.length; i++) {
      const row = rowOf(result, at + i);
      for (let j = 0; j < row.length; j++) centre[j]! += row[j]! / group.length;
    }
    for (let i = 0; i < group.length; i++) {
      const row = rowOf(result, at + i);
      for (let j = 0; j < row.length; j++) row[j]! -= centre[j]!;
    }
    at += group.length;
  }
  return result;
}

/**
 * Covariance shrunk towards its mean diagonal with Ledoit and Wolf's optimal weight (J Multivariate Analysis 2004).
 * @param residuals centred rows of shape (wells, dims)
 * @param means group means that were subtracted, for the divisor
 */
function shrunkenCovariance(residuals: Matrix, means: number): { covariance: Matrix; shrinkage: number } {
  const dims = residuals.columns;
  const degrees = Math.max(1, residuals.rows - means);
  const covariance = multiply(transpose(residuals), residuals);
  let trace = 0;
  for (let i = 0; i < covariance.data.length; i++) covariance.data[i]! /= degrees;
  for (let i = 0; i < dims; i++) trace += covariance.data[i * dims + i]!;
  const level = trace / dims;
  const square = norm(covariance.data) ** 2;
  const distance = square - dims * level * level;
  let noise = 0;
  for (let r = 0; r < residuals.rows; r++) {
    const row = rowOf(residuals, r);
    const length = norm(row) ** 2;
    noise += length * length;
  }
  noise = Math.max(0, noise / degrees - square) / degrees;
  const shrinkage = distance <= 0 ? 1 : Math.min(1, noise / distance);
  for (let i = 0; i < covariance.data.length; i++) covariance.data[i]! *= 1 - shrinkage;
  for (let i = 0; i < dims; i++) covariance.data[i * dims + i]! += shrinkage * level + 1e-9 * (level || 1);
  return { covariance, shrinkage };
}
