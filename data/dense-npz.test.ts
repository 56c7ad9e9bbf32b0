import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { readDenseNpz } from "./dense-npz.ts";
import { readNpy } from "./npy.ts";
import { folderPlace } from "./place-folder.ts";
import { columnOf } from "./table.ts";

const place = folderPlace(join(import.meta.dirname, "fixtures"));

describe("an archive of NumPy arrays", () => {
  it("is its matrix with an array a column beside it, columns named after the matrix", async () => {
    const { obs, variables, values } = await readDenseNpz(place, "profiles.npz");
    expect(variables).toEqual(["embedding_0", "embedding_1", "embedding_2"]);
    expect([...values]).toEqual(Array.from({ length: 12 }, (_, i) => i));
    expect(columnOf(obs, "Metadata_Gene")?.values).toEqual(["TSC2", "MTOR", "non-targeting", "β-actin"]);
    expect(columnOf(obs, "Metadata_Plate")?.values).toEqual(["P1", "P1", "P2", "P2"]);
    expect(columnOf(obs, "Metadata_Dose")?.values).toEqual(Float64Array.of(Number.NaN, 0.5, 1, 2));
  });

  it("is read compressed, column-major, of either byte order and every kind of number, with named features", async () => {
    const { obs, variables, values } = await readDenseNpz(place, "named.npz");
    expect(variables).toEqual(["f_a", "f_b", "f_c"]);
    expect([...values]).toEqual(Array.from({ length: 12 }, (_, i) => i));
    expect(Object.fromEntries(obs.columns.map((column) => [column.name, [...column.values]]))).toEqual({
      big: [1, 2, 3, 65536],
      count: [1, 2, 3, 4],
      flag: [1, 0, 1, 0],
      half: [0.5, 1.5, -2, Number.NaN],
      small: [-1, 2, -3, 4],
    });
  });

  it("is refused when it holds Python objects, saying how to save them", async () => {
    await expect(readDenseNpz(place, "objects.npz")).rejects.toMatchObject({
      code: "data/numpy",
      message: expect.stringMatching(/objects\.npz: gene\.npy .*Python objects.*dtype=str/),
    });
  });

  it("is refused when it is no archive, or has no one matrix", async () => {
    const dir = mkdtempSync(join(tmpdir(), "artesian-npz-"));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    writeFileSync(join(dir, "no.npz"), "nothing");
    await expect(readDenseNpz(folderPlace(dir), "no.npz")).rejects.toMatchObject({ code: "data/zip" });
  });
});

describe("an array of NumPy", () => {
  const npy = (header: string, values: Uint8Array): Uint8Array => {
    const padded = `${header.padEnd(118)}\n`;
    return Buffer.concat([
      Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, padded.length & 255, padded.length >> 8]),
      Buffer.from(padded),
      values,
    ]);
  };

  it("of any shape and order reads back as it was", () => {
    const arrays = fc.record({
      rows: fc.nat(6),
      columns: fc.nat(5),
      isColumnMajor: fc.boolean(),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(arrays, ({ rows, columns, isColumnMajor, seed }) => {
        const value = (i: number, j: number): number => Math.sin(seed + 31 * i + j);
        const numbers = new Float64Array(rows * columns);
        for (let i = 0; i < rows; i++)
          for (let j = 0; j < columns; j++) numbers[isColumnMajor ? j * rows + i : i * columns + j] = value(i, j);
        const header = `{'descr': '<f8', 'fortran_order': ${isColumnMajor ? "True" : "False"}, 'shape': (${rows}, ${columns}), }`;
        const { shape, values } = readNpy(npy(header, new Uint8Array(numbers.buffer)), "a.npy");
        expect(shape).toEqual([rows, columns]);
        const expected = Array.from({ length: rows * columns }, (_, k) => value(Math.floor(k / columns), k % columns));
        expect(values.kind === "number" && [...values.numbers]).toEqual(expected);
      }),
    );
  });

  it.each([
    ["nothing", new Uint8Array(), "does not begin"],
    ["half a header", npy("{}", new Uint8Array()).subarray(0, 40), "within its header"],
    [
      "no plain array",
      npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", new Uint8Array(4)),
      "no plain array",
    ],
    [
      "too few values",
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", new Uint8Array(8)),
      "8 bytes of values, expected 12",
    ],
    [
      "complex numbers",
      npy("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", new Uint8Array(8)),
      "of type <c8",
    ],
  ])("that is %s is refused by name", (_, bytes, problem) => {
    expect(() => readNpy(bytes, "some.npy")).toThrow(expect.objectContaining({ code: "data/numpy" }));
    expect(() => readNpy(bytes, "some.npy")).toThrow(new RegExp(`some\\.npy .*${problem}`));
  });
});
