/** The trend of variance over mean could not be fitted. */
export class LoessError extends Error {
  readonly code = "expression/loess";
  readonly problem: string;
  readonly points: number;
  constructor(problem: string, points: number) {
    super(
      `The trend of variance over mean cannot be fitted: ${problem}. Local regression needs a few dozen genes of different means: drop genes seen in very few cells, raise the span, or use flavour "seurat".`,
    );
    this.problem = problem;
    this.points = points;
  }
}

/** Too many genes have the same mean for bins at percentiles. */
export class TiedBinsError extends Error {
  readonly code = "expression/tied-bins";
  readonly mean: number;
  readonly genes: number;
  constructor(mean: number, genes: number) {
    super(
      `Flavour "cell_ranger" puts genes into bins at the percentiles of their means, but ${genes} genes share the mean ${mean}. Drop genes seen in very few cells (--preset modern does), or use flavour "seurat".`,
    );
    this.mean = mean;
    this.genes = genes;
  }
}

/** A selection of highly variable genes was asked for that its input cannot give. */
export class GeneSelectionError extends Error {
  readonly code = "expression/gene-selection";
  readonly problem: string;
  constructor(problem: string) {
    super(`Highly variable genes cannot be chosen: ${problem}.`);
    this.problem = problem;
  }
}

/** The second thread of the passes over a matrix ended. */
export class PassThreadError extends Error {
  readonly code = "expression/pass-thread";
  readonly problem: string;
  constructor(problem: string) {
    super(
      `The thread that passes over half of the matrix ended: ${problem}. Most often memory ran out; run again with fewer matrices at a time.`,
    );
    this.problem = problem;
  }
}
