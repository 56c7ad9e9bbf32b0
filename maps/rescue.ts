import {
  type DoseFit,
  type DoseScale,
  DoseSeriesError,
  type Estimate,
  fitDose,
  mean,
  sd,
  tQuantile,
  tTwoSided,
} from "@artesian/numerics";
import type { ScreenWell } from "./screen-wells.ts";
import { ec50Text, HEALTHY, hitSentence, twoDigits } from "./sentences.ts";
import type { SideEffects } from "./side-effect.ts";
import { VERDICT_RULES, type Verdict, type VerdictRules, verdictOf } from "./verdict.ts";

/** One treated well. */
export interface HitPoint {
  plate: string;
  well: string;
  dose: number;
  /** Share of the way back: 1 − phenoprint score. */
  rescue: number;
  /** Corrected for noise; null when not known. */
  sideEffect: number | null;
  /** Set aside by the curve's robust weights. */
  outlier: boolean;
}

/** All replicates of one dose. */
export interface DoseMean {
  dose: number;
  wells: number;
  rescue: number;
  /** Standard deviation between wells; null with one well. */
  spread: number | null;
  sideEffect: number | null;
}

/** What one compound does, with its evidence; plain JSON. */
export interface CompoundHit {
  name: string;
  unit: string;
  doses: number[];
  points: HitPoint[];
  perDose: DoseMean[];
  fit: DoseFit | null;
  /** Why there is no curve, or null. */
  fitMissing: string | null;
  /** Half-maximal dose; null unless the compound restores at least partly and the dose lies inside those tested (see `ec50Text`). */
  ec50: number | null;
  interval: { lower: number | null; upper: number | null } | null;
  /** "0.8 µM (0.5–1.2)", "> 10 µM" (also for an effect that only begins at the highest dose), or null. */
  ec50Text: string | null;
  /** At the highest dose that the curve uses. */
  maxRescue: Estimate;
  sideEffectAtEc50: number | null;
  sideEffectAtHighestDose: number | null;
  /** 99 % of sets of as many untreated wells stay below. */
  sideEffectLimit: number | null;
  cellShareAtHighestDose: number | null;
  /** Doses left out of the curve because the rescue falls again above its best dose. */
  dosesAboveBest: number[];
  verdict: Verdict;
  sentence: string;
}

export interface RescueOptions {
  /** Spacing of the doses; default log10. */
  scale?: DoseScale;
  /** Unit of the doses in sentences; default "µM". */
  unit?: string;
  rules?: VerdictRules;
  /** Words for where the cells should get to; default "the healthy phenotype". */
  goal?: string;
}

/**
 * Rescue of one compound over its doses: share of the way back per well, a dose curve that starts at the untreated disease wells (0),
 * its EC50 with interval, side effects, and a verdict by fixed rules.
 * @param members indices of the compound's wells
 * @param scores phenoprint scores of all wells, 1 disease, 0 healthy
 * @param untreated indices of the untreated wells: dose 0 of the curve, and the measure of noise and of cell counts
 */
export function rescueOf(
  name: string,
  members: readonly number[],
  wells: readonly ScreenWell[],
  scores: ArrayLike<number>,
  side: SideEffects | undefined,
  untreated: readonly number[],
  options: RescueOptions = {},
): CompoundHit {
  const scale = options.scale ?? "log10";
  const unit = options.unit ?? "µM";
  const rules = options.rules ?? VERDICT_RULES;
  const used = members.filter((i) => !Number.isNaN(scores[i]!) && Number.isFinite(wells[i]!.doseUm ?? Number.NaN));
  const doseOf = (i: number): number => wells[i]!.doseUm ?? Number.NaN;
  used.sort((a, b) => doseOf(a) - doseOf(b));
  const doses = [...new Set(used.map(doseOf))];
  const atDose = (dose: number): number[] => used.filter((i) => doseOf(i) === dose);
  const perDose = doses.map((dose): DoseMean => {
    const replicates = atDose(dose);
    const rescues = replicates.map((i) => 1 - scores[i]!);
    return {
      dose,
      wells: replicates.length,
      rescue: mean(rescues),
      spread: rescues.length > 1 ? sd(rescues) : null,
      sideEffect: side?.of(replicates) ?? null,
    };
  });
  const dosesAboveBest = fallingDoses(perDose);
  const fitted = used.filter((i) => !dosesAboveBest.includes(doseOf(i)));
  const { fit, missing } = tryFit(
    [
      ...fitted.map((i) => ({ dose: doseOf(i), response: 1 - scores[i]! })),
      ...untreated.filter((i) => !Number.isNaN(scores[i]!)).map((i) => ({ dose: 0, response: 1 - scores[i]! })),
    ],
    scale,
    rules.significance,
  );
  const outliers = new Set((fit?.outliers ?? []).map((k) => fitted[k]));
  const best = perDose.reduce<DoseMean | undefined>(
    (top, one) => (top === undefined || one.rescue > top.rescue ? one : top),
    undefined,
  );
  const { maxRescue, effectP } =
    fit !== undefined ? { maxRescue: fit.atHighestDose, effectP: fit.effectP } : bestDose(best);
  const hasEffect = fit !== undefined && !fit.flags.includes("no-effect");
  const within = hasEffect && !fit.flags.includes("ec50-above-doses") && !fit.flags.includes("ec50-below-doses");
  const highest = perDose[perDose.length - 1];
  const sideEffectAtHighestDose = highest?.sideEffect ?? null;
  const sideEffectLimit = side === undefined || highest === undefined ? null : side.limit(highest.wells);
  const cellShare = highest === undefined ? undefined : cellShareOf(atDose(highest.dose), wells, untreated);
  const verdict = verdictOf(
    {
      maxRescue,
      effectP,
      sideEffect: sideEffectAtHighestDose ?? undefined,
      sideEffectLimit: sideEffectLimit ?? 0,
      cellShare,
    },
    rules,
  );
  const effective = verdict === "restores" || verdict === "partly restores";
  const inside = within && effective;
  const sideEffectAtEc50 = inside ? interpolate(perDose, fit.ec50, scale) : null;
  const text = hasEffect ? ec50Report(fit, effective, unit) : null;
  const sentence = hitSentence(
    {
      name,
      verdict,
      ec50: text ?? undefined,
      maxRescue,
      sideEffect: sideEffectAtEc50 ?? sideEffectAtHighestDose ?? undefined,
      highestDose: highest?.dose ?? Number.NaN,
      unit,
      goal: options.goal ?? HEALTHY,
    },
    rules,
  );
  return {
    name,
    unit,
    doses,
    points: used.map((i) => ({
      plate: wells[i]!.plate,
      well: wells[i]!.well,
      dose: doseOf(i),
      rescue: 1 - scores[i]!,
      sideEffect: side?.of([i]) ?? null,
      outlier: outliers.has(i),
    })),
    perDose,
    fit: fit ?? null,
    fitMissing: missing ?? null,
    ec50: inside ? fit.ec50 : null,
    interval: inside ? fit.ec50Interval : null,
    ec50Text: text,
    maxRescue,
    sideEffectAtEc50,
    sideEffectAtHighestDose,
    sideEffectLimit,
    cellShareAtHighestDose: cellShare ?? null,
    dosesAboveBest,
    verdict,
    sentence,
  };
}

