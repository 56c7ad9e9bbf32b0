import { decompressed, type ReadablePlace } from "@artesian/data";
import { TextMatrixError, UnknownCellColumnError } from "./errors.ts";
import { barcodeWarnings, keptGenes } from "./gene-list.ts";
import type { EntryBlock, MatrixBlock, MatrixSource, ReadCall } from "./matrix.ts";
import { delimiterOf, fieldsOf, textLines } from "./text-lines.ts";
import { entriesOf } from "./tree-source.ts";
import { scanNames } from "./unique-names.ts";

/** Which axis the lines of a text are. */
export type LineAxis = "genes" | "cells";

export interface CsvMatrixOptions extends ReadCall {
  /** What a line is about; default: what the names look like, else genes, as GEO's tables have it. */
  lines?: LineAxis;
}

interface TextShape {
  delimiter: string;
  /** Names in the first line, without the corner. */
  header: string[];
  /** First fields of the lines below, kept while they are needed. */
  lineNames: string[];
  lineCount: number;
}

const LINES_LOOKED_AT = 200;
const ENTRIES_IN_A_GO = 1 << 17;

/**
 * Opens a table of numbers with names in its first line and column: comma, tab or semicolon, compressed or not. The first line may lack the
 * corner, as R writes it. The file is read once for its names and once for its numbers, a line at a time.
 *
 * Which axis is genes: when the names along one axis look like genes (Ensembl identifiers, MT-, RPL …) or those along the other like
 * barcodes (eight letters or more of A, C, G, T), that tells; otherwise lines are genes.
 *
 * @throws TextMatrixError (expression/text-matrix) naming the line
 */
export async function openCsvMatrix(
  place: ReadablePlace,
  key: string,
  options: CsvMatrixOptions = {},
): Promise<MatrixSource> {
  const stream = (call: ReadCall = options): AsyncIterable<Uint8Array> => {
    const signal = call.signal ?? options.signal;
    return decompressed(place.stream(key, signal && { signal }), { name: key, ...(signal && { signal }) });
  };
  const { shape, lines } = await readShape(stream(), key, options.lines);
  const genesAreLines = lines === "genes";
  const geneNames = genesAreLines ? shape.lineNames : shape.header;
  const cellCount = genesAreLines ? shape.header.length : shape.lineCount;
  const { genes, warnings } = keptGenes(geneNames, geneNames);
  async function* names(): AsyncGenerator<string[]> {
    if (genesAreLines) yield shape.header;
    else for await (const batch of lineFields(stream(), key, shape.delimiter)) yield batch.map(([name = ""]) => name);
  }
  const barcodes = await scanNames(names());
  const blocks = (call?: ReadCall): AsyncGenerator<MatrixBlock> => cellLines(stream(call), key, shape);
  return {
    format: "csv",
    key,
    genes,
    cellCount,
    geneCount: geneNames.length,
    order: genesAreLines ? "genes" : "cells",
    warnings: [...warnings, ...barcodeWarnings(barcodes.duplicates)],
    columnNames: [],
    column: (name) => Promise.reject(new UnknownCellColumnError(key, name, [])),
    barcodes: () => barcodes.unique(names()),
    blocks,
    entries: (call) => (genesAreLines ? geneLines(stream(call), key, shape) : entriesOf(blocks(call))),
    close: async () => {},
  };
}

async function readShape(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
  asked: LineAxis | undefined,
): Promise<{ shape: TextShape; lines: LineAxis }> {
  let header: string[] | undefined;
  let delimiter = "";
  const lineNames: string[] = [];
  let lines = asked;
  let lineCount = 0;
  for await (const batch of textLines(chunks, file)) {
    let from = 0;
    if (header === undefined) {
      delimiter = delimiterOf(batch[0] ?? "");
      header = fieldsOf(batch[0] ?? "", delimiter).map((name) => name.trim());
      from = 1;
    }
    for (let i = from; i < batch.length; i++) {
      const line = batch[i]!;
      lineCount++;
      if (lineCount === 1) header = withoutCorner(header, fieldsOf(line, delimiter).length, file);
      // Names of cells can be millions: they are read again when they are needed.
      if (lines !== "cells") lineNames.push(nameIn(line, delimiter));
      if (lines === undefined && lineCount === LINES_LOOKED_AT) lines = guessLines(header, lineNames);
      if (lines === "cells") lineNames.length = 0;
    }
  }
  if (header === undefined) throw new TextMatrixError(file, 1, "the file is empty. Copy it again.");
  if (lineCount === 0)
    throw new TextMatrixError(file, 2, "there is a line of names and no line of numbers. Copy it again.");
  lines ??= guessLines(header, lineNames);
  if (lines === "cells") lineNames.length = 0;
  return { shape: { delimiter, header, lineNames, lineCount }, lines };
}

function withoutCorner(header: string[], fields: number, file: string): string[] {
  if (header.length === fields) return header.slice(1);
  if (header.length === fields - 1) return header;
  throw new TextMatrixError(
    file,
    2,
    `${fields} fields, the first line has ${header.length}. Expected as many, or one more (a name before the numbers).`,
  );
}

function nameIn(line: string, delimiter: string): string {
  if (line.startsWith('"')) return (fieldsOf(line, delimiter)[0] ?? "").trim();
  const end = line.indexOf(delimiter);
  return (end < 0 ? line : line.slice(0, end)).trim();
}

