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

/** A sequence that is empty, or longer than what is aligned. */
export class SequenceLengthError extends Error {
  readonly code = "editing/sequence-length";
  readonly what: string;
  readonly length: number;
  readonly shortest: number;
  readonly longest: number;
  constructor(what: string, length: number, shortest: number, longest: number) {
    super(
      `${what} has ${length} bases, expected ${shortest} to ${longest}. ${length < shortest ? "Give its sequence." : "Cut out the part that was amplified, or leave the read out."}`,
    );
    this.what = what;
    this.length = length;
    this.shortest = shortest;
    this.longest = longest;
  }
}

/** A cut that does not lie between two bases of its reference. */
export class CutPositionError extends Error {
  readonly code = "editing/cut-position";
  readonly cut: number;
  readonly referenceLength: number;
  constructor(cut: number, referenceLength: number) {
    super(
      `a cut has ${cut} bases of the reference on its left, expected a whole number from 1 to ${referenceLength - 1}. Check that the guide lies within the amplicon.`,
    );
    this.cut = cut;
    this.referenceLength = referenceLength;
  }
}

/** An alignment scheme under which the best alignment has no meaning. */
export class AlignmentSchemeError extends Error {
  readonly code = "editing/alignment-scheme";
  readonly field: string;
  readonly found: number;
  readonly expected: string;
  constructor(field: string, found: number, expected: string) {
    super(`the alignment scheme has ${field} ${found}, expected ${expected}. Change it, or leave the scheme out for the field's own.`);
    this.field = field;
    this.found = found;
    this.expected = expected;
  }
}
