/** Two arrays or matrices whose sizes do not fit together. */
export class ShapeError extends Error {
  readonly code = "numerics/shape";
  readonly operation: string;
  readonly found: string;
  readonly expected: string;
  constructor(operation: string, found: string, expected: string) {
    super(
      `${operation}: found ${found}, expected ${expected}. Check that both sides describe the same wells or features.`,
    );
    this.operation = operation;
    this.found = found;
    this.expected = expected;
  }
}

/** A matrix that a Cholesky factorisation cannot take. */
export class NotPositiveDefiniteError extends Error {
  readonly code = "numerics/not-positive-definite";
  readonly row: number;
  readonly pivot: number;
  constructor(row: number, pivot: number) {
    super(
      `The matrix is not positive definite: pivot ${row} is ${pivot}, expected a positive number. Add a ridge to the diagonal, or drop columns that are combinations of others.`,
    );
    this.row = row;
    this.pivot = pivot;
  }
}

/** An iteration that did not reach its tolerance. */
export class NoConvergenceError extends Error {
  readonly code = "numerics/no-convergence";
  readonly operation: string;
  readonly iterations: number;
  constructor(operation: string, iterations: number) {
    super(`${operation} did not converge in ${iterations} iterations. Look for infinite or NaN values in the input.`);
    this.operation = operation;
    this.iterations = iterations;
  }
}

/** A dose series that cannot carry a curve. */
export class DoseSeriesError extends Error {
  readonly code = "numerics/dose-series";
  readonly problem: string;
  readonly found: number;
  readonly expected: number;
  constructor(problem: string, found: number, expected: number) {
    super(
      `Dose series: found ${found} ${problem}, expected at least ${expected}. Add doses or wells, or report the means instead of a curve.`,
    );
    this.problem = problem;
    this.found = found;
    this.expected = expected;
  }
}
