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

/** An export of a plate reader that cannot be read. */
export class PlateReaderError extends Error {
  readonly code = "data/plate-reader";
  readonly retryable = false;
  readonly source: string;
  readonly line: number;
  readonly problem: string;
  constructor(source: string, line: number, problem: string) {
    super(`${source}, line ${line}: ${problem}.`);
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

/** A file that a place does not hold. */
export class MissingFileError extends Error {
  readonly code = "data/missing-file";
  readonly key: string;
  readonly place: string;
  constructor(key: string, place: string, options?: ErrorOptions) {
    super(
      `There is no file "${key}" in ${place}. Check the name; it may have been moved since it was listed.`,
      options,
    );
    this.key = key;
    this.place = place;
  }
}

/** A file that became another one while it was read. */
export class ChangedFileError extends Error {
  readonly code = "data/changed-file";
  readonly key: string;
  readonly place: string;
  constructor(key: string, place: string, options?: ErrorOptions) {
    super(`"${key}" in ${place} was replaced while it was read. Read it again.`, options);
    this.key = key;
    this.place = place;
  }
}

/** A name that is taken by a file or folder of another kind. */
export class KeyConflictError extends Error {
  readonly code = "data/key-conflict";
  readonly key: string;
  readonly place: string;
  constructor(key: string, place: string, options?: ErrorOptions) {
    super(
      `"${key}" cannot be written in ${place}: a folder has this name, or a part of it is a file's. Choose another name.`,
      options,
    );
    this.key = key;
    this.place = place;
  }
}

/** A file's name that could lead out of its place. */
export class BadKeyError extends Error {
  readonly code = "data/bad-key";
  readonly key: string;
  readonly place: string;
  constructor(key: string, place: string) {
    super(`"${key}" is no file's name in ${place}. Expected parts joined by "/", none of them empty, "." or "..".`);
    this.key = key;
    this.place = place;
  }
}

/** An address that is no place. */
export class BadPlaceError extends Error {
  readonly code = "data/bad-place";
  readonly uri: string;
  readonly problem: string;
  constructor(uri: string, problem: string) {
    super(`"${uri}" is no place for files: ${problem}. Give a folder's path or s3://bucket/prefix.`);
    this.uri = uri;
    this.problem = problem;
  }
}

/** A bucket that the store does not have. */
export class MissingBucketError extends Error {
  readonly code = "data/missing-bucket";
  readonly bucket: string;
  readonly endpoint: string | undefined;
  constructor(bucket: string, endpoint: string | undefined, options?: ErrorOptions) {
    super(`There is no bucket "${bucket}" at ${endpoint ?? "AWS"}. Make it, or check AWS_ENDPOINT_URL.`, options);
    this.bucket = bucket;
    this.endpoint = endpoint;
  }
}

/** The store refuses who asks. */
export class AccessDeniedError extends Error {
  readonly code = "data/access-denied";
  readonly key: string;
  readonly place: string;
  readonly reason: string;
  constructor(key: string, place: string, reason: string, options?: ErrorOptions) {
    const advice = place.startsWith("s3://")
      ? "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and the bucket's policy; a public bucket wants AWS_NO_SIGN_REQUEST=yes"
      : "Check who may read and write there";
    super(`${place} refuses access${key === "" ? "" : ` to "${key}"`} (${reason}). ${advice}.`, options);
    this.key = key;
    this.place = place;
    this.reason = reason;
  }
}

/** The store does not answer, after several tries. */
export class StoreUnreachableError extends Error {
  readonly code = "data/store-unreachable";
  readonly place: string;
  readonly endpoint: string | undefined;
  readonly reason: string;
  constructor(place: string, endpoint: string | undefined, reason: string, options?: ErrorOptions) {
    super(
      `${place} cannot be reached at ${endpoint ?? "AWS"}: ${reason}. Nothing was lost: try again when it is back.`,
      options,
    );
    this.place = place;
    this.endpoint = endpoint;
    this.reason = reason;
  }
}
