/** A figure's specification could not be drawn. */
export class FigureError extends Error {
  readonly code = "figures/specification";
  readonly problem: string;
  constructor(problem: string) {
    super(`The figure cannot be drawn: ${problem}. Check the specification against the Vega-Lite schema.`);
    this.problem = problem;
  }
}
