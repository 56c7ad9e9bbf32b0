import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import { readCell } from "./csv-cell.ts";
import { finishJob } from "./finish-job.ts";
import { BackendError } from "./ingest-errors.ts";
import type { IngestJob, JobResult, JobSettings } from "./ingest-job.ts";
import type { DatabaseJob } from "./ingest-messages.ts";
import type { ObjectTable } from "./object-table.ts";
import { openPages, type PageReader } from "./sqlite-pages.ts";
import { readRecord } from "./sqlite-record.ts";

/** A database that stays open from job to job: by its pages where that is safe, and through SQL. */
interface Opened {
  path: string;
  database: DatabaseSync;
  pages: PageReader | undefined;
}

let opened: Opened | undefined;

/** Reads the rows of a job from a database and aggregates them; it runs in a thread and keeps the database open for the next job. */
export function readDatabaseJob(settings: JobSettings, job: IngestJob, source: DatabaseJob): JobResult {
  if (opened?.path !== source.path) {
    closeDatabase();
    opened = {
      path: source.path,
      database: new DatabaseSync(source.path, { readOnly: true }),
      pages: openPages(source.path),
    };
  }
  const tables: ObjectTable[] = [];
  const nonNumeric = new Map<string, JobResult["nonNumeric"][number]>();
  try {
    for (const { compartment, table, runs } of source.tables) {
      if (runs.length === 0) continue;
      const plan = planOf(opened.database, table, compartment, source.path);
      for (const { set, first, last } of runs) {
        const found: ObjectTable = {
          ...plan.columns,
          set,
          compartment,
          values: spare.pop() ?? new Float64Array(0),
          width: plan.columns.places.length,
          rowCount: 0,
        };
        const onText = (index: number, text: string): void => {
          const column = `${compartment}_${plan.columns.names[index]}`;
          const known = nonNumeric.get(column);
          if (known === undefined)
            nonNumeric.set(column, { column, cells: 1, example: text.slice(0, 80), file: source.path, line: 0 });
          else known.cells++;
        };
        if (opened.pages !== undefined && plan.rootPage !== undefined)
          takePages(opened.pages, plan, plan.rootPage, first, last, found, onText);
        else takeRows(opened.database, table, plan.columns.places, first, last, found, onText);
        tables.push(found);
      }
    }
  } catch (error) {
    if (error instanceof BackendError) throw error;
    throw new BackendError(source.path, error instanceof Error ? error.message : String(error));
  }
  const result = finishJob(settings, job, tables);
  for (const { values } of tables) spare.push(values);
  spare.sort((a, b) => a.length - b.length);
  return { ...result, problems: [], nonNumeric: [...nonNumeric.values()] };
}

/** Closes the database that is open, if any. */
export function closeDatabase(): void {
  opened?.database.close();
  opened?.pages?.close();
  opened = undefined;
  plans.clear();
}

/** Arrays that are free again. */
const spare: Float64Array[] = [];

/** What a table needs to be read; the same for all jobs. */
interface TablePlan {
  columns: DatabaseColumns;
  /** Of shape (columns of the table): where each goes in a row of values, -1 when it is not taken. */
  targets: Int32Array;
  /** Undefined when the table has to be read through SQL. */
  rootPage: number | undefined;
  /** Column that is an alias of the row number: a record stores NULL there. */
  rowNumberAt: number;
}

const plans = new Map<string, TablePlan>();

function planOf(database: DatabaseSync, table: string, compartment: string, path: string): TablePlan {
  const key = JSON.stringify([path, table, compartment]);
  const known = plans.get(key);
  if (known !== undefined) return known;
  const info = database.prepare("SELECT name, type, pk, dflt_value, hidden FROM pragma_table_xinfo(?)").all(table);
  const titles = info.map(({ name }) => String(name));
  const columns = objectColumnsOf(titles, compartment, `${path}, table ${table}`);
  const targets = new Int32Array(titles.length).fill(-1);
  columns.places.forEach((place, j) => {
    targets[place] = j;
  });
  const keys = info.flatMap(({ pk, type }, index) =>
    Number(pk) > 0 ? [{ index, type: String(type).toUpperCase() }] : [],
  );
  const row = database.prepare("SELECT rootpage, sql FROM sqlite_master WHERE type = 'table' AND name = ?").get(table);
  // generated columns and defaults of columns that were added later are not in the record
  const plain = info.every(({ hidden, dflt_value }) => Number(hidden) === 0 && dflt_value === null);
  const utf8 = database.prepare("PRAGMA encoding").get()?.encoding === "UTF-8";
  const numbered = !/without\s+rowid/i.test(String(row?.sql));
  const plan = {
    columns,
    targets,
    rootPage: plain && utf8 && numbered ? Number(row?.rootpage) : undefined,
    rowNumberAt: keys.length === 1 && keys[0]!.type === "INTEGER" ? targets[keys[0]!.index]! : -1,
  };
  plans.set(key, plan);
  return plan;
}

