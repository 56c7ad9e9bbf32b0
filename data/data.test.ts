import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as data from "./index.ts";
import {
  canonicalJson,
  columnOf,
  folderStore,
  readCsv,
  readParquet,
  rowOf,
  sha256,
  tableFromRows,
  writeCsv,
  writeParquet,
} from "./index.ts";

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "artesian-data-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

it("exports exactly these names", () => {
  expect(Object.keys(data).sort()).toMatchInlineSnapshot(`
    [
      "AccessDeniedError",
      "AnnDataError",
      "ArrayTreeError",
      "BadKeyError",
      "BadPlaceError",
      "ChangedFileError",
      "CsvError",
      "DamagedGzipError",
      "ExpansionError",
      "ForeignFilterError",
      "Hdf5Error",
      "InvalidUriError",
      "KeyConflictError",
      "MissingBucketError",
      "MissingFileError",
      "MissingObjectError",
      "NumpyError",
      "PlateReaderError",
      "StoreUnreachableError",
      "TableShapeError",
      "TruncatedGzipError",
      "ZarrError",
      "ZipError",
      "canonicalJson",
      "cellText",
      "columnOf",
      "decompressed",
      "defineError",
      "digestOf",
      "folderPlace",
      "folderStore",
      "gunzip",
      "isGzip",
      "localFile",
      "locate",
      "openAnnDataMatrix",
      "openAnnDataTable",
      "openHdf5",
      "openPlace",
      "openZarr",
      "openZip",
      "plainColumn",
      "readCsv",
      "readDenseH5ad",
      "readDenseNpz",
      "readDenseZarr",
      "readNpy",
      "readParquet",
      "readPlateReader",
      "rowOf",
      "sha256",
      "sheetHeader",
      "tableFromRows",
      "tableOf",
      "textColumn",
      "threadOptions",
      "withLocalFile",
      "writeCsv",
      "writeDenseH5ad",
      "writeDenseZarr",
      "writeDurably",
      "writeParquet",
    ]
  `);
});

describe("canonicalJson", () => {
  it("gives equal text for equal values whatever the order of keys", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (record) => {
        const shuffled = Object.fromEntries(Object.entries(record).reverse());
        return canonicalJson(record) === canonicalJson(shuffled);
      }),
    );
  });
  it("keeps a member that is named as the prototype", () => {
    expect(canonicalJson(JSON.parse('{"b":1,"__proto__":[2]}'))).toBe('{"__proto__":[2],"b":1}');
  });
  it("can be parsed back to the value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe("folderStore", () => {
  it("returns the bytes that were put under their content's name", async () => {
    const store = folderStore(join(dir, "objects"));
    const ref = await store.put(new TextEncoder().encode("abc"));
    expect(ref).toEqual({ uri: `sha256:${sha256("abc")}`, sizeBytes: 3 });
    expect(new TextDecoder().decode(await store.get(ref.uri))).toBe("abc");
  });
  it("keeps one file when equal bytes are put twice at once, and no partial file", async () => {
    const store = folderStore(join(dir, "twice"));
    const bytes = new Uint8Array(1000).fill(7);
    const [a, b] = await Promise.all([store.put(bytes), store.put(bytes)]);
    expect(a).toEqual(b);
    const folder = a?.uri.slice(7, 9) ?? "";
    expect(await readdir(join(dir, "twice", folder))).toEqual([a?.uri.slice(9)]);
  });
  it("says which object is missing and refuses names that are paths", async () => {
    const store = folderStore(join(dir, "objects"));
    await expect(store.get(`sha256:${"0".repeat(64)}`)).rejects.toMatchObject({ code: "data/missing-object" });
    await expect(store.get("../../etc/passwd")).rejects.toMatchObject({ code: "data/invalid-uri" });
  });
});

describe("readCsv", () => {
  it("tells numbers from text and keeps leading zeros", () => {
    const table = readCsv('\uFEFFwell,dose,code,note\r\nA01,0.5,007,"a ""b"", c"\r\nA02,,010,\r\n');
    expect(rowOf(table, 0)).toEqual({ well: "A01", dose: 0.5, code: "007", note: 'a "b", c' });
    expect(rowOf(table, 1)).toEqual({ well: "A02", dose: null, code: "010", note: null });
  });
  it("names the line of a row that is too wide", () => {
    expect(() => readCsv("a,b\n1,2\n1,2,3\n", { source: "plate.csv" })).toThrow(/plate\.csv, line 3/);
  });
  it("refuses a repeated column and an empty text", () => {
    expect(() => readCsv("a,a\n1,2\n")).toThrow(/"a" appears twice/);
    expect(() => readCsv("")).toThrow(/is empty/);
  });
  it("reads tab-separated text", () => {
    expect(columnOf(readCsv("a\tb\n1\t2\n"), "b")?.values[0]).toBe(2);
  });
  it("reads back what writeCsv wrote, to the last bit", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ x: fc.double({ noNaN: true, noDefaultInfinity: true }), y: fc.string({ minLength: 1 }) }),
          { minLength: 1 },
        ),
        (rows) => {
          const table = tableFromRows(rows.map(({ x, y }) => ({ x: x === 0 ? 0 : x, y: `t${y}` })));
          expect(readCsv(writeCsv(table), { text: ["y"] })).toEqual(table);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("Parquet", () => {
  it("round-trips numbers, texts and missing values", async () => {
    const table = tableFromRows([
      { well: "A01", count: 3, x: 0.1 + 0.2 },
      { well: null, count: null, x: -1e-300 },
    ]);
    expect(await readParquet(writeParquet(table))).toEqual(table);
  });
});
