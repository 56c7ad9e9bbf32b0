import { benjaminiHochberg } from "@artesian/numerics";
import type { ExperimentAgreement } from "./experiment-agreement.ts";
import { checkRow, rowLabel } from "./group-rows.ts";
import type { GroupRow, PerturbationGroup } from "./perturbation-group.ts";

/** When a row's phenoprint is trusted. */
export interface TrustRules {
  /** Largest permutation p of replicate consistency. */
  consistencyP: number;
  /** "bh": that p is adjusted over all rows of the group first (Benjamini and Hochberg 1995). */
  adjust: "none" | "bh";
  /** Fewest wells that the vector is made of. */
  units: number;
}

export const TRUST_RULES: Readonly<TrustRules> = { consistencyP: 0.05, adjust: "bh", units: 3 };

/** One thing that was looked at. */
export interface TrustCheck {
  check: "length" | "replicates" | "wells" | "experiments";
  /** null: it cannot be told. */
  passed: boolean | null;
  words: string;
}

/** Whether a row's phenoprint is trusted, and on which grounds. */
export interface Trust {
  row: number;
  label: string;
  trusted: boolean;
  checks: TrustCheck[];
  sentence: string;
}

/** p of consistency as the rules want it, one a row; null stays null. */
export function consistencyPs(rows: readonly GroupRow[], rules: TrustRules): (number | null)[] {
  const raw = rows.map(({ consistencyP }) => consistencyP);
  if (rules.adjust === "none") return raw;
  const adjusted = benjaminiHochberg(raw.map((p) => p ?? Number.NaN));
  return raw.map((p, i) => (p === null ? null : adjusted[i]!));
}

/** Rows of a group that are trusted, 1 or 0, of shape (rows): they have a length, enough wells, and replicates that agree. */
export function trustedRows(group: PerturbationGroup, rules: TrustRules = TRUST_RULES): Uint8Array {
  const ps = consistencyPs(group.rows, rules);
  return Uint8Array.from(group.rows, ({ units }, i) =>
    group.norms[i]! > 0 && units >= rules.units && ps[i] !== null && ps[i]! <= rules.consistencyP ? 1 : 0,
  );
}

/**
 * Do I trust this phenoprint: what {@link trustedRows} looks at, in words, and what the experiments say when they were asked. An experiment
 * that contradicts the others, or agreement no better than chance, takes the trust away.
 * @param options `agreement` of the same perturbation (`experimentAgreement`)
 * @throws UnknownRowError (maps/unknown-row)
 */
export function trustOf(
  group: PerturbationGroup,
  row: number,
  options: { rules?: TrustRules; agreement?: ExperimentAgreement } = {},
): Trust {
  checkRow(group, row);
  const rules = options.rules ?? TRUST_RULES;
  const { units } = group.rows[row]!;
  const p = consistencyPs(group.rows, rules)[row] ?? null;
  const kind = rules.adjust === "bh" ? "adjusted p" : "p";
  const checks: TrustCheck[] = [
    group.norms[row]! > 0
      ? { check: "length", passed: true, words: "it differs from its controls" }
      : { check: "length", passed: false, words: "it does not differ from its controls at all" },
    p === null
      ? { check: "replicates", passed: null, words: "the consistency of its replicates was not tested" }
      : {
          check: "replicates",
          passed: p <= rules.consistencyP,
          words:
            p <= rules.consistencyP
              ? `its replicates agree (${kind} ${shortP(p)})`
              : `its replicates agree no better than chance allows (${kind} ${shortP(p)}, at most ${rules.consistencyP} wanted)`,
        },
    {
      check: "wells",
      passed: units >= rules.units,
      words:
        units >= rules.units ? `it rests on ${units} wells` : `it rests on ${units} wells, fewer than ${rules.units}`,
    },
  ];
  const { agreement } = options;
  if (agreement !== undefined) checks.push(experimentsCheck(agreement));
  const trusted = checks.every(({ check, passed }) => passed === true || (passed === null && check === "experiments"));
  const label = rowLabel(group.rows[row]!);
  const grounds = checks.filter(({ passed }) => (trusted ? passed === true : passed !== true));
  const sentence = `${label} is ${trusted ? "trusted" : "not trusted"}: ${grounds.map(({ words }) => words).join("; ")}.`;
  return { row, label, trusted, checks, sentence };
}

function experimentsCheck({ badge, p, experiments, contradicting }: ExperimentAgreement): TrustCheck {
  const among = `its ${experiments.length} experiments`;
  switch (badge) {
    case "agree":
      return { check: "experiments", passed: true, words: `${among} agree (p ${shortP(p!)})` };
    case "mixed":
      return { check: "experiments", passed: false, words: `${contradicting.join(" and ")} contradicts the others` };
    case "disagree":
      return { check: "experiments", passed: false, words: `${among} agree no better than chance (p ${shortP(p!)})` };
    case "not tested":
      return { check: "experiments", passed: null, words: `${among} hold too little else to compare with` };
    case "one experiment":
      return { check: "experiments", passed: null, words: "no two experiments saw it" };
  }
}

/** A p-value in two digits. */
export function shortP(p: number): string {
  return p < 0.001 ? p.toExponential(1) : String(Number(p.toPrecision(2)));
}
