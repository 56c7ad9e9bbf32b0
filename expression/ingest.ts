import { CellOrderError, EntryIndexError, MatrixTooLargeError, NotFiniteError } from "./errors.ts";
import { geneClasses, HAEMOGLOBIN, MITOCHONDRIAL, RIBOSOMAL } from "./gene-classes.ts";
import type { MatrixBlock, MatrixSource, MatrixWarning, ReadCall } from "./matrix.ts";
import { orderCells } from "./order-cells.ts";
import type { CellTotals, IngestedMatrix, ValueKind } from "./pass.ts";
import { type SpillWriter, writeSpill } from "./spill.ts";
import { cellTidier, type TidyCounts } from "./tidy-cell.ts";

export interface IngestOptions extends ReadCall {
  /** A folder for intermediate files; they lose their names at once and are gone when the process is. */
  scratch: string;
  /** Most memory for what is kept of every cell and gene; default 1 GiB. */
  memoryBudgetBytes?: number;
}

/**
 * Reads a matrix once: totals of every cell, cells expressing every gene, and a spill of all entries in the order of cells for the passes
 * that follow. Repeated entries of a gene in a cell are summed, zeros left out; both are said in the warnings.
 *
 * @throws EntryIndexError (expression/entry-index), NotFiniteError (expression/not-finite), MatrixTooLargeError (expression/matrix-too-large), and what the source throws
 * @example
 * const matrix = await ingest(source, { scratch: "/tmp" });
 * matrix.totals.counts[0]; // counts of the first cell
 * matrix.spill.close();
 */
export async function ingest(source: MatrixSource, options: IngestOptions): Promise<IngestedMatrix> {
  const needed = estimateMemory(source.geneCount, source.cellCount, 1);
  const allowed = options.memoryBudgetBytes ?? 2 ** 30;
  if (needed > allowed) throw new MatrixTooLargeError(source.key, source.geneCount, source.cellCount, needed, allowed);
  if (source.order === "cells")
    try {
      return await collect(source, source.blocks(options), options);
    } catch (error) {
      if (!(error instanceof CellOrderError)) throw error;
    }
  return collect(source, orderCells(source, options), options);
}

/** Bytes that ingest and the passes keep: of every cell its totals, of every gene sums per group. Blocks, buffers and names come on top. */
export function estimateMemory(geneCount: number, cellCount: number, groupCount: number): number {
  return 26 * cellCount + geneCount * (16 + 116 * groupCount);
}

/** Of every gene its class and the cells expressing it; of every class its sum in a cell. */
const COLLECTED_BYTES_A_GENE = 5;
const CLASS_BYTES = 64;

interface Seen extends TidyCounts {
  negative: number;
  fractions: number;
  largest: number;
}

async function collect(
  source: MatrixSource,
  blocks: AsyncIterable<MatrixBlock>,
  options: IngestOptions,
): Promise<IngestedMatrix> {
  const spill = writeSpill(options.scratch, COLLECTED_BYTES_A_GENE * source.geneCount + CLASS_BYTES);
  try {
    const cells = cellCollector(source, spill);
    for await (const block of blocks) {
      options.signal?.throwIfAborted();
      cells.add(block);
    }
    return cells.finish();
  } catch (error) {
    spill.discard();
    throw error;
  }
}

