import { MAD_TO_SD, mad, mean, median, sd } from "./statistics.ts";

/**
 * Z′ factor of two sets of control wells: 1 − 3(σp + σn)/|µp − µn| (Zhang, Chung and Oldenburg, J Biomol Screen 1999). Above 0.5 is
 * an excellent assay. Needs two wells of each kind, else NaN.
 */
export function zPrime(positive: ArrayLike<number>, negative: ArrayLike<number>): number {
  if (positive.length < 2 || negative.length < 2) return Number.NaN;
  return 1 - (3 * (sd(positive) + sd(negative))) / Math.abs(mean(positive) - mean(negative));
}

/** Z′ factor with medians for means and 1.4826·MAD for standard deviations: one bad well does not decide it. */
export function robustZPrime(positive: ArrayLike<number>, negative: ArrayLike<number>): number {
  if (positive.length < 2 || negative.length < 2) return Number.NaN;
  return 1 - (3 * MAD_TO_SD * (mad(positive) + mad(negative))) / Math.abs(median(positive) - median(negative));
}

/** Strictly standardised mean difference (µp − µn)/√(σp² + σn²) of independent groups (Zhang, Genomics 2007). */
export function ssmd(positive: ArrayLike<number>, negative: ArrayLike<number>): number {
  if (positive.length < 2 || negative.length < 2) return Number.NaN;
  return (mean(positive) - mean(negative)) / Math.hypot(sd(positive), sd(negative));
}

/** SSMD with medians and 1.4826·MAD. */
export function robustSsmd(positive: ArrayLike<number>, negative: ArrayLike<number>): number {
  if (positive.length < 2 || negative.length < 2) return Number.NaN;
  return (median(positive) - median(negative)) / (MAD_TO_SD * Math.hypot(mad(positive), mad(negative)));
}

/**
 * Signal window (|µp − µn| − 3(σp + σn))/σ of the higher-signal group (Sittampalam et al. 1997, Assay Guidance Manual); above 2 is
 * acceptable.
 */
export function signalWindow(positive: ArrayLike<number>, negative: ArrayLike<number>): number {
  if (positive.length < 2 || negative.length < 2) return Number.NaN;
  const gap = Math.abs(mean(positive) - mean(negative)) - 3 * (sd(positive) + sd(negative));
  return gap / sd(mean(positive) >= mean(negative) ? positive : negative);
}
