import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import type { Table } from "./table.ts";
import { tableFromRows } from "./table.ts";

/** Writes a table as Parquet (snappy): numbers as DOUBLE with NaN as null, texts as UTF-8. */
export function writeParquet(table: Table): Uint8Array {
  const buffer = parquetWriteBuffer({
    columnData: table.columns.map((column) =>
      column.kind === "number"
        ? {
            name: column.name,
            type: "DOUBLE" as const,
            nullable: true,
            data: Array.from(column.values, (value) => (Number.isNaN(value) ? null : value)),
          }
        : { name: column.name, type: "STRING" as const, nullable: true, data: column.values },
    ),
  });
  return new Uint8Array(buffer);
}

/**
 * Reads a Parquet file of plain columns into a table; integers become doubles, null becomes NaN or null.
 * @param bytes the whole file
 */
export async function readParquet(bytes: Uint8Array): Promise<Table> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const metadata = parquetMetadata(file);
  const objects = await parquetReadObjects({ file, metadata });
  const names = metadata.schema.slice(1).map((element) => element.name);
  const rows = objects.map((object) => {
    const row: Record<string, string | number | null> = {};
    for (const name of names) row[name] = plainCell(object[name]);
    return row;
  });
  return tableFromRows(rows);
}

function plainCell(value: unknown): string | number | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "number" || typeof value === "string") return value;
  if (typeof value === "bigint" || typeof value === "boolean") return Number(value);
  if (value instanceof Date) return value.toISOString();
  return JSON.stringify(value);
}
