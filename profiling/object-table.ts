import type { RowMajor } from "./aggregate-columns.ts";
import type { ObjectHeader } from "./csv-header.ts";
import { readHeader } from "./csv-header.ts";
import { type NumberRows, readRows } from "./csv-reader.ts";
import { MissingColumnError } from "./ingest-errors.ts";

/** The objects of one compartment of one image set. */
export interface ObjectTable extends RowMajor {
  set: number;
  compartment: string;
  /** Names without the compartment. Tables with equal headers share the array. */
  names: string[];
  /** Where each name is in a row; of shape (names). */
  at: Int32Array;
  rowCount: number;
  imageAt: number;
  objectAt: number;
}

/** What of a header stays the same from file to file. */
interface HeaderPlan {
  header: ObjectHeader;
  bytes: Uint8Array;
  parts: { compartment: string; names: string[]; at: Int32Array; imageAt: number; objectAt: number }[];
}

/** Remembers headers and memory from file to file: the files of a plate have few different headers. */
export interface ReaderMemory {
  headers: Map<string, HeaderPlan>;
  /** Arrays that are free again. */
  spare: Float64Array[];
}

export function readerMemory(): ReaderMemory {
  return { headers: new Map(), spare: [] };
}

/** Reads an object file that comes in pieces. */
export interface ObjectReader {
  /**
   * @param line of the piece's first record, where it does not follow the piece before
   * @throws the errors of `readHeader` and `readRows`, MissingColumnError (profiling/missing-column)
   */
  take(piece: Uint8Array, last: boolean, line?: number): void;
  /** The tables of the file, one a compartment; call it after the last piece. */
  tables(): ObjectTable[];
  /** Cells that are neither number nor missing, by column. */
  texts(): { column: string; cells: number; example: string; line: number }[];
}

/**
 * @param compartment undefined for a munged file, whose first header line names the compartment of each column
 * @param wanted compartments to take of a munged file
 */
export function objectReader(
  memory: ReaderMemory,
  source: { file: string; set: number; compartment?: string },
  wanted: readonly string[],
): ObjectReader {
  let rest: Uint8Array = new Uint8Array(0);
  let plan: HeaderPlan | undefined;
  let rows: NumberRows | undefined;
  const found = new Map<number, { cells: number; example: string; line: number }>();
  return {
    take(piece, last, line) {
      let bytes = rest.length === 0 ? piece : joined(rest, piece);
      if (plan === undefined) {
        plan = planOf(memory, source, wanted, bytes, last);
        if (plan === undefined) {
          rest = bytes.slice();
          return;
        }
        bytes = bytes.subarray(plan.header.bytes);
        rows = {
          file: source.file,
          width: plan.header.names.length,
          rowCount: 0,
          values: memory.spare.pop() ?? new Float64Array(0),
          line: plan.header.line,
          onText(column, text, line) {
            const before = found.get(column);
            if (before === undefined) found.set(column, { cells: 1, example: text.slice(0, 80), line });
            else before.cells++;
          },
        };
      }
      if (rows === undefined) return;
      if (line !== undefined) rows.line = line;
      const used = readRows(bytes, rows, last);
      rest = last ? new Uint8Array(0) : bytes.slice(used);
    },
    tables() {
      if (plan === undefined || rows === undefined) return [];
      const { values, width, rowCount } = rows;
      return plan.parts.map((part) => ({ ...part, set: source.set, values, width, rowCount }));
    },
    texts() {
      if (plan === undefined) return [];
      const { header } = plan;
      return [...found].map(([column, text]) => ({
        column: `${header.compartments?.[column] ?? source.compartment}_${header.names[column]}`,
        ...text,
      }));
    },
  };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function planOf(
  memory: ReaderMemory,
  source: { file: string; compartment?: string },
  wanted: readonly string[],
  bytes: Uint8Array,
  complete: boolean,
): HeaderPlan | undefined {
  const kind = source.compartment ?? "";
  const known = memory.headers.get(kind);
  if (known !== undefined && startsWith(bytes, known.bytes)) return known;
  const header = readHeader(bytes, source.file, source.compartment === undefined ? 2 : 1, complete);
  if (header === undefined) return undefined;
  const compartments = source.compartment === undefined ? wanted : [source.compartment];
  const plan = {
    header,
    bytes: bytes.slice(0, header.bytes),
    parts: compartments.flatMap((compartment) => partOf(header, compartment, source)),
  };
  if (header.bytes < bytes.length || !complete) memory.headers.set(kind, plan);
  return plan;
}

function partOf(
  header: ObjectHeader,
  compartment: string,
  source: { file: string; compartment?: string },
): HeaderPlan["parts"] {
  const { names, compartments } = header;
  const imageAt = names.indexOf("ImageNumber");
  const own = names.flatMap((_, i) =>
    compartments === undefined || compartments[i]?.toLowerCase() === compartment.toLowerCase() ? [i] : [],
  );
  if (own.length === 0) return [];
  const ownObject = own.find((i) => names[i] === "ObjectNumber");
  const objectAt = ownObject ?? names.indexOf("ObjectNumber");
  const hint = "CellProfiler writes ImageNumber and ObjectNumber into every object table: export it with them.";
  if (imageAt < 0) throw new MissingColumnError(source.file, "ImageNumber", names, hint);
  if (objectAt < 0) throw new MissingColumnError(source.file, "ObjectNumber", names, hint);
  const at = Int32Array.from(own);
  return [{ compartment, names: own.map((i) => names[i]!), at, imageAt, objectAt }];
}

function startsWith(bytes: Uint8Array, beginning: Uint8Array): boolean {
  if (bytes.length < beginning.length) return false;
  for (let i = 0; i < beginning.length; i++) if (bytes[i] !== beginning[i]) return false;
  return true;
}
