import { expect, it } from "vitest";
import type { JobResult } from "./ingest-job.ts";
import { stratumRows } from "./stratum-rows.ts";

const result = (columns: string[][], ...strata: number[][][]): JobResult => ({
  strata: strata.map((values) => ({
    objects: 1,
    counts: [1, 1],
    values: values.map((cells) => Float64Array.from(cells)),
  })),
  columns,
  headers: [],
  setObjects: [],
  problems: [],
  orphans: [],
  unlinked: [],
  nonNumeric: [],
  kept: [],
});
const COLUMNS = [["A", "B"], ["C"]];

it("holds the numbers of all strata in their rows, behind room for others", () => {
  const rows = stratumRows(3, 1);
  const first = rows.put(result(COLUMNS, [[1, 2], [3]], [[4, 5], [6]]), [2, 0]);
  expect(rows.whole(COLUMNS)).toBeUndefined();
  rows.put(result([["A", "B"], ["C"]], [[7, 8], [9]]), [1]);
  expect(rows.whole(COLUMNS)).toEqual(Float64Array.of(0, 4, 5, 6, 0, 7, 8, 9, 0, 1, 2, 3));
  expect(first.map(({ values }) => values.map((cells) => [...cells]))).toEqual([
    [[1, 2], [3]],
    [[4, 5], [6]],
  ]);
  expect(first[0]?.values[0]?.buffer).toBe(rows.whole(COLUMNS)?.buffer);
});

it("leaves a result of other columns as it is, and then holds no whole", () => {
  const rows = stratumRows(2, 0);
  rows.put(result(COLUMNS, [[1, 2], [3]]), [0]);
  const other = result([["A"], ["C"]], [[1], [3]]);
  expect(rows.put(other, [1])).toBe(other.strata);
  expect(rows.whole(COLUMNS)).toBeUndefined();
});
