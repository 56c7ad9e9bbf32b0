/** A Matrix Market file that breaks the format's rules, or uses a part of it that no expression matrix needs. */
export class MatrixMarketError extends Error {
  readonly code = "expression/matrix-market";
  readonly file: string;
  readonly line: number;
  readonly problem: string;
  constructor(file: string, line: number, problem: string) {
    super(`${file}, line ${line}: ${problem}`);
    this.file = file;
    this.line = line;
    this.problem = problem;
  }
}

/** A file with more or fewer entries than its header declares: usually a copy that was cut off. */
export class EntryCountError extends Error {
  readonly code = "expression/entry-count";
  readonly file: string;
  readonly declared: number;
  readonly found: number;
  constructor(file: string, declared: number, found: number) {
    super(
      `${file} declares ${declared} entries and holds ${found > declared ? "more" : `only ${found}`}. Copy or export it again; no statistics were made of a part.`,
    );
    this.file = file;
    this.declared = declared;
    this.found = found;
  }
}

/** An entry outside of the matrix. */
export class EntryIndexError extends Error {
  readonly code = "expression/entry-index";
  readonly file: string;
  readonly place: string;
  readonly axis: string;
  readonly index: number;
  readonly first: number;
  readonly last: number;
  constructor(file: string, place: string, axis: string, index: number, first: number, last: number) {
    const hint =
      first === 1 && index === 0
        ? " The file seems to count from 0: export it with indices from 1."
        : " Export it again.";
    super(`${file}, ${place}: ${axis} ${index} is outside of the matrix, expected ${first} to ${last}.${hint}`);
    this.file = file;
    this.place = place;
    this.axis = axis;
    this.index = index;
    this.first = first;
    this.last = last;
  }
}

/** A list of genes or cells that does not fit the matrix it belongs to. */
export class AxisLengthError extends Error {
  readonly code = "expression/axis-length";
  readonly file: string;
  readonly axis: string;
  readonly found: number;
  readonly expected: number;
  constructor(file: string, axis: string, found: number, expected: number) {
    super(
      `${file} lists ${found} ${axis}, the matrix has ${expected}. The files do not belong together, or one of them was cut off: export them again.`,
    );
    this.file = file;
    this.axis = axis;
    this.found = found;
    this.expected = expected;
  }
}

/** Entries that come back to a cell which is behind the reader; `ingest` answers by sorting on disk. */
export class CellOrderError extends Error {
  readonly code = "expression/cell-order";
  readonly file: string;
  readonly cell: number;
  readonly behind: number;
  constructor(file: string, cell: number, behind: number) {
    super(
      `${file}: an entry of cell ${cell} comes after cell ${behind}. Read its entries instead of its blocks: they need no order.`,
    );
    this.file = file;
    this.cell = cell;
    this.behind = behind;
  }
}

/** A column about cells that the matrix does not have. */
export class UnknownCellColumnError extends Error {
  readonly code = "expression/cell-column";
  readonly file: string;
  readonly column: string;
  readonly available: readonly string[];
  constructor(file: string, column: string, available: readonly string[]) {
    super(
      `${file} has no column "${column}" about its cells. ${available.length === 0 ? "It has none at all." : `It has ${available.join(", ")}.`}`,
    );
    this.file = file;
    this.column = column;
    this.available = available;
  }
}

/** A value that is no number: statistics of it would be none either. */
export class NotFiniteError extends Error {
  readonly code = "expression/not-finite";
  readonly file: string;
  readonly cell: number;
  readonly gene: string;
  readonly value: number;
  constructor(file: string, cell: number, gene: string, value: number) {
    super(
      `${file}: the value of gene ${gene} in cell ${cell + 1} is ${value}, expected a finite number. Export the matrix again, or name another layer.`,
    );
    this.file = file;
    this.cell = cell;
    this.gene = gene;
    this.value = value;
  }
}

/** A part of the matrix that is asked for, or needed, and not there. */
export class MissingPartError extends Error {
  readonly code = "expression/missing-part";
  readonly file: string;
  readonly part: string;
  readonly available: readonly string[];
  constructor(file: string, part: string, available: readonly string[]) {
    super(
      `${file} has no ${part}. ${available.length === 0 ? "Nothing like it is there." : `There is ${available.join(", ")}.`}`,
    );
    this.file = file;
    this.part = part;
    this.available = available;
  }
}

/** A file that is laid out in a way none of the readers knows. */
export class MatrixLayoutError extends Error {
  readonly code = "expression/matrix-layout";
  readonly file: string;
  readonly found: string;
  readonly expected: string;
  constructor(file: string, found: string, expected: string) {
    super(`${file}: found ${found}, expected ${expected}.`);
    this.file = file;
    this.found = found;
    this.expected = expected;
  }
}

/** A text table that cannot be read as a matrix of numbers. */
export class TextMatrixError extends Error {
  readonly code = "expression/text-matrix";
  readonly file: string;
  readonly line: number;
  readonly problem: string;
  constructor(file: string, line: number, problem: string) {
    super(`${file}, line ${line}: ${problem}`);
    this.file = file;
    this.line = line;
    this.problem = problem;
  }
}

/** Axes so long that what is kept of every cell and gene does not fit into the memory that was allowed. */
export class MatrixTooLargeError extends Error {
  readonly code = "expression/matrix-too-large";
  readonly file: string;
  readonly neededBytes: number;
  readonly allowedBytes: number;
  constructor(file: string, genes: number, cells: number, neededBytes: number, allowedBytes: number) {
    super(
      `${file}: ${genes} genes × ${cells} cells need ${Math.ceil(neededBytes / 2 ** 20)} MiB of memory, ${Math.floor(allowedBytes / 2 ** 20)} MiB are allowed. If the header is right, allow more.`,
    );
    this.file = file;
    this.neededBytes = neededBytes;
    this.allowedBytes = allowedBytes;
  }
}

/** A list of matrices that cannot be used. */
export class ManifestError extends Error {
  readonly code = "expression/manifest";
  readonly file: string;
  readonly row: number;
  readonly problem: string;
  constructor(file: string, row: number, problem: string) {
    super(
      `${file}${row > 0 ? `, matrix ${row}` : ""}: ${problem}. Each needs a project and a matrix, the key of its file.`,
    );
    this.file = file;
    this.row = row;
    this.problem = problem;
  }
}
