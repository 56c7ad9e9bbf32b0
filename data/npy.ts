import { NumpyError } from "./format-errors.ts";

/** An array as NumPy wrote it. */
export interface NumpyArray {
  shape: number[];
  /** In row-major order; NaN where a number is missing, texts without their padding. */
  values: { kind: "number"; numbers: Float64Array } | { kind: "text"; texts: string[] };
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/**
 * Reads NumPy's format, versions 1 to 3 (NEP 1): integers, floats of 16 to 64 bits, booleans, fixed-length texts and bytes, either byte order,
 * row-major or (of two dimensions) column-major. Pickled objects are refused.
 * @param file names the source in errors
 * @throws NumpyError (data/numpy)
 */
export function readNpy(bytes: Uint8Array, file: string): NumpyArray {
  if (bytes.length < 10 || MAGIC.some((byte, i) => bytes[i] !== byte))
    throw new NumpyError(file, "it does not begin as an array of NumPy does");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLong = bytes[6]! >= 2;
  const from = isLong ? 12 : 10;
  const length = isLong ? view.getUint32(8, true) : view.getUint16(8, true);
  if (bytes.length < from + length) throw new NumpyError(file, "it stops within its header");
  const header = new TextDecoder(bytes[6]! >= 3 ? "utf-8" : "latin1").decode(bytes.subarray(from, from + length));
  const { descr, isColumnMajor, shape } = headerOf(header, file);
  const count = shape.reduce((product, size) => product * size, 1);
  const { itemBytes, read } = itemOf(descr, file);
  const data = new DataView(bytes.buffer, bytes.byteOffset + from + length, bytes.length - from - length);
  if (data.byteLength < count * itemBytes)
    throw new NumpyError(
      file,
      `it holds ${data.byteLength} bytes of values, expected ${count * itemBytes} of shape (${shape.join(", ")})`,
    );
  const [rows = 1, columns = 1] = shape;
  if (isColumnMajor && shape.length > 2)
    throw new NumpyError(
      file,
      `it is column-major of ${shape.length} dimensions: save it with numpy.ascontiguousarray`,
    );
  const placeOf =
    isColumnMajor && shape.length === 2
      ? (i: number): number => ((i % columns) * rows + Math.floor(i / columns)) * itemBytes
      : (i: number): number => i * itemBytes;
  if (read.kind === "number") {
    const numbers = new Float64Array(count);
    for (let i = 0; i < count; i++) numbers[i] = read.at(data, placeOf(i));
    return { shape, values: { kind: "number", numbers } };
  }
  return { shape, values: { kind: "text", texts: Array.from({ length: count }, (_, i) => read.at(data, placeOf(i))) } };
}

function headerOf(text: string, file: string): { descr: string; isColumnMajor: boolean; shape: number[] } {
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || shape === undefined)
    throw new NumpyError(file, `its header is ${JSON.stringify(text.trim().slice(0, 80))}: no plain array`);
  const sizes = shape.split(",").flatMap((size) => (size.trim() === "" ? [] : [Number(size)]));
  return { descr, isColumnMajor: order === "True", shape: sizes };
}

type Reading =
  | { kind: "number"; at: (view: DataView, byte: number) => number }
  | { kind: "text"; at: (view: DataView, byte: number) => string };

function itemOf(descr: string, file: string): { itemBytes: number; read: Reading } {
  const [, order = "", type = "", digits = ""] = /^([<>|=]?)([a-zA-Z])(\d*)$/.exec(descr) ?? [];
  const little = order !== ">";
  const size = Number(digits);
  const number = (at: (view: DataView, byte: number) => number): { itemBytes: number; read: Reading } => ({
    itemBytes: size,
    read: { kind: "number", at },
  });
  switch (`${type}${digits}`) {
    case "b1":
    case "u1":
      return number((view, byte) => view.getUint8(byte));
    case "i1":
      return number((view, byte) => view.getInt8(byte));
    case "i2":
      return number((view, byte) => view.getInt16(byte, little));
    case "u2":
      return number((view, byte) => view.getUint16(byte, little));
    case "i4":
      return number((view, byte) => view.getInt32(byte, little));
    case "u4":
      return number((view, byte) => view.getUint32(byte, little));
    case "i8":
      return number((view, byte) => Number(view.getBigInt64(byte, little)));
    case "u8":
      return number((view, byte) => Number(view.getBigUint64(byte, little)));
    case "f2":
      return number((view, byte) => view.getFloat16(byte, little));
    case "f4":
      return number((view, byte) => view.getFloat32(byte, little));
    case "f8":
      return number((view, byte) => view.getFloat64(byte, little));
  }
  if (type === "U") return { itemBytes: 4 * size, read: { kind: "text", at: utf32(size, little) } };
  if (type === "S") return { itemBytes: size, read: { kind: "text", at: latin(size) } };
  const what = type === "O" ? "Python objects, which only Python reads" : `of type ${descr}`;
  throw new NumpyError(file, `its values are ${what}: save numbers, or texts as numpy.array(names, dtype=str)`);
}

function utf32(size: number, little: boolean): (view: DataView, byte: number) => string {
  return (view, byte) => {
    let text = "";
    for (let i = 0; i < size; i++) {
      const point = view.getUint32(byte + 4 * i, little);
      if (point === 0) break;
      text += String.fromCodePoint(point);
    }
    return text;
  };
}

function latin(size: number): (view: DataView, byte: number) => string {
  const decoder = new TextDecoder();
  return (view, byte) => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset + byte, size);
    const end = bytes.indexOf(0);
    return decoder.decode(bytes.subarray(0, end < 0 ? size : end));
  };
}