/** An effect too small to count has no EC50, but where it still rises at the highest dose, half of it lies beyond. */
function ec50Report(fit: DoseFit, effective: boolean, unit: string): string | null {
  if (effective) return ec50Text(fit, unit);
  const rising = fit.flags.includes("incomplete-plateau") && fit.atHighestDose.lower > 0;
  return rising ? `> ${twoDigits(fit.doses[1])} ${unit}` : null;
}

function tryFit(
  points: { dose: number; response: number }[],
  scale: DoseScale,
  significance: number,
): { fit?: DoseFit; missing?: string } {
  try {
    const hillRange: readonly [number, number] = scale === "linear" ? [0.2, 8] : [0.5, 4];
    // Most slopes lie between 0.65 and 2.6; in simulated series this prior halves gross errors and leaves the coverage as it is.
    const prior = scale === "linear" ? {} : { hillPrior: { centre: 1.3, logSd: 0.35 } };
    return { fit: fitDose(points, { scale, bottom: 0, topRange: [-1.25, 1.25], hillRange, significance, ...prior }) };
  } catch (error) {
    if (error instanceof DoseSeriesError) return { missing: error.message };
    throw error;
  }
}

/** Doses above the best one, when at least three doses lead up to it and the rescue falls by 0.3 and four standard errors after it. */
function fallingDoses(perDose: readonly DoseMean[]): number[] {
  let best = 0;
  perDose.forEach((one, k) => {
    if (one.rescue > perDose[best]!.rescue) best = k;
  });
  const top = perDose[best];
  const last = perDose[perDose.length - 1];
  if (top === undefined || last === undefined || best < 2 || last === top) return [];
  const error = Math.hypot((top.spread ?? 0.1) / Math.sqrt(top.wells), (last.spread ?? 0.1) / Math.sqrt(last.wells));
  const falls = top.rescue - last.rescue > Math.max(0.3, 4 * error);
  return falls ? perDose.slice(best + 1).map((one) => one.dose) : [];
}

/** Without a curve: the best dose's mean with a t interval. */
function bestDose(best: DoseMean | undefined): { maxRescue: Estimate; effectP: number } {
  if (best === undefined) return { maxRescue: { value: Number.NaN, lower: Number.NaN, upper: Number.NaN }, effectP: 1 };
  if (best.spread === null)
    return { maxRescue: { value: best.rescue, lower: Number.NaN, upper: Number.NaN }, effectP: 1 };
  const error = best.spread / Math.sqrt(best.wells);
  const half = tQuantile(0.975, best.wells - 1) * error;
  return {
    maxRescue: { value: best.rescue, lower: best.rescue - half, upper: best.rescue + half },
    effectP: tTwoSided(best.rescue / error, best.wells - 1),
  };
}

/** Side effect at a dose, between the neighbouring doses tested. */
function interpolate(perDose: readonly DoseMean[], dose: number, scale: DoseScale): number | null {
  const known = perDose.filter((one) => one.sideEffect !== null && (scale === "linear" || one.dose > 0));
  const position = (value: number): number => (scale === "linear" ? value : Math.log(value));
  const above = known.findIndex((one) => one.dose >= dose);
  const right = known[above];
  const left = known[above - 1];
  if (right === undefined) return known[known.length - 1]?.sideEffect ?? null;
  if (left === undefined) return right.sideEffect;
  const part = (position(dose) - position(left.dose)) / (position(right.dose) - position(left.dose));
  return (left.sideEffect ?? 0) + part * ((right.sideEffect ?? 0) - (left.sideEffect ?? 0));
}

/** Mean over wells of the cell count divided by that of untreated wells on the same plate. */
function cellShareOf(
  members: readonly number[],
  wells: readonly ScreenWell[],
  untreated: readonly number[],
): number | undefined {
  const shares = members.flatMap((i) => {
    const { plate, cellCount } = wells[i]!;
    const counts = untreated.filter((k) => wells[k]!.plate === plate).flatMap((k) => wells[k]!.cellCount ?? []);
    return cellCount === undefined || cellCount === null || !(mean(counts) > 0) ? [] : [cellCount / mean(counts)];
  });
  return shares.length === 0 ? undefined : mean(shares);
}
