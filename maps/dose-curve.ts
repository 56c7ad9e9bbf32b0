import { bandAt, type DoseFit, doseAt, dosePosition, tQuantile } from "@artesian/numerics";

/** Line and 95 % band of a dose curve for drawing; positions along `x` are even on the fit's scale. */
export interface DoseCurveDrawing {
  dose: number[];
  response: number[];
  lower: number[];
  upper: number[];
}

/**
 * Samples a fitted curve from its lowest to its highest dose.
 * @param samples points on the line, default 61
 * @param margin how far to go beyond the doses on either side, in decades (or steps on the linear scale); default 0.15
 */
export function doseCurveDrawing(fit: DoseFit, samples = 61, margin = 0.15): DoseCurveDrawing {
  const first = dosePosition(fit.scale, fit.doses[0]) - margin;
  const last = dosePosition(fit.scale, fit.doses[1]) + margin;
  const free = fit.covariance[10] === 0 ? 3 : 4;
  const t = tQuantile(0.975, Math.max(1, fit.count - free));
  const dose = Array.from({ length: samples }, (_, i) =>
    doseAt(fit.scale, first + ((last - first) * i) / (samples - 1)),
  );
  const band = dose.map((value) => bandAt(fit, value, t));
  return {
    dose,
    response: band.map((one) => one.value),
    lower: band.map((one) => one.lower),
    upper: band.map((one) => one.upper),
  };
}
