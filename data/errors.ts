/** An object was asked for that the store does not hold. */
export class MissingObjectError extends Error {
  readonly code = "data/missing-object";
  readonly uri: string;
  readonly store: string;
  constructor(uri: string, store: string) {
    super(`Object ${uri} is not in ${store}. It may have been removed by retention: run the step that made it again.`);
    this.uri = uri;
    this.store = store;
  }
}

/** A name that is not an object's: objects are named by their content, never by a path. */
export class InvalidUriError extends Error {
  readonly code = "data/invalid-uri";
  readonly uri: string;
  constructor(uri: string) {
    super(`"${uri}" is not an object's name. Expected sha256: followed by 64 hexadecimal digits.`);
    this.uri = uri;
  }
}

/** A delimited text that cannot be read as a table. */
export class CsvError extends Error {
  readonly code = "data/csv";
  readonly source: string;
  readonly line: number;
  readonly problem: string;
  constructor(source: string, line: number, problem: string) {
    super(`${source}, line ${line}: ${problem}`);
    this.source = source;
    this.line = line;
    this.problem = problem;
  }
}

/** Columns of a table that do not fit together. */
export class TableShapeError extends Error {
  readonly code = "data/table-shape";
  readonly column: string;
  readonly found: number;
  readonly expected: number;
  constructor(column: string, found: number, expected: number) {
    super(
      `Column "${column}" has ${found} values, the table has ${expected} rows. Every column needs one value a row.`,
    );
    this.column = column;
    this.found = found;
    this.expected = expected;
  }
}
