import type { FileProblem } from "./ingest-types.ts";

/** A record with more or fewer cells than its header, as a file that was cut off has. */
export class RaggedRowError extends Error {
  readonly code = "profiling/ragged-row";
  readonly file: string;
  readonly line: number;
  readonly found: number;
  readonly expected: number;
  constructor(file: string, line: number, found: number, expected: number) {
    super(
      `${file}, line ${line}: ${found} cells, expected ${expected} as in the header. The file may have been cut off while it was written: export it again.`,
    );
    this.file = file;
    this.line = line;
    this.found = found;
    this.expected = expected;
  }
}

/** A quoted field that never ends. */
export class UnclosedQuoteError extends Error {
  readonly code = "profiling/unclosed-quote";
  readonly file: string;
  readonly line: number;
  constructor(file: string, line: number) {
    super(
      `${file}, line ${line}: a quoted field begins here and never ends. Close the quote, or export the file again.`,
    );
    this.file = file;
    this.line = line;
  }
}

/** Bytes that are not UTF-8 text. */
export class EncodingError extends Error {
  readonly code = "profiling/encoding";
  readonly file: string;
  readonly line: number;
  readonly found: string;
  constructor(file: string, line: number, found: string) {
    super(`${file}, line ${line}: found ${found}, expected UTF-8. Save the file as UTF-8.`);
    this.file = file;
    this.line = line;
    this.found = found;
  }
}

/** A compressed file that does not decompress. */
export class DamagedGzipError extends Error {
  readonly code = "profiling/damaged-gzip";
  readonly file: string;
  readonly problem: string;
  constructor(file: string, problem: string) {
    super(`${file} does not decompress (${problem}); expected a whole gzip file. Copy or export it again.`);
    this.file = file;
    this.problem = problem;
  }
}

/** A file that cannot be used, where the caller asked not to go on without it. */
export class BadFileError extends Error {
  readonly code = "profiling/bad-file";
  readonly file: string;
  readonly line: number;
  /** Code of what is wrong with it, such as profiling/ragged-row. */
  readonly problem: string;
  constructor(file: string, line: number, problem: string, message: string) {
    super(`${message} Nothing was made, since bad files are to fail the whole.`);
    this.file = file;
    this.line = line;
    this.problem = problem;
  }
}

/** A table of CellProfiler's that holds nothing: no file, no byte, or a header and no record. */
export class EmptyTableError extends Error {
  readonly code = "profiling/empty-table";
  readonly file: string;
  readonly found: EmptyTable;
  constructor(file: string, found: EmptyTable) {
    super(
      `${file}: ${found}; expected a header and records. CellProfiler leaves such a table for an image that failed its quality control or has no objects.`,
    );
    this.file = file;
    this.found = found;
  }
}

export type EmptyTable = "there is no such file" | "the file has no byte" | "there is a header and no record";

/** A header that names a column twice. */
export class RepeatedColumnError extends Error {
  readonly code = "profiling/repeated-column";
  readonly file: string;
  readonly line: number;
  readonly column: string;
  readonly positions: readonly [number, number];
  constructor(file: string, line: number, column: string, positions: readonly [number, number]) {
    super(
      `${file}, line ${line}: the column "${column}" appears twice (${positions[0]} and ${positions[1]}); column names must be unique. Remove one of them.`,
    );
    this.file = file;
    this.line = line;
    this.column = column;
    this.positions = positions;
  }
}

/** A table without a column that it needs. */
export class MissingColumnError extends Error {
  readonly code = "profiling/missing-column";
  readonly file: string;
  readonly column: string;
  readonly found: readonly string[];
  constructor(file: string, column: string, found: readonly string[], hint: string) {
    super(
      `${file} has no column "${column}"; found ${found.slice(0, 8).join(", ")}${found.length > 8 ? ` and ${found.length - 8} more` : ""}. ${hint}`,
    );
    this.file = file;
    this.column = column;
    this.found = found;
  }
}

/** A folder, database or table of single cells from which no profile can be made. */
export class NothingToCollateError extends Error {
  readonly code = "profiling/nothing-to-collate";
  readonly source: string;
  readonly found: string;
  constructor(source: string, found: string, hint: string) {
    super(`${source}: ${found}; no profile can be made. ${hint}`);
    this.source = source;
    this.found = found;
  }
}

/** An option of collate that contradicts itself or the data. */
export class CollateOptionError extends Error {
  readonly code = "profiling/collate-option";
  readonly option: string;
  readonly found: string;
  constructor(option: string, found: string, expected: string) {
    super(`${option} is ${found}; expected ${expected}.`);
    this.option = option;
    this.found = found;
  }
}

/** A database that cannot be read, or lacks the tables of a single-cell backend. */
export class BackendError extends Error {
  readonly code = "profiling/backend";
  readonly source: string;
  readonly problem: string;
  constructor(source: string, problem: string) {
    super(`${source}: ${problem}`);
    this.source = source;
    this.problem = problem;
  }
}

/** More columns than SQLite holds in one table. */
export class TooManyColumnsError extends Error {
  readonly code = "profiling/too-many-columns";
  readonly table: string;
  readonly found: number;
  readonly expected: number;
  constructor(table: string, found: number, expected: number) {
    super(
      `Table ${table} would have ${found} columns; SQLite holds at most ${expected}. Keep the objects as Parquet instead: it has no such limit.`,
    );
    this.table = table;
    this.found = found;
    this.expected = expected;
  }
}

/** A thread that reads tables ended before its work was done. */
export class IngestThreadError extends Error {
  readonly code = "profiling/ingest-thread";
  readonly found: string;
  constructor(found: string) {
    super(`A thread that reads tables ended: ${found}. If memory ran out, use fewer threads; otherwise report it.`);
    this.found = found;
  }
}

/** An error as a plain record of what was wrong. Errors without a code are ours: they are thrown on. */
export function problemOf(file: string, error: unknown): FileProblem {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") throw error;
  const line = "line" in error && typeof error.line === "number" ? error.line : 0;
  return { file, line, code: error.code, message: error.message };
}
