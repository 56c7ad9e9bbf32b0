import { numberWriter } from "./number-bytes.ts";
import { pythonFloat, significantText } from "./number-text.ts";
import type { MetadataCell, Profiles } from "./profiles.ts";

/**
 * Profiles as comma-separated text in pieces of UTF-8, as pandas writes them: metadata, then features; numbers in their shortest exact form
 * with a decimal point (whole-numbered metadata without), missing cells empty. Pieces hold as those of `inPieces`.
 * @param digits significant digits of numbers with decimals, as `%.Ng`; default all
 * @param delimiter an ASCII character; default a comma
 */
export function profileCsvBytes(profiles: Profiles, digits?: number, delimiter = ","): Generator<Uint8Array> {
  return inPieces(csvRows(profiles, digits, delimiter));
}

function* csvRows(profiles: Profiles, digits: number | undefined, delimiter: string): Generator<Uint8Array | string> {
  const { features, values, rowCount } = profiles;
  const quote = (cell: string): string =>
    cell.includes(delimiter) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  const names = Object.keys(profiles.metadata);
  const columns = metadataTexts(profiles, digits).map((cells) => cells.map(quote));
  yield `${[...names, ...features].map(quote).join(delimiter)}\n`;
  const numbers = numberWriter();
  const width = features.length;
  for (let row = 0; row < rowCount; row++) {
    const cells = values.subarray(row * width, (row + 1) * width);
    yield columns.map((texts) => texts[row]!).join(delimiter);
    if (digits === undefined) yield afterMetadata(numbers.write(cells, delimiter, false));
    else yield afterMetadata(Array.from(cells, (value) => `${delimiter}${significantText(value, digits)}`).join(""));
    yield "\n";
  }

  /** Every number stands behind a delimiter, which the first cell of a line does not. */
  function afterMetadata<Text extends Uint8Array | string>(text: Text): Text {
    return (columns.length > 0 ? text : text.slice(1)) as Text;
  }
}

/**
 * The cells of each metadata column as they are written, before quoting; missing is empty.
 * @param digits of numbers with decimals; default all
 */
export function metadataTexts({ metadata, rowCount }: Profiles, digits?: number): string[][] {
  return Object.values(metadata).map((cells) => {
    const whole = cells.every((cell) => typeof cell === "number" && Number.isInteger(cell));
    const text = (cell: MetadataCell): string => {
      if (cell === null || typeof cell === "string") return cell ?? "";
      if (whole) return String(cell);
      if (Number.isNaN(cell)) return "";
      return digits === undefined ? pythonFloat(cell) : significantText(cell, digits);
    };
    return Array.from({ length: rowCount }, (_, row) => text(cells[row] ?? null));
  });
}

const PIECE_BYTES = 1 << 19;

/**
 * Parts of a text put together to pieces of about half a megabyte. A part may change once the next is asked for; a piece does once the one
 * after the next is, since two take turns.
 */
export function* inPieces(parts: Iterable<Uint8Array | string>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let piece = new Uint8Array(PIECE_BYTES);
  let other = new Uint8Array(0);
  let filled = 0;
  for (const part of parts) {
    const most = typeof part === "string" ? 3 * part.length : part.length;
    if (filled + most > piece.length) {
      if (filled > 0) yield piece.subarray(0, filled);
      [piece, other] = [other, piece];
      if (piece.length < Math.max(PIECE_BYTES, most)) piece = new Uint8Array(Math.max(PIECE_BYTES, most));
      filled = 0;
    }
    if (typeof part === "string") filled += encoder.encodeInto(part, piece.subarray(filled)).written;
    else {
      piece.set(part, filled);
      filled += part.length;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
