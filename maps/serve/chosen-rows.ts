import { UnknownPerturbationError } from "../errors.ts";
import { bestOf } from "../group-neighbours.ts";
import { rowLabel } from "../group-rows.ts";
import type { GroupRow } from "../perturbation-group.ts";
import type { GroupView } from "./group-view.ts";

/** A row of a group as answers tell of it. */
export interface RowTold extends GroupRow {
  row: number;
  /** "TSC2", "C4 at 3 µM". */
  label: string;
  /** Length of the vector: how strong the phenotype is. */
  strength: number;
}

/**
 * Rows by number, in the order given, with their labels and strengths.
 * @param read the rows themselves where they have been read already
 */
export async function rowsTold(
  view: GroupView,
  rows: readonly number[],
  call: { signal?: AbortSignal } = {},
  read?: readonly GroupRow[],
): Promise<RowTold[]> {
  const [found, norms] = await Promise.all([read ?? view.rowsOf(rows, call), view.normsOf(rows, call)]);
  return rows.map((row, i) => ({ row, label: rowLabel(found[i]!), strength: norms[i]!, ...found[i]! }));
}

/**
 * The row that a text means: a number, "TSC2", "compound:C4", "C4 @ 3". Of several doses the highest; of all experiments together unless no such row is there.
 * @throws UnknownPerturbationError (maps/unknown-perturbation), UnknownRowError (maps/unknown-row)
 */
export async function rowMeant(view: GroupView, text: string, call: { signal?: AbortSignal } = {}): Promise<number> {
  const asked = text.trim();
  if (/^\d+$/.test(asked) && Number(asked) < view.manifest.rows) return Number(asked);
  const named = await view.named(asked, call);
  const meant = named.length > 0 ? named : (await view.search(call)).paste(asked).rows;
  if (meant.length === 0) throw new UnknownPerturbationError(view.name, asked);
  const rows = await view.rowsOf(meant, call);
  const order = meant.map((row, i) => ({
    row,
    whole: rows[i]!.experiment === null ? 1 : 0,
    dose: rows[i]!.concentration ?? 0,
  }));
  return order.sort((a, b) => b.whole - a.whole || b.dose - a.dose || a.row - b.row)[0]!.row;
}

/**
 * Rows of all experiments together with the strongest phenotypes, strongest first: `count` of them behind the first `from`.
 * @returns rows, and how many have a length at all
 */
export async function strongestRows(
  view: GroupView,
  { from = 0, count, type }: { from?: number; count: number; type?: GroupRow["type"] },
  call: { signal?: AbortSignal } = {},
): Promise<{ rows: number[]; total: number }> {
  const [all, norms] = await Promise.all([view.rows(call), view.norms(call)]);
  const isAsked = (row: number): boolean => {
    const one = all[row]!;
    return one.experiment === null && (type === undefined || one.type === type);
  };
  let total = 0;
  for (let row = 0; row < norms.length; row++) if (norms[row]! > 0 && isAsked(row)) total++;
  return { rows: bestOf(norms, from + count, 1, isAsked).slice(from), total };
}

/** Sets of rows that have a name of their own. */
export const NAMED_SETS = ["all", "genes", "compounds"] as const;

/**
 * Rows that texts mean, each once, in the order given: numbers, names (all doses of a compound, in their order), or one of "all", "genes", "compounds".
 * @returns rows, and what was not found
 */
export async function rowsMeant(
  view: GroupView,
  texts: readonly string[],
  call: { signal?: AbortSignal } = {},
): Promise<{ rows: number[]; notFound: string[] }> {
  const rows = new Set<number>();
  const notFound: string[] = [];
  for (const text of texts) {
    if ((NAMED_SETS as readonly string[]).includes(text)) {
      const type = { genes: "gene", compounds: "compound" }[text];
      for (const [i, row] of (await view.rows(call)).entries())
        if (row.experiment === null && (type === undefined || row.type === type)) rows.add(i);
    } else if (/^\d+$/.test(text) && Number(text) < view.manifest.rows) rows.add(Number(text));
    else {
      const found = await meantBy(view, text, call);
      const whole = await view.rowsOf(found.rows, call);
      const together = found.rows.filter((_, i) => whole[i]!.experiment === null);
      for (const row of together.length > 0 ? together : found.rows) rows.add(row);
      notFound.push(...found.notFound);
    }
  }
  return { rows: [...rows], notFound };
}

/** Rows of one name. Commas part the names of a pasted list, but stand in the names of compounds too. */
async function meantBy(
  view: GroupView,
  text: string,
  call: { signal?: AbortSignal },
): Promise<{ rows: number[]; notFound: string[] }> {
  const named = /[,;\t]/.test(text) ? await view.named(text, call) : [];
  return named.length > 0 ? { rows: named, notFound: [] } : (await view.search(call)).paste(text);
}

/**
 * Names of rows that mean the same in any version of a group, as its links should have them: a perturbation, with the concentration where
 * only some of its concentrations are meant.
 */
export async function lastingNames(
  view: GroupView,
  rows: readonly RowTold[],
  call: { signal?: AbortSignal } = {},
): Promise<string[]> {
  const names = new Set<string>();
  for (const [perturbation, own] of Map.groupBy(rows, (row) => row.perturbation)) {
    const isDosed = own.some(({ concentration }) => concentration !== null);
    const all = isDosed ? await view.rowsOf(await view.named(perturbation, call), call) : [];
    const left = new Set(all.filter(({ experiment }) => experiment === null).map(({ concentration }) => concentration));
    for (const { concentration } of own) left.delete(concentration);
    if (left.size === 0) names.add(perturbation);
    else
      for (const { concentration } of own)
        names.add(concentration === null ? perturbation : `${perturbation} @ ${concentration}`);
  }
  return [...names];
}
