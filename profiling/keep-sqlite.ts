import { mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { readCell } from "./csv-cell.ts";
import type { TextTable } from "./image-table.ts";
import { TooManyColumnsError } from "./ingest-errors.ts";
import { columnPlaces, type ObjectColumns, type ObjectKeeper } from "./keep-objects.ts";

/** SQLite's own limit in the build that Node brings. */
const MOST_COLUMNS = 2000;

/** What a database of single cells holds besides objects. */
export interface SqliteImages {
  /** CRC-32 of the bytes of each set's image table; of shape (sets). */
  tableNumbers: readonly number[];
  /** Columns of the image tables of all sets, as they are. */
  names: readonly string[];
  /** The image table of a set, read again. */
  read(set: number): Promise<TextTable>;
  /** The plate's name of each image, where the tables have no such column; of shape (sets). */
  plate?: (set: number) => readonly (string | null)[];
}

/**
 * Keeps objects in an SQLite file as cytominer-database 0.3.4 makes it: tables Image, Cells, Cytoplasm, Nuclei; `TableNumber` first, the CRC-32 of
 * Image.csv; object columns with their compartment as prefix; the five indexes that collate adds. The file appears when it is complete.
 * @throws TooManyColumnsError (profiling/too-many-columns) before anything is written
 */
export function sqliteKeeper(path: string, columns: ObjectColumns, images: SqliteImages): ObjectKeeper {
  const imageNames = [...(images.plate === undefined ? [] : ["Metadata_Plate"]), ...images.names];
  for (const [table, names] of [["Image", imageNames] as const, ...Object.entries(columns)])
    if (names.length + 1 > MOST_COLUMNS) throw new TooManyColumnsError(table, names.length + 1, MOST_COLUMNS);
  const part = `${path}.part`;
  mkdirSync(dirname(path), { recursive: true });
  rmSync(part, { force: true });
  const database = new DatabaseSync(part);
  database.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN");
  database.exec(
    `CREATE TABLE Image (TableNumber BIGINT, ${imageNames.map((name) => (name === "ImageNumber" ? `${quoted(name)} BIGINT` : quoted(name))).join(", ")})`,
  );
  const inserts = new Map<string, StatementSync>();
  for (const [compartment, names] of Object.entries(columns)) {
    const list = names.map((name) =>
      isKey(name) ? `${quoted(name)} BIGINT` : `${quoted(`${compartment}_${name}`)} FLOAT`,
    );
    database.exec(`CREATE TABLE ${quoted(compartment)} (TableNumber BIGINT, ${list.join(", ")})`);
    const marks = Array.from({ length: names.length + 1 }, () => "?").join(", ");
    inserts.set(compartment, database.prepare(`INSERT INTO ${quoted(compartment)} VALUES (${marks})`));
  }
  return {
    async put(sets, kept) {
      for (const { set, compartment, names, values, rowCount } of kept) {
        const places = columnPlaces(columns[compartment]!, names);
        const insert = inserts.get(compartment)!;
        const cells: (number | null)[] = new Array(places.length + 1);
        cells[0] = images.tableNumbers[sets[set]!]!;
        for (let row = 0; row < rowCount; row++) {
          const base = row * names.length;
          for (let j = 0; j < places.length; j++) {
            const value = places[j]! < 0 ? Number.NaN : values[base + places[j]!]!;
            cells[j + 1] = Number.isNaN(value) ? null : value;
          }
          insert.run(...cells);
        }
      }
    },
    async finish() {
      const marks = Array.from({ length: imageNames.length + 1 }, () => "?").join(", ");
      const insert = database.prepare(`INSERT INTO Image VALUES (${marks})`);
      for (let set = 0; set < images.tableNumbers.length; set++) {
        const { names, rows } = await images.read(set);
        const places = columnPlaces(images.names, names);
        const plates = images.plate?.(set);
        rows.forEach((row, r) => {
          const cells = Array.from(places, (place) => sqlValue(place < 0 ? null : (row[place] ?? null)));
          insert.run(images.tableNumbers[set]!, ...(plates === undefined ? [] : [plates[r] ?? null]), ...cells);
        });
      }
      database.exec("COMMIT");
      for (const statement of indexes(columns, imageNames)) database.exec(statement);
      database.close();
      renameSync(part, path);
    },
    async abandon() {
      if (database.isOpen) database.close();
      rmSync(part, { force: true });
    },
  };
}

function isKey(name: string): boolean {
  return name === "ImageNumber" || name === "ObjectNumber";
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Whole numbers as integers, other numbers as doubles, everything else as text; names with leading zeros stay text. */
function sqlValue(text: string | null): null | number | bigint | string {
  if (text === null) return null;
  const cell = readCell(text);
  if (cell.kind === "missing") return null;
  if (cell.kind === "text" || /^[+-]?0\d/.test(text.trim())) return text;
  return Number.isSafeInteger(cell.value) && !/[.eE]/.test(text) ? BigInt(cell.value) : cell.value;
}

function indexes(columns: ObjectColumns, imageNames: readonly string[]): string[] {
  const list = ["CREATE INDEX table_image_idx ON Image(TableNumber, ImageNumber)"];
  for (const compartment of Object.keys(columns))
    list.push(
      `CREATE INDEX ${quoted(`table_image_object_${compartment.toLowerCase()}_idx`)} ON ${quoted(compartment)}(TableNumber, ImageNumber, ObjectNumber)`,
    );
  if (imageNames.includes("Metadata_Plate") && imageNames.includes("Metadata_Well"))
    list.push("CREATE INDEX plate_well_image_idx ON Image(Metadata_Plate, Metadata_Well)");
  return list;
}
