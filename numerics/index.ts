/** Statistics, linear algebra and dose curves. Pure, browser-safe, imports nothing of ours. */
export { robustSsmd, robustZPrime, signalWindow, ssmd, zPrime } from "./assay.ts";
export { averagePrecision, positiveRanks, randomAveragePrecision } from "./average-precision.ts";
export { type BrunnerMunzel, brunnerMunzel } from "./brunner-munzel.ts";
export { applyPca, type Eigen, fitPca, type Pca, type Svd, svd, symmetricEigen } from "./decompositions.ts";
export {
  erfc,
  fTail,
  incompleteBeta,
  logGamma,
  normalCdf,
  normalQuantile,
  tQuantile,
  tTwoSided,
} from "./distributions.ts";
export { bandAt, type DoseFit, type DoseFlag, fitDose } from "./dose-fit.ts";
export type { DoseFitOptions, DosePoint } from "./dose-model.ts";
export { DoseSeriesError, NoConvergenceError, NotPositiveDefiniteError, ShapeError } from "./errors.ts";
export { hypergeometricTail } from "./hypergeometric.ts";
export {
  benjaminiHochberg,
  bootstrapInterval,
  type Estimate,
  type RocStratum,
  rocArea,
  stratifiedRocArea,
  welchTest,
  wilsonInterval,
} from "./intervals.ts";
export { type KolmogorovSmirnov, kolmogorovSmirnov } from "./kolmogorov-smirnov.ts";
export { type LeastSquares, type LeastSquaresFit, levenbergMarquardt } from "./levenberg-marquardt.ts";
export {
  type DoseScale,
  doseAt,
  dosePosition,
  type LogisticCurve,
  logisticFraction,
  logisticResponse,
} from "./logistic.ts";
export {
  cholesky,
  columnMeans,
  dot,
  gram,
  type Matrix,
  matrix,
  multiply,
  norm,
  ridge,
  rowOf,
  solveSymmetric,
  takeRows,
  transpose,
} from "./matrix.ts";
export { type Random, seededRandom } from "./random.ts";
export { robustWeights } from "./robust.ts";
export {
  MAD_TO_SD,
  mad,
  mean,
  median,
  pearson,
  present,
  quantile,
  quantileSorted,
  rank,
  sd,
  spearman,
  variance,
} from "./statistics.ts";
