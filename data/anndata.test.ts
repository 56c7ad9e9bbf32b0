import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as h5wasm from "h5wasm/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAnnDataMatrix, openAnnDataTable, textColumn } from "./anndata.ts";
import { wideIntegers } from "./array-tree.ts";
import { openHdf5 } from "./hdf5.ts";
import { folderPlace } from "./place-folder.ts";
import { openZarr } from "./zarr.ts";
import { openZip } from "./zip.ts";

let folder = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "artesian-anndata-"));
  await h5wasm.ready;
});
afterAll(() => rmSync(folder, { recursive: true }));

const fixture = (name: string): string => join(import.meta.dirname, "fixtures", name);

function write(name: string, fill: (file: h5wasm.File) => void): string {
  const path = join(folder, name);
  const file = new h5wasm.File(path, "w");
  fill(file);
  file.close();
  return path;
}

describe("an HDF5 file", () => {
  it("gives numbers of every width, wide integers as doubles, booleans and texts", async () => {
    const path = write("types.h5", (file) => {
      file.create_dataset({ name: "i8", data: Int8Array.of(-1, 2) });
      file.create_dataset({ name: "u16", data: Uint16Array.of(1, 65_535) });
      file.create_dataset({ name: "i64", data: BigInt64Array.of(-1n, -(2n ** 40n), 2n ** 53n, 7n) });
      file.create_dataset({ name: "u64", data: BigUint64Array.of(2n ** 40n + 3n) });
      file.create_dataset({ name: "f64", data: Float64Array.of(0.1, Number.NaN) });
      file.create_dataset({ name: "text", data: ["a", "βeta", ""] });
      file.create_dataset({ name: "fixed", data: ["ab", "c"], dtype: "S4" });
      file.create_dataset({ name: "plane", data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] });
      file.create_dataset({ name: "none", data: new Float32Array(0), shape: [0] });
      file.create_group("g").create_attribute("n", 5);
    });
    const tree = await openHdf5(path, "types");
    const numbers = async (name: string) => Array.from(await (await tree.array(name)).numbers());
    expect(await numbers("i8")).toEqual([-1, 2]);
    expect(await numbers("u16")).toEqual([1, 65_535]);
    expect(await numbers("i64")).toEqual([-1, -(2 ** 40), 2 ** 53, 7]);
    expect(await numbers("u64")).toEqual([2 ** 40 + 3]);
    expect(await numbers("f64")).toEqual([0.1, Number.NaN]);
    expect(await numbers("none")).toEqual([]);
    expect(await (await tree.array("text")).texts()).toEqual(["a", "βeta", ""]);
    expect(await (await tree.array("fixed")).texts([1, 2])).toEqual(["c"]);
    const plane = await tree.array("plane");
    expect([
      ...(await plane.numbers([
        [0, 2],
        [1, 3],
      ])),
    ]).toEqual([2, 3, 5, 6]);
    for (const [name, range] of [
      ["i64", [1, 3]],
      ["u16", [1, 2]],
      ["f64", [0, 1]],
    ] as const) {
      const array = await tree.array(name);
      expect([...(await array.borrowNumbers(range))]).toEqual([...(await array.numbers([range]))]);
    }
    expect(await tree.keys("g")).toEqual([]);
    expect(Number((await tree.attributes("g")).n)).toBe(5);
    expect([await tree.kind("g"), await tree.kind("i8"), await tree.kind("g/none")]).toEqual([
      "group",
      "array",
      undefined,
    ]);
    await tree.close();
    await tree.close();
  });

  it("says what is not there, or of another kind", async () => {
    const tree = await openHdf5(join(folder, "types.h5"), "types");
    await expect(tree.array("absent/x")).rejects.toThrow("types: absent/x is absent, expected an array");
    await expect(tree.array("g")).rejects.toMatchObject({ code: "data/array-tree", found: "a group" });
    await expect((await tree.array("text")).numbers()).rejects.toThrow("text is of text, expected numbers");
    await expect((await tree.array("i8")).texts()).rejects.toThrow("expected texts");
    await expect(tree.keys("i8")).rejects.toThrow("an array, expected a group");
    await tree.close();
  });

  it("names a filter that does not come with HDF5, and big-endian numbers", async () => {
    const tree = await openHdf5(fixture("hdf5-lzf.h5"), "a.h5");
    await expect(tree.array("x")).rejects.toMatchObject({
      code: "data/hdf5-filter",
      message: expect.stringMatching(/a\.h5: x is compressed with LZF.*h5repack/),
    });
    await expect(tree.array("y")).rejects.toThrow("y is of big-endian numbers");
    await tree.close();
  });

  it("is found behind a user block, and nothing else is taken for one", async () => {
    const tree = await openHdf5(fixture("hdf5-user-block.h5"));
    expect([...(await (await tree.array("x")).numbers())]).toEqual([4, 5]);
    await tree.close();
    const plain = join(folder, "plain.bin");
    writeFileSync(plain, Buffer.alloc(5000, 1));
    await expect(openHdf5(plain, "plain")).rejects.toMatchObject({ code: "data/hdf5" });
  });
});

