import { matrix, solveSymmetric } from "./matrix.ts";

/** A bounded nonlinear least-squares problem: minimise Σ weight·residual². */
export interface LeastSquares {
  /**
   * Fills the residuals of shape (points) and their derivatives of shape (points, parameters), row-major, at the parameters given.
   */
  evaluate(parameters: Float64Array, residuals: Float64Array, jacobian: Float64Array): void;
  /** Points. */
  count: number;
  lower: ArrayLike<number>;
  upper: ArrayLike<number>;
  /** Of shape (points); default 1. */
  weights?: ArrayLike<number>;
}

export interface LeastSquaresFit {
  parameters: Float64Array;
  /** Σ weight·residual² at the end. */
  cost: number;
  iterations: number;
  converged: boolean;
}

/**
 * Levenberg–Marquardt with Marquardt's scaling of the diagonal and steps clipped to the bounds; parameters that a step pushes
 * against a bound are held there for that step (Nocedal and Wright, Numerical Optimization, chapter 10).
 * @param start of shape (parameters), clipped to the bounds
 */
export function levenbergMarquardt(
  problem: LeastSquares,
  start: ArrayLike<number>,
  maxIterations = 100,
): LeastSquaresFit {
  const size = start.length;
  const clip = (value: number, j: number): number => Math.min(problem.upper[j]!, Math.max(problem.lower[j]!, value));
  let parameters = Float64Array.from(start, clip);
  const residuals = new Float64Array(problem.count);
  const jacobian = new Float64Array(problem.count * size);
  const costOf = (): number => {
    let sum = 0;
    for (let i = 0; i < problem.count; i++) sum += (problem.weights?.[i] ?? 1) * residuals[i]! ** 2;
    return sum;
  };
  problem.evaluate(parameters, residuals, jacobian);
  let cost = costOf();
  let damping = 1e-3;
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    const gradient = new Float64Array(size);
    const normal = matrix(size, size);
    for (let i = 0; i < problem.count; i++) {
      const weight = problem.weights?.[i] ?? 1;
      for (let j = 0; j < size; j++) {
        const dj = weight * jacobian[i * size + j]!;
        gradient[j]! += dj * residuals[i]!;
        for (let k = 0; k <= j; k++) normal.data[j * size + k]! += dj * jacobian[i * size + k]!;
      }
    }
    const free: number[] = [];
    for (let j = 0; j < size; j++) {
      const blocked =
        (parameters[j]! <= problem.lower[j]! && gradient[j]! > 0) ||
        (parameters[j]! >= problem.upper[j]! && gradient[j]! < 0);
      if (!blocked && problem.lower[j]! < problem.upper[j]! && normal.data[j * size + j]! > 0) free.push(j);
    }
    if (free.length === 0) return { parameters, cost, iterations: iteration, converged: true };
    let improved = false;
    for (let attempt = 0; attempt < 12 && !improved; attempt++) {
      const system = matrix(free.length, free.length);
      free.forEach((j, a) => {
        free.forEach((k, b) => {
          system.data[a * free.length + b] =
            normal.data[Math.max(j, k) * size + Math.min(j, k)]! * (a === b ? 1 + damping : 1);
        });
      });
      const step = solveSymmetric(
        system,
        free.map((j) => -gradient[j]!),
      );
      const trial = parameters.slice();
      free.forEach((j, a) => {
        trial[j] = clip(parameters[j]! + step[a]!, j);
      });
      problem.evaluate(trial, residuals, jacobian);
      const trialCost = costOf();
      if (trialCost <= cost) {
        const gain = cost - trialCost;
        let moved = 0;
        for (let j = 0; j < size; j++)
          moved = Math.max(moved, Math.abs(trial[j]! - parameters[j]!) / (Math.abs(parameters[j]!) + 1e-3));
        parameters = trial;
        cost = trialCost;
        damping = Math.max(1e-12, damping / 10);
        improved = true;
        if (gain <= 1e-12 * (cost + 1e-300) || moved < 1e-9)
          return { parameters, cost, iterations: iteration, converged: true };
      } else damping *= 10;
    }
    if (!improved) {
      problem.evaluate(parameters, residuals, jacobian);
      return { parameters, cost, iterations: iteration, converged: true };
    }
  }
  return { parameters, cost, iterations: maxIterations, converged: false };
}
