/** What a file holds a matrix in. `mtx` is a Matrix Market file with its gene and cell lists, loose in a folder or in one zip. */
export type MatrixFormat = "mtx" | "10x-h5" | "h5ad" | "zarr" | "loom" | "csv";

/** Something that a person should hear about a matrix that could be read nevertheless. */
export interface MatrixWarning {
  code:
    | "duplicate-entries"
    | "unsorted-entries"
    | "negative-values"
    | "non-integer-values"
    | "empty-cells"
    | "duplicate-genes"
    | "duplicate-barcodes"
    | "other-features";
  /** How many entries, cells, genes or rows it is about. */
  count: number;
  /** One sentence: what was found and what was done about it. */
  message: string;
}

/** The genes of a matrix, in the order of its gene axis. */
export interface GeneList {
  /** Identifiers such as ENSG00000141510, unique: the second of two equal ones became `ID-1`, as scanpy makes them. */
  ids: string[];
  /** Symbols such as TP53, as they stand in the file; the identifier where there is none. */
  symbols: string[];
}

/** One column about cells: text as codes into its levels, numbers as they are. Missing is code −1 or NaN. */
export type CellColumn =
  | { kind: "text"; name: string; levels: string[]; codes: Int32Array }
  | { kind: "number"; name: string; values: Float64Array };

/**
 * Whole cells, one after the other. The entries of cell `cell0 + i` are at `indptr[i]` to `indptr[i + 1]` of `genes` and `values`.
 * A reader may reuse the arrays for the next block.
 */
export interface MatrixBlock {
  /** Index of the first cell. */
  cell0: number;
  /** Shape (cells of this block + 1). */
  indptr: Uint32Array;
  /** Shape (at least the last of indptr); indices of the gene axis as the file has them: in any order, possibly repeated, not yet checked. */
  genes: Uint32Array;
  /** Shape as `genes`. */
  values: Float64Array;
}

/** Entries in no particular order of cells: what a gene-major or unsorted file gives. */
export interface EntryBlock {
  /** How many entries are valid. */
  count: number;
  genes: Uint32Array;
  cells: Uint32Array;
  values: Float64Array;
}

export interface ReadCall {
  signal?: AbortSignal;
  /** Bytes of the file, or entries of the array, that are behind the reader. */
  progress?: (done: number, total: number) => void;
}

/** An opened matrix: its axes are known, its entries are still in the file. Close it when done. */
export interface MatrixSource {
  readonly format: MatrixFormat;
  /** Key of the file or folder that holds the entries. */
  readonly key: string;
  readonly genes: GeneList;
  readonly cellCount: number;
  readonly geneCount: number;
  /** Entries that the file declares; dense files declare none. */
  readonly entryCount?: number;
  /**
   * Which axis the file stores one after the other. `cells`: `blocks` streams; `genes`: `entries` streams and the entries are put
   * into the order of cells through files on disk (order-cells.ts).
   */
  readonly order: "cells" | "genes";
  /** What was seen so far; it grows while the entries are read. */
  readonly warnings: MatrixWarning[];
  /** Names of the columns about cells, without the barcode. */
  readonly columnNames: readonly string[];
  /** One column about cells, of shape (cells). @throws UnknownCellColumnError (expression/cell-column) */
  column(name: string, call?: ReadCall): Promise<CellColumn>;
  /** Barcodes in the order of cells, a few thousand at a time; made unique as scanpy does. */
  barcodes(call?: ReadCall): AsyncIterable<string[]>;
  /**
   * All cells in order, each once. @throws CellOrderError (expression/cell-order) as soon as an entry belongs to a cell that has been
   * handed out: read `entries` instead, which every source has.
   */
  blocks(call?: ReadCall): AsyncIterable<MatrixBlock>;
  /** All entries in the file's own order. */
  entries(call?: ReadCall): AsyncIterable<EntryBlock>;
  close(): Promise<void>;
}
