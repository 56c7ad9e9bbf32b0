import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { folderPlace } from "@artesian/data";
import * as h5wasm from "h5wasm/node";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { discoverMatrices } from "./discover.ts";
import { ingest } from "./ingest.ts";
import type { MatrixWarning } from "./matrix.ts";
import { type OpenMatrixOptions, openMatrix } from "./open-matrix.ts";
import { zipOf } from "./zip-writer.test-support.ts";

let root = "";
let folder = "";
let number = 0;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "artesian-bad-"));
  await h5wasm.ready;
});
beforeEach(() => {
  folder = join(root, String(number++));
});
afterAll(() => rmSync(root, { recursive: true }));

function put(key: string, content: Uint8Array | string): void {
  const path = join(folder, key);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** Reads the only matrix of the folder from one end to the other. */
async function readAll(
  options: Partial<OpenMatrixOptions> = {},
): Promise<{ warnings: MatrixWarning[]; genes: string[]; barcodes: string[]; counts: number[] }> {
  const place = folderPlace(folder);
  const { matrices, problems } = discoverMatrices(await Array.fromAsync(place.list()));
  expect(problems).toEqual([]);
  const scratch = join(root, "scratch");
  const source = await openMatrix(place, matrices[0]!, { cacheDir: scratch, ...options });
  try {
    const matrix = await ingest(source, { scratch });
    matrix.spill.close();
    const { warnings, totals } = matrix;
    return {
      warnings,
      genes: source.genes.ids,
      barcodes: (await Array.fromAsync(source.barcodes())).flat(),
      counts: [...totals.counts],
    };
  } finally {
    await source.close();
    expect(readdirSync(root).includes("scratch") ? readdirSync(scratch) : []).toEqual([]);
  }
}

async function refusal(options: Partial<OpenMatrixOptions> = {}): Promise<{ code: string; message: string }> {
  const error: unknown = await readAll(options).then(
    () => undefined,
    (reason) => reason,
  );
  if (!(error instanceof Error) || !("code" in error))
    throw new Error("expected an error with a code", { cause: error });
  return { code: String(error.code), message: error.message };
}

const mtx = (lines: string[], sizes = `3 2 ${lines.length}`): string =>
  `%%MatrixMarket matrix coordinate integer general\n${sizes}\n${lines.map((line) => `${line}\n`).join("")}`;

function trio(matrix: string | Uint8Array, genes = "A\nB\nC\n", cells = "x\ny\n", ending = ""): void {
  put(`p/matrix.mtx${ending}`, matrix);
  put("p/genes.tsv", genes);
  put("p/barcodes.tsv", cells);
}

describe("a Matrix Market trio", () => {
  it("that is cut off while compressed is refused with the place", async () => {
    const whole = gzipSync(mtx(Array.from({ length: 5000 }, (_, i) => `${(i % 3) + 1} ${(i % 2) + 1} ${i * 7919}`)));
    trio(whole.subarray(0, whole.length - 300), undefined, undefined, ".gz");
    expect(await refusal()).toMatchObject({
      code: "data/truncated-gzip",
      message: expect.stringMatching(/p\/matrix\.mtx\.gz stops before its end/),
    });
  });

  it("whose compressed bytes are damaged is refused", async () => {
    const whole = gzipSync(mtx(Array.from({ length: 5000 }, (_, i) => `${(i % 3) + 1} ${(i % 2) + 1} ${i * 7919}`)));
    whole.fill(0xff, whole.length >> 1, (whole.length >> 1) + 40);
    trio(whole, undefined, undefined, ".gz");
    expect((await refusal()).code).toMatch(/^data\/damaged-gzip$|^expression\/matrix-market$/);
  });

  it("with fewer or more entries than declared is refused, not summarised in part", async () => {
    trio(mtx(["1 1 1"], "3 2 2"));
    expect((await refusal()).code).toBe("expression/entry-count");
    trio(mtx(["1 1 1", "2 1 1"], "3 2 1"));
    expect((await refusal()).code).toBe("expression/entry-count");
  });

  it("whose lists do not fit is refused with both lengths", async () => {
    trio(mtx(["1 1 1"]), "A\nB\n");
    expect(await refusal()).toMatchObject({
      code: "expression/axis-length",
      message: expect.stringContaining("p/genes.tsv lists 2 genes, the matrix has 3"),
    });
    trio(mtx(["1 1 1"]), "A\nB\nC\n", "x\ny\nz\nzz\n");
    expect((await refusal()).message).toContain("p/barcodes.tsv lists 4 cells, the matrix has 2");
  });

  it("takes a list one row longer as one with a header, and a list of known words as well", async () => {
    trio(mtx(["1 1 1"]), "what\twhere\nA\t1\nB\t1\nC\t1\n", "barcode\nx\ny\n");
    const { genes, barcodes } = await readAll();
    expect([genes, barcodes]).toEqual([
      ["A", "B", "C"],
      ["x", "y"],
    ]);
  });

  it("with repeated genes and barcodes makes them unique as scanpy does, and says so", async () => {
    trio(mtx(["1 1 1", "3 2 2"]), "A\nA\nA\n", "x\nx\n");
    const { warnings, genes, barcodes } = await readAll();
    expect(genes).toEqual(["A", "A-1", "A-2"]);
    expect(barcodes).toEqual(["x", "x-1"]);
    expect(warnings.map(({ code, count }) => [code, count])).toEqual([
      ["duplicate-genes", 2],
      ["duplicate-barcodes", 1],
    ]);
  });

  it("with repeated, unsorted entries and empty cells is read, and says so", async () => {
    trio(mtx(["3 2 1", "1 2 4", "3 2 5"]));
    const { warnings, counts } = await readAll();
    expect(counts).toEqual([0, 10]);
    expect(warnings.map(({ code, count }) => [code, count])).toEqual([
      ["duplicate-entries", 1],
      ["unsorted-entries", 1],
      ["empty-cells", 1],
    ]);
  });

  it("whose cells come back later is read all the same", async () => {
    trio(mtx(["1 1 1", "1 2 1", "2 1 5"]));
    expect((await readAll()).counts).toEqual([6, 1]);
  });

  it("that counts from 0 or beyond its end is refused with the line", async () => {
    trio(mtx(["0 1 1"]));
    expect(await refusal()).toMatchObject({
      code: "expression/entry-index",
      message: expect.stringMatching(/line 3.*count from 0/),
    });
    trio(mtx(["1 3 1"]));
    expect((await refusal()).message).toContain("column 3 is outside of the matrix, expected 1 to 2");
  });

  it("with negative or fractional values is read, and says what they are", async () => {
    trio(mtx(["1 1 -2", "2 1 5"]).replace("integer", "real"));
    expect((await readAll()).warnings.map(({ code }) => code)).toContain("negative-values");
    trio(mtx(["1 1 1.5", "2 2 5"]).replace("integer", "real"));
    expect((await readAll()).warnings).toMatchObject([{ code: "non-integer-values", count: 1 }]);
  });

  it("with antibodies among its features leaves them out, and says so", async () => {
    put("p/matrix.mtx", mtx(["1 1 7", "2 1 500", "3 2 3"]));
    put("p/features.tsv", "E1\tA\tGene Expression\nE2\tAb\tAntibody Capture\nE3\tC\tGene Expression\n");
    put("p/barcodes.tsv", "x\ny\n");
    const { genes, counts, warnings } = await readAll();
    expect([genes, counts]).toEqual([
      ["E1", "E3"],
      [7, 3],
    ]);
    expect(warnings).toMatchObject([{ code: "other-features", count: 1 }]);
  });
});

describe("an archive", () => {
  it("that grows a thousandfold is refused before it is unpacked", async () => {
    const bomb = Buffer.alloc(3 * 2 ** 20, "1 1 1\n");
    put("p/p.mtx.zip", zipOf({ "matrix.mtx": bomb, "genes.tsv": "A\n", "barcodes.tsv": "x\n" }));
    expect(await refusal()).toMatchObject({
      code: "data/expansion",
      message: expect.stringMatching(/looks like a bomb/),
    });
  });

  it("that is cut off, is none, or lacks the lists is refused", async () => {
    const whole = zipOf({ "matrix.mtx": mtx(["1 1 1"]), "genes.tsv": "A\nB\nC\n", "barcodes.tsv": "x\ny\n" });
    put("p/p.zip", whole.subarray(0, whole.length - 30));
    expect((await refusal()).code).toBe("data/zip");
    put("p/p.zip", "not an archive");
    expect((await refusal()).code).toBe("data/zip");
    put("p/p.zip", zipOf({ "matrix.mtx": mtx(["1 1 1"]), "genes.tsv": "A\n" }));
    expect(await refusal()).toMatchObject({
      code: "expression/missing-part",
      message: expect.stringContaining("no list of barcodes or cells"),
    });
    put(
      "p/p.zip",
      zipOf({
        "a/matrix.mtx": mtx(["1 1 1"]),
        "a/genes.tsv": "A\nB\nC\n",
        "a/barcodes.tsv": "x\ny\n",
        "b/matrix.mtx": "",
        "b/genes.tsv": "",
        "b/barcodes.tsv": "",
      }),
    );
    expect(await refusal()).toMatchObject({
      code: "expression/matrix-layout",
      message: expect.stringContaining("2 matrices"),
    });
  });
});

describe("an HDF5 file", () => {
  function h5(key: string, fill: (file: h5wasm.File) => void): void {
    mkdirSync(dirname(join(folder, key)), { recursive: true });
    const file = new h5wasm.File(join(folder, key), "w");
    fill(file);
    file.close();
  }

  function sparse(group: h5wasm.Group, indptr: number[], indices: number[], data: number[]): void {
    group.create_dataset({ name: "indptr", data: Int32Array.from(indptr) });
    group.create_dataset({ name: "indices", data: Int32Array.from(indices) });
    group.create_dataset({ name: "data", data: Int32Array.from(data) });
  }

  function tenx(
    indptr: number[],
    indices: number[],
    data: number[],
    cells = ["x", "y"],
    kind = "Gene Expression",
  ): void {
    h5("p/a.h5", (file) => {
      const group = file.create_group("matrix");
      sparse(group, indptr, indices, data);
      group.create_dataset({ name: "shape", data: Int32Array.of(3, 2) });
      group.create_dataset({ name: "barcodes", data: cells });
      const features = group.create_group("features");
      for (const [name, data] of [
        ["id", ["A", "B", "C"]],
        ["name", ["a", "b", "c"]],
        ["feature_type", ["Gene Expression", kind, "Gene Expression"]],
      ] as const)
        features.create_dataset({ name, data: [...data] });
    });
  }

  it("that is none, or empty, or without a matrix is refused", async () => {
    put("p/a.h5ad", "not hdf5 at all");
    expect(await refusal()).toMatchObject({ code: "data/hdf5", message: expect.stringContaining("not an HDF5 file") });
    put("p/a.h5ad", "");
    expect((await refusal()).message).toContain("it is empty");
    h5("p/a.h5ad", (file) => {
      file.create_group("something");
    });
    expect(await refusal()).toMatchObject({
      code: "expression/matrix-layout",
      message: expect.stringContaining("something"),
    });
  });

  it("that is cut off is refused", async () => {
    tenx([0, 1, 2], [0, 1], [5, 6]);
    const { readFileSync } = await import("node:fs");
    const whole = readFileSync(join(folder, "p/a.h5"));
    put("p/a.h5", whole.subarray(0, whole.length >> 1));
    expect((await refusal()).code).toBe("data/hdf5");
  });

  it("is told apart from others by its content, not its name", async () => {
    tenx([0, 1, 3], [2, 0, 1], [5, 6, 1]);
    expect((await readAll()).counts).toEqual([5, 7]);
  });

  it.each([
    [
      "an index beyond the genes",
      [0, 1, 2],
      [0, 3],
      [1, 1],
      "expression/entry-index",
      /cell 1: gene 3 is outside of the matrix, expected 0 to 2/,
    ],
    ["a negative index", [0, 1, 2], [0, -1], [1, 1], "expression/entry-index", /gene 4294967295 is outside/],
    ["an indptr that falls", [0, 2, 1], [0, 1], [1, 1], "expression/matrix-layout", /falls from 2 to 1/],
    ["an indptr that begins late", [1, 1, 2], [0, 1], [1, 1], "expression/matrix-layout", /begins with 1/],
    ["an indptr of another length", [0, 2], [0, 1], [1, 1], "expression/matrix-layout", /indptr of 2 numbers/],
    [
      "fewer entries than indptr says",
      [0, 1, 4],
      [0, 1],
      [1, 1],
      "expression/matrix-layout",
      /2 numbers.*4, as indptr says/,
    ],
  ])("with %s is refused", async (_, indptr, indices, data, code, message) => {
    tenx(indptr, indices, data);
    expect(await refusal()).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it("with antibodies leaves them out, and is refused with an index beyond them", async () => {
    tenx([0, 2, 3], [0, 1, 2], [5, 900, 6], ["x", "y"], "Antibody Capture");
    expect(await readAll()).toMatchObject({
      genes: ["A", "C"],
      counts: [5, 6],
      warnings: [{ code: "other-features" }],
    });
    tenx([0, 1, 2], [0, 3], [5, 6], ["x", "y"], "Antibody Capture");
    expect(await refusal()).toMatchObject({
      code: "expression/entry-index",
      message: expect.stringContaining("feature 3"),
    });
  });

  it("with fewer barcodes than cells is refused", async () => {
    tenx([0, 1, 2], [0, 1], [1, 1], ["x"]);
    expect(await refusal()).toMatchObject({
      code: "expression/axis-length",
      message: expect.stringContaining("1 cells, the matrix has 2"),
    });
  });

  it("with several genomes asks which, and takes the one that is named", async () => {
    h5("p/a.h5", (file) => {
      for (const genome of ["GRCh38", "mm10"]) {
        const group = file.create_group(genome);
        sparse(group, [0, 1], [0], [genome === "mm10" ? 9 : 4]);
        group.create_dataset({ name: "shape", data: Int32Array.of(1, 1) });
        for (const name of ["barcodes", "genes", "gene_names"]) group.create_dataset({ name, data: [genome] });
      }
    });
    expect((await refusal()).message).toContain("the genomes GRCh38, mm10");
    expect((await readAll({ genome: "mm10" })).counts).toEqual([9]);
    expect((await refusal({ genome: "rn6" })).message).toContain("no genome rn6");
  });

  it("without the layer that is asked for tells which there are", async () => {
    h5("p/a.h5ad", (file) => {
      for (const name of ["obs", "var"]) {
        const group = file.create_group(name);
        group.create_attribute("_index", "_index");
        group.create_attribute("column-order", ["_index"]);
        group.create_dataset({ name: "_index", data: ["n"] });
      }
      file.create_dataset({ name: "X", data: Float32Array.of(0.5), shape: [1, 1] });
      file.create_group("layers").create_dataset({ name: "spliced", data: Float32Array.of(3), shape: [1, 1] });
    });
    expect((await refusal({ layer: "unspliced" })).message).toMatch(/no layer "unspliced"\. There is X, spliced/);
    expect((await readAll({ layer: "spliced" })).counts).toEqual([3]);
    expect((await readAll()).counts).toEqual([0.5]);
  });
});

describe("a text matrix", () => {
  it.each([
    ["a word among its numbers", "g,x,y\nA,1,two\n", /line 2: "two" in column y is no number/],
    ["a hole", "g,x,y\nA,1,\n", /line 2: "" in column y is no number/],
    ["a short line", "g,x,y\nA,1,2\nB,1\n", /line 3: 1 numbers, expected 2/],
    ["a first line of another width", "g,x,y,z,zz\nA,1,2\n", /line 2: 3 fields, the first line has 5/],
    ["no numbers", "g,x,y\n", /no line of numbers/],
    ["nothing in it", "", /the file is empty/],
  ])("with %s is refused with the line", async (_, text, message) => {
    put("p/a.csv", text);
    expect(await refusal()).toMatchObject({ code: "expression/text-matrix", message: expect.stringMatching(message) });
  });

  it("is read either way round, by its names or as told", async () => {
    put("p/a.csv", "c,ENSG00000000001,ENSG00000000002\nAAAACCCCGGGG-1,1,2\nAAAACCCCGGGT-1,3,4\n");
    expect((await readAll()).genes).toEqual(["ENSG00000000001", "ENSG00000000002"]);
    expect((await readAll()).counts).toEqual([3, 7]);
    expect((await readAll({ lines: "genes" })).counts).toEqual([4, 6]);
    put("p/a.csv", 'x;y\n"one; gene";1;"2"\ntwo;0;1e2\n');
    expect(await readAll()).toMatchObject({ genes: ["one; gene", "two"], counts: [1, 102] });
  });
});
