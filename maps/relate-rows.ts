import type { Aggregated } from "./aggregate-units.ts";
import type { PerturbationGroup } from "./perturbation-group.ts";

/** Rows at length 1 with their lengths kept: what is compared by cosine. A row without length stays zero. */
export function relateRows({ rows, dims, vectors }: Pick<Aggregated, "rows" | "dims" | "vectors">): PerturbationGroup {
  const unit = new Float32Array(vectors.length);
  const norms = new Float32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    let square = 0;
    for (let j = 0; j < dims; j++) square += vectors[i * dims + j]! ** 2;
    const length = Math.sqrt(square);
    norms[i] = length;
    if (length > 0) for (let j = 0; j < dims; j++) unit[i * dims + j] = vectors[i * dims + j]! / length;
  }
  return { rows, dims, vectors: unit, norms };
}
