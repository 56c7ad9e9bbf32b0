import { fTail, tQuantile } from "./distributions.ts";
import { type CurveModel, curveModel, type DoseFitOptions, type DosePoint, minimise, profileAt } from "./dose-model.ts";
import { DoseSeriesError } from "./errors.ts";
import type { Estimate } from "./intervals.ts";
import { doseAt, type LogisticCurve } from "./logistic.ts";
import { matrix, solveSymmetric } from "./matrix.ts";
import { robustWeights } from "./robust.ts";

/** "no-effect": flat; "ec50-above-doses" and "ec50-below-doses": half effect outside the doses tested; "incomplete-plateau": less than 80 % of the top is reached. */
export type DoseFlag = "no-effect" | "ec50-above-doses" | "ec50-below-doses" | "incomplete-plateau";

/** A fitted dose curve; everything is plain JSON. */
export interface DoseFit extends LogisticCurve {
  /** Profile-likelihood interval of the EC50; null where the doses do not bound it. */
  ec50Interval: { lower: number | null; upper: number | null };
  /** Response of the curve at the highest dose, with its interval: what was seen, not what the plateau promises. */
  atHighestDose: Estimate;
  /** Standard deviation of a well about the curve. */
  residualSd: number;
  /** p of the F test of the curve against a flat line. */
  effectP: number;
  /** Corrected Akaike criterion of the flat line minus the curve's; positive favours the curve. */
  aiccGain: number;
  flags: DoseFlag[];
  /** Indices of the points that the robust weights set aside (weight below 0.1). */
  outliers: number[];
  /** Points used. */
  count: number;
  /** Lowest and highest positive dose (any dose on the linear scale). */
  doses: [number, number];
  /** Covariance of (position of the EC50, hill, bottom, top), row-major 4 × 4, for bands; zero for a fixed bottom. */
  covariance: number[];
}

/**
 * Fits a logistic dose curve: starts over a grid of EC50 and slope, plateaus solved linearly, polished by Levenberg–Marquardt, with
 * robust weights; the EC50's interval by profile likelihood (Bates and Watts, Nonlinear Regression, chapter 6), which stays right when
 * a plateau is missing.
 * @param points one a well; doses ≤ 0 are untreated wells
 * @throws DoseSeriesError (numerics/dose-series) with fewer than 3 distinct positive doses, or not more points than parameters
 * @example fitDose([0.1, 0.3, 1, 3, 10, 30].map((dose) => ({ dose, response: 1 / (1 + 1 / dose) }))).ec50 // 1
 */
export function fitDose(points: readonly DosePoint[], options: DoseFitOptions = {}): DoseFit {
  const scale = options.scale ?? "log10";
  const confidence = options.confidence ?? 0.95;
  const usable = points
    .map((point, index) => ({ ...point, index }))
    .filter((p) => Number.isFinite(p.response) && Number.isFinite(p.dose));
  const tested = [...new Set(usable.map((p) => p.dose).filter((dose) => scale === "linear" || dose > 0))].sort(
    (a, b) => a - b,
  );
  if (tested.length < 3) throw new DoseSeriesError("distinct doses", tested.length, 3);
  const model = curveModel(usable, tested, scale, options);
  if (usable.length <= model.free) throw new DoseSeriesError("wells", usable.length, model.free + 1);

  const weights = new Float64Array(usable.length).fill(1);
  let best = minimise(model, weights);
  let effectiveVariance = best.dataCost / (usable.length - model.free);
  const useNoise = (variance: number): void => {
    effectiveVariance = variance;
    model.slopePenalty = options.hillPrior === undefined ? 0 : variance / options.hillPrior.logSd ** 2;
  };
  useNoise(effectiveVariance);
  if (model.slopePenalty > 0) best = minimise(model, weights, best.parameters);
  if (options.robust ?? true) {
    for (let round = 0; round < 12; round++) {
      const robust = robustWeights(best.residuals, model.free, round < 4 ? "huber" : "biweight", model.noiseFloor);
      let change = 0;
      for (let i = 0; i < weights.length; i++) {
        change = Math.max(change, Math.abs(robust.weights[i]! - weights[i]!));
        weights[i] = robust.weights[i]!;
      }
      useNoise(robust.effectiveVariance);
      best = minimise(model, weights, best.parameters);
      if (round > 4 && change < 1e-3) break;
    }
  }
  const curve = model.curveOf(best.parameters);
  const weightSum = weights.reduce((sum, weight) => sum + weight, 0);
  const degrees = Math.max(1, weightSum - model.free);
  const lowest = tested[0]!;
  const highest = tested[tested.length - 1]!;

  const flat = flatCost(usable, weights, options.bottom);
  const flatFree = options.bottom === undefined ? 1 : 0;
  const effectF =
    Math.max(0, flat - best.dataCost) /
    (model.free - flatFree) /
    Math.max(best.dataCost / degrees, model.noiseFloor ** 2);
  const effectP = fTail(effectF, model.free - flatFree, degrees);
  const aicc = (cost: number, k: number): number =>
    weightSum * Math.log(Math.max(cost, weightSum * model.noiseFloor ** 2) / weightSum) +
    2 * k +
    (2 * k * (k + 1)) / Math.max(1, weightSum - k - 1);

  const t = tQuantile(0.5 + confidence / 2, degrees);
  const rise = best.cost + (weightSum / usable.length) * effectiveVariance * t * t;
  const ec50Interval = profileInterval(model, weights, best.parameters[0]!, rise);
  const covariance = covarianceOf(model, best.parameters, weights, effectiveVariance);
  const atHighestDose = bandAt({ ...curve, covariance: [...covariance] }, highest, t);

  const flags: DoseFlag[] = [];
  if (!(effectP < (options.significance ?? 0.01))) flags.push("no-effect");
  else {
    if (curve.ec50 > highest) flags.push("ec50-above-doses");
    if (curve.ec50 < lowest) flags.push("ec50-below-doses");
    if (Math.abs(atHighestDose.value - curve.bottom) < 0.8 * Math.abs(curve.top - curve.bottom))
      flags.push("incomplete-plateau");
  }
  return {
    ...curve,
    ec50Interval,
    atHighestDose,
    residualSd: Math.sqrt(effectiveVariance),
    effectP,
    aiccGain: aicc(flat, flatFree + 1) - aicc(best.dataCost, model.free + 1),
    flags,
    outliers: usable.filter((_, i) => weights[i]! < 0.1).map((p) => p.index),
    count: usable.length,
    doses: [lowest, highest],
    covariance: [...covariance],
  };
}

