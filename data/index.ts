/** Typed tables, content hashes, object stores. Imports nothing of ours. */
export {
  type AnnDataColumn,
  type AnnDataMatrix,
  type AnnDataTable,
  openAnnDataMatrix,
  openAnnDataTable,
  textColumn,
} from "./anndata.ts";
export type { ArrayTree, AxisRange, NumberArray, TreeArray } from "./array-tree.ts";
export { type ReadCsvOptions, readCsv, writeCsv } from "./csv.ts";
export { defineError, type ErrorClass } from "./define-error.ts";
export type { DenseAnnData } from "./dense-anndata.ts";
export { AnnDataError } from "./dense-anndata-errors.ts";
export { readDenseH5ad, writeDenseH5ad } from "./dense-h5ad.ts";
export { readDenseNpz } from "./dense-npz.ts";
export { readDenseZarr, writeDenseZarr } from "./dense-zarr.ts";
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
  PlateReaderError,
  StoreUnreachableError,
  TableShapeError,
} from "./errors.ts";
export {
  ArrayTreeError,
  DamagedGzipError,
  ExpansionError,
  ForeignFilterError,
  Hdf5Error,
  NumpyError,
  TruncatedGzipError,
  ZarrError,
  ZipError,
} from "./format-errors.ts";
export { decompressed, type GunzipOptions, gunzip, isGzip } from "./gzip.ts";
export { canonicalJson, digestOf, sha256 } from "./hash.ts";
export { openHdf5 } from "./hdf5.ts";
export { type LocalFileOptions, localFile, withLocalFile } from "./local-file.ts";
export { type NumpyArray, readNpy } from "./npy.ts";
export { folderStore, type ObjectRef, type ObjectStore, writeDurably } from "./objects.ts";
export { locate, openPlace } from "./open-place.ts";
export { readParquet, writeParquet } from "./parquet.ts";
export type { Place, PlaceCall, PlaceEntry, ReadInto, ReadRange } from "./place.ts";
export { folderPlace } from "./place-folder.ts";
export { type PlateReadings, readPlateReader } from "./plate-reader.ts";
export type { S3Environment } from "./s3-client.ts";
export { plainColumn, type SheetHeader, sheetHeader } from "./sheet-header.ts";
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
export { threadOptions } from "./thread-options.ts";
export { openZarr } from "./zarr.ts";
export { openZip, type ReadablePlace, type ZipOptions } from "./zip.ts";
