/** Typed tables, content hashes, object stores. Imports nothing of ours. */
export { type ReadCsvOptions, readCsv, writeCsv } from "./csv.ts";
export {
  AccessDeniedError,
  BadKeyError,
  BadPlaceError,
  ChangedFileError,
  CsvError,
  InvalidUriError,
  KeyConflictError,
  MissingBucketError,
  MissingFileError,
  MissingObjectError,
  StoreUnreachableError,
  TableShapeError,
} from "./errors.ts";
export { canonicalJson, digestOf, sha256 } from "./hash.ts";
export { type LocalFileOptions, localFile, withLocalFile } from "./local-file.ts";
export { folderStore, type ObjectRef, type ObjectStore, writeDurably } from "./objects.ts";
export { openPlace } from "./open-place.ts";
export { readParquet, writeParquet } from "./parquet.ts";
export type { Place, PlaceCall, PlaceEntry, ReadRange } from "./place.ts";
export { folderPlace } from "./place-folder.ts";
export type { S3Environment } from "./s3-client.ts";
export {
  type Column,
  cellText,
  columnOf,
  type NumberColumn,
  rowOf,
  type Table,
  type TextColumn,
  tableFromRows,
  tableOf,
} from "./table.ts";
