import { existsSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { quotedName } from "./backend-sqlite-read.ts";
import type { CollateSettings } from "./collate-options.ts";
import { collated, emptySetReport, type PlacedResult, type ReadSet } from "./collate-report.ts";
import { groupImages, type Strata } from "./image-strata.ts";
import { takeImages } from "./image-table.ts";
import { BackendError } from "./ingest-errors.ts";
import { ingestHere } from "./ingest-here.ts";
import type { DatabaseJob } from "./ingest-messages.ts";
import { type IngestThread, ingestThread } from "./ingest-threads.ts";
import type { CollateCall, Collated } from "./ingest-types.ts";
import { runOver } from "./run-over.ts";

/** Where the image table and each compartment's objects are. */
interface BackendTables {
  image: string;
  objects: { compartment: string; table: string }[];
}

/** Makes profiles from an SQLite file, a stratum at a time. See `collateBackend`. */
export async function collateSqlite(path: string, settings: CollateSettings, call: CollateCall): Promise<Collated> {
  const { signal, onProgress, threads = 2 } = call;
  if (!existsSync(path)) throw new BackendError(path, "there is no such file. Give the path of an SQLite file.");
  const sizeBytes = statSync(path).size;
  // threads start while the rows are surveyed
  const started = Array.from({ length: threads }, ingestThread);
  const take = (): IngestThread => (threads === 0 ? ingestHere() : (started.pop() ?? ingestThread()));
  try {
    return await overThreads(path, sizeBytes, settings, take, Math.max(1, threads), {
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    });
  } finally {
    await Promise.all(started.map((thread) => thread.close()));
  }
}

async function overThreads(
  path: string,
  sizeBytes: number,
  settings: CollateSettings,
  take: () => IngestThread,
  threads: number,
  { signal, onProgress }: CollateCall,
): Promise<Collated> {
  const { sets, strata, jobs, orphans } = await surveyed(path, settings, signal);
  const totalRows = jobs.reduce((sum, { rows }) => sum + rows, 0);
  const results: PlacedResult[] = [];
  let done = 0;
  let doneRows = 0;
  await runOver(
    jobs,
    threads,
    take,
    async (thread, { stratum, ownSets, rows, database }, index) => {
      const place = new Map(ownSets.map((set, i) => [set, i]));
      const job = {
        strata: [JSON.stringify(strata.list[stratum]!.key)],
        sets: ownSets.map((set) => ({
          name: sets[set]!.name,
          images: sets[set]!.table.imageNumbers,
          strata: strata.ofImage[set]!.map((of) => (of === stratum ? 0 : -1)),
        })),
        files: [],
      };
      const tables = database.tables.map((table) => ({
        ...table,
        runs: table.runs.map((run) => ({ ...run, set: place.get(run.set)! })),
      }));
      const result = await thread.readDatabase(settings.job, job, { path, tables });
      results[index] = { result, strata: [stratum], sets: ownSets };
      done++;
      doneRows += rows;
      const doneBytes = totalRows === 0 ? sizeBytes : Math.round((sizeBytes * doneRows) / totalRows);
      onProgress?.({ step: "objects", doneBytes, totalBytes: sizeBytes, done, total: strata.list.length });
    },
    signal,
  );
  const answer = collated(
    settings,
    sets,
    sets.map(({ report }) => report),
    strata,
    results,
    sizeBytes,
  );
  for (const [compartment, count] of orphans) answer.report.orphans[compartment] = count;
  return answer;
}

interface Survey {
  sets: ReadSet[];
  strata: Strata;
  jobs: { stratum: number; ownSets: number[]; rows: number; database: DatabaseJob }[];
  orphans: Map<string, number>;
}

/** Reads the image table and finds each stratum's rows, without reading their numbers. */
async function surveyed(path: string, settings: CollateSettings, signal?: AbortSignal): Promise<Survey> {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    const tables = tablesOf(database, path, settings.job.compartments);
    const sets = readImages(database, path, tables.image, settings);
    const strata = groupImages(sets, settings.fieldsOfView);
    const { runs, orphans } = await indexRows(database, tables, sets, strata, signal);
    const jobs = strata.list.map((_, stratum) => {
      const own = tables.objects.map((table, t) => ({ ...table, runs: runs[stratum]![t]! }));
      const ownSets = [...new Set(strata.list[stratum]!.images.map(({ set }) => set))];
      const rows = own.reduce(
        (sum, table) => sum + table.runs.reduce((part, { first, last }) => part + last - first + 1, 0),
        0,
      );
      return { stratum, ownSets, rows, database: { path, tables: own } };
    });
    return { sets, strata, jobs, orphans };
  } catch (error) {
    signal?.throwIfAborted();
    const known = error instanceof Error && "code" in error && String(error.code).startsWith("profiling/");
    if (known) throw error;
    throw new BackendError(
      path,
      `${error instanceof Error ? error.message : String(error)}. Expected an SQLite database.`,
    );
  } finally {
    database?.close();
  }
}

