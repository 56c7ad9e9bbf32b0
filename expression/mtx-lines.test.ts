import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CAPACITY, lineParser } from "./mtx-lines.ts";
import { plainLines } from "./plain-lines.ts";

const ROWS = 40_000;
const COLUMNS = 123_456_789;

/** What the kernel makes of a text that ends with a newline: entries, and the line at which it stopped. */
function kernelReads(text: string) {
  const { rows, columns, values, parse } = plainLines(ROWS, COLUMNS, 1000);
  const bytes = Buffer.from(text, "latin1");
  const { count, stopped } = parse(bytes, 0, bytes.length, 0);
  const entries = Array.from({ length: count }, (_, k) => [rows[k]! + 1, columns[k]! + 1, values[k]!]);
  return { entries, rest: text.slice(stopped) };
}

/** The same by a regular expression and `Number`. */
function plainly(text: string) {
  const entries: number[][] = [];
  let at = 0;
  for (;;) {
    const line = /^(\d{1,8}) (\d{1,8}) ((\d{1,8})(\.\d*)?)\n/.exec(text.slice(at));
    if (line === null) break;
    const [row, column, value] = [line[1], line[2], line[3]].map(Number) as [number, number, number];
    if (row < 1 || row > ROWS || column < 1 || column > COLUMNS || line[3]!.length > 15) break;
    entries.push([row, column, value]);
    at += line[0].length;
  }
  return { entries, rest: text.slice(at) };
}

const digits = (longest: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.nat(10 ** longest - 1).map(String),
    fc.array(fc.constantFrom(..."0123456789"), { minLength: 1, maxLength: longest + 1 }).map((list) => list.join("")),
  );
const index = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1, max: ROWS }).map(String) },
  { weight: 1, arbitrary: digits(9) },
);
const value = fc.oneof(
  fc.integer({ min: 0, max: 300 }).map(String),
  digits(8),
  fc.tuple(digits(4), digits(12)).map(([whole, part]) => `${whole}.${part}`),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom("", ".5", "5.", "-1", "+1", "1e3", "nan", "1 1", "1\r", "1 ", "0.1.2"),
);
const plainLine = fc
  .tuple(fc.integer({ min: 1, max: ROWS }), fc.integer({ min: 1, max: 99_999_999 }), fc.integer({ min: 0, max: 9999 }))
  .map((numbers) => `${numbers.join(" ")}\n`);
const anyLine = fc.oneof(
  { weight: 5, arbitrary: plainLine },
  { weight: 5, arbitrary: fc.tuple(index, index, value).map((words) => `${words.join(" ")}\n`) },
  { weight: 1, arbitrary: fc.string({ maxLength: 60 }).map((text) => `${text.replaceAll("\n", "")}\n`) },
);

describe("the kernel for plain lines", () => {
  it("reads what a regular expression reads, and stops at the first line that is not plain", () => {
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 30 }), (lines) => {
        const text = lines.join("");
        expect(kernelReads(text)).toEqual(plainly(text));
      }),
      { numRuns: 1500 },
    );
  });

  it("takes no byte for a digit or a blank that is none", () => {
    for (let byte = 0; byte < 256; byte++) {
      const odd = String.fromCharCode(byte);
      for (const text of [`1${odd}2 3\n`, `1 2${odd}3\n`, `1 2 3${odd}4 5 6\n`, `${odd}1 2 3\n`, `1 2 3${odd}\n`])
        expect(kernelReads(text), JSON.stringify(text)).toEqual(plainly(text));
    }
  });

  it("goes on where its arrays were full, and across more text than it holds at once", () => {
    const count = 50_000;
    const text = Array.from({ length: count }, (_, i) => `${(i % ROWS) + 1} ${i + 1} ${i % 1000}\n`).join("");
    const bytes = Buffer.from(text);
    const { rows, columns, values, parse } = plainLines(ROWS, COLUMNS, 999);
    let at = 0;
    for (let i = 0; at < bytes.length; ) {
      const { count: found, stopped } = parse(bytes, at, bytes.length, 0);
      expect(stopped).toBeGreaterThan(at);
      for (let k = 0; k < found; k++, i++)
        if (rows[k] !== i % ROWS || columns[k] !== i || values[k] !== i % 1000) throw new Error(`entry ${i} differs`);
      at = stopped;
    }
    expect(columns[(count % 999) - 1]).toBe(count - 1);
  });
});

describe("a parser of lines", () => {
  it("reads any form after a plain one, and counts the lines that it skips", () => {
    const header = { field: "real" as const, rows: 9, columns: 9, entries: 5, lines: 3 };
    const text = Buffer.from("1 2 3\n\n% c\n  4\t5   6e1\n7 8 9.5\n1 1 1\r\n2 2 2\n");
    const parser = lineParser(header, "m.mtx");
    expect(parser.parse(text, 0, text.length)).toBe(text.length);
    const { count, rows, columns, values } = parser.out;
    expect([...rows.subarray(0, count)]).toEqual([0, 3, 6, 0, 1]);
    expect([...columns.subarray(0, count)]).toEqual([1, 4, 7, 0, 1]);
    expect([...values.subarray(0, count)]).toEqual([3, 60, 9.5, 1, 2]);
    const more = Buffer.from("% more\n0 1 1\n");
    expect(() => parser.parse(more, 0, more.length)).toThrow("line 12");
    expect(rows.length).toBe(CAPACITY);
  });
});
