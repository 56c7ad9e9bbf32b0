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

/** A row number that a group does not have. */
export class UnknownRowError extends Error {
  readonly code = "maps/unknown-row";
  readonly row: number;
  readonly rows: number;
  constructor(row: number, rows: number) {
    super(
      `The group has no row ${row}: its rows are 0 to ${rows - 1}. Look the perturbation up in this version of the group first.`,
    );
    this.row = row;
    this.rows = rows;
  }
}

/** A tile that a heat map does not have. */
export class UnknownTileError extends Error {
  readonly code = "maps/unknown-tile";
  readonly level: number;
  readonly tileRow: number;
  readonly tileColumn: number;
  constructor(level: number, tileRow: number, tileColumn: number, levels: number) {
    super(
      `The heat map has no tile ${level}/${tileRow}/${tileColumn}: its levels are 0 to ${levels - 1}. Ask for a level and tile that its list of levels names.`,
    );
    this.level = level;
    this.tileRow = tileRow;
    this.tileColumn = tileColumn;
  }
}

/** A file of gene sets that cannot be read. */
export class GeneSetError extends Error {
  readonly code = "maps/gene-set";
  readonly file: string;
  readonly line: number;
  constructor(file: string, line: number, problem: string) {
    super(
      `${file}, line ${line} ${problem}. A GMT file has one set a line: name, description and symbols, separated by tabs.`,
    );
    this.file = file;
    this.line = line;
  }
}

/** An enrichment asked of genes that cannot be enriched. */
export class EnrichmentError extends Error {
  readonly code = "maps/enrichment";
  readonly strangers: readonly string[];
  constructor(strangers: readonly string[]) {
    const shown = strangers.slice(0, 5).join(", ") + (strangers.length > 5 ? ` and ${strangers.length - 5} more` : "");
    super(
      strangers.length === 0
        ? "No gene was chosen. Choose at least one gene of the group."
        : `Not among the genes of the group: ${shown}. Choose among the group's genes, for its genes are what an enrichment is measured against.`,
    );
    this.strangers = strangers;
  }
}

/** Replication between experiments asked of a group that is not split by experiment. */
export class MissingSplitError extends Error {
  readonly code = "maps/no-split";
  constructor() {
    super(
      "This group is not split by experiment, so no pair can be replicated. Leave that step out (replicated: null), or build the group with its wells.",
    );
  }
}
