import { readFileSync } from "node:fs";

const PAGE_BYTES = 65_536;
const TABLE_BYTES = 4096 * 8;
/** The kernel reads and writes 8 bytes at a time. */
const ROOM_BYTES = 8;

type Unpack = (packed: number, packedBytes: number, out: number, outBytes: number, table: number) => number;

interface Kernel {
  readonly unpack: Unpack;
  readonly memory: WebAssembly.Memory;
  /** First address that is ours to use. */
  readonly start: number;
}

let kernel: Kernel | undefined;

/**
 * The same as {@link unpackLzw}, about twice as fast. The kernel's memory grows to the largest strip seen, and stays.
 * @returns bytes written; fewer than `out` holds when the strip ends early
 * @throws RangeError when a code comes before its definition
 */
export function fastUnpackLzw(packed: Uint8Array, out: Uint8Array): number {
  kernel ??= loadKernel();
  const { unpack, memory, start } = kernel;
  const outAt = start + TABLE_BYTES;
  const packedAt = outAt + out.length + ROOM_BYTES;
  const missing = packedAt + packed.length + ROOM_BYTES - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
  const bytes = new Uint8Array(memory.buffer);
  bytes.set(packed, packedAt);
  const written = unpack(packedAt, packed.length, outAt, out.length, start);
  if (written < 0) throw new RangeError(`code ${-1 - written} comes before its definition`);
  out.set(bytes.subarray(outAt, outAt + written));
  return written;
}

function loadKernel(): Kernel {
  const module = new WebAssembly.Module(readFileSync(new URL("./tiff-lzw.wasm", import.meta.url)));
  const { unpack, memory } = new WebAssembly.Instance(module).exports;
  if (typeof unpack !== "function" || !(memory instanceof WebAssembly.Memory)) {
    throw new TypeError("tiff-lzw.wasm exports no unpack or no memory");
  }
  return { unpack: unpack as Unpack, memory, start: memory.buffer.byteLength };
}
