import { readFileSync } from "node:fs";

type Address = number;

/** The compiled kernels over one linear memory. Addresses are bytes; views last until the next `allocate`. */
export interface VectorKernel {
  /** Address of so many new bytes, aligned to 64. */
  allocate(bytes: number): Address;
  floats(address: Address, length: number): Float32Array;
  words(address: Address, length: number): Uint32Array;
  queryProducts(query: Address, vectors: Address, rows: number, dims: number, out: Address): void;
  fillPanels(vectors: Address, rows: number, dims: number, panels: Address): void;
  blockProducts(a: Address, rowsA: number, panels: Address, panelCount: number, dims: number, out: Address): void;
  startTop(state: Address, rows: number, capacity: number): void;
  keepTop(block: ProductBlock, state: Address, keep: number, capacity: number): void;
  finishTop(state: Address, rows: number, keep: number, capacity: number, indices: Address, values: Address): void;
  pairsBeyond(block: ProductBlock, low: number, high: number, out: Address): number;
  countProducts(block: ProductBlock, binCount: number, bins: Address): void;
}

/** Products of some rows with some columns in a kernel's memory, of shape (rows, stride), of which `columns` count. */
export interface ProductBlock {
  products: Address;
  rows: number;
  columns: number;
  stride: number;
  firstRow: number;
  firstColumn: number;
}

/** Bytes of a row's state while its best are collected (vector-kernels.as.ts). */
export const topStateBytes = (capacity: number): number => 32 + 16 * capacity;

const PAGE_BYTES = 65_536;
let compiled: WebAssembly.Module | undefined;

/** A new instance with a memory of its own; a few dozen microseconds. */
export function openKernel(): VectorKernel {
  compiled ??= new WebAssembly.Module(readFileSync(new URL("./vector-kernels.wasm", import.meta.url)));
  const { exports } = new WebAssembly.Instance(compiled);
  const { memory } = exports;
  if (!(memory instanceof WebAssembly.Memory)) throw new TypeError("vector-kernels.wasm exports no memory");
  const kernel = (name: string): ((...numbers: number[]) => number) => {
    const run = exports[name];
    if (typeof run !== "function") throw new TypeError(`vector-kernels.wasm exports no ${name}`);
    return run as (...numbers: number[]) => number;
  };
  let end = memory.buffer.byteLength;
  const [keepTop, pairsBeyond, countProducts] = [kernel("keepTop"), kernel("pairsBeyond"), kernel("countProducts")];
  const numbersOf = (block: ProductBlock): [number, number, number, number, number, number] => [
    block.products,
    block.rows,
    block.columns,
    block.stride,
    block.firstRow,
    block.firstColumn,
  ];
  return {
    allocate(bytes) {
      const address = Math.ceil(end / 64) * 64;
      end = address + bytes;
      const missing = Math.ceil((end - memory.buffer.byteLength) / PAGE_BYTES);
      if (missing > 0) memory.grow(missing);
      return address;
    },
    floats: (address, length) => new Float32Array(memory.buffer, address, length),
    words: (address, length) => new Uint32Array(memory.buffer, address, length),
    queryProducts: kernel("queryProducts"),
    fillPanels: kernel("fillPanels"),
    blockProducts: kernel("blockProducts"),
    startTop: kernel("startTop"),
    finishTop: kernel("finishTop"),
    keepTop: (block, state, keep, capacity) => void keepTop(...numbersOf(block), state, keep, capacity),
    pairsBeyond: (block, low, high, out) => pairsBeyond(...numbersOf(block), low, high, out),
    countProducts: (block, binCount, bins) => void countProducts(...numbersOf(block), binCount, bins),
  };
}
