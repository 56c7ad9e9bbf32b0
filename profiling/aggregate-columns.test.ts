import { mean, median, present } from "@artesian/numerics";
import fc from "fast-check";
import { expect, it } from "vitest";
import { aggregateColumns, compensatedMean, medianInPlace } from "./aggregate-columns.ts";

const cell = fc.oneof(fc.double(), fc.integer({ min: -3, max: 3 }).map(Number), fc.constant(Number.NaN));

it("selects the same median as sorting does, ties and infinities included", () => {
  fc.assert(
    fc.property(fc.array(cell, { maxLength: 60 }), (cells) => {
      const kept = present(cells);
      expect(medianInPlace(kept.slice(), kept.length)).toBe(
        kept.length === 0 ? Number.NaN : kept.length % 2 === 1 ? median(kept) : middle(kept),
      );
    }),
  );
});

function middle(values: Float64Array): number {
  const sorted = values.slice().sort();
  const low = sorted[sorted.length / 2 - 1]!;
  const high = sorted[sorted.length / 2]!;
  return low === high ? low : (low + high) / 2;
}

it("aggregates chosen rows of several tables, with columns that one of them lacks", () => {
  const tables = [
    { values: Float64Array.of(1, 10, 2, 20, 3, Number.NaN), width: 2 },
    { values: Float64Array.of(0, 0, 7, 0, 0, 9), width: 3 },
  ];
  const places = [Int32Array.of(0, 1), Int32Array.of(2, -1)];
  const rows = { table: Int32Array.of(0, 0, 0, 1, 1, 0), row: Int32Array.of(0, 1, 2, 0, 1, -1) };
  const out = new Float64Array(2);
  aggregateColumns(tables, places, rows, "mean", out);
  expect([...out]).toEqual([22 / 5, 15]);
  aggregateColumns(tables, places, rows, "median", out);
  expect([...out]).toEqual([3, 15]);
});

it("means as numerics does to the last digits, column by column, with missing and infinite values", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 30 }), (records) => {
      const values = Float64Array.from(records.flat());
      const out = new Float64Array(3);
      const rows = { table: new Int32Array(records.length), row: Int32Array.from(records, (_, i) => i) };
      aggregateColumns([{ values, width: 3 }], [Int32Array.of(0, 1, 2)], rows, "mean", out);
      for (let j = 0; j < 3; j++) {
        const kept = present(records.map((record) => record[j]!));
        const careful = compensatedMean(kept, kept.length);
        expect(out[j]).toBe(careful);
        const scale = Math.max(...kept.map(Math.abs));
        if (kept.length > 0 && scale < 1e300) expect(Math.abs(careful - mean(kept))).toBeLessThanOrEqual(1e-13 * scale);
      }
    }),
  );
});
