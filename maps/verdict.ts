import type { Estimate } from "@artesian/numerics";

/** What a compound does, in one of four words. */
export type Verdict = "restores" | "partly restores" | "no effect" | "toxic/other phenotype";

/** Thresholds of the verdict; shares of the way from disease to healthy. */
export interface VerdictRules {
  /** From this maximal rescue on a compound restores the phenotype. */
  restores: number;
  /** From this maximal rescue on it restores it partly. */
  partly: number;
  /** Largest p of the dose curve against a flat line that counts as an effect. */
  significance: number;
  /** From this side effect at the highest dose on, a compound that does not restore has another phenotype. */
  otherPhenotype: number;
  /** Fewer cells than this share of untreated wells at the highest dose is toxic. */
  toxicCellShare: number;
  /** Side effects up to the first number are "little", up to the second "some", above "strong". */
  sideEffectWords: readonly [number, number];
}

/** The thresholds used unless others are given. */
export const VERDICT_RULES: VerdictRules = {
  restores: 0.75,
  partly: 0.3,
  significance: 0.01,
  otherPhenotype: 0.5,
  toxicCellShare: 0.5,
  sideEffectWords: [0.25, 0.5],
};

/** What the verdict looks at. */
export interface VerdictEvidence {
  /** Rescue of the curve at the highest dose, or of the best dose when there is no curve. */
  maxRescue: Estimate;
  /** p of the dose curve, or of the best dose against untreated wells. */
  effectP: number;
  /** Side effect at the highest dose, corrected for noise; undefined when it is not known. */
  sideEffect: number | undefined;
  /** What controls reach by chance. */
  sideEffectLimit: number;
  /** Cells at the highest dose over cells of untreated wells; undefined when not counted. */
  cellShare: number | undefined;
}

/**
 * Rules, in order: (1) real and maximal rescue ≥ `restores` → "restores"; (2) cells below `toxicCellShare`, or a side effect that is ≥
 * `otherPhenotype`, beyond the controls' limit and at least twice the rescue → "toxic/other phenotype"; (3) real and maximal rescue ≥
 * `partly` → "partly restores"; (4) else "no effect". Real means p < `significance` and a rescue whose lower limit is above 0.
 */
export function verdictOf(evidence: VerdictEvidence, rules: VerdictRules = VERDICT_RULES): Verdict {
  const { maxRescue, sideEffect = 0 } = evidence;
  const real = evidence.effectP < rules.significance && maxRescue.lower > 0;
  if (real && maxRescue.value >= rules.restores) return "restores";
  const other =
    sideEffect >= rules.otherPhenotype &&
    sideEffect > evidence.sideEffectLimit &&
    sideEffect >= 2 * Math.max(0, maxRescue.value);
  if (other || (evidence.cellShare !== undefined && evidence.cellShare < rules.toxicCellShare))
    return "toxic/other phenotype";
  if (real && maxRescue.value >= rules.partly) return "partly restores";
  return "no effect";
}

/** "little", "some" or "strong" side effect. */
export function sideEffectWord(sideEffect: number, rules: VerdictRules = VERDICT_RULES): "little" | "some" | "strong" {
  const [little, some] = rules.sideEffectWords;
  return sideEffect <= little ? "little" : sideEffect <= some ? "some" : "strong";
}
