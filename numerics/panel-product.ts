import { readFileSync } from "node:fs";
import { ShapeError } from "./errors.ts";
import { type Matrix, matrix } from "./matrix.ts";

type AddPanel = (
  a: number,
  rows: number,
  aStride: number,
  panel: number,
  depth: number,
  out: number,
  outStride: number,
) => void;

type Reals = Float32Array<ArrayBufferLike> | Float64Array<ArrayBufferLike>;

/** A matrix at rest in the kernel's memory, and room for a block of rows before and after it. */
export interface RowProduct {
  /** Rows that one call takes at most. */
  readonly blockRows: number;
  /** Where the caller puts rows, of shape (blockRows, depth). */
  readonly input: Reals;
  /** Where products of the last call stand, of shape (blockRows, stride). */
  readonly output: Reals;
  /** Numbers from one row of the output to the next: the width, rounded up. */
  readonly stride: number;
  /** Multiplies the first `rows` rows of the input; only columns below `width` (default: all) are computed. */
  multiply(rows: number, width?: number): void;
}

const BLOCK_ROWS = 96;
const DEPTH = 512;
const PAGE_BYTES = 65_536;
const PANEL_BYTES = 32;
let compiled: WebAssembly.Module | undefined;

/**
 * Products of blocks of rows with one matrix, with vector instructions: about as fast as a core multiplies and adds without fusing the
 * two, so that every machine gives the same bits.
 * @param b of shape (depth, width), row-major, copied
 * @param bits 32 computes in float32 (twice as fast, relative error about 1e-6 of the vectors' lengths), 64 in float64
 * @throws ShapeError (numerics/shape) when `b` has another length
 */
export function rowProduct(b: ArrayLike<number>, depth: number, width: number, bits: 32 | 64): RowProduct {
  if (b.length !== depth * width)
    throw new ShapeError("Row product", `${b.length} numbers`, `${depth} × ${width} of the matrix`);
  const bytes = bits / 8;
  const lanes = PANEL_BYTES / bytes;
  const panels = Math.ceil(width / lanes);
  const stride = panels * lanes;
  const { addPanel, memory } = instantiate(bits);
  const packed = memory.buffer.byteLength;
  const input = packed + panels * depth * PANEL_BYTES;
  const output = input + BLOCK_ROWS * depth * bytes;
  memory.grow(Math.ceil((output + BLOCK_ROWS * stride * bytes - packed) / PAGE_BYTES) + 1);
  const view = (address: number, length: number): Reals =>
    bits === 32 ? new Float32Array(memory.buffer, address, length) : new Float64Array(memory.buffer, address, length);
  const store = view(packed, panels * depth * lanes);
  for (let k = 0; k < depth; k++)
    for (let j = 0; j < width; j++)
      store[((j - (j % lanes)) / lanes) * depth * lanes + k * lanes + (j % lanes)] = b[k * width + j]!;
  const products = view(output, BLOCK_ROWS * stride);
  return {
    blockRows: BLOCK_ROWS,
    input: view(input, BLOCK_ROWS * depth),
    output: products,
    stride,
    multiply(rows, columns = width) {
      const byFours = 4 * Math.ceil(rows / 4);
      const wanted = Math.ceil(columns / lanes);
      products.fill(0, 0, byFours * stride);
      for (let k = 0; k < depth; k += DEPTH)
        for (let panel = 0; panel < wanted; panel++)
          addPanel(
            input + k * bytes,
            byFours,
            depth * bytes,
            packed + (panel * depth + k) * PANEL_BYTES,
            Math.min(DEPTH, depth - k),
            output + panel * PANEL_BYTES,
            stride * bytes,
          );
    },
  };
}

/**
 * Product a·b in float64 with vector instructions; what `multiply` gives, to the order of summation.
 * @throws ShapeError (numerics/shape) when a's columns are not b's rows
 */
export function fastMultiply(a: Matrix, b: Matrix): Matrix {
  if (a.columns !== b.rows)
    throw new ShapeError("Product", `${a.columns} columns by ${b.rows} rows`, "as many columns as rows");
  const result = matrix(a.rows, b.columns);
  eachBlock(
    a,
    rowProduct(b.data, b.rows, b.columns, 64),
    () => b.columns,
    (row, values) => {
      result.data.set(values, row * b.columns);
    },
  );
  return result;
}

/** Gram matrix a·aᵀ of shape (rows, rows) in float64 with vector instructions. */
export function fastGram(a: Matrix): Matrix {
  const n = a.rows;
  const turned = new Float64Array(a.data.length);
  for (let i = 0; i < n; i++) for (let k = 0; k < a.columns; k++) turned[k * n + i] = a.data[i * a.columns + k]!;
  const result = matrix(n, n);
  eachBlock(
    a,
    rowProduct(turned, a.columns, n, 64),
    (last) => last + 1,
    (row, values) => {
      for (let j = 0; j <= row; j++) {
        result.data[row * n + j] = values[j]!;
        result.data[j * n + row] = values[j]!;
      }
    },
  );
  return result;
}

/** Visits each row of a with its products; `widthOf` the last row of a block says how many columns are needed. */
function eachBlock(
  a: Matrix,
  product: RowProduct,
  widthOf: (lastRow: number) => number,
  visit: (row: number, values: Reals) => void,
): void {
  for (let from = 0; from < a.rows; from += product.blockRows) {
    const to = Math.min(from + product.blockRows, a.rows);
    const width = widthOf(to - 1);
    product.input.set(a.data.subarray(from * a.columns, to * a.columns));
    product.multiply(to - from, width);
    for (let row = from; row < to; row++) {
      const at = (row - from) * product.stride;
      visit(row, product.output.subarray(at, at + width));
    }
  }
}

function instantiate(bits: 32 | 64): { addPanel: AddPanel; memory: WebAssembly.Memory } {
  compiled ??= new WebAssembly.Module(readFileSync(new URL("./panel-product.wasm", import.meta.url)));
  const { exports } = new WebAssembly.Instance(compiled);
  const addPanel = exports[`addPanel${bits}`];
  if (!(exports.memory instanceof WebAssembly.Memory) || typeof addPanel !== "function")
    throw new TypeError("panel-product.wasm does not export what it should");
  return { addPanel: addPanel as AddPanel, memory: exports.memory };
}
