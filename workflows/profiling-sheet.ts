import { columnOf, type Place, readCsv, rowOf, type Table, tableFromRows, writeCsv } from "@artesian/data";
import { platemapOf, readBarcodePlatemap, readPlatemap } from "@artesian/profiling";
import { readTextFile } from "@artesian/profiling/recipe-files.ts";
import { MetadataError } from "./errors.ts";

/** A metadata sheet and what names it in messages. */
export interface SheetText {
  text: string;
  source: string;
}

/**
 * One sheet of all plates from a batch's plate maps as the handbook lays them out: `barcode_platemap.csv` and `platemap/NAME.txt`.
 * @param batch the folder with both
 * @throws PlateMetadataError (profiling/plate-metadata), MissingFileError (data/missing-file), EncodingError (profiling/encoding)
 */
export async function sheetOfPlatemaps(batch: Place, plates: readonly string[]): Promise<SheetText> {
  const read = (key: string): Promise<string> => readTextFile(batch, key, {});
  const source = `${batch.uri}/barcode_platemap.csv`;
  const barcodes = readBarcodePlatemap(await read("barcode_platemap.csv"), source);
  const maps = new Map<string, Table>();
  const rows: Record<string, string | number | null>[] = [];
  for (const plate of plates) {
    const name = platemapOf(barcodes, plate);
    const known =
      maps.get(name) ?? readPlatemap(await read(`platemap/${name}.txt`), `${batch.uri}/platemap/${name}.txt`);
    maps.set(name, known);
    for (let row = 0; row < known.rowCount; row++) rows.push({ plate, ...rowOf(known, row) });
  }
  return { text: writeCsv(tableFromRows(rows)), source };
}

const bare = (name: string): string => name.replace(/^Metadata_/i, "").toLowerCase();

/**
 * Adds what is known of the perturbations to a sheet: rows are joined on the first column of the sheet that the external table has
 * too. Columns that both have are the sheet's.
 * @throws MetadataError (workflows/metadata) when the two share no column
 */
export function withExternal(sheet: SheetText, external: SheetText): SheetText {
  const left = readCsv(sheet.text, { source: sheet.source, text: ["plate"] });
  const right = readCsv(external.text, { source: external.source });
  const theirs = new Map(right.columns.map((column) => [bare(column.name), column.name]));
  const shared = left.columns.find(
    ({ name }) => theirs.has(bare(name)) && bare(name) !== "plate" && !bare(name).startsWith("well"),
  );
  const on = shared === undefined ? undefined : theirs.get(bare(shared.name));
  if (shared === undefined || on === undefined)
    throw new MetadataError(
      external.source,
      1,
      `shares no column with ${sheet.source} (${left.columns.map(({ name }) => name).join(", ")}). Name the perturbation's column alike in both.`,
    );
  const key = columnOf(right, on);
  const byKey = new Map(
    Array.from({ length: right.rowCount }, (_, row): [string, number] => [String(key?.values[row] ?? ""), row]),
  );
  const has = new Set(left.columns.map(({ name }) => bare(name)));
  const rows = Array.from({ length: left.rowCount }, (_, row) => {
    const cells = rowOf(left, row);
    const match = byKey.get(String(cells[shared.name] ?? ""));
    if (match === undefined) return cells;
    const added = Object.entries(rowOf(right, match)).filter(([name]) => !has.has(bare(name)));
    return { ...cells, ...Object.fromEntries(added) };
  });
  return { text: writeCsv(tableFromRows(rows)), source: `${sheet.source} with ${external.source}` };
}
