import { type LeastSquares, levenbergMarquardt } from "./levenberg-marquardt.ts";
import { type DoseScale, doseAt, dosePosition, type LogisticCurve, logisticResponse } from "./logistic.ts";

export interface DoseFitOptions {
  /** Default "log10". Use "linear" for dose steps (1, 2, 3 …). */
  scale?: DoseScale;
  /** Fixes the response at dose 0, as controls define it (a three-parameter fit). Default: fitted. */
  bottom?: number;
  /** Range allowed for the top plateau. Default: the responses' range widened by its own width. */
  topRange?: readonly [number, number];
  /** Range allowed for the slope. Default 0.4 to 6 on the log10 scale, 0.2 to 8 a step on the linear one. */
  hillRange?: readonly [number, number];
  /**
   * Weakly informative prior on the slope: its natural logarithm is normal about that of `centre` with standard deviation `logSd`. It
   * steadies curves whose effect is small or whose plateau is missing, and hardly moves others. Default none.
   */
  hillPrior?: { centre: number; logSd: number };
  /** Down-weights outlying wells (Huber, then Tukey's biweight). Default true. */
  robust?: boolean;
  /** Of the intervals, default 0.95. */
  confidence?: number;
  /** A curve whose F test against a flat line has a larger p is flagged "no-effect". Default 0.01. */
  significance?: number;
}

/** One well of a dose series. */
export interface DosePoint {
  /** In any unit; ≤ 0 is untreated on the log10 scale. */
  dose: number;
  response: number;
}

/** A logistic curve over given points: parameters are (position of the EC50 on the axis, slope, bottom, top). */
export interface CurveModel {
  scale: DoseScale;
  points: readonly DosePoint[];
  /** Axis positions of shape (points); −Infinity when untreated. */
  positions: Float64Array;
  lower: Float64Array;
  upper: Float64Array;
  /** Parameters that are fitted. */
  free: number;
  /** Residuals smaller than this count as none, so that exact data give finite tests. */
  noiseFloor: number;
  /** Slope that the prior prefers; used when `slopePenalty` > 0. */
  preferredHill: number;
  /** Cost of one squared natural-log unit away from `preferredHill`: variance of a well over the prior's variance. */
  slopePenalty: number;
  curveOf(parameters: ArrayLike<number>): LogisticCurve;
}

export interface CurveMinimum {
  parameters: Float64Array;
  residuals: Float64Array;
  /** Weighted squares plus the prior's penalty. */
  cost: number;
  /** Weighted squares alone. */
  dataCost: number;
}

/** Sets up positions and bounds; the EC50 may lie two decades (or the whole range of steps) outside the doses. */
export function curveModel(
  points: readonly DosePoint[],
  tested: readonly number[],
  scale: DoseScale,
  options: DoseFitOptions,
): CurveModel {
  const positions = Float64Array.from(points, (point) => dosePosition(scale, point.dose));
  const first = dosePosition(scale, tested[0]!);
  const last = dosePosition(scale, tested[tested.length - 1]!);
  const reach = scale === "linear" ? last - first : 2;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { response } of points) {
    low = Math.min(low, response);
    high = Math.max(high, response);
  }
  const width = Math.max(high - low, 1e-9 * (Math.abs(high) + Math.abs(low)), 1e-12);
  const [bottomLow, bottomHigh] =
    options.bottom === undefined ? [low - width, high + width] : [options.bottom, options.bottom];
  const [topLow, topHigh] = options.topRange ?? [low - width, high + width];
  const [hillLow, hillHigh] = options.hillRange ?? (scale === "linear" ? [0.2, 8] : [0.4, 6]);
  return {
    scale,
    points,
    positions,
    lower: Float64Array.of(first - reach, hillLow, bottomLow, topLow),
    upper: Float64Array.of(last + reach, hillHigh, bottomHigh, topHigh),
    free: options.bottom === undefined ? 4 : 3,
    noiseFloor: 1e-7 * width,
    preferredHill: options.hillPrior?.centre ?? 1,
    slopePenalty: 0,
    curveOf: (parameters) => ({
      scale,
      ec50: doseAt(scale, parameters[0]!),
      hill: parameters[1]!,
      bottom: parameters[2]!,
      top: parameters[3]!,
    }),
  };
}

/** Global minimum: Levenberg–Marquardt from the best cells of a grid of positions and slopes, or from a start given as well. */
export function minimise(model: CurveModel, weights: Float64Array, start?: Float64Array): CurveMinimum {
  const starts: { parameters: Float64Array; cost: number }[] = [];
  const positions = 25;
  for (let a = 0; a < positions; a++) {
    const position = model.lower[0]! + ((model.upper[0]! - model.lower[0]!) * (a + 0.5)) / positions;
    for (const hill of slopes(model, 4)) starts.push(plateaus(model, weights, position, hill));
  }
  starts.sort((a, b) => a.cost - b.cost);
  const chosen = starts.slice(0, 3).map((candidate) => candidate.parameters);
  if (start !== undefined) chosen.push(start);
  let best: { parameters: Float64Array; cost: number } | undefined;
  for (const parameters of chosen) {
    const fit = levenbergMarquardt(problemOf(model, weights), parameters, 60);
    if (best === undefined || fit.cost < best.cost) best = fit;
  }
  const parameters = best?.parameters ?? chosen[0]!;
  const curve = model.curveOf(parameters);
  const residuals = Float64Array.from(model.points, (point) => logisticResponse(curve, point.dose) - point.response);
  const dataCost = residuals.reduce((sum, residual, i) => sum + weights[i]! * residual * residual, 0);
  return { parameters, residuals, cost: dataCost + penaltyOf(model, parameters[1]!), dataCost };
}

