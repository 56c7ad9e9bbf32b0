import type { ReadCall } from "./matrix.ts";
import type { ClippedSums, View } from "./pass.ts";
import { scanView, type ViewedMatrix } from "./spill-scan.ts";

/**
 * Sums of min(value, clip) and of its square over the cells of each group, in one pass over the spill: what seurat_v3 needs after its
 * fit. Whole numbers below 2^53 are summed exactly.
 *
 * @param clip of shape (groups, genes), row-major
 */
export async function clippedSums(
  matrix: ViewedMatrix & { geneCount: number },
  view: View,
  clip: Float64Array,
  call: ReadCall = {},
): Promise<ClippedSums> {
  const { geneCount } = matrix;
  const size = (view.groupCount ?? 1) * geneCount;
  if (clip.length !== size)
    throw new RangeError(`clip has ${clip.length} values, expected ${size}: one for every gene of every group.`);
  const sum = new Float64Array(size);
  const sumSquares = new Float64Array(size);
  await scanView(
    matrix,
    view,
    (cell, genes, values, from, to) => {
      const at = (view.groups?.[cell] ?? 0) * geneCount;
      for (let k = from; k < to; k++) {
        const i = at + genes[k]!;
        let value = values[k]!;
        const limit = clip[i]!;
        if (value > limit) value = limit;
        sum[i]! += value;
        sumSquares[i]! += value * value;
      }
    },
    call,
  );
  return { sum, sumSquares };
}
