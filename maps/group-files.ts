import { columnOf, readParquet, type TextColumn, tableFromRows, tableOf, writeParquet } from "@artesian/data";
import type { BuiltMap } from "./build-map.ts";
import { cosineDistribution } from "./cosine-distribution.ts";
import { GroupFileError } from "./errors.ts";
import { type BuildCall, type MapUnits, treatmentOf } from "./map-units.ts";
import type { GroupRow, PerturbationGroup } from "./perturbation-group.ts";
import { rowIndexBytes } from "./row-index.ts";
import { NO_ROW, type TopLists, topLists } from "./top-lists.ts";

/** Neighbours a tail in `topk.bin`. */
export const TOP = 100;
/** Cosine quantiles in `quantiles.json`: shares 0, 0.001, … 1 of all pairs. */
export const QUANTILES = 1001;

export interface GroupFileOptions {
  /** Write vectors.i8 too. */
  int8?: boolean;
}

/**
 * A group's files but its manifest, by name; equal groups give equal bytes.
 * - vectors.f32: unit vectors of shape (rows, dims); norms.f32: lengths of shape (rows); little-endian.
 * - vectors.i8: round(127 · x/max|x|) of shape (rows, dims), then max|x| of each row as float32.
 * - rows.parquet: a `GroupRow` a row.
 * - rows.index: the same rows, to find one of millions by a few small reads (see `rowIndexBytes`).
 * - topk.bin: of shape (rows, 2, 100): similar then opposite, each a row's index as uint32 and its cosine as float32.
 * - quantiles.json: pairs of rows of all experiments together, and 1,001 quantiles of their cosines.
 */
export function groupFiles(
  group: PerturbationGroup,
  options: GroupFileOptions = {},
  call: BuildCall = {},
): Map<string, Uint8Array> {
  const whole = group.rows.flatMap(({ experiment }, row) => (experiment === null ? [row] : []));
  const distribution = cosineDistribution(group, whole, call);
  const quantiles = Array.from({ length: QUANTILES }, (_, k) =>
    Number(distribution.quantile(k / (QUANTILES - 1)).toFixed(7)),
  );
  const files = new Map<string, Uint8Array>([
    ["vectors.f32", bytesOf(group.vectors)],
    ["norms.f32", bytesOf(group.norms)],
    ["rows.parquet", writeParquet(tableFromRows(group.rows.map((row) => ({ ...row }))))],
    ["rows.index", rowIndexBytes(group.rows)],
    ["topk.bin", topBytes(topLists(group, TOP, call))],
    [
      "quantiles.json",
      text(`${JSON.stringify({ pairs: distribution.pairs, quantiles: distribution.pairs === 0 ? [] : quantiles })}\n`),
    ],
  ]);
  if (options.int8) files.set("vectors.i8", int8Bytes(group));
  return files;
}

/**
 * What groups of one build share, by name: aligned units (wells.f32 of shape (units, dims), wells.parquet with the row that each is part of) for
 * splitting a row by experiment, and dropped.parquet with what was left out and why.
 */
export function unitFiles(built: BuiltMap, source: MapUnits): Map<string, Uint8Array> {
  const rowOf = new Int32Array(built.units.units.length).fill(-1);
  const rows = built.groups[0]?.group.rows ?? [];
  built.members.forEach((members, row) => {
    if (rows[row]!.experiment === null) for (const unit of members) rowOf[unit] = row;
  });
  const wells = built.units.units.map((unit, i) => ({
    unit: unit.id,
    treatment: treatmentOf(unit),
    row: rowOf[i] === -1 ? null : rowOf[i]!,
    batch: unit.batch,
    experiment: unit.experiment,
    control: unit.control ? 1 : 0,
    objects: unit.objects,
  }));
  const dropped = built.dropped.map(({ unit, reason }) => ({ ...source.units[unit]!, reason }));
  const textsOf = (name: "id" | "perturbation" | "symbol" | "batch" | "reason"): TextColumn => ({
    name: name === "id" ? "unit" : name,
    kind: "text",
    values: dropped.map((one) => one[name]),
  });
  const concentrations = Float64Array.from(dropped, ({ concentration }) => concentration ?? Number.NaN);
  return new Map([
    ["wells.f32", bytesOf(Float32Array.from(built.units.values))],
    ["wells.parquet", writeParquet(tableFromRows(wells))],
    [
      "dropped.parquet",
      writeParquet(
        tableOf([
          ...(["id", "perturbation", "symbol", "batch", "reason"] as const).map(textsOf),
          { name: "concentration", kind: "number", values: concentrations },
        ]),
      ),
    ],
  ]);
}

