import { openKernel, type VectorKernel } from "./vector-kernel.ts";
import { checkQuery, rowCount, type VectorProducts } from "./vector-products.ts";

/** More than this stays outside of the kernel's memory (which ends at 4 GiB) and goes through it in blocks. */
const RESIDENT_BYTES = 2 ** 31;
const BLOCK_ROWS = 128;
const BLOCK_COLUMNS = 512;

/**
 * The same as {@link referenceProducts} with vector instructions, equal to 1e-6 for unit vectors. The vectors are copied into the
 * kernel's memory: use `.vectors` of the result from then on and let the original go.
 * @param vectors of shape (rows, dims); on a SharedArrayBuffer or not
 * @param options `residentBytes`: vectors larger than this stay where they are and pass through in blocks. Default 2 GiB
 * @throws MapShapeError (maps/shape) when the vectors are not whole rows, or a query has another length
 */
export function fastProducts(
  vectors: Float32Array,
  dims: number,
  options: { residentBytes?: number } = {},
): VectorProducts {
  const rows = rowCount(vectors, dims);
  if (vectors.byteLength > (options.residentBytes ?? RESIDENT_BYTES))
    return productsOf(openKernel(), rows, dims, () => vectors);
  const products = kernelVectors(rows, dims);
  products.vectors.set(vectors);
  return products;
}

/** Products over zeros of shape (rows, dims) in the kernel's memory: read a file straight into `.vectors`, once, without a copy. */
export function kernelVectors(rows: number, dims: number): VectorProducts {
  const kernel = openKernel();
  const address = kernel.allocate(4 * rows * dims);
  return productsOf(kernel, rows, dims, () => kernel.floats(address, rows * dims), address);
}

function productsOf(
  kernel: VectorKernel,
  rows: number,
  dims: number,
  vectorsNow: () => Float32Array,
  resident?: number,
): VectorProducts {
  const streamRows = resident === undefined ? Math.min(Math.max(1, rows), 16_384) : 0;
  const queryAt = kernel.allocate(4 * dims);
  const streamAt = kernel.allocate(4 * streamRows * dims);
  const allAt = kernel.allocate(4 * (resident === undefined ? streamRows : rows));
  const rowsAt = kernel.allocate(4 * BLOCK_ROWS * dims);
  const columnsAt = kernel.allocate(4 * BLOCK_COLUMNS * dims);
  const panelsAt = kernel.allocate(4 * BLOCK_COLUMNS * dims);
  const blockAt = kernel.allocate(4 * BLOCK_ROWS * BLOCK_COLUMNS);
  const vectors = vectorsNow(); // all is allocated: the view stays good
  const gather = (indices: ArrayLike<number>, from: number, to: number, address: number): number => {
    const target = kernel.floats(address, (to - from) * dims);
    for (let i = from; i < to; i++) {
      const start = indices[i]! * dims;
      target.set(vectors.subarray(start, start + dims), (i - from) * dims);
    }
    return to - from;
  };
  return {
    rows,
    dims,
    vectors,
    ofQuery(query) {
      checkQuery(query, dims);
      kernel.floats(queryAt, dims).set(query);
      if (resident !== undefined) {
        kernel.queryProducts(queryAt, resident, rows, dims, allAt);
        return kernel.floats(allAt, rows).slice();
      }
      const out = new Float32Array(rows);
      for (let from = 0; from < rows; from += streamRows) {
        const count = Math.min(streamRows, rows - from);
        kernel.floats(streamAt, count * dims).set(vectors.subarray(from * dims, (from + count) * dims));
        kernel.queryProducts(queryAt, streamAt, count, dims, allAt);
        out.set(kernel.floats(allAt, count), from);
      }
      return out;
    },
    ofRows(a, b) {
      const out = new Float32Array(a.length * b.length);
      for (let column = 0; column < b.length; column += BLOCK_COLUMNS) {
        const columns = gather(b, column, Math.min(b.length, column + BLOCK_COLUMNS), columnsAt);
        const panels = Math.ceil(columns / 8);
        kernel.fillPanels(columnsAt, columns, dims, panelsAt);
        for (let row = 0; row < a.length; row += BLOCK_ROWS) {
          const count = gather(a, row, Math.min(a.length, row + BLOCK_ROWS), rowsAt);
          kernel.blockProducts(rowsAt, 4 * Math.ceil(count / 4), panelsAt, panels, dims, blockAt);
          const block = kernel.floats(blockAt, count * panels * 8);
          for (let i = 0; i < count; i++)
            out.set(block.subarray(i * panels * 8, i * panels * 8 + columns), (row + i) * b.length + column);
        }
      }
      return out;
    },
  };
}
