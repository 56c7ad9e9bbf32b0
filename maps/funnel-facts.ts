import type { Cutoffs } from "./funnel-settings.ts";
import { hasDirection } from "./group-rows.ts";
import { type KnownRelations, namesOf } from "./known-edges.ts";
import type { PerturbationGroup } from "./perturbation-group.ts";

/** Answers about pairs of rows, prepared so that one takes well under a microsecond. */
export interface PairFacts {
  samePerturbation(a: number, b: number): boolean;
  /** Both arms are known and one. */
  sameArm(a: number, b: number): boolean;
  isKnown(a: number, b: number): boolean;
}

export function pairFacts(group: PerturbationGroup, known: KnownRelations | undefined): PairFacts {
  const numbered = (names: readonly (string | null)[]): Int32Array => {
    const numbers = new Map<string, number>();
    return Int32Array.from(names, (name) => {
      if (name === null) return -1;
      if (!numbers.has(name)) numbers.set(name, numbers.size);
      return numbers.get(name)!;
    });
  };
  const perturbations = numbered(group.rows.map(({ perturbation }) => perturbation));
  const arms = numbered(group.rows.map(({ arm }) => arm));
  const pairs = knownPairs(group, known);
  const count = group.rows.length;
  return {
    samePerturbation: (a, b) => perturbations[a] === perturbations[b],
    sameArm: (a, b) => arms[a] === arms[b] && arms[a] !== -1,
    isKnown: (a, b) => pairs.has(a < b ? a * count + b : b * count + a),
  };
}

/** Known pairs of rows as a · rows + b with a < b. */
function knownPairs(group: PerturbationGroup, known: KnownRelations | undefined): Set<number> {
  const count = group.rows.length;
  const pairs = new Set<number>();
  const byName = new Map<string, number[]>();
  for (const [i, row] of group.rows.entries())
    for (const name of namesOf(row)) {
      const rows = byName.get(name);
      if (rows === undefined) byName.set(name, [i]);
      else rows.push(i);
    }
  for (const { a, b } of known?.edges ?? [])
    for (const first of byName.get(a.toUpperCase()) ?? [])
      for (const second of byName.get(b.toUpperCase()) ?? [])
        if (first !== second) pairs.add(Math.min(first, second) * count + Math.max(first, second));
  return pairs;
}

/**
 * Counts experiments that show a pair by themselves: both ends were in it and their cosine there is beyond the cutoff of the pair's side.
 * @param group rows over all experiments
 * @param split the same perturbations, one row an experiment
 * @returns a function of rows of `group` and the sign of their cosine
 */
export function experimentCounts(
  group: PerturbationGroup,
  split: PerturbationGroup,
): (a: number, b: number, sign: number, cutoffs: Cutoffs) => number {
  const { dims, vectors } = split;
  const experiments = [...new Set(split.rows.map(({ experiment }) => experiment))].filter((name) => name !== null);
  const index = new Map(experiments.map((name, i) => [name, i]));
  const keyOf = (perturbation: string, concentration: number | null): string => `${perturbation} ${concentration}`;
  const rowsOf = new Map<string, Int32Array>();
  for (const [i, { perturbation, concentration, experiment }] of split.rows.entries()) {
    if (experiment === null || !hasDirection(split, i)) continue;
    const key = keyOf(perturbation, concentration);
    const rows = rowsOf.get(key) ?? new Int32Array(experiments.length).fill(-1);
    rows[index.get(experiment)!] = i;
    rowsOf.set(key, rows);
  }
  const none = new Int32Array(experiments.length).fill(-1);
  const parts = group.rows.map(
    ({ perturbation, concentration }) => rowsOf.get(keyOf(perturbation, concentration)) ?? none,
  );
  return (a, b, sign, { low, high }) => {
    let shown = 0;
    for (let e = 0; e < experiments.length; e++) {
      const [first, second] = [parts[a]![e]!, parts[b]![e]!];
      if (first < 0 || second < 0) continue;
      let cosine = 0;
      for (let k = 0; k < dims; k++) cosine += vectors[first * dims + k]! * vectors[second * dims + k]!;
      if (sign > 0 ? cosine >= high : cosine <= low) shown++;
    }
    return shown;
  };
}
