/** One row of a perturbation group: a gene knocked out, or a compound at a dose. */
export interface GroupRow {
  /** The product's identity: "gene:TSC2", "compound:C4". */
  perturbation: string;
  type: "gene" | "compound" | "other";
  symbol: string;
  /** µM; null for what has no dose. */
  concentration: number | null;
  /** Units (wells) that the vector is made of. */
  units: number;
  /** Experiment whose units alone made the vector; null: all together. */
  experiment: string | null;
  /** Chromosome arm of a gene, "16p"; null when unknown. */
  arm: string | null;
  /** Permutation p of replicate consistency; null with one unit. */
  consistencyP: number | null;
}

/** Vectors of perturbations that are compared with each other: one transformation of one build. */
export interface PerturbationGroup {
  rows: readonly GroupRow[];
  dims: number;
  /** Unit vectors, of shape (rows, dims), row-major; zeros for a row without length. */
  vectors: Float32Array;
  /** Lengths before they were taken off, of shape (rows). */
  norms: Float32Array;
}
