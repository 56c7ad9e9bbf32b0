import { columnOf, type Place, readParquet } from "@artesian/data";
import type { Catalog } from "./group-catalog.ts";
import { treatmentOf } from "./map-units.ts";
import type { GroupRow } from "./perturbation-group.ts";
import { openGroup, readGroupFile, readGroupRows } from "./read-group.ts";

/** What a store knows of a perturbation: where it is, and why it is not elsewhere. */
export interface PerturbationTrace {
  asked: string;
  groups: {
    id: string;
    version: string;
    /** Rows of it, all experiments together. */
    rows: Pick<GroupRow, "perturbation" | "concentration" | "units" | "consistencyP" | "arm">[];
    /** Units of it that the filter dropped, by reason. */
    dropped: Record<string, number>;
    /** Older versions that have it, when the current one does not. */
    olderVersions: string[];
  }[];
  /** Symbols in the store that begin alike, when nothing is called so. */
  similar: string[];
}

/**
 * Looks for a perturbation, by symbol or identity in any case, in the current version of every group: rows, units that were dropped and why, older
 * versions.
 */
export async function tracePerturbation(
  store: Place,
  catalog: Catalog,
  asked: string,
  call: { signal?: AbortSignal } = {},
): Promise<PerturbationTrace> {
  const wanted = asked.toLowerCase();
  const isIt = (perturbation: string, symbol: string): boolean =>
    perturbation.toLowerCase() === wanted || symbol.toLowerCase() === wanted;
  const similar = new Set<string>();
  const groups: PerturbationTrace["groups"] = [];
  for (const { id, current, versions } of catalog.groups) {
    const manifest = await openGroup(store, catalog, id, call);
    const all = await readGroupRows(store, manifest, call);
    const rows = all.filter(
      ({ perturbation, symbol, experiment }) => experiment === null && isIt(perturbation, symbol),
    );
    const table = await readParquet(await readGroupFile(store, manifest, "dropped.parquet", call));
    const cell = (name: string, row: number): string => String(columnOf(table, name)?.values[row] ?? "");
    const dropped: Record<string, number> = {};
    for (let row = 0; row < table.rowCount; row++) {
      if (!isIt(cell("perturbation", row), cell("symbol", row))) continue;
      const reason = cell("reason", row);
      dropped[reason] = (dropped[reason] ?? 0) + 1;
    }
    const olderVersions: string[] = [];
    if (rows.length === 0)
      for (const { version } of versions.filter((one) => one.version !== current)) {
        const older = await readGroupRows(store, await openGroup(store, catalog, `${id}@${version}`, call), call);
        if (older.some(({ perturbation, symbol }) => isIt(perturbation, symbol))) olderVersions.push(version);
      }
    for (const { symbol } of all) if (symbol.toLowerCase().startsWith(wanted.slice(0, 3))) similar.add(symbol);
    const told = rows.map(({ perturbation, concentration, units, consistencyP, arm }) => {
      return { perturbation, concentration, units, consistencyP, arm };
    });
    groups.push({ id, version: current, rows: told, dropped, olderVersions });
  }
  const isKnown = groups.some(
    ({ rows, dropped, olderVersions }) =>
      rows.length > 0 || olderVersions.length > 0 || Object.keys(dropped).length > 0,
  );
  return { asked, groups, similar: isKnown ? [] : [...similar].sort().slice(0, 10) };
}

/** A trace in sentences, one a group, with the first step at which it failed. */
export function traceSentences({ asked, groups, similar }: PerturbationTrace): string[] {
  const reasons = (dropped: Record<string, number>): string =>
    Object.entries(dropped)
      .map(([reason, count]) => `${count} for "${reason}"`)
      .join(", ");
  const lines = groups.map(({ id, version, rows, dropped, olderVersions }) => {
    const lost = Object.keys(dropped).length > 0 ? ` Units dropped: ${reasons(dropped)}.` : "";
    const name = `${id}@${version}`;
    if (rows.length > 0)
      return `${name}: ${rows.map((row) => `${treatmentOf(row)} of ${row.units} units`).join("; ")}.${lost}`;
    if (lost !== "") return `${name}: not in it. The filter left nothing of it.${lost}`;
    const older = olderVersions.length > 0 ? ` Older versions have it: ${olderVersions.join(", ")}; compare them.` : "";
    return `${name}: not in it, and no unit of its inputs is called so.${older}`;
  });
  if (similar.length > 0) lines.push(`Nothing is called ${asked}. There are ${similar.join(", ")}.`);
  if (groups.length === 0) lines.push("The store has no group.");
  return lines;
}
