import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { GroupRow } from "./perturbation-group.ts";
import { memoryPlace } from "./prepared-map.test-support.ts";
import { openRowIndex, rowIndexBytes, rowsAt, rowsNamed, rowsOfIndex } from "./row-index.ts";

const row = (symbol: string, concentration: number | null = null): GroupRow => ({
  perturbation: `gene:${symbol}`,
  type: "gene",
  symbol,
  concentration,
  units: 4,
  experiment: null,
  arm: "16p",
  consistencyP: 0.001,
});

async function opened(rows: readonly GroupRow[]) {
  const place = memoryPlace();
  await place.write("rows.index", rowIndexBytes(rows));
  return { place, index: await openRowIndex(place, "rows.index") };
}

describe("an index of rows", () => {
  it("finds rows by symbol and identity in any case, and gives them back", async () => {
    const rows = [row("TSC2"), row("TSC1"), row("TSC2", 3)];
    const { place, index } = await opened(rows);
    expect(await rowsNamed(place, index, "tsc2")).toEqual([0, 2]);
    expect(await rowsNamed(place, index, "GENE:TSC1")).toEqual([1]);
    expect(await rowsNamed(place, index, "TSC")).toEqual([]);
    expect(await rowsAt(place, index, [2, 0])).toEqual([rows[2], rows[0]]);
  });

  it("is empty for a group without rows", async () => {
    const { place, index } = await opened([]);
    expect(await rowsNamed(place, index, "TSC2")).toEqual([]);
    expect(await rowsOfIndex(place.files.get("rows.index")!, "rows.index")).toEqual([]);
  });

  it("gives all rows back, also when they are more than a slice", async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => row(`G${i}`));
    const bytes = rowIndexBytes(rows);
    expect(await rowsOfIndex(bytes, "rows.index")).toEqual(rows);
  });

  it("holds any names, whole and by row", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.string(), fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }))), {
          maxLength: 60,
        }),
        async (names) => {
          // JSON has no −0.
          const rows = names.map(([symbol, dose]) => row(symbol, dose === null ? null : dose + 0));
          const { place, index } = await opened(rows);
          expect(await rowsOfIndex(place.files.get("rows.index")!, "rows.index")).toEqual(rows);
          for (const [symbol] of names.slice(0, 5))
            expect(await rowsNamed(place, index, symbol)).toEqual(
              rows.flatMap((one, i) =>
                one.symbol.toUpperCase() === symbol.toUpperCase() ||
                one.perturbation.toUpperCase() === symbol.toUpperCase()
                  ? [i]
                  : [],
              ),
            );
        },
      ),
      { numRuns: 50 },
    );
  });

  it("finds each of many rows, also one name that has thousands, by reading little", async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => row(i % 4 === 0 ? "SAME" : `G${i}`));
    const place = memoryPlace();
    await place.write("rows.index", rowIndexBytes(rows));
    let bytes = 0;
    const counted = {
      ...place,
      read: async (...call: Parameters<typeof place.read>) => {
        const read = await place.read(...call);
        bytes += read.byteLength;
        return read;
      },
    };
    const index = await openRowIndex(counted, "rows.index");
    bytes = 0;
    for (const i of [1, 777, 9_999, 19_999]) expect(await rowsNamed(counted, index, `G${i}`)).toEqual([i]);
    expect(bytes).toBeLessThan(4 * 3 * 8 * 600);
    expect((await rowsNamed(counted, index, "same")).length).toBe(5000);
  });

  it("refuses another kind of file", async () => {
    const place = memoryPlace();
    await place.write("rows.index", new Uint8Array(40));
    await expect(openRowIndex(place, "rows.index")).rejects.toMatchObject({ code: "maps/group-file" });
  });
});
