/** An object was asked for that the store does not hold. */
export class MissingObjectError extends Error {
  readonly code = "data/missing-object";
  constructor(
    readonly uri: string,
    readonly store: string,
  ) {
    super(`Object ${uri} is not in ${store}. It may have been removed by retention: run the step that made it again.`);
  }
}

/** A name that is not an object's: objects are named `sha256:` and 64 hexadecimal digits, never by a path. */
export class InvalidUriError extends Error {
  readonly code = "data/invalid-uri";
  constructor(readonly uri: string) {
    super(`"${uri}" is not an object's name. Expected sha256: followed by 64 hexadecimal digits.`);
  }
}

/** A delimited text file that cannot be read as a table. */
export class CsvError extends Error {
  readonly code = "data/csv";
  constructor(
    readonly source: string,
    readonly line: number,
    readonly problem: string,
  ) {
    super(`${source}, line ${line}: ${problem}`);
  }
}

/** Columns of a table that do not fit together. */
export class TableShapeError extends Error {
  readonly code = "data/table-shape";
  constructor(
    readonly column: string,
    readonly found: number,
    readonly expected: number,
  ) {
    super(
      `Column "${column}" has ${found} values, the table has ${expected} rows. Every column needs one value a row.`,
    );
  }
}
