/** Typed tables, content hashes, object stores. Imports nothing of ours. */
export { type ReadCsvOptions, readCsv, writeCsv } from "./csv.ts";
export { CsvError, InvalidUriError, MissingObjectError, TableShapeError } from "./errors.ts";
export { canonicalJson, digestOf, sha256 } from "./hash.ts";
export { folderStore, type ObjectRef, type ObjectStore, writeDurably } from "./objects.ts";
export { readParquet, writeParquet } from "./parquet.ts";
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
