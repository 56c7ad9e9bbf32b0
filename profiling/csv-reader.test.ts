import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { numberOf } from "./csv-cell.ts";
import { readHeader } from "./csv-header.ts";
import { type NumberRows, readRows } from "./csv-reader.ts";
import { decodeText, splitRecords } from "./csv-text.ts";

function rowsOf(width: number): NumberRows {
  return { file: "Cells.csv", width, rowCount: 0, values: new Float64Array(0), line: 2 };
}

function readAll(text: string, width: number, cuts: readonly number[] = []): { rows: NumberRows; texts: string[] } {
  const bytes = new TextEncoder().encode(text);
  const texts: string[] = [];
  const rows: NumberRows = {
    ...rowsOf(width),
    onText: (column, cell, line) => texts.push(`${line}:${column} ${cell}`),
  };
  const ends = [...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
  let rest = new Uint8Array(0);
  let from = 0;
  for (const end of ends) {
    const piece = new Uint8Array([...rest, ...bytes.subarray(from, end)]);
    const used = readRows(piece, rows, end === bytes.length);
    rest = piece.slice(used);
    from = end;
  }
  return { rows, texts };
}

function valuesOf({ values, rowCount, width }: NumberRows): number[][] {
  return Array.from({ length: rowCount }, (_, i) => [...values.subarray(i * width, (i + 1) * width)]);
}

describe("reading rows of numbers", () => {
  it("reads numbers, missing cells, either line end, and a last line without one", () => {
    const { rows } = readAll("1,2.5,nan\r\n,-3e2,None\n\n7,8,9", 3);
    expect(valuesOf(rows)).toEqual([
      [1, 2.5, Number.NaN],
      [Number.NaN, -300, Number.NaN],
      [7, 8, 9],
    ]);
  });

  it("reads quoted fields with commas, quotes and newlines, and keeps the count of lines", () => {
    const { rows, texts } = readAll('"1","a, ""b""\nc",3\n4,x,6\n', 3);
    expect(valuesOf(rows)).toEqual([
      [1, Number.NaN, 3],
      [4, Number.NaN, 6],
    ]);
    expect(texts).toEqual(['2:1 a, "b"\nc', "4:1 x"]);
  });

  it("reads the same whatever pieces the file comes in", () => {
    const cell = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.constantFrom("", "nan", "inf", '"1.5"', '"a\nb"', '"say ""no"""', "text", "1e400", "12345678901234567890"),
    );
    const table = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        table,
        fc.array(fc.nat(400), { maxLength: 6 }),
        fc.constantFrom("\n", "\r\n"),
        (records, cuts, end) => {
          const text = `${records.map((record) => record.join(",")).join(end)}${end}`;
          const expected = splitRecords(text, "t.csv").map(({ cells }) => cells.map(numberOf));
          const found = valuesOf(readAll(text, 3, cuts).rows);
          expect(found).toEqual(expected.filter((cells) => cells.length === 3));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("names file and line of a ragged row, of an open quote and of a NUL byte", () => {
    expect(() => readAll("1,2\n3\n", 2)).toThrow(/Cells\.csv, line 3: 1 cells, expected 2/);
    expect(() => readAll("1,2,3\n", 2)).toThrow(/line 2: 3 cells, expected 2/);
    expect(() => readAll('1,"2\n3,4\n', 2)).toThrow(/line 2: a quoted field begins here and never ends/);
    expect(() => readAll("1,\u0000x\n", 2)).toThrow(/NUL byte/);
  });
});

describe("reading headers", () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

  it("skips a byte-order mark and takes quoted names", () => {
    expect(readHeader(bytes('\ufeffImageNumber,"a,b"\n1,2\n'), "f", 1, true)).toEqual({
      names: ["ImageNumber", "a,b"],
      bytes: 21,
      line: 2,
    });
  });

  it("takes compartments from a munged table's first line", () => {
    const header = readHeader(bytes("Image,Cells,Nuclei\nImageNumber,Area,Area\n1,2,3\n"), "f", 2, true);
    expect(header).toMatchObject({
      names: ["ImageNumber", "Area", "Area"],
      compartments: ["Image", "Cells", "Nuclei"],
      line: 3,
    });
  });

  it("waits for more bytes when the header is not complete", () => {
    expect(readHeader(bytes("ImageNumber,Obj"), "f", 1, false)).toBeUndefined();
  });

  it("refuses an empty file, a repeated column, UTF-16 and Latin-1", () => {
    expect(() => readHeader(bytes(""), "f", 1, true)).toThrow(/the file has no byte/);
    expect(() => readHeader(bytes("a,b,a\n"), "f", 1, true)).toThrow(/column "a" appears twice \(1 and 3\)/);
    expect(() => readHeader(new Uint8Array(Buffer.from("\ufeffa,b\n", "utf16le")), "f", 1, true)).toThrow(/UTF-16/);
    expect(() => readHeader(new Uint8Array(Buffer.from("a,µ\n", "latin1")), "f", 1, true)).toThrow(/byte 0xb5/);
  });

  it("names the line of the first byte that is not UTF-8", () => {
    expect(() => decodeText(new Uint8Array(Buffer.from("a,b\n1,ü\n", "latin1")), "Image.csv")).toThrow(
      /Image\.csv, line 2: found the byte 0xfc/,
    );
    // 0xe9 begins a character of three bytes, which the next byte breaks off.
    expect(() => decodeText(new Uint8Array(Buffer.from("ä\na,é\n1,2\n", "latin1")), "Image.csv")).toThrow(/0xe4/);
    expect(() => decodeText(new Uint8Array(Buffer.from("a\nTéxture,b\n", "latin1")), "f")).toThrow(/line 2: .*0xe9/);
    expect(() => decodeText(new Uint8Array(Buffer.from("a,b\n1,é", "latin1")), "f")).toThrow(/line 2: .*0xe9/);
  });
});
