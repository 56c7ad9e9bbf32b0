import { createWriteStream, existsSync, mkdirSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createGzip } from "node:zlib";

/** What a generated matrix looks like: some genes in almost every cell, most in few, cells of different depth. */
export interface MatrixPlan {
  geneCount: number;
  cellCount: number;
  /** Entries a cell, on average. */
  genesPerCell: number;
  seed: number;
  /** How often these cells come again, as others; default 1. */
  repeats?: number;
}

/** 73 million entries, a gigabyte of Matrix Market text. */
export const largeMatrix: MatrixPlan = { geneCount: 33_538, cellCount: 49_000, genesPerCell: 1_490, seed: 6 };

interface CellEntries {
  count: number;
  genes: Uint32Array;
  values: Uint32Array;
}

/** One cell after the other; the same plan gives the same cells. The arrays are reused. */
export function* generatedCells(plan: MatrixPlan): Generator<CellEntries> {
  let state = (plan.seed * 0x9e3779b9) >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  const popularity = new Float64Array(plan.geneCount);
  for (let g = 0; g < plan.geneCount; g++) popularity[g] = 1 / (0.02 + (next() / 2 ** 32) ** 3 * 40);
  const scale = solveScale(popularity, plan.genesPerCell);
  const genes = new Uint32Array(plan.geneCount);
  const values = new Uint32Array(plan.geneCount);
  for (let c = 0; c < plan.cellCount; c++) {
    const depth = scale * (0.4 + (1.2 * next()) / 2 ** 32) * 2 ** 32;
    let count = 0;
    for (let g = 0; g < plan.geneCount; g++) {
      const mean = popularity[g]! * depth;
      const draw = next();
      if (draw >= mean) continue;
      genes[count] = g;
      values[count++] = 1 + Math.floor((mean / (draw + mean / 64)) ** 0.7 / 1.3);
    }
    yield { count, genes, values };
  }
}

/** The factor that makes Σ min(1, factor · popularity) the wanted number. */
function solveScale(popularity: Float64Array, wanted: number): number {
  let low = 0;
  let high = 10;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    let sum = 0;
    for (const value of popularity) sum += Math.min(1, value * middle);
    if (sum < wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** How many entries the plan gives. */
export function countEntries(plan: MatrixPlan): number {
  let entries = 0;
  for (const cell of generatedCells(plan)) entries += cell.count;
  return entries;
}

/** Cells of the whole matrix, repeats included. */
export function cellsOf(plan: MatrixPlan): number {
  return plan.cellCount * (plan.repeats ?? 1);
}

/** All cells, repeats included; a plan that repeats is kept in memory once. */
function* repeatedCells(plan: MatrixPlan): Generator<CellEntries> {
  if ((plan.repeats ?? 1) === 1) return yield* generatedCells(plan);
  const kept: CellEntries[] = [];
  for (const { count, genes, values } of generatedCells(plan))
    kept.push({ count, genes: genes.slice(0, count), values: values.slice(0, count) });
  for (let repeat = 0; repeat < (plan.repeats ?? 1); repeat++) yield* kept;
}

/** The bytes of the Matrix Market file, a megabyte at a time. */
export function* mtxText(plan: MatrixPlan): Generator<Uint8Array> {
  const entries = countEntries(plan) * (plan.repeats ?? 1);
  yield Buffer.from(
    `%%MatrixMarket matrix coordinate integer general\n%\n${plan.geneCount} ${cellsOf(plan)} ${entries}\n`,
  );
  const digits = Array.from({ length: plan.geneCount + 1 }, (_, g) => Buffer.from(`${g} `));
  const size = 1 << 20;
  let chunk = Buffer.allocUnsafe(size);
  let at = 0;
  let c = 0;
  for (const { count, genes, values } of repeatedCells(plan)) {
    const cell = Buffer.from(`${++c} `);
    for (let i = 0; i < count; i++) {
      if (at > size - 64) {
        yield chunk.subarray(0, at);
        chunk = Buffer.allocUnsafe(size);
        at = 0;
      }
      const gene = digits[genes[i]! + 1]!;
      for (let k = 0; k < gene.length; k++) chunk[at++] = gene[k]!;
      for (let k = 0; k < cell.length; k++) chunk[at++] = cell[k]!;
      const value = values[i]!;
      if (value < 10) chunk[at++] = 48 + value;
      else at += chunk.write(String(value), at, "latin1");
      chunk[at++] = 10;
    }
  }
  yield chunk.subarray(0, at);
}

/** Writes the plan as a 10x trio below `folder`, unless it is there; gives the path of the matrix. */
export async function writeTrio(
  folder: string,
  plan: MatrixPlan,
  level = constants.Z_DEFAULT_COMPRESSION,
): Promise<string> {
  const path = `${folder}/matrix.mtx.gz`;
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  const lines = (count: number, line: (i: number) => string): Readable =>
    Readable.from(
      (function* () {
        for (let i = 0; i < count; i += 1000)
          yield Buffer.from(Array.from({ length: Math.min(1000, count - i) }, (_, k) => line(i + k)).join(""));
      })(),
    );
  await pipeline(
    lines(
      plan.geneCount,
      (g) => `ENSG${String(g).padStart(11, "0")}\t${g < 13 ? `MT-${g}` : `GENE${g}`}\tGene Expression\n`,
    ),
    createGzip(),
    createWriteStream(`${folder}/features.tsv.gz`),
  );
  await pipeline(
    lines(cellsOf(plan), (c) => `${barcode(c)}-1\n`),
    createGzip(),
    createWriteStream(`${folder}/barcodes.tsv.gz`),
  );
  await pipeline(
    Readable.from(mtxText(plan)),
    createGzip({ level, chunkSize: 1 << 18 }),
    createWriteStream(`${path}.part`),
  );
  renameSync(`${path}.part`, path);
  return path;
}

/** 740 million entries, ten gigabytes of text. */
export const hugeMatrix: MatrixPlan = { ...largeMatrix, cellCount: 4_900, repeats: 100 };

/** Sixteen letters of the alphabet ACGT, another for every number. */
export function barcode(index: number): string {
  let text = "";
  let rest = (Math.imul(index, 0x9e3779b1) ^ 0x5bd1e995) >>> 0;
  for (let i = 0; i < 16; i++) {
    text += "ACGT"[rest & 3];
    rest >>>= 2;
  }
  return text;
}
