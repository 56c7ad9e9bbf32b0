/** A figure's specification could not be drawn. */
export class FigureError extends Error {
  readonly code = "figures/specification";
  readonly problem: string;
  constructor(problem: string) {
    super(`The figure cannot be drawn: ${problem}. Check the specification against the Vega-Lite schema.`);
    this.problem = problem;
  }
}

/** An SVG document could not be made a picture. */
export class PictureError extends Error {
  readonly code = "figures/picture";
  readonly problem: string;
  constructor(problem: string, options?: ErrorOptions) {
    super(
      `The figure cannot be made a picture: ${problem}. Give a whole SVG document with its images inside, of a smaller size or scale.`,
      options,
    );
    this.problem = problem;
  }
}
