/** A letter that stands for no base. */
export class AlphabetError extends Error {
  readonly code = "editing/alphabet";
  readonly what: string;
  readonly letter: string;
  readonly position: number;
  constructor(what: string, letter: string, position: number) {
    super(
      `${what}: ${JSON.stringify(letter)} at position ${position} is no base. Expected A, C, G, T or N; write an unknown base as N.`,
    );
    this.what = what;
    this.letter = letter;
    this.position = position;
  }
}

/** A run's sample sheet that does not say which files to wait for. */
export class RunSheetError extends Error {
  readonly code = "editing/run-sheet";
  readonly retryable = false;
  readonly source: string;
  readonly line: number;
  readonly problem: string;
  constructor(source: string, line: number, problem: string) {
    super(`${source}, line ${line}: ${problem}.`);
    this.source = source;
    this.line = line;
    this.problem = problem;
  }
}
