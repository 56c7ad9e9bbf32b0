import { describe, expect, it } from "vitest";
import { discoverMatrices, type FoundMatrix } from "./discover.ts";
import { readManifest } from "./manifest.ts";

const entry = (key: string) => ({ key, sizeBytes: 1, etag: "e", modifiedMs: 0 });
const entries = (keys: readonly string[]) => keys.map(entry);
const short = ({ project, matrix, format, key, zipped, files }: FoundMatrix) =>
  `${project} | ${matrix} | ${format}${zipped ? " zip" : ""} | ${key} | ${files.length}`;

describe("discoverMatrices", () => {
  it("finds a project a folder, and one of every format", () => {
    const { matrices, problems } = discoverMatrices(
      entries([
        "a/matrix.mtx.gz",
        "a/features.tsv.gz",
        "a/barcodes.tsv.gz",
        "b/filtered_feature_bc_matrix.h5",
        "c/x/atlas.h5ad",
        "d/atlas.loom",
        "e/atlas.zarr/zarr.json",
        "e/atlas.zarr/X/zarr.json",
        "f/atlas.zarr.zip",
        "g/g.mtx.zip",
        "h/counts.csv.gz",
        "top.h5ad",
      ]),
    );
    expect(problems).toEqual([]);
    expect(matrices.map(short)).toEqual([
      "a | a | mtx | a/matrix.mtx.gz | 3",
      "b | filtered_feature_bc | 10x-h5 | b/filtered_feature_bc_matrix.h5 | 1",
      "c | atlas | h5ad | c/x/atlas.h5ad | 1",
      "d | atlas | loom | d/atlas.loom | 1",
      "e | atlas | zarr | e/atlas.zarr/ | 2",
      "f | atlas | zarr zip | f/atlas.zarr.zip | 1",
      "g | g | mtx zip | g/g.mtx.zip | 1",
      "h | counts | csv | h/counts.csv.gz | 1",
      "top | top | h5ad | top.h5ad | 1",
    ]);
  });

  it("matches lists to matrices of one folder by their prefix, whatever style it has", () => {
    const { matrices, problems } = discoverMatrices(
      entries([
        "p/GSM1_s1_matrix.mtx.gz",
        "p/GSM1_s1_genes.tsv.gz",
        "p/GSM1_s1_barcodes.tsv.gz",
        "p/GSM2.mtx",
        "p/GSM2.features.tsv",
        "p/GSM2.cells.csv",
      ]),
    );
    expect(problems).toEqual([]);
    expect(matrices.map(({ key, genes, cells }) => [key, genes, cells])).toEqual([
      ["p/GSM1_s1_matrix.mtx.gz", "p/GSM1_s1_genes.tsv.gz", "p/GSM1_s1_barcodes.tsv.gz"],
      ["p/GSM2.mtx", "p/GSM2.features.tsv", "p/GSM2.cells.csv"],
    ]);
    expect(matrices.map(({ matrix }) => matrix)).toEqual(["GSM1_s1", "GSM2"]);
  });

  it("never gives one matrix the list of another", () => {
    const { matrices, problems } = discoverMatrices(
      entries(["p/a_matrix.mtx", "p/a_genes.tsv", "p/a_barcodes.tsv", "p/b_matrix.mtx", "p/b_genes.tsv"]),
    );
    expect(matrices.map(({ key }) => key)).toEqual(["p/a_matrix.mtx"]);
    expect(problems).toEqual([
      { project: "p", key: "p/b_genes.tsv", reason: "a list of genes or cells whose Matrix Market file is not there" },
      { project: "p", key: "p/b_matrix.mtx", reason: expect.stringContaining("no list of barcodes or cells") },
    ]);
  });

  it("tells of every file that is left over, and why", () => {
    const { matrices, problems } = discoverMatrices(
      entries(["p/matrix.mtx", "q/genes.tsv", "q/notes.pdf", "q/sample_metadata.csv", "readme.txt"]),
    );
    expect(matrices).toEqual([]);
    expect(problems.map(({ key, reason }) => `${key}: ${reason}`)).toEqual([
      "p/matrix.mtx: no list of features or genes and of barcodes or cells with its prefix in its folder (as matrix.mtx.gz has features.tsv.gz and barcodes.tsv.gz)",
      "q/genes.tsv: a list of genes or cells whose Matrix Market file is not there",
      "q/notes.pdf: no format of matrices that is known",
      "q/sample_metadata.csv: looks like annotations by its name; rename it when it is a matrix",
      "readme.txt: looks like annotations by its name; rename it when it is a matrix",
    ]);
  });

  it("keeps names in a project apart", () => {
    const { matrices } = discoverMatrices(entries(["p/x/a.h5ad", "p/y/a.h5ad", "p/y/a.loom", "q/a.h5ad"]));
    expect(matrices.map(({ project, matrix }) => `${project}/${matrix}`)).toEqual(["p/x-a", "p/y-a", "p/y-a-2", "q/a"]);
  });

  it("takes what a manifest lists, with its projects, and tells what is not there", () => {
    const manifest = readManifest(
      "project,matrix,species,genes,cells,owner\nliver,a/b.h5ad,human,,,x\nlung,odd.mtx,,g.txt,c.txt,y\nlung,gone.loom,,,,z\nlung,notes.pdf,,,,\n",
      "list.csv",
    );
    const { matrices, problems } = discoverMatrices(
      entries(["a/b.h5ad", "odd.mtx", "g.txt", "c.txt", "notes.pdf", "other/x.h5ad"]),
      { manifest },
    );
    expect(matrices.map((found) => [short(found), found.species, found.genes])).toEqual([
      ["liver | b | h5ad | a/b.h5ad | 1", "human", undefined],
      ["lung | odd | mtx | odd.mtx | 3", undefined, "g.txt"],
    ]);
    expect(problems.map(({ key, reason }) => [key, reason])).toEqual([
      ["gone.loom", "the manifest names gone.loom, which is not there"],
      ["notes.pdf", "no format of matrices that is known"],
    ]);
  });
});

describe("readManifest", () => {
  it("reads JSON as it reads CSV", () => {
    const rows = readManifest(JSON.stringify([{ project: "p", matrix: "a.h5ad", layer: "counts", more: 1 }]), "m.json");
    expect(rows).toEqual([{ project: "p", matrix: "a.h5ad", layer: "counts" }]);
    expect(readManifest("project,matrix,layer\np,a.h5ad,counts\n", "m.csv")).toEqual(rows);
  });

  it.each([
    ["m.json", "{", /m\.json: /],
    ["m.json", "{}", /no array/],
    ["m.json", "[1]", /matrix 1: it is no object/],
    ["m.json", '[{"project":"p","matrix":7}]', /matrix is no text/],
    ["m.csv", "project\np\n", /matrix 1: there is no matrix/],
    ["m.csv", "matrix\na\n", /there is no project/],
    ["m.csv", "project,matrix\n../x,a\n", /is a path/],
  ])("refuses what names no matrix: %s %s", (name, text, message) => {
    expect(() => readManifest(text, name)).toThrow(message);
    expect(() => readManifest(text, name)).toThrow(expect.objectContaining({ code: "expression/manifest" }));
  });
});
