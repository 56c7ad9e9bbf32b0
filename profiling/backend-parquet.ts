import type { Place, PlaceEntry } from "@artesian/data";
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetRead } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { aggregateColumns, type RowChoice } from "./aggregate-columns.ts";
import { drawn } from "./choose-objects.ts";
import type { CollateSettings } from "./collate-options.ts";
import { collated, emptySetReport, type ReadSet } from "./collate-report.ts";
import { numberOf } from "./csv-cell.ts";
import { groupImages, type Strata } from "./image-strata.ts";
import { type TextTable, takeImages } from "./image-table.ts";
import { BackendError } from "./ingest-errors.ts";
import { isKeyColumn, type JobResult, type StratumResult } from "./ingest-job.ts";
import type { CollateCall, Collated } from "./ingest-types.ts";

/** Memory for the columns that are aggregated at once. */
const BLOCK_BYTES = 64 * 2 ** 20;

/** Makes profiles from a Parquet file of joined cells, a few columns at a time. See `collateBackend`. */
export async function collateParquet(
  place: Place,
  entry: PlaceEntry,
  settings: CollateSettings,
  call: CollateCall,
): Promise<Collated> {
  const source = `${place.uri}/${entry.key}`;
  const file: AsyncBuffer = {
    byteLength: entry.sizeBytes,
    async slice(start, end = entry.sizeBytes) {
      call.signal?.throwIfAborted();
      const bytes = await place.read(entry.key, {
        start,
        end,
        ...(call.signal !== undefined && { signal: call.signal }),
      });
      const own = new ArrayBuffer(bytes.byteLength);
      new Uint8Array(own).set(bytes);
      return own;
    },
  };
  const metadata = await parquetMetadataAsync(file).catch((error: unknown) => {
    throw new BackendError(
      source,
      `${error instanceof Error ? error.message : String(error)}. Expected a whole Parquet file.`,
    );
  });
  const rowCount = Number(metadata.num_rows);
  const names = metadata.schema.filter((element) => element.type !== undefined).map(({ name }) => name);
  const images = await readImages(file, metadata, names, source, settings, rowCount);
  const strata = groupImages([images.set], settings.fieldsOfView);
  const rows = rowsOf(strata, images.ofRow, settings);
  const compartments = settings.job.compartments;
  const columns = compartments.map((compartment) =>
    names.filter((name) => name.startsWith(`${compartment}_`)).map((name) => name.slice(compartment.length + 1)),
  );
  const measured = columns.flatMap((own, c) =>
    own.flatMap((name, j) =>
      isKeyColumn(compartments[c]!, name, compartments) ? [] : [{ c, j, title: `${compartments[c]}_${name}` }],
    ),
  );
  if (measured.length === 0)
    throw new BackendError(
      source,
      `there is no column of ${compartments.join("_, ")}_. Expected joined cells, as CytoTable writes them.`,
    );
  const kept = columns.map((own, c) => own.filter((name) => !isKeyColumn(compartments[c]!, name, compartments)));
  const results = rows.map(
    (choice): StratumResult => ({
      objects: choice.row.length,
      counts: compartments.map((_, c) => (kept[c]!.length === 0 ? 0 : choice.row.length)),
      values: kept.map((own) => new Float64Array(own.length)),
    }),
  );
  const target = kept.map(() => 0);
  const nonNumeric: JobResult["nonNumeric"] = [];
  const block = Math.max(1, Math.min(256, Math.floor(BLOCK_BYTES / (8 * Math.max(1, rowCount)))));
  for (let first = 0; first < measured.length; first += block) {
    const part = measured.slice(first, first + block);
    const values = await readNumbers(
      file,
      metadata,
      part.map(({ title }) => title),
      rowCount,
      source,
      nonNumeric,
    );
    const places = [Int32Array.from(part, (_, i) => i)];
    const out = new Float64Array(part.length);
    rows.forEach((choice, s) => {
      aggregateColumns([{ values, width: part.length }], places, choice, settings.job.operation, out);
      const at = [...target];
      part.forEach(({ c }, i) => {
        results[s]!.values[c]![at[c]!++] = out[i]!;
      });
    });
    for (const { c } of part) target[c]!++;
    const done = Math.min(1, (first + part.length) / measured.length);
    call.onProgress?.({
      step: "objects",
      doneBytes: Math.round(entry.sizeBytes * done),
      totalBytes: entry.sizeBytes,
      done: done === 1 ? rows.length : 0,
      total: rows.length,
    });
  }
  const zero = compartments.map(() => 0);
  const result: JobResult = {
    strata: results,
    columns: kept,
    headers: compartments.map((compartment, c) => ({ compartment, names: kept[c]!, files: 1 })),
    setObjects: [compartments.map((_, c) => (kept[c]!.length === 0 ? 0 : rowCount))],
    problems: [],
    orphans: zero,
    unlinked: zero,
    nonNumeric: nonNumeric.map((found) => ({ ...found, file: source })),
    kept: [],
  };
  const placed = { result, strata: strata.list.map((_, index) => index), sets: [0] };
  return collated(settings, [images.set], [images.set.report], strata, [placed], entry.sizeBytes);
}

