/** Vectors or wells whose sizes do not fit together. */
export class MapShapeError extends Error {
  readonly code = "maps/shape";
  readonly part: string;
  readonly found: number;
  readonly expected: number;
  constructor(part: string, found: number, expected: number) {
    super(`${part}: found ${found}, expected ${expected}. Give one entry a well, and vectors of one length.`);
    this.part = part;
    this.found = found;
    this.expected = expected;
  }
}

/** A direction or similarity asked of a vector without length. */
export class ZeroVectorError extends Error {
  readonly code = "maps/zero-vector";
  readonly part: string;
  constructor(part: string) {
    super(`${part} has length 0, so it has no direction. Check that the wells differ from their controls.`);
    this.part = part;
  }
}

/** Controls that do not allow a phenoprint. */
export class PhenoprintRefusedError extends Error {
  readonly code = "maps/phenoprint-refused";
  readonly reason: string;
  readonly remedy: string;
  constructor(reason: string, remedy: string) {
    super(`No phenoprint: ${reason}. ${remedy}`);
    this.reason = reason;
    this.remedy = remedy;
  }
}

/** A thread that scanned vectors ended before its work did. */
export class ScanThreadError extends Error {
  readonly code = "maps/scan-thread";
  readonly problem: string;
  constructor(problem: string) {
    super(
      `A thread that compared vectors failed: ${problem}. Most often memory ran out; use fewer threads and resume from the last block kept.`,
    );
    this.problem = problem;
  }
}