const decoder = new TextDecoder();

function takePages(
  pages: PageReader,
  { targets, rowNumberAt }: TablePlan,
  rootPage: number,
  first: number,
  last: number,
  table: ObjectTable,
  onText: (index: number, text: string) => void,
): void {
  pages.rows(rootPage, first, last, (rowid, record) => {
    const base = room(table);
    const { values } = table;
    const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
    const held = readRecord(record, view, targets, values, base, (column, bytes) => {
      const place = targets[column]!;
      const read = readCell(bytes === undefined ? "(binary)" : decoder.decode(bytes));
      if (read.kind === "number") values[base + place] = read.value;
      if (read.kind === "text") onText(place, read.text);
    });
    for (let column = held; column < targets.length; column++)
      if (targets[column]! >= 0) values[base + targets[column]!] = Number.NaN;
    if (rowNumberAt >= 0) values[base + rowNumberAt] = rowid;
    table.rowCount++;
  });
}

function takeRows(
  database: DatabaseSync,
  name: string,
  places: Int32Array,
  first: number,
  last: number,
  table: ObjectTable,
  onText: (index: number, text: string) => void,
): void {
  const statement = database.prepare(`SELECT * FROM ${quotedName(name)} WHERE rowid BETWEEN ? AND ? ORDER BY rowid`);
  statement.setReturnArrays(true);
  // node:sqlite's types speak of objects; with setReturnArrays each row is an array
  for (const row of statement.iterate(first, last)) if (Array.isArray(row)) take(table, places, row, onText);
}

export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Columns of a compartment in one of the styles of databases, without its prefix, and where they are in a row. */
interface DatabaseColumns {
  names: string[];
  at: Int32Array;
  imageAt: number;
  objectAt: number;
  /** Index in the database's row of each value kept. */
  places: Int32Array;
}

/**
 * cytominer-database writes `ObjectNumber` and `Cells_AreaShape_Area`; CellProfiler's ExportToDatabase writes `Cells_Number_Object_Number`, or
 * all compartments side by side in one table.
 */
function objectColumnsOf(titles: readonly string[], compartment: string, source: string): DatabaseColumns {
  const prefix = `${compartment}_`;
  const shared = titles.some((title) => /^(?:Cells|Cytoplasm|Nuclei)_/.test(title) && !title.startsWith(prefix));
  const names: string[] = [];
  const places: number[] = [];
  titles.forEach((title, index) => {
    if (title === "TableNumber") return;
    const own = title.startsWith(prefix);
    if (!own && shared && title !== "ImageNumber" && title !== "ObjectNumber") return;
    names.push(own ? title.slice(prefix.length) : title);
    places.push(index);
  });
  const imageAt = names.indexOf("ImageNumber");
  const numbered = names.indexOf("ObjectNumber");
  const objectAt = numbered >= 0 ? numbered : names.indexOf("Number_Object_Number");
  for (const [column, at] of [["ImageNumber", imageAt] as const, ["ObjectNumber", objectAt] as const])
    if (at < 0)
      throw new BackendError(
        source,
        `there is no column ${column}; expected one, as cytominer-database and CellProfiler write it.`,
      );
  return {
    names,
    at: Int32Array.from(names, (_, i) => i),
    imageAt,
    objectAt,
    places: Int32Array.from(places),
  };
}

function take(
  table: ObjectTable,
  places: Int32Array,
  row: readonly SQLOutputValue[],
  onText: (index: number, text: string) => void,
): void {
  const { width } = table;
  const base = room(table);
  const { values } = table;
  for (let j = 0; j < width; j++) {
    const cell = row[places[j]!];
    if (typeof cell === "number") values[base + j] = cell;
    else if (cell === null || cell === undefined) values[base + j] = Number.NaN;
    else if (typeof cell === "bigint") values[base + j] = Number(cell);
    else {
      const read = readCell(typeof cell === "string" ? cell : "(binary)");
      values[base + j] = read.kind === "number" ? read.value : Number.NaN;
      if (read.kind === "text") onText(j, read.text);
    }
  }
  table.rowCount++;
}

/** Makes room for another row; returns where it begins. */
function room(table: ObjectTable): number {
  const { width } = table;
  const base = table.rowCount * width;
  if (base + width > table.values.length) {
    const values = new Float64Array(Math.max(table.values.length * 2, width * 64));
    values.set(table.values);
    table.values = values;
  }
  return base;
}
