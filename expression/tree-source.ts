import type { AnnDataMatrix, AxisRange } from "@artesian/data";
import { MissingPartError, UnknownCellColumnError } from "./errors.ts";
import { barcodeWarnings, type KeptGenes } from "./gene-list.ts";
import type {
  CellColumn,
  EntryBlock,
  MatrixBlock,
  MatrixFormat,
  MatrixSource,
  MatrixWarning,
  ReadCall,
} from "./matrix.ts";
import { cellsInAGo, denseCells, denseEntries } from "./read-dense.ts";
import { compressedCells, compressedGenes } from "./read-sparse.ts";
import { scanNames } from "./unique-names.ts";

/** A matrix in a file of arrays: what AnnData, 10x and loom have in common once their names are known. */
export interface TreeMatrix {
  format: MatrixFormat;
  key: string;
  /** As AnnData sees it, cells × genes; `cellAxis` 1 for a dense matrix of genes × cells. */
  matrix: AnnDataMatrix;
  cellAxis?: 0 | 1;
  kept: KeptGenes;
  columnNames: readonly string[];
  column(name: string): Promise<CellColumn>;
  names(range: AxisRange): Promise<string[]>;
  warnings: readonly MatrixWarning[];
  close(): Promise<void>;
}

const NAMES_IN_A_GO = 20_000;

/** Makes a source of it. Barcodes are read once to find those that occur again. */
export async function treeSource(parts: TreeMatrix): Promise<MatrixSource> {
  const { matrix, kept, key } = parts;
  const { cellCount } = matrix;
  async function* names(): AsyncGenerator<string[]> {
    for (let from = 0; from < cellCount; from += NAMES_IN_A_GO)
      yield await parts.names([from, Math.min(cellCount, from + NAMES_IN_A_GO)]);
  }
  const barcodes = await scanNames(names());
  const reader = readerOf(parts);
  return {
    format: parts.format,
    key,
    genes: kept.genes,
    cellCount,
    geneCount: kept.genes.ids.length,
    ...(matrix.kind !== "dense" && { entryCount: matrix.data.shape[0] ?? 0 }),
    order: reader.order,
    warnings: [...parts.warnings, ...kept.warnings, ...barcodeWarnings(barcodes.duplicates)],
    columnNames: parts.columnNames,
    async column(name) {
      if (!parts.columnNames.includes(name)) throw new UnknownCellColumnError(key, name, parts.columnNames);
      return parts.column(name);
    },
    barcodes: () => barcodes.unique(names()),
    blocks: reader.blocks,
    entries: reader.entries,
    close: parts.close,
  };
}

function readerOf({ matrix, cellAxis = 0, kept, key }: TreeMatrix): Pick<MatrixSource, "order" | "blocks" | "entries"> {
  const { cellCount, geneCount } = matrix;
  if (matrix.kind === "dense") {
    const dense = { values: matrix.values, cellAxis, cellCount, geneCount };
    const others = (blocks: AsyncGenerator<EntryBlock>): AsyncGenerator<EntryBlock> =>
      kept.geneOf === undefined ? blocks : withoutOthers(blocks, kept.geneOf);
    if (cellsInAGo(dense) === undefined || kept.geneOf !== undefined)
      return { order: "genes", blocks: noBlocks(key), entries: (call) => others(denseEntries(dense, call)) };
    return {
      order: "cells",
      blocks: (call) => denseCells(dense, call),
      entries: (call) => entriesOf(denseCells(dense, call)),
    };
  }
  const { indptr, indices, data } = matrix;
  const arrays = { name: `${key}: ${matrix.path}`, indptr, indices, data, ...(kept.geneOf && { geneOf: kept.geneOf }) };
  if (matrix.kind === "csr") {
    const byCell = { ...arrays, majorCount: cellCount, minorCount: geneCount };
    return {
      order: "cells",
      blocks: (call) => compressedCells(byCell, call),
      entries: (call) => entriesOf(compressedCells(byCell, call)),
    };
  }
  const byGene = { ...arrays, majorCount: geneCount, minorCount: cellCount };
  const entries = (call?: ReadCall): AsyncGenerator<EntryBlock> =>
    kept.geneOf === undefined
      ? compressedGenes(byGene, call)
      : withoutOthers(compressedGenes(byGene, call), kept.geneOf);
  return { order: "genes", blocks: noBlocks(key), entries };
}

function noBlocks(key: string): () => AsyncIterable<MatrixBlock> {
  return () => {
    throw new MissingPartError(key, "cells one after the other", ["entries"]);
  };
}

/** The entries of whole cells. */
export async function* entriesOf(blocks: AsyncIterable<MatrixBlock>): AsyncGenerator<EntryBlock> {
  for await (const { cell0, indptr, genes, values } of blocks) {
    const count = indptr.at(-1)!;
    const cells = new Uint32Array(count);
    for (let c = 0; c + 1 < indptr.length; c++) cells.fill(cell0 + c, indptr[c]!, indptr[c + 1]!);
    yield { count, genes, cells, values };
  }
}

async function* withoutOthers(blocks: AsyncIterable<EntryBlock>, geneOf: Int32Array): AsyncGenerator<EntryBlock> {
  for await (const block of blocks) {
    const { genes, cells, values } = block;
    let kept = 0;
    for (let k = 0; k < block.count; k++) {
      const gene = geneOf[genes[k]!]!;
      if (gene < 0) continue;
      genes[kept] = gene;
      cells[kept] = cells[k]!;
      values[kept++] = values[k]!;
    }
    yield { ...block, count: kept };
  }
}