/** Curve with a pointwise interval at a dose (delta method on the fit's covariance). `t` is the multiplier of the standard error. */
export function bandAt(fit: LogisticCurve & { covariance: readonly number[] }, dose: number, t = 1.96): Estimate {
  const gradient = new Float64Array(4);
  const value = gradientAt(fit, dose, gradient);
  let spread = 0;
  for (let i = 0; i < 4; i++)
    for (let j = 0; j < 4; j++) spread += gradient[i]! * gradient[j]! * fit.covariance[i * 4 + j]!;
  const half = t * Math.sqrt(Math.max(0, spread));
  return { value, lower: value - half, upper: value + half };
}

/** Fills the derivative of the response by (position, hill, bottom, top) and returns the response. */
function gradientAt(curve: LogisticCurve, dose: number, gradient: Float64Array): number {
  const offset = curve.scale === "linear" ? dose - curve.ec50 : Math.LN10 * (Math.log10(dose) - Math.log10(curve.ec50));
  const fraction = curve.scale === "log10" && dose <= 0 ? 0 : 1 / (1 + Math.exp(-curve.hill * offset));
  const slope = (curve.top - curve.bottom) * fraction * (1 - fraction);
  gradient[0] = -slope * curve.hill * (curve.scale === "linear" ? 1 : Math.LN10);
  gradient[1] = slope === 0 ? 0 : slope * offset;
  gradient[2] = 1 - fraction;
  gradient[3] = fraction;
  return curve.bottom + (curve.top - curve.bottom) * fraction;
}

function flatCost(points: readonly DosePoint[], weights: Float64Array, fixed: number | undefined): number {
  let level = fixed ?? 0;
  if (fixed === undefined) {
    let weightSum = 0;
    for (let i = 0; i < points.length; i++) {
      level += weights[i]! * points[i]!.response;
      weightSum += weights[i]!;
    }
    level /= weightSum;
  }
  let cost = 0;
  for (let i = 0; i < points.length; i++) cost += weights[i]! * (points[i]!.response - level) ** 2;
  return cost;
}

/** Walks out from the optimum until the profiled cost passes `limit`; null when it does not within the model's range. */
function profileInterval(
  model: CurveModel,
  weights: Float64Array,
  optimum: number,
  limit: number,
): { lower: number | null; upper: number | null } {
  const edge = (bound: number): number | null => {
    if (profileAt(model, weights, bound) <= limit) return null;
    let inside = optimum;
    let outside = bound;
    const steps = 24;
    for (let i = 1; i <= steps; i++) {
      const position = optimum + ((bound - optimum) * i) / steps;
      if (profileAt(model, weights, position) > limit) {
        outside = position;
        break;
      }
      inside = position;
    }
    for (let i = 0; i < 18; i++) {
      const middle = (inside + outside) / 2;
      if (profileAt(model, weights, middle) <= limit) inside = middle;
      else outside = middle;
    }
    return doseAt(model.scale, (inside + outside) / 2);
  };
  return { lower: edge(model.lower[0]!), upper: edge(model.upper[0]!) };
}

/** Inverse of the weighted normal matrix times the variance, over the parameters that are free. */
function covarianceOf(
  model: CurveModel,
  parameters: Float64Array,
  weights: Float64Array,
  varianceOfWell: number,
): Float64Array {
  const curve = model.curveOf(parameters);
  const gradient = new Float64Array(4);
  const free = [0, 1, 2, 3].filter((j) => model.lower[j]! < model.upper[j]!);
  const normal = matrix(free.length, free.length);
  model.points.forEach((point, i) => {
    gradientAt(curve, point.dose, gradient);
    free.forEach((j, a) => {
      free.forEach((k, b) => {
        normal.data[a * free.length + b]! += weights[i]! * gradient[j]! * gradient[k]!;
      });
    });
  });
  for (let a = 0; a < free.length; a++)
    normal.data[a * free.length + a]! += 1e-9 * (1 + normal.data[a * free.length + a]!);
  const covariance = new Float64Array(16);
  free.forEach((j, a) => {
    const unit = new Float64Array(free.length);
    unit[a] = varianceOfWell;
    solveSymmetric(normal, unit).forEach((value, b) => {
      covariance[j * 4 + free[b]!] = value;
    });
  });
  return covariance;
}
