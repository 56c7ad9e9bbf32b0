import type { Cell, TableTwin } from "../model/csv.ts";
import { formatNumber } from "../model/format.ts";
import { DataTable } from "./data-table.tsx";

const shown = (value: Cell): string =>
  typeof value === "number" ? formatNumber(value, 4) : value === null || value === undefined ? "–" : String(value);

/** The numbers behind a picture as a table. */
export function TwinTable({ twin, caption }: { twin: TableTwin; caption: string }) {
  const rows = twin.rows.map((row, index) => ({ row, index }));
  return (
    <DataTable
      caption={caption}
      maxHeight={360}
      rows={rows}
      rowKey={(r) => String(r.index)}
      columns={twin.columns.map((column) => ({
        key: column.key,
        label: column.label,
        ...(column.unit ? { unit: column.unit } : {}),
        numeric:
          typeof twin.rows.find((r) => r[column.key] !== null && r[column.key] !== undefined)?.[column.key] ===
          "number",
        value: (r: (typeof rows)[number]) => {
          const value = r.row[column.key];
          return typeof value === "boolean" ? String(value) : value;
        },
        cell: (r: (typeof rows)[number]) => shown(r.row[column.key]),
      }))}
    />
  );
}
