import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import * as h5wasm from "h5wasm/node";
import type { SmallMatrix } from "./generated-matrix.test-support.ts";
import { zipOf } from "./zip-writer.test-support.ts";

/** Writes one matrix in a format below a folder; gives the keys that were written. */
export type MatrixWriter = (folder: string, matrix: SmallMatrix) => Promise<void> | void;

const special = ["MT-CO1", "MT-ND1", "RPL3", "RPS4X", "HBB", "HBP1", "ACTB"];
export const idsOf = ({ geneCount }: SmallMatrix): string[] =>
  Array.from({ length: geneCount }, (_, g) => `ENSG${String(g).padStart(11, "0")}`);
export const symbolsOf = ({ geneCount }: SmallMatrix): string[] =>
  Array.from({ length: geneCount }, (_, g) => special[g] ?? `GENE${g}`);
export const barcodesOf = ({ cellCount }: SmallMatrix): string[] =>
  Array.from(
    { length: cellCount },
    (_, c) => `${[...c.toString(4).padStart(12, "0")].map((d) => "ACGT"[Number(d)]).join("")}-1`,
  );
export const batchNamesOf = ({ batches }: SmallMatrix): string[] => batches.map((batch) => `batch ${batch}`);

function put(folder: string, key: string, content: Uint8Array | string): void {
  const path = join(folder, key);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

interface Entry {
  gene: number;
  cell: number;
  value: number;
}

export function entriesOf(matrix: SmallMatrix): Entry[] {
  const entries: Entry[] = [];
  for (let cell = 0; cell < matrix.cellCount; cell++)
    for (let i = matrix.indptr[cell]!; i < matrix.indptr[cell + 1]!; i++)
      entries.push({ gene: matrix.genes[i]!, cell, value: matrix.values[i]! });
  return entries;
}

/** The same entries gene by gene. */
function transposed(matrix: SmallMatrix): { indptr: number[]; cells: number[]; values: number[] } {
  const entries = entriesOf(matrix).sort((a, b) => a.gene - b.gene || a.cell - b.cell);
  const indptr = new Array<number>(matrix.geneCount + 1).fill(0);
  for (const { gene } of entries) indptr[gene + 1]!++;
  for (let g = 0; g < matrix.geneCount; g++) indptr[g + 1]! += indptr[g]!;
  return { indptr, cells: entries.map(({ cell }) => cell), values: entries.map(({ value }) => value) };
}

function dense(matrix: SmallMatrix, cellsAreRows: boolean): Float32Array {
  const { cellCount, geneCount } = matrix;
  const values = new Float32Array(cellCount * geneCount);
  for (const { gene, cell, value } of entriesOf(matrix))
    values[cellsAreRows ? cell * geneCount + gene : gene * cellCount + cell] = value;
  return values;
}

export function mtxText(matrix: SmallMatrix, entries: Entry[] = entriesOf(matrix), cellsAreRows = false): string {
  const { cellCount, geneCount } = matrix;
  const lines = entries.map(({ gene, cell, value }) =>
    cellsAreRows ? `${cell + 1} ${gene + 1} ${value}` : `${gene + 1} ${cell + 1} ${value}`,
  );
  const sizes = cellsAreRows ? `${cellCount} ${geneCount}` : `${geneCount} ${cellCount}`;
  return `%%MatrixMarket matrix coordinate integer general\n%made for a test\n${sizes} ${entries.length}\n${lines.join("\n")}\n`;
}

const lines = (rows: string[]): string => `${rows.join("\n")}\n`;
const features = (matrix: SmallMatrix): string =>
  lines(idsOf(matrix).map((id, g) => `${id}\t${symbolsOf(matrix)[g]}\tGene Expression`));
const hcaGenes = (matrix: SmallMatrix): string =>
  lines(["featurekey\tfeaturename\tchromosome", ...idsOf(matrix).map((id, g) => `${id}\t${symbolsOf(matrix)[g]}\t1`)]);
const hcaCells = (matrix: SmallMatrix): string =>
  lines([
    "cellkey\tbatch\tdepth",
    ...barcodesOf(matrix).map((name, c) => `${name}\t${batchNamesOf(matrix)[c]}\t${c / 2}`),
  ]);

async function h5(path: string, fill: (file: h5wasm.File) => void): Promise<void> {
  await h5wasm.ready;
  mkdirSync(dirname(path), { recursive: true });
  const file = new h5wasm.File(path, "w");
  try {
    fill(file);
  } finally {
    file.close();
  }
}

function sparseGroup(
  group: h5wasm.Group,
  parts: { indptr: number[]; indices: number[]; data: number[] },
  wide: boolean,
): void {
  const integers = (values: number[]): BigInt64Array | Int32Array =>
    wide ? BigInt64Array.from(values, BigInt) : Int32Array.from(values);
  group.create_dataset({ name: "indptr", data: integers(parts.indptr) });
  group.create_dataset({ name: "indices", data: integers(parts.indices), chunks: [97], compression: 4 });
  group.create_dataset({ name: "data", data: Float32Array.from(parts.data), chunks: [53], compression: 4 });
}

function attribute(group: h5wasm.Group | h5wasm.Dataset, values: Record<string, string | string[] | Int32Array>): void {
  for (const [name, value] of Object.entries(values)) group.create_attribute(name, value);
}

/** obs and var as current versions write them, categories as a group. */
function tables(file: h5wasm.File, matrix: SmallMatrix): void {
  const obs = file.create_group("obs");
  attribute(obs, { "encoding-type": "dataframe", _index: "_index", "column-order": ["batch", "depth"] });
  obs.create_dataset({ name: "_index", data: barcodesOf(matrix) });
  obs.create_dataset({ name: "depth", data: Float64Array.from(matrix.batches, (_, c) => c / 2) });
  const batch = obs.create_group("batch");
  attribute(batch, { "encoding-type": "categorical" });
  batch.create_dataset({ name: "codes", data: Int8Array.from(matrix.batches) });
  batch.create_dataset({
    name: "categories",
    data: Array.from({ length: matrix.batchCount }, (_, b) => `batch ${b}`),
  });
  const genes = file.create_group("var");
  attribute(genes, { "encoding-type": "dataframe", _index: "_index", "column-order": ["gene_ids"] });
  genes.create_dataset({ name: "_index", data: symbolsOf(matrix) });
  genes.create_dataset({ name: "gene_ids", data: idsOf(matrix) });
}

export function csrOf(matrix: SmallMatrix): { indptr: number[]; indices: number[]; data: number[] } {
  return { indptr: matrix.indptr, indices: matrix.genes, data: matrix.values };
}

function cscOf(matrix: SmallMatrix): { indptr: number[]; indices: number[]; data: number[] } {
  const { indptr, cells, values } = transposed(matrix);
  return { indptr, indices: cells, data: values };
}

async function h5adSparse(path: string, matrix: SmallMatrix, layout: "csr" | "csc", wide: boolean): Promise<void> {
  await h5(path, (file) => {
    tables(file, matrix);
    const x = file.create_group("X");
    const shape = Int32Array.of(matrix.cellCount, matrix.geneCount);
    attribute(x, { "encoding-type": `${layout}_matrix`, shape });
    sparseGroup(x, layout === "csr" ? csrOf(matrix) : cscOf(matrix), wide);
  });
}

type Json = Record<string, unknown>;

/** Files of a Zarr store without compression: version 2 or 3. */
function zarrFiles(
  matrix: SmallMatrix,
  version: 2 | 3,
  layout: "csr" | "csc" | "dense",
): Record<string, Uint8Array | string> {
  const files: Record<string, Uint8Array | string> = {};
  const group = (path: string, attributes: Json = {}): void => {
    const at = path === "" ? "" : `${path}/`;
    if (version === 3) files[`${at}zarr.json`] = JSON.stringify({ zarr_format: 3, node_type: "group", attributes });
    else {
      files[`${at}.zgroup`] = JSON.stringify({ zarr_format: 2 });
      files[`${at}.zattrs`] = JSON.stringify(attributes);
    }
  };
  const array = (
    path: string,
    shape: number[],
    chunk: number[],
    type: [string, string],
    chunks: Uint8Array[],
  ): void => {
    const text = type[0] === "string";
    const grid = shape.map((length, axis) => Math.ceil(length / chunk[axis]!));
    chunks.forEach((bytes, i) => {
      const at = grid.length === 1 ? [i] : [Math.floor(i / grid[1]!), i % grid[1]!];
      files[version === 3 ? `${path}/c/${at.join("/")}` : `${path}/${at.join(".")}`] = bytes;
    });
    if (version === 3)
      files[`${path}/zarr.json`] = JSON.stringify({
        zarr_format: 3,
        node_type: "array",
        shape,
        data_type: type[0],
        chunk_grid: { name: "regular", configuration: { chunk_shape: chunk } },
        chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
        fill_value: text ? "" : 0,
        codecs: [text ? { name: "vlen-utf8" } : { name: "bytes", configuration: { endian: "little" } }],
        attributes: {},
      });
    else
      files[`${path}/.zarray`] = JSON.stringify({
        zarr_format: 2,
        shape,
        chunks: chunk,
        dtype: type[1],
        compressor: null,
        fill_value: text ? "" : 0,
        order: "C",
        filters: text ? [{ id: "vlen-utf8" }] : null,
      });
  };
  const numbers = (path: string, values: Float32Array | Int32Array | Int8Array, type: [string, string]): void => {
    const size = 101;
    const Kind = values.constructor as new (length: number) => typeof values;
    const chunks = Array.from({ length: Math.max(1, Math.ceil(values.length / size)) }, (_, i) => {
      const chunk = new Kind(size);
      chunk.set(values.subarray(i * size, (i + 1) * size));
      return new Uint8Array(chunk.buffer);
    });
    array(path, [values.length], [size], type, chunks);
  };
  const texts = (path: string, values: string[]): void => {
    const parts = values.map((value) => {
      const bytes = Buffer.from(value);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return Buffer.concat([length, bytes]);
    });
    const count = Buffer.alloc(4);
    count.writeUInt32LE(values.length);
    array(path, [values.length], [values.length], ["string", "|O"], [Buffer.concat([count, ...parts])]);
  };
  group("", { "encoding-type": "anndata" });
  group("obs", { "encoding-type": "dataframe", _index: "names", "column-order": ["batch", "depth"] });
  texts("obs/names", barcodesOf(matrix));
  numbers(
    "obs/depth",
    Float32Array.from(matrix.batches, (_, c) => c / 2),
    ["float32", "<f4"],
  );
  group("obs/batch", { "encoding-type": "categorical" });
  numbers("obs/batch/codes", Int8Array.from(matrix.batches), ["int8", "|i1"]);
  texts(
    "obs/batch/categories",
    Array.from({ length: matrix.batchCount }, (_, b) => `batch ${b}`),
  );
  group("var", { "encoding-type": "dataframe", _index: "names", "column-order": ["gene_ids"] });
  texts("var/names", symbolsOf(matrix));
  texts("var/gene_ids", idsOf(matrix));
  if (layout === "dense") {
    const { cellCount, geneCount } = matrix;
    const chunk = [17, 23];
    const grid = [Math.ceil(cellCount / 17), Math.ceil(geneCount / 23)];
    const chunks = Array.from({ length: grid[0]! * grid[1]! }, (_, i) => {
      const [row, column] = [Math.floor(i / grid[1]!) * 17, (i % grid[1]!) * 23];
      const values = new Float32Array(17 * 23);
      for (const { gene, cell, value } of entriesOf(matrix))
        if (cell >= row && cell < row + 17 && gene >= column && gene < column + 23)
          values[(cell - row) * 23 + gene - column] = value;
      return new Uint8Array(values.buffer);
    });
    array("X", [cellCount, geneCount], chunk, ["float32", "<f4"], chunks);
  } else {
    group("X", { "encoding-type": `${layout}_matrix`, shape: [matrix.cellCount, matrix.geneCount] });
    const { indptr, indices, data } = layout === "csr" ? csrOf(matrix) : cscOf(matrix);
    numbers("X/indptr", Int32Array.from(indptr), ["int32", "<i4"]);
    numbers("X/indices", Int32Array.from(indices), ["int32", "<i4"]);
    numbers("X/data", Float32Array.from(data), ["float32", "<f4"]);
  }
  return files;
}

function putZarr(folder: string, key: string, files: Record<string, Uint8Array | string>): void {
  for (const [name, content] of Object.entries(files)) put(folder, `${key}/${name}`, content);
}

/** Every format that the readers know, by what it is called in tests. Those with columns about cells have `batch` and `depth`. */
export const matrixWriters: Record<string, { write: MatrixWriter; hasColumns: boolean; exact?: boolean }> = {
  "mtx, 10x v3, gz": {
    hasColumns: false,
    write(folder, matrix) {
      put(folder, "p/matrix.mtx.gz", gzipSync(mtxText(matrix)));
      put(folder, "p/features.tsv.gz", gzipSync(features(matrix)));
      put(folder, "p/barcodes.tsv.gz", gzipSync(lines(barcodesOf(matrix))));
    },
  },
  "mtx, 10x v2, plain": {
    hasColumns: false,
    write(folder, matrix) {
      put(folder, "p/matrix.mtx", mtxText(matrix));
      put(folder, "p/genes.tsv", lines(idsOf(matrix).map((id, g) => `${id}\t${symbolsOf(matrix)[g]}`)));
      put(folder, "p/barcodes.tsv", lines(barcodesOf(matrix)));
    },
  },
  "mtx, gz of several members": {
    hasColumns: false,
    write(folder, matrix) {
      const text = mtxText(matrix);
      const pieces = Array.from({ length: Math.ceil(text.length / 1000) }, (_, i) =>
        gzipSync(text.slice(1000 * i, 1000 * (i + 1))),
      );
      put(folder, "p/matrix.mtx.gz", Buffer.concat(pieces));
      put(folder, "p/features.tsv.gz", gzipSync(features(matrix)));
      put(folder, "p/barcodes.tsv.gz", gzipSync(lines(barcodesOf(matrix))));
    },
  },
  "mtx, gene by gene": {
    hasColumns: true,
    write(folder, matrix) {
      const entries = entriesOf(matrix).sort((a, b) => a.gene - b.gene || a.cell - b.cell);
      put(folder, "p/matrix.mtx", mtxText(matrix, entries));
      put(folder, "p/genes.tsv", hcaGenes(matrix));
      put(folder, "p/cells.tsv", hcaCells(matrix));
    },
  },
  "mtx, cells × genes, real": {
    hasColumns: true,
    write(folder, matrix) {
      const text = mtxText(matrix, entriesOf(matrix), true)
        .replace("integer", "real")
        .replace(/ (\d+)\n/g, (whole, value: string, at: number) =>
          at > 90 && Number(value) % 2 === 1 ? ` ${value}.0\n` : whole,
        );
      put(folder, "p/matrix.mtx", text);
      put(folder, "p/genes.tsv", hcaGenes(matrix));
      put(folder, "p/cells.tsv", hcaCells(matrix));
    },
  },
  "mtx, HCA zip": {
    hasColumns: true,
    write(folder, matrix) {
      const files = {
        "p.mtx/matrix.mtx.gz": gzipSync(mtxText(matrix)),
        "p.mtx/genes.tsv.gz": gzipSync(hcaGenes(matrix)),
        "p.mtx/cells.tsv.gz": gzipSync(hcaCells(matrix)),
      };
      put(folder, "p/p.mtx.zip", zipOf(files));
    },
  },
  "10x h5 v3": {
    hasColumns: false,
    write: (folder, matrix) =>
      h5(join(folder, "p/a.h5"), (file) => {
        const group = file.create_group("matrix");
        sparseGroup(group, csrOf(matrix), true);
        group.create_dataset({ name: "shape", data: Int32Array.of(matrix.geneCount, matrix.cellCount) });
        group.create_dataset({ name: "barcodes", data: barcodesOf(matrix), dtype: "S20" });
        const genes = group.create_group("features");
        genes.create_dataset({ name: "id", data: idsOf(matrix), dtype: "S20" });
        genes.create_dataset({ name: "name", data: symbolsOf(matrix), dtype: "S20" });
        genes.create_dataset({ name: "feature_type", data: idsOf(matrix).map(() => "Gene Expression"), dtype: "S20" });
      }),
  },
  "10x h5 v2": {
    hasColumns: false,
    write: (folder, matrix) =>
      h5(join(folder, "p/a.h5"), (file) => {
        const group = file.create_group("GRCh38");
        sparseGroup(group, csrOf(matrix), true);
        group.create_dataset({ name: "shape", data: Int32Array.of(matrix.geneCount, matrix.cellCount) });
        group.create_dataset({ name: "barcodes", data: barcodesOf(matrix), dtype: "S20" });
        group.create_dataset({ name: "genes", data: idsOf(matrix), dtype: "S20" });
        group.create_dataset({ name: "gene_names", data: symbolsOf(matrix), dtype: "S20" });
      }),
  },
  "h5ad, csr": {
    hasColumns: true,
    write: (folder, matrix) => h5adSparse(join(folder, "p/a.h5ad"), matrix, "csr", true),
  },
  "h5ad, csc": {
    hasColumns: true,
    write: (folder, matrix) => h5adSparse(join(folder, "p/a.h5ad"), matrix, "csc", false),
  },
  "h5ad, dense": {
    hasColumns: true,
    write: (folder, matrix) =>
      h5(join(folder, "p/a.h5ad"), (file) => {
        tables(file, matrix);
        file.create_dataset({
          name: "X",
          data: dense(matrix, true),
          shape: [matrix.cellCount, matrix.geneCount],
          chunks: [13, 29],
          compression: 4,
        });
      }),
  },
  "h5ad of version 0.7, counts in a layer": {
    hasColumns: true,
    write: (folder, matrix) =>
      h5(join(folder, "p/a.h5ad"), (file) => {
        const obs = file.create_group("obs");
        attribute(obs, { "encoding-type": "dataframe", _index: "index", "column-order": ["batch", "depth"] });
        obs.create_dataset({ name: "index", data: barcodesOf(matrix) });
        obs.create_dataset({ name: "batch", data: Int8Array.from(matrix.batches) });
        obs.create_dataset({ name: "depth", data: Float64Array.from(matrix.batches, (_, c) => c / 2) });
        obs.create_group("__categories").create_dataset({
          name: "batch",
          data: Array.from({ length: matrix.batchCount }, (_, b) => `batch ${b}`),
        });
        const genes = file.create_group("var");
        attribute(genes, { "encoding-type": "dataframe", _index: "index", "column-order": ["gene_ids"] });
        genes.create_dataset({ name: "index", data: symbolsOf(matrix) });
        genes.create_dataset({ name: "gene_ids", data: idsOf(matrix) });
        const layer = file.create_group("layers").create_group("counts");
        const shape = Int32Array.of(matrix.cellCount, matrix.geneCount);
        attribute(layer, { h5sparse_format: "csr", h5sparse_shape: shape });
        sparseGroup(layer, csrOf(matrix), false);
        const x = file.create_group("X");
        attribute(x, { h5sparse_format: "csr", h5sparse_shape: shape });
        const { indptr, indices, data } = csrOf(matrix);
        sparseGroup(x, { indptr, indices, data: data.map(Math.log1p) }, false);
      }),
  },
  "zarr v3, csr": {
    hasColumns: true,
    write: (folder, matrix) => putZarr(folder, "p/a.zarr", zarrFiles(matrix, 3, "csr")),
  },
  "zarr v2, csc": {
    hasColumns: true,
    write: (folder, matrix) => putZarr(folder, "p/a.zarr", zarrFiles(matrix, 2, "csc")),
  },
  "zarr v3, dense": {
    hasColumns: true,
    write: (folder, matrix) => putZarr(folder, "p/a.zarr", zarrFiles(matrix, 3, "dense")),
  },
  "zarr v2, zipped": {
    hasColumns: true,
    write: (folder, matrix) => put(folder, "p/a.zarr.zip", zipOf(zarrFiles(matrix, 2, "csr"), { deflate: false })),
  },
  "loom, chunks": {
    hasColumns: true,
    write: (folder, matrix) =>
      h5(join(folder, "p/a.loom"), (file) => {
        file.create_dataset({
          name: "matrix",
          data: dense(matrix, false),
          shape: [matrix.geneCount, matrix.cellCount],
          chunks: [16, 16],
          compression: 4,
        });
        const genes = file.create_group("row_attrs");
        genes.create_dataset({ name: "Gene", data: symbolsOf(matrix) });
        genes.create_dataset({ name: "Accession", data: idsOf(matrix) });
        const cells = file.create_group("col_attrs");
        cells.create_dataset({ name: "CellID", data: barcodesOf(matrix) });
        cells.create_dataset({ name: "batch", data: batchNamesOf(matrix) });
        cells.create_dataset({ name: "depth", data: Float64Array.from(matrix.batches, (_, c) => c / 2) });
      }),
  },
  "csv, genes × cells, gz": {
    hasColumns: false,
    write(folder, matrix) {
      const values = dense(matrix, false);
      const rows = idsOf(matrix).map((id, g) =>
        [id, ...values.subarray(g * matrix.cellCount, (g + 1) * matrix.cellCount)].join(","),
      );
      put(folder, "p/counts.csv.gz", gzipSync(lines([["", ...barcodesOf(matrix)].join(","), ...rows])));
    },
  },
  "tsv, cells × genes, no corner": {
    hasColumns: false,
    write(folder, matrix) {
      const values = dense(matrix, true);
      const rows = barcodesOf(matrix).map((name, c) =>
        [`"${name}"`, ...values.subarray(c * matrix.geneCount, (c + 1) * matrix.geneCount)].join("\t"),
      );
      put(folder, "p/counts.tsv", lines([idsOf(matrix).join("\t"), ...rows]));
    },
  },
};
