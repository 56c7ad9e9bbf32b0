import type { Place } from "@artesian/data";
import { kernelVectors } from "../fast-products.ts";
import { readRange } from "../read-range.ts";
import type { VectorProducts } from "../vector-products.ts";

const BLOCK_BYTES = 4 * 1024 * 1024;

/** Compares one vector with all of a file, which passes through two blocks of memory, one read while the other is compared. */
export interface FileScan {
  /**
   * @param query of shape (dims)
   * @returns products with each row, of shape (rows)
   */
  products(
    file: { place: Place; key: string; rows: number; dims: number },
    query: Float32Array,
    call?: { signal?: AbortSignal },
  ): Promise<Float32Array>;
}

/** One scan at a time: the disk's speed is shared by none, and memory is bounded however many ask. */
export function fileScan(): FileScan {
  let running: Promise<unknown> = Promise.resolve();
  const buffers = new Map<number, [VectorProducts, VectorProducts]>();
  const buffersOf = (dims: number): [VectorProducts, VectorProducts] => {
    const known = buffers.get(dims);
    if (known !== undefined) return known;
    const rows = Math.max(1, Math.floor(BLOCK_BYTES / 4 / dims));
    const made: [VectorProducts, VectorProducts] = [kernelVectors(rows, dims), kernelVectors(rows, dims)];
    buffers.clear();
    buffers.set(dims, made);
    return made;
  };
  return {
    products({ place, key, rows, dims }, query, call = {}) {
      const scan = async (): Promise<Float32Array> => {
        call.signal?.throwIfAborted();
        const blocks = buffersOf(dims);
        const perBlock = blocks[0].rows;
        const out = new Float32Array(rows);
        const readBlock = async (from: number): Promise<void> => {
          const { vectors } = blocks[(from / perBlock) % 2]!;
          const allocate = (size: number): Uint8Array => new Uint8Array(vectors.buffer, vectors.byteOffset, size);
          const end = Math.min(rows, from + perBlock) * dims * 4;
          const bytes = await readRange(place, key, { start: from * dims * 4, end, allocate, ...call });
          // A place that has the bytes in memory gives its own.
          if (bytes.buffer !== vectors.buffer) allocate(bytes.byteLength).set(bytes);
        };
        let coming = readBlock(0);
        for (let from = 0; from < rows; from += perBlock) {
          await coming;
          if (from + perBlock < rows) coming = readBlock(from + perBlock);
          // Rows behind the last of the file are of the block before, and cut off.
          const products = blocks[(from / perBlock) % 2]!.ofQuery(query);
          out.set(products.subarray(0, Math.min(perBlock, rows - from)), from);
        }
        return out;
      };
      const turn = running.then(scan);
      running = turn.catch(() => {});
      return turn;
    },
  };
}
