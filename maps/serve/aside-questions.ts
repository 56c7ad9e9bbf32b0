/** Questions that take a processor for long, each a function of plain data, so that a thread can answer them. */
import { fastProducts } from "../fast-products.ts";
import { clusterGroup } from "../group-clusters.ts";
import type { LinkageMethod, Merge } from "../linkage.ts";
import { type VectorHealth, type VectorSample, vectorHealth } from "../vector-health.ts";

/** Questions with all that they need: vectors of shape (rows, dims), their lengths. */
export interface AsideQuestions {
  health: VectorSample;
  clusters: {
    vectors: Float32Array;
    dims: number;
    norms: Float32Array;
    method: LinkageMethod;
    leaves: "tight" | "optimal";
  };
}

export interface AsideAnswers {
  health: VectorHealth;
  /** Children and order are positions among the rows. */
  clusters: { merges: Merge[]; order: number[] };
}

/** How each is answered, in whatever thread. */
export const ASIDE: { [K in keyof AsideQuestions]: (question: AsideQuestions[K]) => Promise<AsideAnswers[K]> } = {
  health: async (sample) => vectorHealth(sample),
  async clusters({ vectors, dims, norms, method, leaves }) {
    const positions = Array.from(norms, (_, i) => i);
    const products = fastProducts(vectors, dims);
    const group = { rows: [], dims, vectors, norms };
    const { merges, order } = await clusterGroup(group, positions, { method, leaves, products });
    return { merges, order };
  },
};
