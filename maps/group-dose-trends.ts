import { hasDirection } from "./group-rows.ts";
import type { PerturbationGroup } from "./perturbation-group.ts";
import type { VectorProducts } from "./vector-products.ts";

/**
 * Least Kendall tau, in hundredths, of a pair's cosine over the doses of whichever ends are compounds, towards the pair's side; null when neither
 * has three doses.
 * @param a row of the group, among the rows that the trends were opened for; so is b
 * @param sign of the pair's cosine
 */
export type PairDoseTau = (a: number, b: number, sign: number) => number | null;

/** Compounds whose trends are computed together, so that the other rows are walked once for all of them. */
const BATCH = 32;

/**
 * Trends of the cosines over every compound's doses with every one of some rows, for questions about millions of pairs. A compound is
 * computed, with its neighbours in the group, when it is first asked for: 1 byte a compound and row.
 */
export function groupDoseTrends(
  group: PerturbationGroup,
  rows: readonly number[],
  products: VectorProducts,
): PairDoseTau {
  const place = new Int32Array(group.rows.length).fill(-1);
  for (const [i, row] of rows.entries()) place[row] = i;
  const compoundOf = new Int32Array(group.rows.length).fill(-1);
  const doses: number[][] = [];
  const byPerturbation = Map.groupBy(
    rows.filter((row) => group.rows[row]!.type === "compound"),
    (row) => group.rows[row]!.perturbation,
  );
  const allDoses = dosesByPerturbation(group, new Set(byPerturbation.keys()));
  for (const [perturbation, own] of byPerturbation) {
    const series = allDoses.get(perturbation) ?? [];
    if (series.length < 3) continue;
    for (const row of own) compoundOf[row] = doses.length;
    doses.push(series);
  }
  const taus: (Int8Array | undefined)[] = new Array(doses.length);
  const tausOf = (compound: number): Int8Array => {
    if (taus[compound] === undefined) {
      const first = BATCH * Math.floor(compound / BATCH);
      const batch = doses.slice(first, first + BATCH);
      const cosines = products.ofRows(batch.flat(), rows);
      let from = 0;
      for (const [i, series] of batch.entries()) {
        const length = series.length * rows.length;
        taus[first + i] = tausOfSeries(cosines.subarray(from, from + length), series.length);
        from += length;
      }
    }
    return taus[compound]!;
  };
  return (a, b, sign) => {
    const [ofA, ofB] = [compoundOf[a]!, compoundOf[b]!];
    const fromA = ofA < 0 ? null : sign * tausOf(ofA)[place[b]!]!;
    const fromB = ofB < 0 ? null : sign * tausOf(ofB)[place[a]!]!;
    if (fromA === null) return fromB;
    return fromB === null ? fromA : Math.min(fromA, fromB);
  };
}

/** Rows with a length of some perturbations, each in order of concentration. */
function dosesByPerturbation(group: PerturbationGroup, wanted: ReadonlySet<string>): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [i, { perturbation, experiment, concentration }] of group.rows.entries()) {
    if (experiment !== null || concentration === null || !wanted.has(perturbation) || !hasDirection(group, i)) continue;
    const series = found.get(perturbation);
    if (series === undefined) found.set(perturbation, [i]);
    else series.push(i);
  }
  for (const series of found.values())
    series.sort((x, y) => group.rows[x]!.concentration! - group.rows[y]!.concentration!);
  return found;
}

/** Tau in hundredths of each column of cosines of shape (doses, rows). */
function tausOfSeries(cosines: Float32Array, doses: number): Int8Array {
  const rows = cosines.length / doses;
  const scores = new Int32Array(rows);
  for (let i = 0; i < doses; i++) {
    for (let j = i + 1; j < doses; j++) {
      for (let row = 0; row < rows; row++) {
        const rise = cosines[j * rows + row]! - cosines[i * rows + row]!;
        scores[row]! += rise > 0 ? 1 : rise < 0 ? -1 : 0;
      }
    }
  }
  const scale = 100 / ((doses * (doses - 1)) / 2);
  return Int8Array.from(scores, (score) => Math.round(scale * score));
}
