import { aggregateColumns, type RowChoice } from "./aggregate-columns.ts";
import { chooseObjects } from "./choose-objects.ts";
import { uniteColumns } from "./column-union.ts";
import { type IngestJob, isKeyColumn, type JobResult, type JobSettings, type StratumResult } from "./ingest-job.ts";
import type { ObjectTable } from "./object-table.ts";

/** Aggregates the objects of a job's strata. Pure: tables in, numbers out. */
export function finishJob(
  settings: JobSettings,
  job: IngestJob,
  tables: readonly ObjectTable[],
): Omit<JobResult, "problems" | "nonNumeric"> {
  const { compartments } = settings;
  const choice = chooseObjects(settings, job, tables);
  const columns = compartments.map((compartment) =>
    uniteColumns(tables.filter((table) => table.compartment === compartment).map(({ names }) => names)).filter(
      (name) => !isKeyColumn(compartment, name, compartments),
    ),
  );
  const places = placesOf(tables, compartments, columns);
  const strata = choice.rows.map((rows): StratumResult => {
    const values = compartments.map((_, c) => {
      const out = new Float64Array(columns[c]!.length);
      aggregateColumns(tables, places, rows[c]!, settings.operation, out);
      return out;
    });
    return { objects: numbered(tables, rows[0]!), counts: rows.map(({ row }) => presentRows(row)), values };
  });
  const setObjects = job.sets.map((_, set) =>
    compartments.map((compartment) =>
      tables
        .filter((table) => table.set === set && table.compartment === compartment)
        .reduce((sum, { rowCount }) => sum + rowCount, 0),
    ),
  );
  return {
    strata,
    columns,
    headers: headersOf(tables),
    setObjects,
    orphans: choice.orphans,
    unlinked: choice.unlinked,
    kept: settings.keepObjects ? tables.map(keptOf) : [],
  };
}

/** Where the columns of each table's compartment are in it; tables with equal headers share the answer. */
function placesOf(
  tables: readonly ObjectTable[],
  compartments: readonly string[],
  columns: readonly (readonly string[])[],
): Int32Array[] {
  const known = new Map<readonly string[], Map<string, Int32Array>>();
  return tables.map(({ names, at, compartment }) => {
    const byCompartment = known.get(names) ?? new Map<string, Int32Array>();
    known.set(names, byCompartment);
    const before = byCompartment.get(compartment);
    if (before !== undefined) return before;
    const index = new Map(names.map((name, i) => [name, at[i]!]));
    const own = columns[compartments.indexOf(compartment)] ?? [];
    const places = Int32Array.from(own, (name) => index.get(name) ?? -1);
    byCompartment.set(compartment, places);
    return places;
  });
}

function headersOf(tables: readonly ObjectTable[]): JobResult["headers"] {
  const headers = new Map<readonly string[], JobResult["headers"][number]>();
  for (const { compartment, names } of tables) {
    const known = headers.get(names);
    if (known === undefined) headers.set(names, { compartment, names, files: 1 });
    else known.files++;
  }
  return [...headers.values()];
}

function numbered(tables: readonly ObjectTable[], { table, row }: RowChoice): number {
  let count = 0;
  for (let i = 0; i < row.length; i++) {
    const { values, width, objectAt } = tables[table[i]!]!;
    if (row[i]! >= 0 && !Number.isNaN(values[row[i]! * width + objectAt]!)) count++;
  }
  return count;
}

function presentRows(row: Int32Array): number {
  let count = 0;
  for (const index of row) if (index >= 0) count++;
  return count;
}

function keptOf({
  set,
  compartment,
  names,
  at,
  values,
  width,
  rowCount,
  objectAt,
  imageAt,
}: ObjectTable): JobResult["kept"][number] {
  const measured = names.flatMap((name, i) => (name === "ImageNumber" || name === "ObjectNumber" ? [] : [i]));
  const order = Int32Array.from([imageAt, objectAt, ...measured.map((i) => at[i]!)]);
  const kept = new Float64Array(rowCount * order.length);
  for (let row = 0; row < rowCount; row++)
    for (let j = 0; j < order.length; j++) kept[row * order.length + j] = values[row * width + order[j]!]!;
  return {
    set,
    compartment,
    names: ["ImageNumber", "ObjectNumber", ...measured.map((i) => names[i]!)],
    values: kept,
    rowCount,
  };
}