function tablesOf(database: DatabaseSync, path: string, compartments: readonly string[]): BackendTables {
  const names = database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
    .all()
    .map(({ name }) => String(name));
  const find = (...wanted: string[]): string | undefined => {
    for (const want of wanted) {
      const found = names.find((name) => name.toLowerCase() === want.toLowerCase());
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const image = find("Image", "Per_Image");
  const listed = names.join(", ") || "no table";
  if (image === undefined) throw new BackendError(path, `there is no table Image or Per_Image; found ${listed}.`);
  const objects = compartments.flatMap((compartment) => {
    const table = find(compartment, `Per_${compartment}`, "Per_Object");
    return table === undefined ? [] : [{ compartment, table }];
  });
  if (objects.length === 0)
    throw new BackendError(path, `there is no table ${compartments.join(", ")} (or Per_…); found ${listed}.`);
  return { image, objects };
}

/** The image table by `TableNumber`; CellProfiler's own databases have none and are one set. */
function readImages(database: DatabaseSync, path: string, table: string, settings: CollateSettings): ReadSet[] {
  const all = database
    .prepare(`SELECT * FROM ${quotedName(table)} LIMIT 0`)
    .columns()
    .map(({ name }) => name);
  const { strata, fieldOfViewColumn, plateColumn, categories } = settings.image;
  const wanted = new Set([
    "ImageNumber",
    "TableNumber",
    fieldOfViewColumn,
    ...strata,
    ...(plateColumn === undefined ? [] : [plateColumn]),
  ]);
  const names = all.filter((name) => {
    const plain = name.startsWith("Image_") ? name.slice("Image_".length) : name;
    return wanted.has(plain) || wanted.has(name) || categories.some((category) => plain.startsWith(category));
  });
  const where = `${path}, table ${table}`;
  if (names.length === 0) throw new BackendError(where, "there is no column ImageNumber.");
  const statement = database.prepare(`SELECT ${names.map(quotedName).join(", ")} FROM ${quotedName(table)}`);
  statement.setReturnArrays(true);
  const setColumn = names.indexOf("TableNumber");
  const bySet = new Map<string, (string | null)[][]>();
  for (const row of statement.iterate()) {
    if (!Array.isArray(row)) continue;
    const cells = row.map((cell: unknown) => (cell === null ? null : String(cell)));
    const set = setColumn < 0 ? "." : (cells[setColumn] ?? "");
    const known = bySet.get(set);
    if (known === undefined) bySet.set(set, [cells]);
    else known.push(cells);
  }
  return [...bySet].map(([name, rows]) => {
    const report = emptySetReport(name, "complete");
    report.images = rows.length;
    return { name, table: takeImages({ names, rows }, where, settings.image), report };
  });
}

/** Rows between two breaths, so that a page or a signal never waits for long. */
const BREATH_ROWS = 20_000;

type Runs = DatabaseJob["tables"][number]["runs"];

/** Row numbers of each stratum and table, as runs; objects of unknown images are counted. */
async function indexRows(
  database: DatabaseSync,
  tables: BackendTables,
  sets: readonly ReadSet[],
  strata: Strata,
  signal?: AbortSignal,
): Promise<{ runs: Runs[][]; orphans: Map<string, number> }> {
  const runs = strata.list.map(() => tables.objects.map((): Runs => []));
  const orphans = new Map<string, number>();
  const indexOf = new Map(sets.map(({ name }, set) => [name, set]));
  const images = sets.map(
    ({ table }, set) => new Map(Array.from(table.imageNumbers, (image, row) => [image, strata.ofImage[set]![row]!])),
  );
  for (const [t, { compartment, table }] of tables.objects.entries()) {
    const columns = database.prepare(`SELECT * FROM ${quotedName(table)} LIMIT 0`).columns();
    const numbered = columns.some(({ name }) => name === "TableNumber") && !indexOf.has(".");
    let stratum = -1;
    let set = -1;
    let last: Runs[number] | undefined;
    for await (const { first, final, count, image, name } of imageRows(database, table, numbered, signal)) {
      const ownSet = indexOf.get(name) ?? -1;
      const of = ownSet < 0 ? undefined : images[ownSet]!.get(image);
      if (of === undefined) orphans.set(compartment, (orphans.get(compartment) ?? 0) + count);
      const own = of ?? -1;
      if (last !== undefined && own === stratum && ownSet === set) {
        last.last = final;
        continue;
      }
      stratum = own;
      set = ownSet;
      last = undefined;
      if (own >= 0) {
        last = { set: ownSet, first, last: final };
        runs[own]![t]!.push(last);
      }
    }
  }
  return { runs, orphans };
}

/** Rows of one image that follow each other. */
interface ImageRows {
  first: number;
  final: number;
  count: number;
  image: number;
  name: string;
}

/**
 * The rows of an object table by image, in the table's order. Where an index knows the images and their rows lie together, as
 * cytominer-database makes them, the index alone is read; else every row is looked at.
 */
async function* imageRows(
  database: DatabaseSync,
  table: string,
  numbered: boolean,
  signal?: AbortSignal,
): AsyncGenerator<ImageRows> {
  const name = numbered ? "TableNumber" : "'.'";
  const from = quotedName(table);
  const grouped = `SELECT min(rowid), max(rowid), count(*), ImageNumber, ${name} FROM ${from} GROUP BY ${numbered ? "TableNumber, " : ""}ImageNumber`;
  const plan = database.prepare(`EXPLAIN QUERY PLAN ${grouped}`).all();
  if (plan.some(({ detail }) => String(detail).includes("USING COVERING INDEX"))) {
    const statement = database.prepare(grouped);
    statement.setReturnArrays(true);
    const groups = [...statement.iterate()].flatMap((row: unknown) => (Array.isArray(row) ? [imageRowsOf(row)] : []));
    groups.sort((a, b) => a.first - b.first);
    if (groups.every((group, i) => i === 0 || group.first > groups[i - 1]!.final)) {
      yield* groups;
      return;
    }
  }
  const statement = database.prepare(`SELECT rowid, rowid, 1, ImageNumber, ${name} FROM ${from} ORDER BY rowid`);
  statement.setReturnArrays(true);
  let rows = 0;
  for (const row of statement.iterate()) {
    if (rows++ % BREATH_ROWS === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    }
    if (Array.isArray(row)) yield imageRowsOf(row);
  }
}

function imageRowsOf([first, final, count, image, name]: unknown[]): ImageRows {
  return { first: Number(first), final: Number(final), count: Number(count), image: Number(image), name: String(name) };
}