/**
 * A group from its files.
 * @throws GroupFileError (maps/group-file) when sizes do not fit together
 */
export async function groupFromFiles(
  files: { vectors: Uint8Array; norms: Uint8Array; rows: Uint8Array },
  dims: number,
): Promise<PerturbationGroup> {
  const rows = await rowsFromFile(files.rows);
  const check = (name: string, bytes: Uint8Array, expected: number): void => {
    if (bytes.byteLength !== expected) throw new GroupFileError(name, `${bytes.byteLength} bytes`, `${expected}`);
  };
  check("vectors.f32", files.vectors, rows.length * dims * 4);
  check("norms.f32", files.norms, rows.length * 4);
  return { rows, dims, vectors: floatsOf(files.vectors), norms: floatsOf(files.norms) };
}

/** Rows of rows.parquet. @throws GroupFileError (maps/group-file) */
export async function rowsFromFile(bytes: Uint8Array): Promise<GroupRow[]> {
  const table = await readParquet(bytes);
  const cell = (name: string): ((row: number) => string | number | null) => {
    const column = columnOf(table, name);
    // A column of nothing but missing values has no type of its own.
    if (column === undefined)
      throw new GroupFileError("rows.parquet", `no column ${name}`, "the columns of a group's rows");
    return (row) => {
      const value = column.values[row] ?? null;
      return typeof value === "number" && Number.isNaN(value) ? null : value;
    };
  };
  const names = ["perturbation", "type", "symbol", "concentration", "units", "experiment", "arm", "consistencyP"];
  const [perturbation, type, symbol, concentration, units, experiment, arm, consistencyP] = names.map(cell);
  return Array.from({ length: table.rowCount }, (_, row) => ({
    perturbation: String(perturbation!(row)),
    type: String(type!(row)) as GroupRow["type"],
    symbol: String(symbol!(row)),
    concentration: numberOrNull(concentration!(row)),
    units: Number(units!(row)),
    experiment: textOrNull(experiment!(row)),
    arm: textOrNull(arm!(row)),
    consistencyP: numberOrNull(consistencyP!(row)),
  }));
}

/** Neighbours of a row from its part of topk.bin: `TOP_ROW_BYTES` from `row · TOP_ROW_BYTES` on. */
export function neighboursFromBytes(bytes: Uint8Array): {
  similar: [row: number, cosine: number][];
  opposite: [row: number, cosine: number][];
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tail = (from: number): [number, number][] =>
    Array.from({ length: TOP }, (_, k): [number, number] => [
      view.getUint32((from + k) * 8, true),
      view.getFloat32((from + k) * 8 + 4, true),
    ]).filter(([row]) => row !== NO_ROW);
  return { similar: tail(0), opposite: tail(TOP) };
}

/** Bytes of one row in topk.bin. */
export const TOP_ROW_BYTES = 2 * TOP * 8;

function topBytes({ count, rows, cosines }: TopLists): Uint8Array {
  const bytes = new Uint8Array(rows.length * 8);
  const view = new DataView(bytes.buffer);
  if (count !== TOP) throw new GroupFileError("topk.bin", `${count} neighbours a tail`, `${TOP}`);
  rows.forEach((row, k) => {
    view.setUint32(k * 8, row, true);
    view.setFloat32(k * 8 + 4, cosines[k]!, true);
  });
  return bytes;
}

function int8Bytes({ rows, dims, vectors }: PerturbationGroup): Uint8Array {
  const bytes = new Uint8Array(rows.length * (dims + 4));
  const values = new Int8Array(bytes.buffer, 0, rows.length * dims);
  const scales = new DataView(bytes.buffer, rows.length * dims);
  for (let i = 0; i < rows.length; i++) {
    let largest = 0;
    for (let j = 0; j < dims; j++) largest = Math.max(largest, Math.abs(vectors[i * dims + j]!));
    scales.setFloat32(i * 4, largest, true);
    if (largest > 0)
      for (let j = 0; j < dims; j++) values[i * dims + j] = Math.round((127 * vectors[i * dims + j]!) / largest);
  }
  return bytes;
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Float32 numbers of bytes, copied so that they are aligned. */
export function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer);
}

function text(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

function numberOrNull(value: string | number | null): number | null {
  return value === null ? null : Number(value);
}

function textOrNull(value: string | number | null): string | null {
  return value === null ? null : String(value);
}