function cellCollector(source: MatrixSource, spill: SpillWriter) {
  const { cellCount, geneCount } = source;
  const classes = geneClasses(source.genes.symbols);
  const counts = new Float64Array(cellCount);
  const genesOf = new Uint32Array(cellCount);
  const shares = [MITOCHONDRIAL, RIBOSOMAL, HAEMOGLOBIN].map((bit) =>
    classes.some((of) => of === bit) ? new Float32Array(cellCount) : undefined,
  );
  const [mitochondrial, ribosomal, haemoglobin] = shares;
  const { kernel, extra: sumsAt } = spill;
  const geneCellsAt = sumsAt + CLASS_BYTES;
  const classesAt = geneCellsAt + 4 * geneCount;
  new Uint8Array(kernel.memory.buffer, classesAt).set(classes);
  const sumOf = (kind: number): number => sums[kind]!;
  const tidied: TidyCounts = { duplicates: 0, unsortedCells: 0 };
  const tidy = cellTidier(tidied);
  let { genes, values } = spill.room(0);
  let sums = new Float64Array(kernel.memory.buffer, sumsAt, CLASS_BYTES / 8);
  let next = 0;

  function makeRoom(count: number): void {
    ({ genes, values } = spill.room(count));
    sums = new Float64Array(kernel.memory.buffer, sumsAt, CLASS_BYTES / 8);
  }

  function addBlock(block: MatrixBlock): void {
    const { indptr } = block;
    const [first, end] = [indptr[0]!, indptr.at(-1)!];
    makeRoom(end - first);
    genes.set(block.genes.subarray(first, end));
    values.set(block.values.subarray(first, end));
    for (let c = 0; c + 1 < indptr.length; c++) addCell(indptr[c]! - first, indptr[c + 1]! - first);
  }

  function addCell(from: number, to: number): void {
    const count = to - from;
    if (kernel.isTidy(genes.byteOffset + 4 * from, values.byteOffset + 8 * from, count) === 1) {
      // Genes ascend here: the last is the largest.
      if (count > 0 && genes[to - 1]! >= geneCount) checkGenes(from, to);
      addTidy(from, to);
      return;
    }
    checkGenes(from, to);
    const left = tidy.arrange(genes, values, from, to);
    genes.set(tidy.genes.subarray(0, left), from);
    values.set(tidy.values.subarray(0, left), from);
    addTidy(from, from + left);
  }

  function checkGenes(from: number, to: number): void {
    for (let k = from; k < to; k++)
      if (genes[k]! >= geneCount)
        throw new EntryIndexError(source.key, `cell ${next}`, "gene", genes[k]!, 0, geneCount - 1);
  }

  function addTidy(from: number, to: number): void {
    const [genesAt, valuesAt] = [genes.byteOffset + 4 * from, values.byteOffset + 8 * from];
    sums.fill(0);
    const total = kernel.sumCell(genesAt, valuesAt, to - from, classesAt, geneCellsAt, sumsAt);
    if (!Number.isFinite(total)) checkValues(from, to);
    counts[next] = total;
    genesOf[next] = to - from;
    if (mitochondrial !== undefined) mitochondrial[next] = sumOf(MITOCHONDRIAL) / total;
    if (ribosomal !== undefined) ribosomal[next] = sumOf(RIBOSOMAL) / total;
    if (haemoglobin !== undefined) haemoglobin[next] = sumOf(HAEMOGLOBIN) / total;
    spill.addCell(from, to);
    next++;
  }

  function checkValues(from: number, to: number): void {
    for (let k = from; k < to; k++)
      if (!Number.isFinite(values[k]))
        throw new NotFiniteError(source.key, next, source.genes.ids[genes[k]!] ?? "", values[k]!);
  }

  return {
    add: addBlock,
    finish(): IngestedMatrix {
      const totals: CellTotals = {
        counts,
        genes: genesOf,
        ...(mitochondrial !== undefined && { mitochondrial }),
        ...(ribosomal !== undefined && { ribosomal }),
        ...(haemoglobin !== undefined && { haemoglobin }),
      };
      const emptyCells = genesOf.reduce((sum, count) => sum + (count === 0 ? 1 : 0), 0);
      const finished = spill.finish();
      const { format, key } = source;
      const geneCells = new Uint32Array(kernel.memory.buffer, geneCellsAt, geneCount).slice();
      const seen: Seen = {
        ...tidied,
        negative: kernel.negative(),
        fractions: kernel.fractions(),
        largest: kernel.largest(),
      };
      return {
        format,
        key,
        genes: source.genes,
        cellCount,
        geneCount,
        entryCount: finished.entryCount,
        valueKind: valueKindOf(seen),
        totals,
        geneCells,
        warnings: [...source.warnings, ...warningsOf(seen, emptyCells)],
        spill: finished,
      };
    },
  };
}

/** Log-normalised values of sequencing stay below 30: e^30 is more than any count. */
function valueKindOf({ negative, fractions, largest }: Seen): ValueKind {
  if (negative > 0) return "scaled";
  if (fractions === 0) return "counts";
  return largest < 30 ? "log-normalised" : "normalised";
}

function warningsOf(seen: Seen, emptyCells: number): MatrixWarning[] {
  const warnings: MatrixWarning[] = [];
  const say = (code: MatrixWarning["code"], count: number, message: string): void => {
    if (count > 0) warnings.push({ code, count, message });
  };
  say(
    "duplicate-entries",
    seen.duplicates,
    `${seen.duplicates} entries repeat a gene and cell that had one; they were summed.`,
  );
  say(
    "unsorted-entries",
    seen.unsortedCells,
    `The entries of ${seen.unsortedCells} cells are in no order of genes; they were sorted.`,
  );
  say(
    "negative-values",
    seen.negative,
    `${seen.negative} values are below zero: the matrix is scaled, not counted. Shares, normalisation and logarithms mean nothing here.`,
  );
  say(
    "non-integer-values",
    seen.fractions,
    `${seen.fractions} values are no whole numbers: the matrix seems normalised. Statistics that need raw counts (seurat_v3) do not hold; look for a layer with counts.`,
  );
  say("empty-cells", emptyCells, `${emptyCells} cells have no counts; they have no shares and count as cells.`);
  return warnings;
}
