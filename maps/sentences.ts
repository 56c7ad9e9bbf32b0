import type { DoseFit, Estimate } from "@artesian/numerics";
import type { ExperimentMap } from "./experiment-map.ts";
import { NAMELESS } from "./screen-wells.ts";
import { sideEffectWord, type Verdict, type VerdictRules } from "./verdict.ts";

/** Where a rescue screen's cells should get to. */
export const HEALTHY = "the healthy phenotype";

/** A number to two significant digits, plain notation: 0.8, 12, 0.035. */
export function twoDigits(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return String(Number(value.toPrecision(2)));
}

/** EC50 with its interval in words: "0.8 µM (0.5–1.2)", "> 10 µM", "3 µM (1.4 to > 10)". */
export function ec50Text(fit: DoseFit, unit: string): string {
  const [lowest, highest] = fit.doses;
  if (fit.flags.includes("ec50-above-doses")) return `> ${twoDigits(highest)} ${unit}`;
  if (fit.flags.includes("ec50-below-doses")) return `< ${twoDigits(lowest)} ${unit}`;
  const { lower, upper } = fit.ec50Interval;
  const low = lower === null || lower < lowest / 10 ? `< ${twoDigits(lowest)}` : twoDigits(lower);
  const high = upper === null || upper > highest * 10 ? `> ${twoDigits(highest)}` : twoDigits(upper);
  const joint = low.startsWith("<") || high.startsWith(">") ? " to " : "–";
  return `${twoDigits(fit.ec50)} ${unit} (${low}${joint}${high})`;
}

/** What a hit's sentence is made of. */
export interface HitWords {
  name: string;
  verdict: Verdict;
  /** The EC50 in words; undefined without one. */
  ec50: string | undefined;
  maxRescue: Estimate;
  sideEffect: number | undefined;
  highestDose: number;
  unit: string;
  /** "the healthy phenotype", or for other assays "the positive control's phenotype". */
  goal: string;
}

/** One sentence a compound: what it does, from which dose, and what else. */
export function hitSentence(words: HitWords, rules?: VerdictRules): string {
  const { unit, goal } = words;
  const who = words.name === NAMELESS ? "The dose series" : `Compound ${words.name}`;
  const verb = goal === HEALTHY ? "restore" : "reach";
  const does = goal === HEALTHY ? "restores" : "reaches";
  const from = words.ec50 === undefined ? "" : ` from ${inSteps(words.ec50, unit)}`;
  const highest = inSteps(`${twoDigits(words.highestDose)} ${unit}`, unit);
  const beside = words.sideEffect === undefined ? "" : `, with ${sideEffectPhrase(words.sideEffect, rules)}`;
  const strong = words.sideEffect !== undefined && sideEffectWord(words.sideEffect, rules) === "strong";
  const percent = `${Math.round(100 * words.maxRescue.value)} %`;
  switch (words.verdict) {
    case "restores":
      return `${who} ${does} ${goal}${from}${beside}.`;
    case "partly restores":
      return `${who} partly ${does} ${goal} (${percent} of the way)${from}${beside}.`;
    case "no effect":
      return words.ec50?.startsWith(">")
        ? `${who} only begins to ${verb} ${goal} at ${highest} (${percent} of the way).`
        : `${who} does not ${verb} ${goal} up to ${highest}${strong ? beside : ""}.`;
    case "toxic/other phenotype":
      return `${who} does not ${verb} ${goal}; up to ${highest} it is toxic or causes another phenotype.`;
  }
}

/** "4 steps (3.9–4.2)" as it is said in a sentence: "dose step 4 (3.9–4.2)". */
function inSteps(text: string, unit: string): string {
  return unit === "steps" ? `dose step ${text.replace(" steps", "")}` : text;
}

function sideEffectPhrase(sideEffect: number, rules?: VerdictRules): string {
  const word = sideEffectWord(sideEffect, rules);
  return word === "little" ? "little side effect" : word === "some" ? "some side effect" : "a strong side effect";
}

/**
 * "The disease gene looks like G2 and opposite to C4." from the disease's nearest gene and its opposite (of nearly equally
 * opposite ones the strongest) among perturbations whose replicates agree; undefined when there are none.
 */
export function mapSentence(map: ExperimentMap): string | undefined {
  const disease = map.perturbations.findIndex((one) => one.id === "control:disease");
  if (disease < 0) return undefined;
  const believable = (index: number): boolean => {
    const { consistency, p } = map.perturbations[index]!;
    return consistency !== null && consistency > 0 && p !== null && p < 0.05;
  };
  const row = map.cosine[disease] ?? [];
  const candidates = map.perturbations
    .map((_, index) => index)
    .filter((index) => index !== disease && believable(index));
  const like = candidates
    .filter((index) => map.perturbations[index]!.type === "gene" && (row[index] ?? 0) > 0.3)
    .sort((a, b) => row[b]! - row[a]!)[0];
  const opposites = candidates.filter((index) => (row[index] ?? 0) < -0.3);
  const furthest = Math.min(...opposites.map((index) => row[index]!));
  const strengthOf = (index: number): number => map.perturbations[index]!.strength;
  const unlike = opposites
    .filter((index) => row[index]! < furthest + 0.1)
    .sort((a, b) => strengthOf(b) - strengthOf(a))[0];
  const nameOf = (index: number): string => map.perturbations[index]!.name;
  if (like === undefined && unlike === undefined) return undefined;
  if (unlike === undefined) return `The disease gene looks like ${nameOf(like ?? 0)}.`;
  if (like === undefined) return `The disease gene looks opposite to ${nameOf(unlike)}.`;
  return `The disease gene looks like ${nameOf(like)} and opposite to ${nameOf(unlike)}.`;
}
