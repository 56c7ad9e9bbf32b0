import { readCell } from "./csv-cell.ts";
import { refuseRepeated, splitRecords } from "./csv-text.ts";
import { EmptyTableError, RaggedRowError } from "./ingest-errors.ts";
import { type MetadataCell, type Profiles, profilesOf } from "./profiles.ts";
import { NoFeaturesError, NonNumericFeatureError, ProfileFormatError } from "./statistics-errors.ts";

/** Whether a column is a feature, by its name. */
export type IsFeature = (name: string) => boolean;

/** Features as pycytominer infers them: of the compartments Cells, Cytoplasm and Nuclei. */
export function isCompartmentFeature(name: string): boolean {
  return /^(?:Cells|Cytoplasm|Nuclei)/.test(name);
}

/**
 * Reads profiles from comma-separated text in pieces, so that only the numbers are held. Metadata columns are numbers when every present
 * cell is one without leading zeros (bar codes keep theirs); feature columns have to be.
 * @param pieces UTF-8, already unzipped
 * @param source names the file in errors
 * @throws EmptyTableError (profiling/empty-table), RaggedRowError (profiling/ragged-row), RepeatedColumnError
 * (profiling/repeated-column), UnclosedQuoteError (profiling/unclosed-quote), NonNumericFeatureError (profiling/non-numeric-feature),
 * NoFeaturesError (profiling/no-features), ProfileFormatError (profiling/profile-format) for what is not UTF-8
 */
export async function readProfileCsv(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  source: string,
  isFeature: IsFeature = isCompartmentFeature,
): Promise<Profiles> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const rows = new ProfileRows(source, isFeature);
  let rest = "";
  try {
    for await (const piece of pieces) {
      rest += decoder.decode(piece, { stream: true });
      const end = lastRecordEnd(rest);
      if (end === 0) continue;
      rows.take(rest.slice(0, end));
      rest = rest.slice(end);
    }
    rest += decoder.decode();
  } catch (error) {
    if (error instanceof TypeError)
      throw new ProfileFormatError(source, "is not UTF-8 text. Save it again as UTF-8, or decompress it first.");
    throw error;
  }
  if (rest !== "") rows.take(rest);
  return rows.profiles();
}

/** End of the last newline outside of quotes, 0 when there is none. */
function lastRecordEnd(text: string): number {
  if (!text.includes('"')) return text.lastIndexOf("\n") + 1;
  let [end, open] = [0, false];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 34) open = !open;
    else if (code === 10 && !open) end = at + 1;
  }
  return end;
}

/** Rows as they come: features in blocks of numbers, metadata as texts until all are known. */
class ProfileRows {
  private readonly source: string;
  private readonly isFeature: IsFeature;
  private header: string[] | undefined;
  private features: number[] = [];
  private metadata: { name: string; index: number; cells: string[] }[] = [];
  private readonly blocks: Float64Array[] = [];
  private readonly texts = new Map<number, { row: number; found: string }>();
  private line = 0;
  private rowCount = 0;

  constructor(source: string, isFeature: IsFeature) {
    this.source = source;
    this.isFeature = isFeature;
  }

  take(text: string): void {
    const records = splitRecords(text, this.source);
    if (this.header === undefined) {
      const header = records.shift()?.cells;
      if (header === undefined) return;
      refuseRepeated(header, this.source, 1);
      this.header = header;
      header.forEach((name, index) => {
        if (this.isFeature(name)) this.features.push(index);
        else this.metadata.push({ name, index, cells: [] });
      });
    }
    const block = new Float64Array(records.length * this.features.length);
    let at = 0;
    for (const { cells, line } of records) {
      if (cells.length !== this.header.length)
        throw new RaggedRowError(this.source, this.line + line, cells.length, this.header.length);
      this.rowCount++;
      for (const { index, cells: column } of this.metadata) column.push(cells[index]!);
      for (const index of this.features) {
        const cell = cells[index]!;
        let value = isPlainStart(cell) ? Number(cell) : Number.NaN;
        if (Number.isNaN(value)) {
          const read = readCell(cell);
          if (read.kind === "number") value = read.value;
          else if (read.kind === "text" && !this.texts.has(index))
            this.texts.set(index, { row: this.rowCount, found: cell });
        }
        block[at++] = value;
      }
    }
    this.blocks.push(block);
    for (let place = text.indexOf("\n"); place >= 0; place = text.indexOf("\n", place + 1)) this.line++;
  }

  profiles(): Profiles {
    const header = this.header;
    if (header === undefined) throw new EmptyTableError(this.source, "the file has no byte");
    if (this.rowCount === 0) throw new EmptyTableError(this.source, "there is a header and no record");
    const [first] = this.texts.values();
    if (first !== undefined)
      throw new NonNumericFeatureError(
        this.source,
        [...this.texts.keys()].sort((a, b) => a - b).map((index) => header[index]!),
        first.row,
        first.found,
      );
    if (this.features.length === 0) throw new NoFeaturesError(this.source, header);
    const values = new Float64Array(this.rowCount * this.features.length);
    let at = 0;
    for (const block of this.blocks) {
      values.set(block, at);
      at += block.length;
    }
    return profilesOf(
      Object.fromEntries(this.metadata.map(({ name, cells }) => [name, metadataOf(cells)])),
      this.features.map((index) => header[index]!),
      values,
    );
  }
}

/** Begins like a decimal number, not like 0x10. */
function isPlainStart(cell: string): boolean {
  const first = cell.charCodeAt(0);
  const second = cell.charCodeAt(1);
  return ((first >= 48 && first <= 57) || first === 45 || first === 46) && !(second > 69 && second !== 101);
}

/** Cells of a metadata column as they are meant: numbers when every present one is a number without leading zeros. */
export function metadataOf(cells: readonly string[]): MetadataCell[] {
  const read = cells.map(readCell);
  const numeric =
    read.some(({ kind }) => kind === "number") &&
    read.every(({ kind }, i) => kind === "missing" || (kind === "number" && !/^[+-]?0\d/.test(cells[i]!)));
  return read.map((cell, i) => {
    if (cell.kind === "missing") return null;
    return numeric && cell.kind === "number" ? cell.value : cells[i]!;
  });
}
