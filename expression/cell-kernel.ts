import { readFileSync } from "node:fs";

/** Loops over the entries of cells, with memory of their own; cells.as.ts says what each does. Addresses are bytes of that memory. */
export interface CellKernel {
  readonly memory: WebAssembly.Memory;
  /** First address that is free. */
  readonly start: number;
  isTidy(genes: number, values: number, count: number): number;
  sumCell(genes: number, values: number, count: number, classes: number, geneCells: number, sums: number): number;
  encodeGenes(genes: number, count: number, out: number): number;
  encodeValues(values: number, count: number, out: number): number;
  decodeGenes(from: number, lengths: number, cells: number, genes: number): void;
  decodeValues(from: number, count: number, values: number): void;
  keepListed(genes: number, values: number, count: number, keep: number): number;
  addShares(genes: number, values: number, count: number, part: number, sums: number): void;
  addStatistics(
    genes: number,
    values: number,
    count: number,
    cell: number,
    total: number,
    target: number,
    sums: number,
    known: number,
    knownFor: number,
  ): void;
  /** Entries that the last `keepListed` left. */
  kept(): number;
  /** What all calls of `sumCell` have seen: values below zero, values that are no whole numbers, the largest value. */
  negative(): number;
  fractions(): number;
  largest(): number;
}

const PAGE_BYTES = 1 << 16;
const FUNCTIONS = [
  "isTidy",
  "sumCell",
  "encodeGenes",
  "encodeValues",
  "decodeGenes",
  "decodeValues",
  "keepListed",
  "addShares",
  "addStatistics",
  "kept",
  "negative",
  "fractions",
  "largest",
];

let compiled: WebAssembly.Module | undefined;

/** A kernel with `bytes` of memory from `start` on. */
export function cellKernel(bytes: number): CellKernel {
  compiled ??= new WebAssembly.Module(readFileSync(new URL("./cells.wasm", import.meta.url)));
  const { exports } = new WebAssembly.Instance(compiled, { cells: { log1p: Math.log1p } });
  const { memory } = exports;
  const complete =
    memory instanceof WebAssembly.Memory && FUNCTIONS.every((name) => typeof exports[name] === "function");
  if (!complete) throw new TypeError("cells.wasm lacks its memory or a function");
  const start = memory.buffer.byteLength;
  enlarge(memory, start + bytes);
  return { ...(exports as unknown as CellKernel), start };
}

/** Makes room up to an address. Views of the memory are void afterwards. @returns whether it had to grow */
export function enlarge(memory: WebAssembly.Memory, end: number): boolean {
  const missing = end - memory.buffer.byteLength;
  if (missing <= 0) return false;
  memory.grow(Math.ceil(missing / PAGE_BYTES));
  return true;
}
