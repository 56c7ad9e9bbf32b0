import type { Table } from "@artesian/data";
import { readCsv } from "@artesian/data/csv.ts";
import { cellText, columnOf } from "@artesian/data/table.ts";
import { metadataName, missingColumn, withMetadataPrefix } from "./platemap.ts";

/**
 * Reads external metadata (tab- or comma-separated), what a laboratory knows of its perturbations; columns get the prefix
 * "Metadata_". Rows that are equal in every cell are kept once.
 * @param mergeColumn column that the plate map has too, with or without the prefix
 * @throws PlateMetadataError (profiling/plate-metadata) when that column is missing
 */
export function readExternalMetadata(text: string, file: string, mergeColumn: string): Table {
  const bare = mergeColumn.replace(/^Metadata_/, "");
  const table = withMetadataPrefix(readCsv(text, { source: file, text: [bare, `Metadata_${bare}`] }));
  if (columnOf(table, metadataName(mergeColumn)) === undefined)
    throw missingColumn(file, metadataName(mergeColumn), table);
  return withoutRepeats(table);
}

function withoutRepeats(table: Table): Table {
  const seen = new Set<string>();
  const rows: number[] = [];
  for (let row = 0; row < table.rowCount; row++) {
    const key = JSON.stringify(table.columns.map((column) => cellText(column, row)));
    if (seen.has(key)) continue;
    seen.add(key);
    rows.push(row);
  }
  if (rows.length === table.rowCount) return table;
  return {
    columns: table.columns.map((column) =>
      column.kind === "number"
        ? { ...column, values: Float64Array.from(rows, (row) => column.values[row]!) }
        : { ...column, values: rows.map((row) => column.values[row] ?? null) },
    ),
    rowCount: rows.length,
  };
}
