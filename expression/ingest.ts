import { CellOrderError, EntryIndexError, MatrixTooLargeError, NotFiniteError } from "./errors.ts";
import { geneClasses, HAEMOGLOBIN, MITOCHONDRIAL, RIBOSOMAL } from "./gene-classes.ts";
import type { MatrixBlock, MatrixSource, MatrixWarning, ReadCall } from "./matrix.ts";
import { orderCells } from "./order-cells.ts";
import type { CellTotals, IngestedMatrix, ValueKind } from "./pass.ts";
import { type SpillWriter, writeSpill } from "./spill.ts";
import { cellTidier } from "./tidy-cell.ts";

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

interface Seen {
  duplicates: number;
  unsortedCells: number;
  negative: number;
  fractions: number;
  largest: number;
}

async function collect(
  source: MatrixSource,
  blocks: AsyncIterable<MatrixBlock>,
  options: IngestOptions,
): Promise<IngestedMatrix> {
  const spill = writeSpill(options.scratch);
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
  const geneCells = new Uint32Array(geneCount);
  const shares = [MITOCHONDRIAL, RIBOSOMAL, HAEMOGLOBIN].map((bit) =>
    classes.some((of) => of === bit) ? new Float32Array(cellCount) : undefined,
  );
  const [mitochondrial, ribosomal, haemoglobin] = shares;
  const sums = new Float64Array(8);
  const seen: Seen = { duplicates: 0, unsortedCells: 0, negative: 0, fractions: 0, largest: 0 };
  const tidy = cellTidier(seen);
  let next = 0;

  function addCell(genes: Uint32Array, values: Float64Array, from: number, to: number): void {
    let previous = -1;
    for (let k = from; k < to; k++) {
      const gene = genes[k]!;
      if (gene <= previous || values[k] === 0) {
        checkGenes(genes, from, to);
        const count = tidy.arrange(genes, values, from, to);
        addTidy(tidy.genes, tidy.values, 0, count);
        return;
      }
      previous = gene;
    }
    // Genes ascend here: the last is the largest.
    if (previous >= geneCount) checkGenes(genes, from, to);
    addTidy(genes, values, from, to);
  }

  function checkGenes(genes: Uint32Array, from: number, to: number): void {
    for (let k = from; k < to; k++)
      if (genes[k]! >= geneCount)
        throw new EntryIndexError(source.key, `cell ${next}`, "gene", genes[k]!, 0, geneCount - 1);
  }

  function addTidy(genes: Uint32Array, values: Float64Array, from: number, to: number): void {
    sums.fill(0);
    let total = 0;
    for (let k = from; k < to; k++) {
      const gene = genes[k]!;
      const value = values[k]!;
      total += value;
      sums[classes[gene]!]! += value;
      geneCells[gene]!++;
      if ((value | 0) !== value || value <= 0) odd(value, gene);
      if (value > seen.largest) seen.largest = value;
    }
    counts[next] = total;
    genesOf[next] = to - from;
    if (mitochondrial !== undefined) mitochondrial[next] = sums[MITOCHONDRIAL]! / total;
    if (ribosomal !== undefined) ribosomal[next] = sums[RIBOSOMAL]! / total;
    if (haemoglobin !== undefined) haemoglobin[next] = sums[HAEMOGLOBIN]! / total;
    spill.addCell(genes, values, from, to);
    next++;
  }

  function odd(value: number, gene: number): void {
    if (!Number.isFinite(value)) throw new NotFiniteError(source.key, next, source.genes.ids[gene] ?? "", value);
    if (value < 0) seen.negative++;
    if (!Number.isInteger(value)) seen.fractions++;
  }

  return {
    add(block: MatrixBlock): void {
      for (let c = 0; c + 1 < block.indptr.length; c++)
        addCell(block.genes, block.values, block.indptr[c]!, block.indptr[c + 1]!);
    },
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
      const { format, key, genes } = source;
      return {
        format,
        key,
        genes,
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
