import { varint } from "./sqlite-pages.ts";

/** Bytes of the value of each serial type below 12. */
const SIZES = Int32Array.of(0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0);

/**
 * Reads the columns of a record as numbers (sqlite.org/fileformat2.html, section 2.1). NULL is NaN.
 * @param places where each column of the record goes in `out` behind `base`, -1 to leave it out; of shape (columns)
 * @param onText told of each value that is text or binary; its place in `out` is NaN until then
 * @returns columns that the record holds; a record from before a column was added holds fewer
 */
export function readRecord(
  record: Uint8Array,
  view: DataView,
  places: Int32Array,
  out: Float64Array,
  base: number,
  onText: (column: number, bytes: Uint8Array | undefined) => void,
): number {
  const header = varint(record, 0);
  let at = header.next;
  let body = header.value;
  let column = 0;
  while (at < header.value) {
    let kind = record[at]!;
    if (kind < 0x80) at++;
    else {
      const long = varint(record, at);
      kind = long.value;
      at = long.next;
    }
    const size = kind < 12 ? SIZES[kind]! : (kind - (kind % 2 === 0 ? 12 : 13)) / 2;
    const place = column < places.length ? places[column]! : -1;
    if (place >= 0) {
      if (kind === 7) out[base + place] = view.getFloat64(body);
      else if (kind < 12) out[base + place] = whole(view, kind, body);
      else {
        out[base + place] = Number.NaN;
        onText(column, kind % 2 === 1 ? record.subarray(body, body + size) : undefined);
      }
    }
    body += size;
    column++;
  }
  return column;
}

function whole(view: DataView, kind: number, at: number): number {
  switch (kind) {
    case 1:
      return view.getInt8(at);
    case 2:
      return view.getInt16(at);
    case 3:
      return view.getInt8(at) * 65536 + view.getUint16(at + 1);
    case 4:
      return view.getInt32(at);
    case 5:
      return view.getInt16(at) * 4294967296 + view.getUint32(at + 2);
    case 6:
      return Number(view.getBigInt64(at));
    case 8:
      return 0;
    case 9:
      return 1;
    default:
      return Number.NaN;
  }
}