/** The images of the table: rows that agree in image and table number, told by the first of them. */
async function readImages(
  file: AsyncBuffer,
  metadata: FileMetaData,
  names: readonly string[],
  source: string,
  settings: CollateSettings,
  rowCount: number,
): Promise<{ set: ReadSet; ofRow: Int32Array }> {
  const { strata, fieldOfViewColumn, plateColumn, categories } = settings.image;
  const wanted = new Set([fieldOfViewColumn, ...strata, ...(plateColumn === undefined ? [] : [plateColumn])]);
  const plainOf = (name: string): string => (name.startsWith("Image_") ? name.slice("Image_".length) : name);
  const keys = ["Metadata_TableNumber", "TableNumber", "Metadata_ImageNumber", "ImageNumber"].filter((name) =>
    names.includes(name),
  );
  const imageKey = keys.find((name) => name.endsWith("ImageNumber"));
  const image = names.filter(
    (name) =>
      wanted.has(name) ||
      wanted.has(plainOf(name)) ||
      (name.startsWith("Image_") && categories.some((category) => plainOf(name).startsWith(category))),
  );
  const columns = [...new Set([...keys, ...image])];
  const cells = new Map<string, (string | null)[]>();
  for (const name of columns) cells.set(name, new Array<string | null>(rowCount).fill(null));
  await readColumns(file, metadata, columns, (name, index, value) => {
    cells.get(name)![index] = value === null || value === undefined ? null : String(value);
  });
  const ofRow = new Int32Array(rowCount);
  const firstRow: number[] = [];
  const known = new Map<string, number>();
  const identity = imageKey === undefined ? columns : keys;
  for (let row = 0; row < rowCount; row++) {
    const key = JSON.stringify(identity.map((name) => cells.get(name)![row]));
    let index = known.get(key);
    if (index === undefined) {
      index = firstRow.length;
      known.set(key, index);
      firstRow.push(row);
    }
    ofRow[row] = index;
  }
  const table: TextTable = {
    names: ["ImageNumber", ...image],
    rows: firstRow.map((row, index) => [String(index), ...image.map((name) => cells.get(name)![row] ?? null)]),
  };
  const report = emptySetReport(".", "complete");
  report.images = firstRow.length;
  return { set: { name: ".", table: takeImages(table, source, settings.image), report }, ofRow };
}

function rowsOf(strata: Strata, ofRow: Int32Array, settings: CollateSettings): RowChoice[] {
  const rows: number[][] = strata.list.map(() => []);
  const ofImage = strata.ofImage[0]!;
  ofRow.forEach((image, row) => {
    const stratum = ofImage[image]!;
    if (stratum >= 0) rows[stratum]!.push(row);
  });
  return rows.map((own, stratum) => {
    const chosen = drawn(settings.job.subsample, JSON.stringify(strata.list[stratum]!.key), own.length).map(
      (i) => own[i]!,
    );
    return { table: new Int32Array(chosen.length), row: Int32Array.from(chosen) };
  });
}

/** Columns as numbers of shape (rows, columns). */
async function readNumbers(
  file: AsyncBuffer,
  metadata: FileMetaData,
  columns: readonly string[],
  rowCount: number,
  source: string,
  nonNumeric: JobResult["nonNumeric"],
): Promise<Float64Array> {
  const width = columns.length;
  const values = new Float64Array(rowCount * width).fill(Number.NaN);
  const place = new Map(columns.map((name, j) => [name, j]));
  const texts = new Map<string, JobResult["nonNumeric"][number]>();
  await readColumns(file, metadata, columns, (name, row, value) => {
    let number = Number.NaN;
    if (typeof value === "number") number = value;
    else if (typeof value === "bigint" || typeof value === "boolean") number = Number(value);
    else if (typeof value === "string") {
      number = numberOf(value);
      if (Number.isNaN(number) && value !== "" && value.toLowerCase() !== "nan") {
        const known = texts.get(name);
        if (known === undefined)
          texts.set(name, { column: name, cells: 1, example: value.slice(0, 80), file: source, line: 0 });
        else known.cells++;
      }
    }
    values[row * width + place.get(name)!] = number;
  });
  nonNumeric.push(...texts.values());
  return values;
}

async function readColumns(
  file: AsyncBuffer,
  metadata: FileMetaData,
  columns: readonly string[],
  take: (name: string, row: number, value: unknown) => void,
): Promise<void> {
  if (columns.length === 0) return;
  await parquetRead({
    file,
    metadata,
    compressors,
    columns: [...columns],
    onChunk({ columnName, columnData, rowStart }) {
      for (let i = 0; i < columnData.length; i++) take(columnName, rowStart + i, columnData[i]);
    },
  });
}