describe("AnnData", () => {
  it("reads nullable and categorical columns with what is missing, booleans, and an index of categories", async () => {
    const path = write("columns.h5ad", (file) => {
      const obs = file.create_group("obs");
      obs.create_attribute("_index", "names");
      obs.create_attribute("column-order", ["score", "kind", "ok", "flag"]);
      const nullable = (name: string, data: Int32Array) => {
        const group = obs.create_group(name);
        group.create_attribute("encoding-type", "nullable-integer");
        group.create_dataset({ name: "values", data });
        group.create_dataset({ name: "mask", data: Uint8Array.of(0, 1, 0) });
      };
      nullable("score", Int32Array.of(7, 0, 9));
      for (const [name, levels] of [
        ["kind", ["a", "b"]],
        ["names", ["c2", "c1", "c0"]],
      ] as const) {
        const group = obs.create_group(name);
        group.create_attribute("encoding-type", "categorical");
        group.create_dataset({ name: "codes", data: name === "kind" ? Int8Array.of(1, -1, 0) : Int8Array.of(2, 1, 0) });
        group.create_dataset({ name: "categories", data: [...levels] });
      }
      obs.create_dataset({ name: "ok", data: Float32Array.of(1, 2, 3) });
      const odd = obs.create_group("flag");
      odd.create_attribute("encoding-type", "no-such");
    });
    const tree = await openHdf5(path, "columns.h5ad");
    const obs = await openAnnDataTable(tree, "obs");
    expect([obs.rowCount, obs.columnNames]).toEqual([3, ["score", "kind", "ok", "flag"]]);
    expect(await obs.index()).toEqual(["c0", "c1", "c2"]);
    expect(await obs.index([1, 2])).toEqual(["c1"]);
    expect(await obs.column("score")).toEqual({
      kind: "number",
      name: "score",
      values: Float64Array.of(7, Number.NaN, 9),
    });
    expect(await obs.column("kind")).toEqual({
      kind: "text",
      name: "kind",
      levels: ["a", "b"],
      codes: Int32Array.of(1, -1, 0),
    });
    await expect(obs.column("flag")).rejects.toThrow(/obs\/flag is in encoding no-such/);
    await expect(obs.column("absent")).rejects.toThrow(/obs\/absent is absent/);
    await expect(openAnnDataTable(tree, "var")).rejects.toThrow(/var is absent/);
    await tree.close();
  });

  it("reads tables of records, as before version 0.7", async () => {
    const tree = await openHdf5(fixture("hdf5-records.h5"));
    const obs = await openAnnDataTable(tree, "obs");
    expect([obs.rowCount, obs.columnNames, await obs.index()]).toEqual([2, ["kind", "depth", "old"], ["x", "y"]]);
    const text = { kind: "text", name: "kind", levels: ["a", "b"], codes: Int32Array.of(1, 0) };
    expect(await obs.column("kind")).toEqual(text);
    expect(await obs.column("depth")).toEqual({ kind: "number", name: "depth", values: Float64Array.of(0.5, 2) });
    expect(await obs.column("old")).toMatchObject({ kind: "text", levels: ["p", "q"] });
    await tree.close();
  });

  it("refuses matrices in unknown encodings", async () => {
    const path = write("matrices.h5ad", (file) => {
      file.create_group("coo").create_attribute("encoding-type", "coo_matrix");
      file.create_group("shapeless").create_attribute("encoding-type", "csr_matrix");
      file.create_dataset({ name: "line", data: Float32Array.of(1) });
    });
    const tree = await openHdf5(path, "m");
    await expect(openAnnDataMatrix(tree, "coo")).rejects.toThrow(/in encoding coo_matrix/);
    await expect(openAnnDataMatrix(tree, "shapeless")).rejects.toThrow(/attribute shape/);
    await expect(openAnnDataMatrix(tree, "line")).rejects.toThrow(/1 dimensions/);
    await expect(openAnnDataMatrix(tree, "X")).rejects.toThrow(/X is absent/);
    await tree.close();
  });

  it("codes texts in the order of their first row", () => {
    expect(textColumn("t", ["b", "a", "b"])).toEqual({
      kind: "text",
      name: "t",
      levels: ["b", "a"],
      codes: Int32Array.of(0, 1, 0),
    });
    expect([...wideIntegers(BigInt64Array.of(-(2n ** 33n) - 5n, -1n))]).toEqual([-(2 ** 33) - 5, -1]);
  });
});

const shared = join(import.meta.dirname, "../../shared/data/expression");
const present = existsSync(shared);

describe.skipIf(!present)(
  `scanpy's own files ${present ? "" : "(SKIPPED: ../shared/data/expression is absent)"}`,
  () => {
    it("a sharded, zstd-compressed Zarr store in a zip archive", async () => {
      const zip = await openZip(folderPlace(shared), "10x_pbmc68k_reduced.zarr.zip");
      const tree = await openZarr(zip);
      const matrix = await openAnnDataMatrix(tree, "layers/counts");
      expect([matrix.kind, matrix.cellCount, matrix.geneCount]).toEqual(["csr", 700, 765]);
      const obs = await openAnnDataTable(tree, "obs");
      const counts = await obs.column("n_counts");
      expect(obs.columnNames).toContain("bulk_labels");
      expect((await obs.index([0, 1]))[0]).toBe("AAAGCCTGGCTAAC-1");
      if (matrix.kind !== "csr" || counts.kind !== "number") throw new Error("expected sparse counts and their sums");
      // The sums cover genes that the reduced matrix does not have.
      const [indptr, data] = [await matrix.indptr.numbers(), await matrix.data.numbers()];
      const sums = Array.from({ length: 700 }, (_, c) =>
        Float64Array.from(data.subarray(indptr[c], indptr[c + 1])).reduce((a, b) => a + b, 0),
      );
      expect(sums.every((sum, c) => sum > 0 && sum <= counts.values[c]!)).toBe(true);
      const dense = await openAnnDataMatrix(tree, "X");
      if (dense.kind !== "dense") throw new Error("expected a dense matrix");
      expect(
        (
          await dense.values.numbers([
            [699, 700],
            [760, 765],
          ])
        ).length,
      ).toBe(5);
      await expect(tree.array("no/such")).rejects.toMatchObject({ code: "data/array-tree" });
      expect(await tree.keys("layers")).toEqual(["counts"]);
      zip.close();
    });
  },
);
