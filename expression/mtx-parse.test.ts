import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openMtx } from "./mtx-parse.ts";

async function* inPieces(text: string, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text, "latin1");
  const ends = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  let from = 0;
  for (const to of ends) {
    // A copy that is wiped afterwards: the parser must not look at a piece again.
    const piece = Buffer.from(bytes.subarray(from, to));
    yield piece;
    piece.fill(0x39);
    from = to;
  }
}

interface Read {
  header: unknown;
  entries: [number, number, number][];
}

async function read(text: string, cuts: readonly number[] = []): Promise<Read> {
  const { header, entries } = await openMtx(inPieces(text, cuts), "m.mtx");
  const found: [number, number, number][] = [];
  for await (const { count, rows, columns, values } of entries)
    for (let k = 0; k < count; k++) found.push([rows[k]!, columns[k]!, values[k]!]);
  return { header, entries: found };
}

const banner = (field = "integer"): string => `%%MatrixMarket matrix coordinate ${field} general\n`;

describe("openMtx", () => {
  it("reads the smallest file", async () => {
    const { header, entries } = await read(`${banner()}2 3 1\n2 3 7\n`);
    expect(header).toEqual({ field: "integer", rows: 2, columns: 3, entries: 1, lines: 2 });
    expect(entries).toEqual([[1, 2, 7]]);
  });

  it("reads real numbers in every form, comments, blank lines, tabs, carriage returns, no newline at the end", async () => {
    const body =
      "1 1 0.1\n\n%c\n  2\t2   1e3  \r\n3 3 -2.5\n4 4 +7\n5 5 12345678901234567890\n6 6 1.7976931348623157e308\n7 7 .5";
    const { entries } = await read(`${banner("real")}% comment\n%\n\n9 9 7\n${body}`);
    expect(entries.map(([, , value]) => value)).toEqual([
      0.1,
      1000,
      -2.5,
      7,
      Number("12345678901234567890"),
      1.7976931348623157e308,
      0.5,
    ]);
    expect(entries.map(([row]) => row)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("reads a pattern as ones, and a matrix without entries", async () => {
    expect((await read(`${banner("pattern")}2 2 2\n1 1\n2 1\n`)).entries).toEqual([
      [0, 0, 1],
      [1, 0, 1],
    ]);
    expect((await read(`${banner()}0 0 0`)).entries).toEqual([]);
  });

  it("gives what was written wherever the bytes are cut", async () => {
    const value = fc.oneof(
      fc.integer({ min: 0, max: 300 }).map(String),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.tuple(fc.nat(999_999), fc.nat(99_999)).map(([whole, part]) => `${whole}.${part}`),
    );
    const entry = fc.record({
      row: fc.integer({ min: 1, max: 40_000 }),
      column: fc.integer({ min: 1, max: 500 }),
      value,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { maxLength: 60 }),
        fc.array(fc.nat(3000), { maxLength: 40 }),
        async (list, cuts) => {
          const text = `${banner("real")}40000 500 ${list.length}\n${list.map(({ row, column, value }) => `${row} ${column} ${value}\n`).join("")}`;
          const { entries } = await read(text, cuts);
          expect(entries).toEqual(list.map(({ row, column, value }) => [row - 1, column - 1, Number(value)]));
        },
      ),
      { numRuns: 200 },
    );
  });

  it("reads more entries than one piece holds, cut at every 1,000 bytes", async () => {
    const count = 70_000;
    const text = `${banner()}${count} 1 ${count}\n${Array.from({ length: count }, (_, i) => `${i + 1} 1 ${(i % 9) + 1}\n`).join("")}`;
    const { entries } = await read(
      text,
      Array.from({ length: text.length / 1000 }, (_, i) => 1000 * i),
    );
    expect(entries.length).toBe(count);
    expect(entries.every(([row, , value], i) => row === i && value === (i % 9) + 1)).toBe(true);
  });

  it.each([
    ["no Matrix Market file", "gene,cell\n", "expression/matrix-market", /line 1: found "gene,cell"/],
    ["a dense one", "%%MatrixMarket matrix array real general\n2 2\n", "expression/matrix-market", /array form/],
    [
      "complex numbers",
      "%%MatrixMarket matrix coordinate complex general\n1 1 0\n",
      "expression/matrix-market",
      /complex/,
    ],
    [
      "a symmetric one",
      "%%MatrixMarket matrix coordinate real symmetric\n1 1 0\n",
      "expression/matrix-market",
      /symmetric/,
    ],
    ["a broken line of sizes", `${banner()}2 x 1\n1 1 1\n`, "expression/matrix-market", /line 2: found "2 x 1"/],
    ["a file that ends in its header", banner(), "expression/matrix-market", /ends before its line of sizes/],
    ["an empty file", "", "expression/matrix-market", /the file is empty/],
    ["impossible sizes", `${banner()}9999999999 2 1\n1 1 1\n`, "expression/matrix-market", /more than any matrix/],
    ["a line of two fields", `${banner()}2 2 2\n1 1 1\n2 1\n`, "expression/matrix-market", /line 4: found "2 1"/],
    ["a line of words", `${banner()}2 2 1\n1 a 1\n`, "expression/matrix-market", /line 3: found "1 a 1"/],
    ["a fraction as index", `${banner()}2 2 1\n1.5 1 1\n`, "expression/matrix-market", /line 3/],
    [
      "fewer entries than declared",
      `${banner()}2 2 3\n1 1 1\n2 1 1\n`,
      "expression/entry-count",
      /declares 3 entries and holds only 2/,
    ],
    ["more entries than declared", `${banner()}2 2 1\n1 1 1\n2 1 1\n`, "expression/entry-count", /holds more/],
    ["an index of 0", `${banner()}2 2 1\n% c\n0 1 1\n`, "expression/entry-index", /line 4: row 0 .* count from 0/],
    [
      "a row beyond the matrix",
      `${banner()}2 2 1\n3 1 1\n`,
      "expression/entry-index",
      /row 3 is outside of the matrix, expected 1 to 2/,
    ],
    ["a column beyond the matrix", `${banner()}2 2 1\n1 4294967297 1\n`, "expression/entry-index", /column 4294967297/],
    ["a negative index", `${banner()}2 2 1\n-1 1 1\n`, "expression/entry-index", /row -1/],
  ])("refuses %s", async (_, text, code, message) => {
    const attempt = read(text);
    await expect(attempt).rejects.toMatchObject({ code });
    await expect(attempt).rejects.toThrow(message);
  });

  it("refuses a line without end instead of keeping it all", async () => {
    const attempt = read(`${banner()}2 2 1\n${"1".repeat(200_000)}`, [100_000]);
    await expect(attempt).rejects.toThrow(/a line of more than 65536 bytes/);
  });

  it("keeps NaN for the next step to name its cell and gene", async () => {
    expect((await read(`${banner("real")}1 1 1\n1 1 nan\n`)).entries[0]?.[2]).toBeNaN();
  });
});
