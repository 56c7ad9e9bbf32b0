import { DOSE_TAU, type DoseTrend, doseTrend } from "./dose-trend.ts";
import { type ExperimentAgreement, experimentAgreement } from "./experiment-agreement.ts";
import type { GeneSet } from "./gene-sets.ts";
import { checkRow, dosesOf, hasDirection, rowLabel } from "./group-rows.ts";
import type { KnownEdge, KnownRelations } from "./known-edges.ts";
import { percentileOf } from "./percentile.ts";
import type { GroupRow, PerturbationGroup } from "./perturbation-group.ts";
import { TRUST_RULES, type Trust, type TrustRules, trustOf } from "./trust.ts";
import { referenceProducts, type VectorProducts } from "./vector-products.ts";

/** One end of a hypothesis. */
export interface CardEnd {
  perturbation: string;
  type: GroupRow["type"];
  symbol: string;
  label: string;
  concentration: number | null;
  arm: string | null;
  strength: number;
  trust: Trust;
  /** How its experiments agree; null when the group is not split. */
  agreement: ExperimentAgreement | null;
  /** Cosine with the other end at each dose; empty for what has no doses. */
  doses: { concentration: number; cosine: number; percentile: number; strength: number }[];
  /** Null with fewer than three doses. */
  trend: DoseTrend | null;
}

/** A relation between two perturbations with all that speaks for and against it; plain JSON, so that it can be kept and shared. */
export interface HypothesisCard {
  /** Version of the group that says so, as its store names it. */
  group: string;
  statement: string;
  relation: "similar" | "opposite";
  cosine: number;
  percentile: number;
  ends: [CardEnd, CardEnd];
  /** The pair's cosine in each experiment that saw both ends; null when the group is not split. */
  experiments: { experiment: string; cosine: number; percentile: number }[] | null;
  known: readonly KnownEdge[];
  /** Gene sets that hold both. */
  sharedSets: string[];
  /** What speaks against it or could not be told. */
  caveats: string[];
}

export interface CardInputs {
  group: PerturbationGroup;
  /** Name and version of the group, "knockouts v12". */
  name: string;
  quantiles: ArrayLike<number>;
  split?: { group: PerturbationGroup; quantiles: ArrayLike<number> };
  known?: KnownRelations;
  sets?: readonly GeneSet[];
  rules?: TrustRules;
  products?: VectorProducts;
  /** Of the permutations behind agreement. Default 1. */
  seed?: number;
}

/**
 * Puts together what a group says about a pair of rows.
 * @throws UnknownRowError (maps/unknown-row)
 */
export function hypothesisCard(inputs: CardInputs, a: number, b: number): HypothesisCard {
  const { group, quantiles, split, known } = inputs;
  for (const row of [a, b]) checkRow(group, row);
  const products = inputs.products ?? referenceProducts(group.vectors, group.dims);
  const cosine = Math.max(-1, Math.min(1, products.ofRows([a], [b])[0]!));
  const relation = cosine >= 0 ? "similar" : "opposite";
  const ends: [CardEnd, CardEnd] = [cardEnd(inputs, products, a, b), cardEnd(inputs, products, b, a)];
  const [first, second] = [group.rows[a]!, group.rows[b]!];
  const experiments = split === undefined ? null : pairByExperiment(split.group, split.quantiles, first, second);
  const symbols = [first, second].map(({ symbol }) => symbol.toUpperCase());
  const sharedSets = (inputs.sets ?? [])
    .filter(({ genes }) => symbols.every((symbol) => genes.some((gene) => gene.toUpperCase() === symbol)))
    .map(({ name }) => name);
  const card = {
    group: inputs.name,
    statement: `${rowLabel(first)} ${relation === "similar" ? "looks like" : "is opposite to"} ${rowLabel(second)}.`,
    relation: relation as HypothesisCard["relation"],
    cosine,
    percentile: percentileOf(quantiles, cosine),
    ends,
    experiments,
    known: known?.between(first, second) ?? [],
    sharedSets,
  };
  return { ...card, caveats: caveatsOf(card, known !== undefined) };
}

function cardEnd(inputs: CardInputs, products: VectorProducts, row: number, other: number): CardEnd {
  const { group, quantiles, split, rules = TRUST_RULES, seed = 1 } = inputs;
  const { perturbation, type, symbol, concentration, arm } = group.rows[row]!;
  const agreement =
    split === undefined ? null : experimentAgreement(split.group, perturbation, concentration, { seed });
  const doseRows = dosesOf(group, perturbation).filter(
    (dose) => group.rows[dose]!.concentration !== null && hasDirection(group, dose),
  );
  const cosines = products.ofRows(doseRows, [other]);
  return {
    perturbation,
    type,
    symbol,
    label: rowLabel(group.rows[row]!),
    concentration,
    arm,
    strength: group.norms[row]!,
    trust: trustOf(group, row, { rules, ...(agreement && { agreement }) }),
    agreement,
    doses: doseRows.map((dose, k) => ({
      concentration: group.rows[dose]!.concentration!,
      cosine: cosines[k]!,
      percentile: percentileOf(quantiles, cosines[k]!),
      strength: group.norms[dose]!,
    })),
    trend: doseTrend(cosines),
  };
}

function pairByExperiment(
  split: PerturbationGroup,
  quantiles: ArrayLike<number>,
  a: GroupRow,
  b: GroupRow,
): { experiment: string; cosine: number; percentile: number }[] {
  const partsOf = (row: GroupRow): Map<string, number> =>
    new Map(
      split.rows.flatMap((part, i) =>
        part.experiment !== null &&
        part.perturbation === row.perturbation &&
        part.concentration === row.concentration &&
        hasDirection(split, i)
          ? [[part.experiment, i] as const]
          : [],
      ),
    );
  const [ofA, ofB] = [partsOf(a), partsOf(b)];
  const { ofRows } = referenceProducts(split.vectors, split.dims);
  return [...ofA].flatMap(([experiment, part]) => {
    const other = ofB.get(experiment);
    if (other === undefined) return [];
    const cosine = ofRows([part], [other])[0]!;
    return [{ experiment, cosine, percentile: percentileOf(quantiles, cosine) }];
  });
}

function caveatsOf(card: Omit<HypothesisCard, "caveats">, wasCompared: boolean): string[] {
  const [a, b] = card.ends;
  const sign = card.relation === "similar" ? 1 : -1;
  const caveats = card.ends.filter(({ trust }) => !trust.trusted).map(({ trust }) => trust.sentence);
  if (a.arm !== null && a.arm === b.arm)
    caveats.push(`Both genes lie on chromosome arm ${a.arm}: neighbours on an arm look alike whatever they do.`);
  for (const { symbol, trend, doses } of card.ends) {
    if (doses.length > 0 && trend === null)
      caveats.push(`${symbol} was measured at ${doses.length} doses, too few to see a trend.`);
    else if (trend !== null && sign * trend.tau < DOSE_TAU)
      caveats.push(`The similarity does not follow the dose of ${symbol} (tau ${trend.tau.toFixed(2)}).`);
  }
  if (card.experiments === null)
    caveats.push("The group is not split by experiment, so replication was not looked at.");
  else {
    const shown = card.experiments.filter(({ cosine }) => sign * cosine > 0).length;
    if (card.experiments.length < 2) caveats.push(`Only ${card.experiments.length} experiment saw both.`);
    else if (shown < card.experiments.length)
      caveats.push(
        `${card.experiments.length - shown} of ${card.experiments.length} experiments show the opposite sign.`,
      );
  }
  if (!wasCompared) caveats.push("It was not compared with published relations.");
  return caveats;
}
