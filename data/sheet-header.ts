/** How a text table begins. */
export interface SheetHeader {
  /** Of comma, semicolon (spreadsheets where the comma stands in numbers) and tab the one that the header has most of. */
  delimiter: string;
  /** Names of columns, without the quotes around them. */
  columns: string[];
}

/** Reads the first line of a table that people wrote. */
export function sheetHeader(text: string): SheetHeader {
  const header = /^\uFEFF?([^\r\n]*)/.exec(text)?.[1] ?? "";
  const bare = header.replaceAll(/"[^"]*"/g, "");
  const times = (delimiter: string): number => bare.split(delimiter).length;
  const delimiter = [",", ";", "\t"].reduce((best, next) => (times(next) > times(best) ? next : best));
  return { delimiter, columns: header.split(delimiter).map((name) => name.trim().replace(/^"(.*)"$/, "$1")) };
}

/** A column's name as names are compared: small letters, no leading `Metadata_`, spaces and hyphens as `_`. @example plainColumn("Metadata_Pert iname") // "pert_iname" */
export function plainColumn(column: string): string {
  return column
    .trim()
    .toLowerCase()
    .replace(/^(?:metadata|image_metadata)_/, "")
    .replaceAll(/[\s-]+/g, "_");
}
