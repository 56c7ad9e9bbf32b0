import { type Table, tableOf, writeCsv, writeParquet } from "@artesian/data";
import { rowLabel } from "../group-rows.ts";
import type { GroupRow, PerturbationGroup } from "../perturbation-group.ts";

/** Forms in which a slice of a group leaves. */
export const SLICE_FORMATS = ["csv", "parquet", "npy", "gct"] as const;
export type SliceFormat = (typeof SLICE_FORMATS)[number];

export const SLICE_TYPES: Readonly<Record<SliceFormat, string>> = {
  csv: "text/csv; charset=utf-8",
  parquet: "application/vnd.apache.parquet",
  npy: "application/octet-stream",
  gct: "text/tab-separated-values; charset=utf-8",
};

/** Rows of a group with their vectors in one of the forms; npy holds the unit vectors alone, float32 of shape (rows, dims). */
export function sliceFile(part: PerturbationGroup, format: SliceFormat): Uint8Array | string {
  const { rows, dims, vectors } = part;
  if (format === "npy") return npyBytes(vectors, dims);
  const names = Array.from({ length: dims }, (_, j) => `v${j}`);
  if (format === "gct") return gctText(rows, names, vectors);
  const table = tableOf([
    ...rowColumns(part),
    ...names.map((name, j) => column(name, rows.length, (i) => vectors[i * dims + j]!)),
  ]);
  return format === "csv" ? writeCsv(table) : writeParquet(table);
}

/** A block of cosines of shape (rows, columns) in one of the forms. */
export function blockFile(
  rows: readonly GroupRow[],
  columns: readonly GroupRow[],
  cosines: Float32Array,
  format: SliceFormat,
): Uint8Array | string {
  const names = columns.map(rowLabel);
  if (format === "npy") return npyBytes(cosines, columns.length);
  if (format === "gct") return gctText(rows, names, cosines);
  const table = tableOf([
    { name: "row", kind: "text", values: rows.map(rowLabel) },
    ...names.map((name, j) => column(name, rows.length, (i) => cosines[i * columns.length + j]!)),
  ]);
  return format === "csv" ? writeCsv(table) : writeParquet(table);
}

/** Columns that tell of a group's rows. */
export function rowColumns({ rows, norms }: Pick<PerturbationGroup, "rows" | "norms">): Table["columns"] {
  const textOf = (name: "perturbation" | "type" | "symbol" | "experiment" | "arm"): Table["columns"][number] => ({
    name,
    kind: "text",
    values: rows.map((row) => row[name]),
  });
  return [
    ...(["perturbation", "type", "symbol", "experiment", "arm"] as const).map(textOf),
    column("concentration", rows.length, (i) => rows[i]!.concentration),
    column("units", rows.length, (i) => rows[i]!.units),
    column("consistencyP", rows.length, (i) => rows[i]!.consistencyP),
    column("norm", rows.length, (i) => norms[i]!),
  ];
}

/** NumPy's format 1.0: little-endian float32 of shape (values / columns, columns). */
export function npyBytes(values: Float32Array, columns: number): Uint8Array {
  const rows = columns === 0 ? 0 : values.length / columns;
  const words = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const header = `${words.padEnd(64 * Math.ceil((words.length + 11) / 64) - 11)}\n`;
  const bytes = new Uint8Array(10 + header.length + values.byteLength);
  bytes.set([0x93, ...Buffer.from("NUMPY"), 1, 0, header.length & 255, header.length >> 8]);
  bytes.set(Buffer.from(header), 10);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), 10 + header.length);
  return bytes;
}

/** GCT 1.3, as Morpheus and cmapPy read it: row metadata in front of the values; a missing value is "NaN". */
function gctText(rows: readonly GroupRow[], columns: readonly string[], values: Float32Array): string {
  const about = [
    "perturbation",
    "type",
    "symbol",
    "concentration",
    "experiment",
    "arm",
    "units",
    "consistencyP",
  ] as const;
  const clean = (value: string | number | null): string =>
    value === null ? "NaN" : String(value).replaceAll(/[\t\r\n]/g, " ");
  const ids = unique(rows.map((row) => clean(rowLabel(row))));
  const lines = [
    "#1.3",
    [rows.length, columns.length, about.length, 0].join("\t"),
    ["id", ...about, ...unique(columns.map(clean))].join("\t"),
    ...rows.map((row, i) => {
      const own = values.subarray(i * columns.length, (i + 1) * columns.length);
      return [ids[i]!, ...about.map((name) => clean(row[name])), ...Array.from(own, shortest)].join("\t");
    }),
  ];
  return `${lines.join("\n")}\n`;
}

/** A float32 in the fewest digits that read back as the same float32. */
function shortest(value: number): string {
  return Number.isNaN(value) ? "NaN" : String(Number(value.toPrecision(9)));
}

function unique(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return count === 0 ? name : `${name} (${count + 1})`;
  });
}

function column(name: string, count: number, cell: (row: number) => number | null): Table["columns"][number] {
  return { name, kind: "number", values: Float64Array.from({ length: count }, (_, i) => cell(i) ?? Number.NaN) };
}
