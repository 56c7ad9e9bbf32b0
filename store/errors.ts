/** The database was written by a later version of Artesian than this one. */
export class NewerSchemaError extends Error {
  readonly code = "store/newer-schema";
  readonly path: string;
  readonly found: number;
  readonly expected: number;
  constructor(path: string, found: number, expected: number) {
    super(
      `${path} has schema version ${found}; this version of Artesian knows up to ${expected}. ` +
        "Nothing was changed. Open it with the version that wrote it, or a later one.",
    );
    this.path = path;
    this.found = found;
    this.expected = expected;
  }
}

/** A file that is not a database of ours. */
export class UnreadableStoreError extends Error {
  readonly code = "store/unreadable";
  readonly path: string;
  readonly problem: string;
  constructor(path: string, problem: string) {
    super(
      `${path} cannot be opened as a store: ${problem}. Expected a SQLite database made by Artesian; name another file.`,
    );
    this.path = path;
    this.problem = problem;
  }
}

/** A transaction's function returned a promise: rows written after its first await would be outside the transaction. */
export class AsyncTransactionError extends Error {
  readonly code = "store/async-transaction";
  constructor() {
    super(
      "store.transaction got a function that returns a promise. It is synchronous: await first, then write in one go.",
    );
  }
}

/** A well's name that no plate format has. */
export class WellNameError extends Error {
  readonly code = "store/well-name";
  readonly plate: string;
  readonly well: string;
  constructor(plate: string, well: string) {
    super(`Plate ${plate}: "${well}" is not a well. Expected a row A to AF and a column 1 to 48, such as C05.`);
    this.plate = plate;
    this.well = well;
  }
}

/** A value that a column cannot hold, found before anything was written. */
export class InvalidRowError extends Error {
  readonly code = "store/invalid-row";
  readonly table: string;
  readonly column: string;
  readonly found: string;
  readonly expected: string;
  constructor(table: string, column: string, found: string, expected: string) {
    super(`${table}.${column} is ${found}; expected ${expected}. The record was not stored.`);
    this.table = table;
    this.column = column;
    this.found = found;
    this.expected = expected;
  }
}

/** A verdict that is not there, or was undone already. */
export class VerdictNotFoundError extends Error {
  readonly code = "store/verdict-not-found";
  readonly experimentId: string;
  readonly id: string;
  constructor(experimentId: string, id: string) {
    super(
      `Experiment ${experimentId} has no standing verdict ${id}. It may have been undone already: reload the page.`,
    );
    this.experimentId = experimentId;
    this.id = id;
  }
}

/** A kept hypothesis that is not there, or was taken back already. */
export class MapCardError extends Error {
  readonly code = "store/no-map-card";
  readonly id: string;
  constructor(id: string) {
    super(`There is no standing hypothesis ${id}. It may have been taken back already: reload the page.`);
    this.id = id;
  }
}
