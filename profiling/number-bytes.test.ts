import fc from "fast-check";
import { expect, it } from "vitest";
import { numberWriter } from "./number-bytes.ts";
import { pythonFloat } from "./number-text.ts";

const writer = numberWriter();
const texts = (values: ArrayLike<number>): string[] =>
  Buffer.from(writer.write(values, ",", true))
    .toString("latin1")
    .split(",")
    .slice(1);
const expected = (values: ArrayLike<number>): string[] => Array.from(values, pythonFloat);

it("writes numbers behind a separator, and nothing or nan for a missing one", () => {
  const text = (missing: boolean): string =>
    Buffer.from(writer.write([1, Number.NaN, -0.25], "\t", missing)).toString("latin1");
  expect(text(false)).toBe("\t1.0\t\t-0.25");
  expect(text(true)).toBe("\t1.0\tnan\t-0.25");
  expect(writer.write([], ",", true)).toHaveLength(0);
});

it("knows zeros, infinities, and where plain notation ends", () => {
  const edges = [
    0, 1, 1e-4, 9.999999999999999e-5, 1e15, 9999999999999998, 1e16, 1.5e16, 1e21, 1e22, 1e23, 5e-324, 1e-323,
  ];
  const more = [2.2250738585072014e-308, 2.225073858507201e-308, 1.7976931348623157e308, 9007199254740992, Infinity];
  const values = [...edges, ...more].flatMap((value) => [value, -value]);
  expect(texts(values)).toEqual(expected(values));
});

it("finds the shortest digits at every power of two and of ten, where neighbours are unevenly far", () => {
  const values: number[] = [];
  for (let power = -1074; power < 1024; power++)
    for (const factor of [1, 1 - 2 ** -53, 1 + 2 ** -52]) values.push(factor * 2 ** power);
  for (let power = -323; power <= 308; power++)
    for (const digits of [1, 2, 3, 5, 7, 9, 17, 99]) values.push(Number(`${digits}e${power}`));
  expect(texts(values)).toEqual(expected(values));
});

it("writes every number as the text that JavaScript finds for it", () => {
  fc.assert(
    fc.property(fc.array(fc.double(), { minLength: 1, maxLength: 200 }), (values) => {
      expect(texts(values)).toEqual(expected(values));
    }),
  );
  const bits = new Uint32Array(20_000);
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      let state = seed | 1;
      for (let i = 0; i < bits.length; i++) {
        state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5;
        bits[i] = state ^ (state >>> 13);
      }
      const values = new Float64Array(bits.buffer);
      expect(texts(values)).toEqual(expected(values));
    }),
    { numRuns: 20 },
  );
});
