import { seededRandom } from "@artesian/numerics/random.ts"; // alone: a thread starts sooner
import type { RowChoice } from "./aggregate-columns.ts";
import { baseCompartment, type IngestJob, type JobSettings, linkColumn } from "./ingest-job.ts";
import type { ObjectTable } from "./object-table.ts";

/** Which rows make which profile. */
export interface ObjectChoice {
  /** Of shape (strata, compartments). */
  rows: RowChoice[][];
  /** By compartment: objects whose image is not in the image table. */
  orphans: number[];
  /** By compartment: joined objects without this partner. */
  unlinked: number[];
}

interface Row {
  table: number;
  row: number;
}

/** Chooses for each stratum the rows of each compartment: all of them, or linked cell by cell, then perhaps a subsample. */
export function chooseObjects(settings: JobSettings, job: IngestJob, tables: readonly ObjectTable[]): ObjectChoice {
  const { rows, orphans } = assign(settings, job, tables);
  const unlinked = settings.compartments.map(() => 0);
  const chosen = settings.mode === "joined" ? rows.map((own) => join(settings, tables, own, unlinked)) : rows;
  const sampled = chosen.map((own, stratum) => subsample(settings, job.strata[stratum] ?? "", tables, own));
  return { rows: sampled.map((own) => own.map(choiceOf)), orphans, unlinked };
}

function choiceOf(rows: readonly Row[]): RowChoice {
  return {
    table: Int32Array.from(rows, ({ table }) => table),
    row: Int32Array.from(rows, ({ row }) => row),
  };
}

/** Rows by stratum and compartment, through the image table. */
function assign(
  settings: JobSettings,
  job: IngestJob,
  tables: readonly ObjectTable[],
): { rows: Row[][][]; orphans: number[] } {
  const rows = job.strata.map(() => settings.compartments.map((): Row[] => []));
  const orphans = settings.compartments.map(() => 0);
  const stratumOf = job.sets.map(
    ({ images, strata }) => new Map(Array.from(images, (image, i) => [image, strata[i]!])),
  );
  tables.forEach((table, t) => {
    const compartment = settings.compartments.indexOf(table.compartment);
    const strata = stratumOf[table.set]!;
    for (let row = 0; row < table.rowCount; row++) {
      const stratum = strata.get(table.values[row * table.width + table.imageAt]!);
      if (stratum === undefined) orphans[compartment]!++;
      else if (stratum >= 0) rows[stratum]![compartment]!.push({ table: t, row });
    }
  });
  return { rows, orphans };
}

/**
 * Objects of the base compartment with their partners, in the base's order: by `Parent_…` where the base has that column, otherwise by
 * equal object number. A partner that is there twice gives two joined cells, as a join in SQL or pandas does.
 */
function join(
  settings: JobSettings,
  tables: readonly ObjectTable[],
  rows: readonly (readonly Row[])[],
  unlinked: number[],
): Row[][] {
  const { compartments } = settings;
  const base = compartments.indexOf(baseCompartment(compartments));
  const partners = compartments.map((_, c) => (c === base ? undefined : byNumber(tables, rows[c]!)));
  const result: Row[][] = compartments.map(() => []);
  for (const own of rows[base]!) {
    let joined: Row[][] = [[]];
    for (let c = 0; c < compartments.length; c++) {
      let found: Row[] = [own];
      const index = partners[c];
      if (index !== undefined) {
        found = index.get(keyOf(tables, own, linkAt(tables[own.table]!, compartments[c]!))) ?? [];
        if (found.length === 0) {
          unlinked[c]!++;
          if (settings.unlinked === "keep") found = [{ table: own.table, row: -1 }];
        }
      }
      joined = joined.flatMap((cell) => found.map((row) => [...cell, row]));
    }
    for (const cell of joined)
      cell.forEach((row, c) => {
        result[c]!.push(row);
      });
  }
  return result;
}

function linkAt(base: ObjectTable, partner: string): number {
  const index = base.names.indexOf(linkColumn(partner));
  return index < 0 ? base.objectAt : base.at[index]!;
}

function keyOf(tables: readonly ObjectTable[], { table, row }: Row, column: number): string {
  const { values, width, set, imageAt } = tables[table]!;
  return `${set} ${values[row * width + imageAt]} ${values[row * width + column]}`;
}

function byNumber(tables: readonly ObjectTable[], rows: readonly Row[]): Map<string, Row[]> {
  const index = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(tables, row, tables[row.table]!.objectAt);
    const same = index.get(key);
    if (same === undefined) index.set(key, [row]);
    else same.push(row);
  }
  return index;
}

/** Draws objects of the first compartment and keeps the same object numbers of the others; joined cells are drawn as a whole. */
function subsample(
  settings: JobSettings,
  stratum: string,
  tables: readonly ObjectTable[],
  rows: readonly (readonly Row[])[],
): readonly (readonly Row[])[] {
  const { subsample: wish } = settings;
  if (wish === undefined) return rows;
  const chosen = drawn(wish, stratum, rows[0]?.length ?? 0);
  if (settings.mode === "joined") return rows.map((own) => chosen.map((i) => own[i]!));
  const key = (row: Row): string => keyOf(tables, row, tables[row.table]!.objectAt);
  const kept = new Set(chosen.map((i) => key(rows[0]![i]!)));
  return rows.map((own, c) => (c === 0 ? chosen.map((i) => own[i]!) : own.filter((row) => kept.has(key(row)))));
}

/**
 * Which of `total` objects a subsample takes, in their order: without replacement, the same for the same seed and stratum.
 * @param wish undefined takes all
 */
export function drawn(wish: JobSettings["subsample"], stratum: string, total: number): number[] {
  const all = Array.from({ length: total }, (_, i) => i);
  if (wish === undefined) return all;
  const size = "count" in wish ? Math.min(wish.count, total) : Math.round(wish.fraction * total);
  return seededRandom(`${wish.seed} ${stratum}`)
    .shuffle(all)
    .slice(0, size)
    .sort((a, b) => a - b);
}
