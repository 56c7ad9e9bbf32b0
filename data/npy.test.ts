import { describe, expect, it } from "vitest";
import { readNpy } from "./npy.ts";

/** A file as `numpy.save` writes it (NEP 1): magic, version, length of the header, header, values. */
function npy(descr: string, shape: string, values: Uint8Array, { version = 1, fortran = "False" } = {}): Uint8Array {
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape}), }\n`;
  const header = new TextEncoder().encode(text);
  const length = version === 1 ? 2 : 4;
  const bytes = new Uint8Array(8 + length + header.length + values.length);
  bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), version, 0]);
  const view = new DataView(bytes.buffer);
  if (version === 1) view.setUint16(8, header.length, true);
  else view.setUint32(8, header.length, true);
  bytes.set(header, 8 + length);
  bytes.set(values, 8 + length + header.length);
  return bytes;
}

const bytesOf = (array: { buffer: ArrayBuffer }): Uint8Array => new Uint8Array(array.buffer);
const numbersOf = (bytes: Uint8Array): number[] => {
  const { values } = readNpy(bytes, "a.npy");
  return values.kind === "number" ? [...values.numbers] : [];
};
const problemOf = (bytes: Uint8Array): string => {
  try {
    readNpy(bytes, "a.npy");
  } catch (error) {
    return `${(error as { code: string }).code} ${(error as Error).message}`;
  }
  return "";
};

describe("an array as NumPy writes it", () => {
  it.each([
    ["|b1", Uint8Array.of(1, 0, 1), [1, 0, 1]],
    ["|u1", Uint8Array.of(1, 2, 255), [1, 2, 255]],
    ["|i1", Int8Array.of(-1, 2, -128), [-1, 2, -128]],
    ["<i2", Int16Array.of(-1, 2, 300), [-1, 2, 300]],
    ["<u4", Uint32Array.of(1, 2, 4e9), [1, 2, 4e9]],
    ["<i8", BigInt64Array.of(-1n, 2n, 1n << 40n), [-1, 2, 2 ** 40]],
    ["<f2", Float16Array.of(0.5, -2, Number.NaN), [0.5, -2, Number.NaN]],
    ["<f4", Float32Array.of(0.5, -2, Number.POSITIVE_INFINITY), [0.5, -2, Number.POSITIVE_INFINITY]],
    ["<f8", Float64Array.of(0.1, -2, 1e300), [0.1, -2, 1e300]],
  ])("is read of type %s", (descr, array, expected) => {
    expect(numbersOf(npy(descr, "3,", bytesOf(array)))).toEqual(expected);
  });

  it("is read of either byte order, of versions 1 to 3, and from the middle of a buffer", () => {
    expect(numbersOf(npy(">i2", "2,", Uint8Array.of(1, 0, 0xff, 0xff)))).toEqual([256, -1]);
    for (const version of [1, 2, 3])
      expect(numbersOf(npy("|u1", "2,", Uint8Array.of(7, 8), { version }))).toEqual([7, 8]);
    const whole = new Uint8Array([9, 9, 9, ...npy("|u1", "2,", Uint8Array.of(7, 8))]);
    expect(numbersOf(whole.subarray(3))).toEqual([7, 8]);
  });

  it("is row-major however it lies in the file; a single number has no shape", () => {
    const values = Uint8Array.of(1, 2, 3, 4, 5, 6);
    expect(numbersOf(npy("|u1", "2, 3", values))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(numbersOf(npy("|u1", "2, 3", values, { fortran: "True" }))).toEqual([1, 3, 5, 2, 4, 6]);
    expect(readNpy(npy("|u1", "", Uint8Array.of(4)), "a.npy")).toEqual({
      shape: [],
      values: { kind: "number", numbers: Float64Array.of(4) },
    });
  });

  it("of texts is without their padding", () => {
    const wide = bytesOf(Uint32Array.from([..."DNAµ\0\0\0\0"], (sign) => sign.codePointAt(0) ?? 0));
    expect(readNpy(npy("<U4", "2,", wide), "a.npy").values).toEqual({ kind: "text", texts: ["DNAµ", ""] });
    const narrow = new TextEncoder().encode("ER\0AGP");
    expect(readNpy(npy("|S3", "2,", narrow), "a.npy").values).toEqual({ kind: "text", texts: ["ER", "AGP"] });
  });
});

describe("what is no such array is refused, by the file's name", () => {
  it.each([
    ["another file", new TextEncoder().encode("Metadata_Well,A01"), /does not begin as an array of NumPy/],
    ["one cut off in its header", npy("|u1", "2,", Uint8Array.of(1, 2)).subarray(0, 30), /stops within its header/],
    [
      "one cut off in its values",
      npy("<f8", "2, 3", new Uint8Array(40)),
      /40 bytes of values, expected 48 of shape \(2, 3\)/,
    ],
    ["objects of Python", npy("|O", "2,", new Uint8Array(16)), /Python objects, which only Python reads.*dtype=str/],
    ["complex numbers", npy("<c16", "1,", new Uint8Array(16)), /of type <c16/],
    [
      "a column-major stack",
      npy("|u1", "1, 2, 1", new Uint8Array(2), { fortran: "True" }),
      /column-major of 3 dimensions/,
    ],
  ])("%s", (_, bytes, problem) => {
    expect(problemOf(bytes)).toMatch(/^data\/numpy .*a\.npy/);
    expect(problemOf(bytes)).toMatch(problem);
  });
});