function penaltyOf(model: CurveModel, hill: number): number {
  return model.slopePenalty * Math.log(hill / model.preferredHill) ** 2;
}

/** Least cost with the EC50 held at a position: over slopes by a grid and golden sections, plateaus solved linearly. */
export function profileAt(model: CurveModel, weights: Float64Array, position: number): number {
  const grid = slopes(model, 9);
  const costs = grid.map((hill) => plateaus(model, weights, position, hill).cost);
  let at = 0;
  for (let i = 1; i < costs.length; i++) if (costs[i]! < costs[at]!) at = i;
  let low = Math.log(grid[Math.max(0, at - 1)]!);
  let high = Math.log(grid[Math.min(grid.length - 1, at + 1)]!);
  const golden = (Math.sqrt(5) - 1) / 2;
  let inner = high - golden * (high - low);
  let outer = low + golden * (high - low);
  let innerCost = plateaus(model, weights, position, Math.exp(inner)).cost;
  let outerCost = plateaus(model, weights, position, Math.exp(outer)).cost;
  for (let i = 0; i < 14; i++) {
    if (innerCost < outerCost) {
      high = outer;
      outer = inner;
      outerCost = innerCost;
      inner = high - golden * (high - low);
      innerCost = plateaus(model, weights, position, Math.exp(inner)).cost;
    } else {
      low = inner;
      inner = outer;
      innerCost = outerCost;
      outer = low + golden * (high - low);
      outerCost = plateaus(model, weights, position, Math.exp(outer)).cost;
    }
  }
  return Math.min(costs[at]!, innerCost, outerCost);
}

function slopes(model: CurveModel, count: number): number[] {
  const low = Math.log(model.lower[1]!);
  const high = Math.log(model.upper[1]!);
  return Array.from({ length: count }, (_, i) => Math.exp(low + ((high - low) * i) / (count - 1)));
}

function fractionAt(scale: DoseScale, position: number, ec50Position: number, hill: number): number {
  if (position === Number.NEGATIVE_INFINITY) return 0;
  return 1 / (1 + Math.exp(-hill * (position - ec50Position) * (scale === "linear" ? 1 : Math.LN10)));
}

/** Best plateaus within their bounds for a given position and slope: a weighted linear problem in two unknowns. */
function plateaus(
  model: CurveModel,
  weights: Float64Array,
  position: number,
  hill: number,
): { parameters: Float64Array; cost: number } {
  let aa = 0;
  let ab = 0;
  let bb = 0;
  let ay = 0;
  let by = 0;
  let yy = 0;
  for (let i = 0; i < model.points.length; i++) {
    const up = fractionAt(model.scale, model.positions[i]!, position, hill);
    const down = 1 - up;
    const weight = weights[i]!;
    const y = model.points[i]!.response;
    aa += weight * down * down;
    ab += weight * down * up;
    bb += weight * up * up;
    ay += weight * down * y;
    by += weight * up * y;
    yy += weight * y * y;
  }
  const tiny = 1e-12 * (aa + bb + 1e-300);
  const clip = (value: number, j: number): number => Math.min(model.upper[j]!, Math.max(model.lower[j]!, value));
  const topGiven = (bottom: number): number => clip(bb > tiny ? (by - ab * bottom) / bb : 0, 3);
  const bottomGiven = (top: number): number => clip(aa > tiny ? (ay - ab * top) / aa : 0, 2);
  const determinant = aa * bb - ab * ab;
  let bottom =
    determinant > tiny * (aa + bb) ? (ay * bb - by * ab) / determinant : bottomGiven(topGiven(model.lower[2]!));
  if (bottom !== clip(bottom, 2)) bottom = clip(bottom, 2);
  let top = topGiven(bottom);
  bottom = bottomGiven(top);
  top = topGiven(bottom);
  const cost = yy - 2 * (bottom * ay + top * by) + bottom * bottom * aa + 2 * bottom * top * ab + top * top * bb;
  return { parameters: Float64Array.of(position, hill, bottom, top), cost: Math.max(0, cost) + penaltyOf(model, hill) };
}

/** The least-squares problem of a model; with a prior on the slope its last residual is that of the prior. */
function problemOf(model: CurveModel, weights: Float64Array): LeastSquares {
  const perPosition = model.scale === "linear" ? 1 : Math.LN10;
  const wells = model.points.length;
  const extended = new Float64Array(wells + 1);
  extended.set(weights);
  extended[wells] = model.slopePenalty;
  return {
    count: wells + 1,
    lower: model.lower,
    upper: model.upper,
    weights: extended,
    evaluate(parameters, residuals, jacobian) {
      const [position, hill, bottom, top] = [parameters[0]!, parameters[1]!, parameters[2]!, parameters[3]!];
      for (let i = 0; i < wells; i++) {
        const at = model.positions[i]!;
        const fraction = fractionAt(model.scale, at, position, hill);
        residuals[i] = bottom + (top - bottom) * fraction - model.points[i]!.response;
        const slope = (top - bottom) * fraction * (1 - fraction) * perPosition;
        jacobian[i * 4] = slope === 0 ? 0 : -slope * hill;
        jacobian[i * 4 + 1] = slope === 0 ? 0 : slope * (at - position);
        jacobian[i * 4 + 2] = 1 - fraction;
        jacobian[i * 4 + 3] = fraction;
      }
      residuals[wells] = Math.log(hill / model.preferredHill);
      jacobian.fill(0, wells * 4);
      jacobian[wells * 4 + 1] = 1 / hill;
    },
  };
}
