import type { Table } from "@artesian/data";
import { readCsv } from "@artesian/data/csv.ts";
import { cellText, columnOf } from "@artesian/data/table.ts";
import { meant } from "./nearest-name.ts";
import { PlateMetadataError } from "./recipe-errors.ts";

const BARCODE = "Assay_Plate_Barcode";
const MAP_NAME = "Plate_Map_Name";

/** Which plate has which plate map. */
export interface BarcodePlatemap {
  file: string;
  /** Plate map by bar code, with the line that says so. */
  platemaps: Map<string, { name: string; line: number }>;
}

/**
 * Reads a batch's `barcode_platemap.csv` (columns Assay_Plate_Barcode and Plate_Map_Name). Bar codes are texts: leading zeros stay.
 * @throws PlateMetadataError (profiling/plate-metadata) with the line: a column is missing, a bar code has two plate maps or none
 */
export function readBarcodePlatemap(text: string, file: string): BarcodePlatemap {
  const table = readCsv(text, { source: file, text: [BARCODE, MAP_NAME] });
  const [barcodes, names] = [BARCODE, MAP_NAME].map((name) => {
    const column = columnOf(table, name);
    if (column?.kind === "text") return column.values;
    throw missingColumn(file, name, table);
  });
  const platemaps: BarcodePlatemap["platemaps"] = new Map();
  barcodes!.forEach((cell, row) => {
    const line = lineOfRow(text, row);
    const barcode = cell?.trim() ?? "";
    const name = names![row]?.trim() ?? "";
    if (barcode === "" || name === "")
      throw new PlateMetadataError(
        file,
        line,
        `${barcode === "" ? BARCODE : MAP_NAME} is empty. Write both or remove the line.`,
      );
    const known = platemaps.get(barcode);
    if (known !== undefined && known.name !== name)
      throw new PlateMetadataError(
        file,
        line,
        `plate ${barcode} has plate map ${name}, but ${known.name} on line ${known.line}. Remove one of the lines.`,
      );
    if (known === undefined) platemaps.set(barcode, { name, line });
  });
  return { file, platemaps };
}

/**
 * The name of a plate's plate map.
 * @throws PlateMetadataError (profiling/plate-metadata) when the plate is not listed, with what may be meant
 */
export function platemapOf({ file, platemaps }: BarcodePlatemap, plate: string): string {
  const found = platemaps.get(plate);
  if (found !== undefined) return found.name;
  const bare = (text: string): string => text.replace(/^0+/, "");
  const withoutZeros = [...platemaps].find(([barcode]) => bare(barcode) === bare(plate));
  throw withoutZeros === undefined
    ? new PlateMetadataError(
        file,
        undefined,
        `plate ${plate} is not listed in column ${BARCODE}.${meant(plate, [...platemaps.keys()])} Add a line \`${plate},PLATE_MAP\`.`,
      )
    : new PlateMetadataError(
        file,
        withoutZeros[1].line,
        `plate ${plate} is written ${withoutZeros[0]}: a spreadsheet may have taken its leading zeros. Write the bar code in full.`,
      );
}

/**
 * Reads a plate map (tab- or comma-separated); columns get the prefix "Metadata_".
 * @param wellColumn column with the wells, with or without the prefix; default Metadata_well_position
 * @throws PlateMetadataError (profiling/plate-metadata) when that column is missing or empty
 */
export function readPlatemap(text: string, file: string, wellColumn = "Metadata_well_position"): Table {
  const bare = wellColumn.replace(/^Metadata_/, "");
  const table = withMetadataPrefix(readCsv(text, { source: file, text: [bare, `Metadata_${bare}`] }));
  const wells = columnOf(table, `Metadata_${bare}`);
  if (wells === undefined) throw missingColumn(file, `Metadata_${bare}`, table);
  if (!wells.values.some((_, row) => cellText(wells, row) !== null))
    throw new PlateMetadataError(file, undefined, `column ${bare} names no well.`);
  return table;
}

/** The table with "Metadata_" before each name that lacks it. */
export function withMetadataPrefix(table: Table): Table {
  return {
    ...table,
    columns: table.columns.map((column) => ({ ...column, name: metadataName(column.name) })),
  };
}

export const metadataName = (name: string): string => (name.startsWith("Metadata_") ? name : `Metadata_${name}`);

/** A column that a metadata file needs and does not have. */
export function missingColumn(file: string, name: string, table: Table): PlateMetadataError {
  const names = table.columns.map((column) => column.name);
  const hint =
    names.length === 1 ? " The file has one column only: is it separated by tabs, or by commas?" : meant(name, names);
  return new PlateMetadataError(file, 1, `there is no column ${name}.${hint}`);
}

/** Line of a data row in a text whose first line is the header; blank lines are no rows. */
export function lineOfRow(text: string, row: number): number {
  let seen = -1;
  let line = 0;
  for (const content of text.split(/\r\n|\n|\r/)) {
    line++;
    if (content !== "" && seen++ === row) return line;
  }
  return row + 2;
}
