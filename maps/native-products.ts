import type * as Ffi from "node:ffi";

/** A BLAS of this machine, found and tried: what threads open again by its path. */
export interface NativeBlas {
  path: string;
}

/** Products of rows with rows by a BLAS, in place of the compiled kernels; equal to theirs to about 1e-6, not to the bit. */
export interface NativeProducts {
  /**
   * Products of vectors `a` of shape (rows, dims) with `b` of shape (columns, dims), of shape (rows, stride), of which `columns` count.
   * @param stride at least `columns`
   */
  products(a: Float32Array, b: Float32Array, dims: number, out: Float32Array, stride: number): void;
}

const ROW_MAJOR = 101;
const [AS_IS, TRANSPOSED] = [111, 112];
const NAMES: Readonly<Record<string, readonly string[]>> = {
  darwin: ["/opt/homebrew/opt/openblas/lib/libopenblas.dylib", "/usr/local/opt/openblas/lib/libopenblas.dylib"],
  linux: ["libopenblas.so.0", "libopenblas.so"],
};

/**
 * The OpenBLAS that `ARTESIAN_NATIVE` asks for: `1` for the system's, or a library's path. Only on request, since its sums differ in their last bits from
 * machine to machine: builds of maps never use it, so that equal inputs give equal versions everywhere.
 * @param say told when it is asked for and there is none: the compiled kernels are used then
 * @returns undefined when nobody asks, or there is none
 */
export function nativeBlas(
  env: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void = () => {},
): NativeBlas | undefined {
  const asked = env.ARTESIAN_NATIVE;
  if (asked === undefined || asked === "" || asked === "0") return undefined;
  // It would make OpenBLAS take the kernels of another processor than this one.
  delete process.env.OPENBLAS_CORETYPE;
  const problems: string[] = [];
  for (const path of asked === "1" ? (NAMES[process.platform] ?? []) : [asked]) {
    try {
      openNative({ path });
      return { path };
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  say(
    `ARTESIAN_NATIVE=${asked}: no OpenBLAS can be used (${problems.join("; ") || `none is looked for on ${process.platform}`}), so vectors are compared by the compiled kernels. Install libopenblas0, or name the library's path.`,
  );
  return undefined;
}

/**
 * Opens a BLAS through Node's foreign function interface. It works in one thread: whoever wants more starts threads that open it each.
 * @throws Error of the system for a path that is no such library
 */
export function openNative({ path }: NativeBlas): NativeProducts {
  const ffi = process.getBuiltinModule("node:ffi") as typeof Ffi | undefined;
  if (ffi === undefined) throw new Error(`Node ${process.version} has no foreign function interface`);
  const { functions } = ffi.dlopen(path, {
    openblas_set_num_threads: { arguments: ["int32"], return: "void" },
    cblas_sgemm: {
      // order, both transpositions, rows, columns, dims, alpha, a and its stride, b and its stride, beta, out and its stride
      arguments: [
        ...(["int32", "int32", "int32", "int32", "int32", "int32"] as const),
        ...(["float", "buffer", "int32", "buffer", "int32", "float", "buffer", "int32"] as const),
      ],
      return: "void",
    },
  });
  functions.openblas_set_num_threads(1);
  return {
    products(a, b, dims, out, stride) {
      const [rows, columns] = [a.length / dims, b.length / dims];
      if (out.length < (rows - 1) * stride + columns || stride < columns)
        throw new RangeError(`${out.length} products, expected room for ${rows} × ${stride}`);
      functions.cblas_sgemm(ROW_MAJOR, AS_IS, TRANSPOSED, rows, columns, dims, 1, a, dims, b, dims, 0, out, stride);
    },
  };
}
