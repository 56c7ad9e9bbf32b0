/** A letter that stands for no base. */
export class AlphabetError extends Error {
  readonly code = "editing/alphabet";
  readonly what: string;
  readonly letter: string;
  readonly position: number;
  constructor(
    what: string,
    letter: string,
    position: number,
    expected = "A, C, G, T or N; write an unknown base as N",
  ) {
    super(`${what}: ${JSON.stringify(letter)} at position ${position} is no base. Expected ${expected}.`);
    this.what = what;
    this.letter = letter;
    this.position = position;
  }
}

/** A file that is no FASTA, or is damaged. */
export class FastaError extends Error {
  readonly code = "editing/fasta";
  readonly file: string;
  readonly line: number;
  readonly problem: string;
  constructor(file: string, line: number, problem: string) {
    super(`${file}, line ${line}: ${problem}.`);
    this.file = file;
    this.line = line;
    this.problem = problem;
  }
}

/** A guide or a limit that cannot be searched with. */
export class GuideSearchError extends Error {
  readonly code = "editing/guide-search";
  readonly problem: string;
  constructor(problem: string) {
    super(problem);
    this.problem = problem;
  }
}

/** A file of genes that is neither GFF3 nor GTF, or is damaged. */
export class GeneFileError extends Error {
  readonly code = "editing/gene-file";
  readonly file: string;
  readonly line: number;
  readonly problem: string;
  constructor(file: string, line: number, problem: string) {
    super(`${file}, line ${line}: ${problem}.`);
    this.file = file;
    this.line = line;
    this.problem = problem;
  }
}
