import { decompressed, type ReadablePlace } from "@artesian/data";
import {
  type AxisFile,
  type AxisShape,
  axisRows,
  axisShape,
  firstRow,
  fitShape,
  readCellColumn,
  readGenes,
} from "./axis-file.ts";
import { cellBlocks } from "./cell-blocks.ts";
import { AxisLengthError } from "./errors.ts";
import { barcodeWarnings } from "./gene-list.ts";
import type { EntryBlock, MatrixSource, MatrixWarning, ReadCall } from "./matrix.ts";
import { openMtx } from "./mtx-parse.ts";
import { scanNames } from "./unique-names.ts";

/** Keys of a Matrix Market file and of its two lists in a place. */
export interface MtxFiles {
  matrix: string;
  genes: string;
  cells: string;
}

/**
 * Opens a Matrix Market file with its lists of genes and cells, as 10x (versions 2 and 3) and HCA write them, compressed or not. Genes may
 * be rows or columns: the lengths of the lists tell; when they are equal, genes are rows.
 *
 * @throws AxisLengthError (expression/axis-length), MatrixMarketError (expression/matrix-market), and what reading a file throws
 */
export async function openMtxMatrix(place: ReadablePlace, files: MtxFiles, call: ReadCall = {}): Promise<MatrixSource> {
  const { signal } = call;
  const fileOf = (key: string): AxisFile => ({
    name: key,
    stream: () => decompressed(place.stream(key, signal && { signal }), { name: key, ...(signal && { signal }) }),
  });
  const matrix = fileOf(files.matrix);
  const opened = await openMtx(matrix.stream(), matrix.name);
  await opened.close();
  const { rows, columns, entries: entryCount } = opened.header;
  const axes = await fitAxes(fileOf(files.genes), fileOf(files.cells), rows, columns);
  const { genes, geneOf, warnings: geneWarnings } = await readGenes(axes.genes.file, axes.genes.shape);
  const names = (): AsyncGenerator<string[]> => firstFields(axes.cells.file, axes.cells.shape);
  const barcodes = await scanNames(names());
  const warnings: MatrixWarning[] = [...geneWarnings, ...barcodeWarnings(barcodes.duplicates)];
  const totalBytes = (await place.stat(files.matrix))?.sizeBytes ?? 0;

  async function* entries(reading: ReadCall = {}): AsyncGenerator<EntryBlock> {
    const used = reading.signal ?? signal;
    let done = 0;
    async function* watched(): AsyncGenerator<Uint8Array> {
      for await (const chunk of place.stream(files.matrix, used && { signal: used })) {
        done += chunk.length;
        reading.progress?.(done, totalBytes);
        yield chunk;
      }
    }
    const text = decompressed(watched(), { name: files.matrix, ...(used && { signal: used }) });
    const { entries: found } = await openMtx(text, files.matrix);
    for await (const block of found) {
      const [geneSide, cells] = axes.genesAreRows ? [block.rows, block.columns] : [block.columns, block.rows];
      const given: EntryBlock = { count: block.count, genes: geneSide, cells, values: block.values };
      if (geneOf !== undefined) dropOthers(given, geneOf);
      yield given;
    }
  }

  const cellCount = axes.cells.shape.count;
  return {
    format: "mtx",
    key: files.matrix,
    genes,
    cellCount,
    geneCount: genes.ids.length,
    entryCount,
    // As most files are; one that is not is noticed within its first entries.
    order: "cells",
    warnings,
    columnNames: axes.cells.shape.header?.slice(1) ?? [],
    column: (name) => readCellColumn(axes.cells.file, axes.cells.shape, name),
    barcodes: () => barcodes.unique(names()),
    blocks: (reading) => cellBlocks(entries(reading), cellCount, files.matrix),
    entries,
    close: async () => {},
  };
}

interface Axis {
  file: AxisFile;
  shape: AxisShape;
}

async function fitAxes(
  geneFile: AxisFile,
  cellFile: AxisFile,
  rows: number,
  columns: number,
): Promise<{ genes: Axis; cells: Axis; genesAreRows: boolean }> {
  const genes = await axisShape(geneFile);
  const cells = await axisShape(cellFile);
  const fits = (shape: AxisShape, length: number): boolean =>
    shape.count === length || (shape.count === length + 1 && shape.header === undefined);
  // A list that is as long as its axis tells; one that is a row longer may have a header.
  const upright = genes.count === rows || cells.count === columns;
  const transposed = !upright && fits(genes, columns) && fits(cells, rows);
  const [geneLength, cellLength] = transposed ? [columns, rows] : [rows, columns];
  if (!fits(genes, geneLength)) throw new AxisLengthError(geneFile.name, "genes", genes.count, geneLength);
  return {
    genes: {
      file: geneFile,
      shape: fitShape(geneFile, genes, geneLength, await firstRow(geneFile, genes.delimiter), "genes"),
    },
    cells: {
      file: cellFile,
      shape: fitShape(cellFile, cells, cellLength, await firstRow(cellFile, cells.delimiter), "cells"),
    },
    genesAreRows: !transposed,
  };
}

async function* firstFields(file: AxisFile, shape: AxisShape): AsyncGenerator<string[]> {
  for await (const rows of axisRows(file, shape)) yield rows.map((fields) => (fields[0] ?? "").trim());
}

/** Takes the entries of features that are no genes out, in place. */
function dropOthers(block: EntryBlock, geneOf: Int32Array): void {
  const { genes, cells, values } = block;
  let kept = 0;
  for (let k = 0; k < block.count; k++) {
    const gene = geneOf[genes[k]!]!;
    if (gene < 0) continue;
    genes[kept] = gene;
    cells[kept] = cells[k]!;
    values[kept++] = values[k]!;
  }
  block.count = kept;
}
