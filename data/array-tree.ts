/** Numbers as the readers hand them out; 64-bit integers have become doubles. */
export type NumberArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** First and behind-last index along one axis. */
export type AxisRange = readonly [from: number, to: number];

/** One array of a file; nothing of it is read before it is asked for. */
export interface TreeArray {
  readonly path: string;
  readonly shape: readonly number[];
  /** Shape of the pieces it is stored in; undefined when it lies in one. Reading whole pieces is fastest. */
  readonly chunks?: readonly number[];
  readonly kind: "integer" | "float" | "boolean" | "text" | "compound";
  /** A part of the array, row-major; without ranges all of it. @throws ArrayTreeError (data/array-tree) when these are no numbers */
  numbers(ranges?: readonly AxisRange[]): Promise<NumberArray>;
  /**
   * The same without a copy where that can be: the numbers lie in the library's memory and are valid until anything else is asked of
   * the file. For long arrays that are read piece by piece.
   */
  borrowNumbers(range: AxisRange): Promise<NumberArray>;
  /** A part of an array of texts of one dimension. @throws ArrayTreeError (data/array-tree) when these are no texts */
  texts(range?: AxisRange): Promise<string[]>;
  /** The members of a compound array of one dimension, such as the tables of old files. */
  records?(): Promise<Map<string, NumberArray | string[]>>;
}

/** A file of named arrays in named groups: HDF5 and Zarr alike. */
export interface ArrayTree {
  /** The file's name, for errors. */
  readonly name: string;
  kind(path: string): Promise<"group" | "array" | undefined>;
  /** Names directly below a group. */
  keys(path: string): Promise<string[]>;
  /** Attributes as numbers, texts and arrays of them. */
  attributes(path: string): Promise<Record<string, unknown>>;
  /** @throws ArrayTreeError (data/array-tree) when there is no such array */
  array(path: string): Promise<TreeArray>;
  close(): Promise<void>;
}

/** The array's numbers as doubles, where 64 bits are needed. */
export function wideIntegers(values: BigInt64Array | BigUint64Array): Float64Array {
  // Reading the two halves is ten times as fast as making big integers.
  const halves = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  const signed = values instanceof BigInt64Array;
  const wide = new Float64Array(values.length);
  for (let i = 0; i < wide.length; i++) {
    const high = halves[2 * i + 1]!;
    wide[i] = (signed ? high | 0 : high) * 2 ** 32 + halves[2 * i]!;
  }
  return wide;
}
