import { type ScanOptions, scanVectors } from "./scan-vectors.ts";
import type { PairList } from "./vector-scan.ts";

/** Pairs found among rows `from` to below `to` and all rows after them. Keep `to`: a screen resumed from it repeats nothing. */
export interface ScreenedPairs {
  from: number;
  to: number;
  pairs: PairList;
}

/**
 * Screens all pairs of rows exhaustively for cosines of at least `high` or at most `low`: as many pairs as there are, batch by batch, in
 * bounded memory. A batch job: store each batch with its `to`, and resume with `resumeFrom` after a stop.
 * @param vectors unit vectors of shape (rows, dims)
 * @throws MapShapeError (maps/shape) for a `resumeFrom` that is not a batch's `to`; ScanThreadError (maps/scan-thread)
 */
export async function* screenPairs(
  vectors: Float32Array,
  dims: number,
  cutoffs: { low: number; high: number },
  options: ScanOptions & { resumeFrom?: number } = {},
): AsyncGenerator<ScreenedPairs, void, void> {
  for await (const { from, to, answer } of scanVectors(vectors, dims, { beyond: cutoffs }, options))
    yield { from, to, pairs: answer.beyond! };
}
