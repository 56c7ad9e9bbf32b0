import type { ReadCall } from "./matrix.ts";
import type { ClippedSums, GeneStatistics, View } from "./pass.ts";
import { clippedSums } from "./pass-clipped.ts";
import { geneColumns } from "./pass-columns.ts";
import { geneStatistics } from "./pass-genes.ts";
import { type GeneShares, geneShares } from "./pass-shares.ts";
import { type SpillParts, spillFromParts } from "./spill.ts";
import { scanView } from "./spill-scan.ts";

/** The cells of a few blocks of a matrix, as a message to another thread. */
export interface MatrixPart {
  spill: SpillParts;
  /** Total of every cell of the whole matrix. */
  counts: Float64Array;
  geneCount: number;
  /** First cell of the part, and the first behind it. */
  firstCell: number;
  endCell: number;
}

/** One pass over a part, as a message. */
export type PartJob =
  | { kind: "shares"; view: View }
  | { kind: "statistics"; view: View & { target: number } }
  | { kind: "clipped"; view: View; clip: Float64Array }
  | { kind: "columns"; view: View; genes: readonly number[] }
  | { kind: "totals"; view: View };

/** `columns` holds one after the other, `totals` those of the kept cells in order. */
export type PartResult =
  | { kind: "shares"; sums: GeneShares }
  | { kind: "statistics"; sums: GeneStatistics }
  | { kind: "clipped"; sums: ClippedSums }
  | { kind: "columns"; values: Float64Array }
  | { kind: "totals"; values: Float64Array };

/** Cuts a matrix at a block into two parts of about as many entries: at the same place whoever asks, so that sums come out equal to the bit. */
export function halvesOf(spill: SpillParts, counts: Float64Array, geneCount: number): [MatrixPart, MatrixPart] {
  const half = (spill.blocks.length / 5) >> 1;
  const cut = spill.blocks[5 * half] ?? spill.cellCount;
  const part = (firstCell: number, endCell: number, blocks: Float64Array): MatrixPart => ({
    spill: { ...spill, blocks },
    counts,
    geneCount,
    firstCell,
    endCell,
  });
  return [
    part(0, cut, spill.blocks.subarray(0, 5 * half)),
    part(cut, spill.cellCount, spill.blocks.subarray(5 * half)),
  ];
}

/** Carries out one pass over a part. Numbers of cells and groups are of the part alone. */
export async function passOverPart(part: MatrixPart, job: PartJob, call: ReadCall = {}): Promise<PartResult> {
  const matrix = {
    spill: spillFromParts(part.spill),
    totals: { counts: part.counts, genes: new Uint32Array(0) },
    geneCount: part.geneCount,
    cellCount: part.spill.cellCount,
  };
  const keepCells = Uint8Array.from(part.counts, (_, cell) =>
    cell >= part.firstCell && cell < part.endCell && job.view.keepCells?.[cell] !== 0 ? 1 : 0,
  );
  switch (job.kind) {
    case "shares":
      return { kind: "shares", sums: await geneShares(matrix, { ...job.view, keepCells }, call) };
    case "statistics":
      return { kind: "statistics", sums: await geneStatistics(matrix, { ...job.view, keepCells }, call) };
    case "clipped":
      return { kind: "clipped", sums: await clippedSums(matrix, { ...job.view, keepCells }, job.clip, call) };
    case "columns": {
      const columns = await geneColumns(matrix, { ...job.view, keepCells }, job.genes, {
        ...call,
        scratch: "",
        memoryBudgetBytes: Number.POSITIVE_INFINITY,
      });
      const values = new Float64Array(columns.cellCount * job.genes.length);
      for (let i = 0; i < job.genes.length; i++) values.set(columns.column(i), i * columns.cellCount);
      columns.close();
      return { kind: "columns", values };
    }
    case "totals": {
      const values = new Float64Array(part.endCell - part.firstCell);
      let count = 0;
      await scanView(
        matrix,
        { ...job.view, keepCells },
        (_cell, _genes, _values, _from, _to, total) => {
          values[count++] = total;
        },
        call,
      );
      return { kind: "totals", values: values.slice(0, count) };
    }
  }
}

/** The arrays of a result that can be handed over instead of copied. */
export function buffersOf(result: PartResult): ArrayBuffer[] {
  const arrays = "values" in result ? [result.values] : Object.values(result.sums).filter(ArrayBuffer.isView);
  return arrays.map((array) => array.buffer as ArrayBuffer);
}
