import { seededRandom } from "@artesian/numerics";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allNeighbours } from "./all-neighbours.ts";
import { nativeBlas, openNative } from "./native-products.ts";
import { openScan } from "./vector-scan.ts";

const native = nativeBlas({ ARTESIAN_NATIVE: process.env.ARTESIAN_NATIVE ?? "1" });

/** Unit vectors of shape (rows, dims) from a seed. */
function unitVectors(rows: number, dims: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  const vectors = Float32Array.from({ length: rows * dims }, () => random.normal());
  for (let row = 0; row < rows; row++) {
    const one = vectors.subarray(row * dims, (row + 1) * dims);
    const length = Math.hypot(...one) || 1;
    one.forEach((value, k) => {
      one[k] = value / length;
    });
  }
  return vectors;
}

describe("a BLAS of this machine", () => {
  it("is used only when it is asked for", () => {
    const said: string[] = [];
    for (const asked of [undefined, "", "0"])
      expect(nativeBlas({ ARTESIAN_NATIVE: asked }, (line) => said.push(line))).toBeUndefined();
    expect(said).toEqual([]);
  });

  it("that is asked for and not there is told of, with what to do", () => {
    const said: string[] = [];
    expect(nativeBlas({ ARTESIAN_NATIVE: "/nowhere/libopenblas.so" }, (line) => said.push(line))).toBeUndefined();
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/ARTESIAN_NATIVE=\/nowhere\/libopenblas\.so: no OpenBLAS .*compiled kernels.*libopenblas0/);
  });
});

if (native === undefined) {
  it.skip("4 tests of native products need OpenBLAS: apt-get install libopenblas0", () => {});
} else {
  describe(`products by ${native.path}`, () => {
    it("are those of whole numbers to the bit", () => {
      const [a, b] = [Float32Array.of(1, 2, 3, 4), Float32Array.of(1, 0, 0, 1, 2, -2)];
      const out = new Float32Array(8).fill(9);
      openNative(native).products(a, b, 2, out, 4);
      expect([...out]).toEqual([1, 2, -2, 9, 3, 4, -2, 9]);
    });

    it("refuse room that is too small", () => {
      const open = openNative(native);
      expect(() => open.products(new Float32Array(4), new Float32Array(4), 2, new Float32Array(3), 2)).toThrow(
        "expected room",
      );
      expect(() => open.products(new Float32Array(4), new Float32Array(4), 2, new Float32Array(9), 1)).toThrow(
        "expected room",
      );
    });

    it("give the top lists, pairs and counts of the compiled kernels to 1e-6, in any shape", () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 150 }),
          fc.integer({ min: 1, max: 40 }),
          fc.nat(1000),
          (rows, dims, seed) => {
            const vectors = unitVectors(rows, dims, seed);
            const question = { top: 5, beyond: { low: -0.5, high: 0.5 } };
            const to = Math.min(rows, 64);
            const [mine, theirs] = [
              openScan(vectors, dims, question)(0, to),
              openScan(vectors, dims, question, native)(0, to),
            ];
            mine.top!.products.forEach((product, i) => {
              const other = theirs.top!.products[i]!;
              expect(Number.isNaN(product) ? Number.isNaN(other) : Math.abs(product - other) <= 1e-6).toBe(true);
            });
            const sure = ({ a, b, products }: NonNullable<typeof mine.beyond>) =>
              [...a]
                .flatMap((row, k) => (Math.abs(Math.abs(products[k]!) - 0.5) > 1e-6 ? [`${row} ${b[k]}`] : []))
                .sort();
            expect(sure(theirs.beyond!)).toEqual(sure(mine.beyond!));
          },
        ),
        { numRuns: 60 },
      );
    });

    it("name the same neighbours from several threads, over several blocks and chunks", async () => {
      const vectors = unitVectors(1500, 24, 7);
      const [mine, theirs] = [
        await allNeighbours(vectors, 24, { keep: 20 }),
        await allNeighbours(vectors, 24, { keep: 20, native }),
      ];
      let swapped = 0;
      mine.indices.forEach((row, i) => {
        expect(Math.abs(mine.cosines[i]! - theirs.cosines[i]!)).toBeLessThanOrEqual(1e-6);
        if (row !== theirs.indices[i]) swapped++;
      });
      // Rows whose cosines differ by less than that may stand in another order.
      expect(swapped).toBeLessThan(mine.indices.length / 100);
    });
  });
}
