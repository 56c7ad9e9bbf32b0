/** How doses are spaced: by their logarithm (concentrations), or evenly (dose steps 1, 2, 3 …). */
export type DoseScale = "log10" | "linear";

/** A four-parameter logistic curve: bottom at dose 0, top at infinite dose, half way at `ec50`, `hill` > 0. */
export interface LogisticCurve {
  scale: DoseScale;
  /** In the unit of the doses. */
  ec50: number;
  /**
   * Hill slope on the log10 scale: y = bottom + (top − bottom)/(1 + (ec50/dose)^hill). On the linear scale the logistic rate per dose
   * step: y = bottom + (top − bottom)/(1 + exp(−hill·(dose − ec50))).
   */
  hill: number;
  bottom: number;
  top: number;
}

/** Response of a curve at a dose; on the log10 scale a dose ≤ 0 gives the bottom. */
export function logisticResponse(curve: LogisticCurve, dose: number): number {
  return curve.bottom + (curve.top - curve.bottom) * logisticFraction(curve, dose);
}

/** Share of the way from bottom to top at a dose, 0 to 1. */
export function logisticFraction(curve: Pick<LogisticCurve, "scale" | "ec50" | "hill">, dose: number): number {
  if (curve.scale === "linear") return 1 / (1 + Math.exp(-curve.hill * (dose - curve.ec50)));
  return dose <= 0 ? 0 : 1 / (1 + (curve.ec50 / dose) ** curve.hill);
}

/** Where a dose lies on the scale's axis; −Infinity for dose ≤ 0 on the log10 scale. */
export function dosePosition(scale: DoseScale, dose: number): number {
  if (scale === "linear") return dose;
  return dose > 0 ? Math.log10(dose) : Number.NEGATIVE_INFINITY;
}

/** Dose at a position of the scale's axis; the inverse of `dosePosition`. */
export function doseAt(scale: DoseScale, position: number): number {
  return scale === "linear" ? position : 10 ** position;
}