const GENE = /^(?:ENS[A-Z]*G\d{5,}|(?:MT-|RP[LS]\d)\w+|ACTB|GAPDH|B2M|MALAT1|CD\d+[A-Z]?)/i;
const BARCODE = /[ACGT]{8,}/;

/** @returns the axis that lines are, by what the names look like */
export function guessLines(header: readonly string[], lineNames: readonly string[]): LineAxis {
  const share = (names: readonly string[], pattern: RegExp): number =>
    names.reduce((sum, name) => sum + (pattern.test(name) ? 1 : 0), 0) / Math.max(1, names.length);
  const first = header.slice(0, 100_000);
  const forGenes = share(lineNames, GENE) + share(first, BARCODE);
  const forCells = share(first, GENE) + share(lineNames, BARCODE);
  return forCells > forGenes ? "cells" : "genes";
}

async function* lineFields(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
  delimiter: string,
): AsyncGenerator<string[][]> {
  let skip = 1;
  for await (const batch of textLines(chunks, file)) {
    yield batch.slice(skip).map((line) => [nameIn(line, delimiter)]);
    skip = 0;
  }
}

/** The numbers of one line that are not zero: `visit(column, value)`. */
function readLine(
  line: string,
  number: number,
  file: string,
  shape: TextShape,
  visit: (column: number, value: number) => void,
): void {
  const { delimiter, header } = shape;
  if (line.includes('"')) {
    const fields = fieldsOf(line, delimiter);
    checkWidth(fields.length - 1, number, file, header.length);
    for (let column = 0; column < header.length; column++) {
      const value = numberOf(fields[column + 1] ?? "", number, file, header[column]!);
      if (value !== 0) visit(column, value);
    }
    return;
  }
  const mark = delimiter.charCodeAt(0);
  let at = line.indexOf(delimiter);
  let column = 0;
  while (at >= 0 && at < line.length) {
    const start = at + 1;
    const code = line.charCodeAt(start);
    const next = line.charCodeAt(start + 1);
    // "0" is what most fields are, a single digit most of the others.
    if (code >= 48 && code <= 57 && (next === mark || start + 1 === line.length)) {
      if (code !== 48) visit(column, code - 48);
      at = start + 1;
    } else {
      const end = line.indexOf(delimiter, start);
      at = end < 0 ? line.length : end;
      const value = numberOf(line.slice(start, at), number, file, header[column] ?? "");
      if (value !== 0) visit(column, value);
    }
    column++;
  }
  checkWidth(column, number, file, header.length);
}

function checkWidth(found: number, line: number, file: string, expected: number): void {
  if (found !== expected)
    throw new TextMatrixError(
      file,
      line,
      `${found} numbers, expected ${expected}. The file was cut off or is damaged: copy it again.`,
    );
}

function numberOf(text: string, line: number, file: string, column: string): number {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value))
    throw new TextMatrixError(
      file,
      line,
      `"${text.slice(0, 40)}" in column ${column} is no number. Write 0 where nothing was seen.`,
    );
  return value;
}

async function* cellLines(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
  shape: TextShape,
): AsyncGenerator<MatrixBlock> {
  const { header, lineCount } = shape;
  let cell0 = 0;
  let ends = [0];
  let genes = new Uint32Array(ENTRIES_IN_A_GO + header.length);
  let values = new Float64Array(ENTRIES_IN_A_GO + header.length);
  let k = 0;
  let number = 0;
  for await (const batch of textLines(chunks, file))
    for (const line of batch) {
      if (++number === 1) continue;
      readLine(line, number, file, shape, (column, value) => {
        genes[k] = column;
        values[k++] = value;
      });
      ends.push(k);
      if (k < ENTRIES_IN_A_GO && ends.length < ENTRIES_IN_A_GO) continue;
      yield { cell0, indptr: Uint32Array.from(ends), genes, values };
      cell0 += ends.length - 1;
      ends = [0];
      k = 0;
    }
  genes = genes.subarray(0, k);
  values = values.subarray(0, k);
  if (ends.length > 1) yield { cell0, indptr: Uint32Array.from(ends), genes, values };
  if (number - 1 !== lineCount)
    throw new TextMatrixError(file, number, "the file changed while it was read. Read it again.");
}

async function* geneLines(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
  shape: TextShape,
): AsyncGenerator<EntryBlock> {
  const size = ENTRIES_IN_A_GO + shape.header.length;
  const block: EntryBlock = {
    count: 0,
    genes: new Uint32Array(size),
    cells: new Uint32Array(size),
    values: new Float64Array(size),
  };
  let number = 0;
  for await (const batch of textLines(chunks, file))
    for (const line of batch) {
      if (++number === 1) continue;
      const gene = number - 2;
      readLine(line, number, file, shape, (column, value) => {
        block.genes[block.count] = gene;
        block.cells[block.count] = column;
        block.values[block.count++] = value;
      });
      if (block.count < ENTRIES_IN_A_GO) continue;
      yield block;
      block.count = 0;
    }
  if (block.count > 0) yield block;
  if (number - 1 !== shape.lineCount)
    throw new TextMatrixError(file, number, "the file changed while it was read. Read it again.");
}
