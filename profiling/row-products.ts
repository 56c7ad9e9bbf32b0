import { readFileSync } from "node:fs";

/** Rows of one length, side by side in one array of shape (count, width). */
export interface Rows {
  data: Float64Array;
  count: number;
  width: number;
}

/** Rows of a block: a multiple of the kernel's tile of three, small enough for the second cache. */
const BLOCK = 96;
const PAGE_BYTES = 65_536;
let compiled: WebAssembly.Module | undefined;

/**
 * Dot products of rows, block by block, so that only one block of products is held at a time.
 * @param left of shape (count, width)
 * @param right as wide; the same object as `left` asks for the lower triangle only: products of row a with rows 0 … a
 * @param visit receives rows `from` to `to` of `left` and their products of shape (to − from, right.count); the array is used again
 */
export function rowProducts(
  left: Rows,
  right: Rows,
  visit: (from: number, to: number, products: Float64Array) => void,
): void {
  const width = left.width + (left.width % 2);
  const { dotBlock, memory } = instantiate();
  const blockBytes = BLOCK * width * 8;
  const a = memory.buffer.byteLength;
  const b = a + blockBytes;
  const out = b + blockBytes;
  memory.grow(Math.ceil((2 * blockBytes + BLOCK * BLOCK * 8) / PAGE_BYTES));
  const [viewA, viewB] = [a, b].map((address) => new Float64Array(memory.buffer, address, BLOCK * width));
  const tile = new Float64Array(memory.buffer, out, BLOCK * BLOCK);
  const products = new Float64Array(BLOCK * right.count);
  for (let from = 0; from < left.count; from += BLOCK) {
    const to = Math.min(from + BLOCK, left.count);
    load(left, from, to, viewA!, width);
    const end = right === left ? to : right.count;
    for (let start = 0; start < end; start += BLOCK) {
      const stop = Math.min(start + BLOCK, end);
      load(right, start, stop, viewB!, width);
      dotBlock(a, byThrees(to - from), b, byThrees(stop - start), width, out, BLOCK);
      for (let i = 0; i < to - from; i++)
        products.set(tile.subarray(i * BLOCK, i * BLOCK + stop - start), i * right.count + start);
    }
    visit(from, to, products);
  }
}

/** Copies rows to the front of a block; an odd width gets a zero at the end. What stands behind the rows is computed and not used. */
function load(rows: Rows, from: number, to: number, block: Float64Array, width: number): void {
  if (width === rows.width) {
    block.set(rows.data.subarray(from * width, to * width));
    return;
  }
  for (let row = from; row < to; row++) {
    const at = (row - from) * width;
    block.set(rows.data.subarray(row * rows.width, (row + 1) * rows.width), at);
    block[at + width - 1] = 0;
  }
}

function byThrees(count: number): number {
  return 3 * Math.ceil(count / 3);
}

type DotBlock = (
  a: number,
  rowsA: number,
  b: number,
  rowsB: number,
  width: number,
  out: number,
  stride: number,
) => void;

function instantiate(): { dotBlock: DotBlock; memory: WebAssembly.Memory } {
  compiled ??= new WebAssembly.Module(readFileSync(new URL("./dot-block.wasm", import.meta.url)));
  const { dotBlock, memory } = new WebAssembly.Instance(compiled).exports;
  if (!(memory instanceof WebAssembly.Memory) || typeof dotBlock !== "function")
    throw new TypeError("dot-block.wasm lacks its memory or dotBlock");
  return { dotBlock: (...numbers) => dotBlock(...numbers), memory };
}
