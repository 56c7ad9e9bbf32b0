import { MAD_TO_SD, median } from "./statistics.ts";

/**
 * Weights of an M-estimator at given residuals, and the variance that its parameters feel: σ̂² = (Σψ²/(n − p)) / (mean ψ′)²
 * (Huber and Ronchetti, Robust Statistics, chapter 7).
 * @param residuals of shape (points)
 * @param parameters fitted parameters p
 * @param kind Huber's with k = 1.5, or Tukey's biweight with c = 6, in units of the residuals' robust standard deviation
 * @param floor smallest standard deviation considered
 */
export function robustWeights(
  residuals: ArrayLike<number>,
  parameters: number,
  kind: "huber" | "biweight",
  floor: number,
): { weights: Float64Array; effectiveVariance: number } {
  const count = residuals.length;
  const sizes = Float64Array.from(residuals, Math.abs);
  const scale = Math.max(floor, MAD_TO_SD * median(sizes) * Math.sqrt(count / Math.max(1, count - parameters)));
  const weights = new Float64Array(count);
  let psiSquares = 0;
  let slopes = 0;
  for (let i = 0; i < count; i++) {
    const u = residuals[i]! / scale;
    let slope: number;
    if (kind === "huber") {
      weights[i] = Math.abs(u) <= 1.5 ? 1 : 1.5 / Math.abs(u);
      slope = Math.abs(u) <= 1.5 ? 1 : 0;
    } else {
      const v = (u / 6) ** 2;
      weights[i] = v < 1 ? (1 - v) ** 2 : 0;
      slope = v < 1 ? (1 - v) * (1 - 5 * v) : 0;
    }
    psiSquares += (weights[i]! * residuals[i]!) ** 2;
    slopes += slope;
  }
  const meanSlope = Math.max(0.2, slopes / count);
  return {
    weights,
    effectiveVariance: Math.max(floor * floor, psiSquares / Math.max(1, count - parameters) / meanSlope ** 2),
  };
}
