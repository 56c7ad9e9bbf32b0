import { similarityVariant } from "@artesian/maps/normalised-variants.ts";
import { coarserTile, cosineByte, NO_COSINE, TILE_EDGE } from "@artesian/maps/similarity-tiles.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  byteAt,
  cellsOf,
  coarserLevel,
  columnSpread,
  cosineOf,
  emptyCells,
  FULL_Z,
  finestLevel,
  levelOfTiles,
  shownAs,
  shownByte,
  standIn,
  zOf,
} from "./heat-cells.ts";

const count = (n: number): number[] => Array.from({ length: n }, (_, k) => k);
/** A cosine for each cell that no other cell near it has. */
const wave = (rows: number, columns: number): number[] =>
  count(rows * columns).map((k) => Math.sin(k * 1.7 + Math.floor(k / columns)));

describe("cells of a heat map", () => {
  test("a cell is found across tile edges, and one whose tile has not come is not known", () => {
    const values = wave(300, 520);
    const cells = cellsOf(values, 300, 520);
    expect([cells.tileRows, cells.tileColumns]).toEqual([2, 3]);
    for (const [i, j] of [
      [0, 0],
      [255, 256],
      [256, 255],
      [299, 519],
    ] as const)
      expect(byteAt(cells, i, j)).toBe(cosineByte(values[i * 520 + j]!));
    const empty = emptyCells(300, 520);
    expect(cosineOf(empty, 3, 3)).toBeUndefined();
  });

  test("a cell without a cosine is null, not zero", () => {
    const cells = cellsOf([0, null, Number.NaN, -1], 2, 2);
    expect([cosineOf(cells, 0, 0), cosineOf(cells, 0, 1), cosineOf(cells, 1, 0), cosineOf(cells, 1, 1)]).toEqual([
      0,
      null,
      null,
      -1,
    ]);
  });

  test("a level is what the server's tiles of the same cells would be", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -128, max: 127 }), { minLength: 36, maxLength: 36 }), (bytes) => {
        const tile = new Int8Array(TILE_EDGE * TILE_EDGE).fill(NO_COSINE);
        bytes.forEach((byte, k) => {
          tile[Math.floor(k / 6) * TILE_EDGE + (k % 6)] = byte;
        });
        const coarse = coarserTile((down, right) => (down + right === 0 ? tile : undefined));
        const level = coarserLevel({ rows: 6, columns: 6, bytes: Int8Array.from(bytes) });
        expect([level.rows, level.columns]).toEqual([3, 3]);
        for (let i = 0; i < 3; i++)
          for (let j = 0; j < 3; j++) expect(level.bytes[i * 3 + j]).toBe(coarse[i * TILE_EDGE + j]);
      }),
    );
  });

  test("an odd edge makes a coarser cell of what is there", () => {
    expect([...coarserLevel({ rows: 1, columns: 3, bytes: Int8Array.of(5, -9, 2) }).bytes]).toEqual([-9, 2]);
  });

  test("a level comes together from the server's tiles of it", () => {
    const [rows, columns] = [300, 520];
    const cells = cellsOf(wave(rows, columns), rows, columns);
    const level = levelOfTiles(cells.tiles as Int8Array[], rows, columns);
    const whole = finestLevel(cells, count(rows), count(columns), shownAs(cells, "raw"));
    expect(level.bytes).toEqual(whole.bytes);
  });

  test("a preview stands for the map until the last tile is here", () => {
    const cells = emptyCells(300, 300);
    cells.preview = { level: 1, rows: 150, columns: 150, bytes: new Int8Array(150 * 150) };
    const tile = new Int8Array(TILE_EDGE * TILE_EDGE);
    for (let k = 0; k < 4; k++) {
      expect(standIn(cells, 1)).toBe(cells.preview);
      expect(standIn(cells, 0)).toBeUndefined();
      cells.tiles[k] = tile;
    }
    expect(standIn(cells, 1)).toBeUndefined();
  });

  test("a map that is too large for each of its cells is its preview, however near one looks", () => {
    const cells = emptyCells(20_000, 20_000);
    expect(cells.isFarOnly).toBe(true);
    expect(emptyCells(10_000, 10_000).isFarOnly).toBe(false);
    cells.preview = { level: 6, rows: 313, columns: 313, bytes: new Int8Array(313 * 313) };
    expect(standIn(cells, 0)).toBe(cells.preview);
  });

  test("another order draws the same cells elsewhere", () => {
    const cells = cellsOf([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], 2, 3);
    const level = finestLevel(cells, [1, 0], [2, 0], shownAs(cells, "raw"));
    expect([...level.bytes]).toEqual([0.6, 0.4, 0.3, 0.1].map(cosineByte));
  });
});

describe("variants", () => {
  test("z follows the maps room's, within the rounding of bytes", () => {
    const [rows, columns] = [40, 7];
    const values = wave(rows, columns).map((value, k) => (k % 11 === 3 ? Number.NaN : value));
    const cells = cellsOf(values, rows, columns);
    const shown = shownAs(cells, "z");
    const wanted = similarityVariant(values, columns, "z", []);
    for (let k = 0; k < values.length; k++) {
      const byte = shownByte(shown, byteAt(cells, Math.floor(k / columns), k % columns)!, k % columns);
      if (Number.isNaN(wanted[k]!)) expect(byte).toBe(NO_COSINE);
      else expect(Math.abs((byte / 127) * FULL_Z - Math.max(-3, Math.min(3, wanted[k]!)))).toBeLessThan(0.04);
    }
  });

  test("a column that does not vary has no z", () => {
    const cells = cellsOf([0.5, 0.1, 0.5, 0.2], 2, 2);
    expect(zOf(shownAs(cells, "z"), 0.5, 0)).toBeNaN();
    expect(zOf(shownAs(cells, "z"), 25 / 127, 1)).toBeCloseTo(Math.SQRT1_2, 5);
    expect([...columnSpread(cells)].map((v) => v === 0)).toEqual([false, true, false, false]);
    expect(shownByte(shownAs(cells, "z"), cosineByte(0.5), 0)).toBe(NO_COSINE);
  });

  test("percentiles put the median of all pairs at white and the ends at full colour", () => {
    const quantiles = count(1001).map((k) => -0.25 + k / 1000);
    const cells = emptyCells(1, 1);
    const shown = shownAs(cells, "percentile", quantiles);
    const byteOf = (cosine: number): number => shownByte(shown, cosineByte(cosine), 0);
    expect(byteOf(-0.4)).toBe(-127);
    expect(Math.abs(byteOf(0.25))).toBeLessThan(2);
    expect(Math.abs(byteOf(0.5) - 127 / 2)).toBeLessThan(2);
    expect(byteOf(0.9)).toBe(127);
    expect(shownByte(shown, NO_COSINE, 0)).toBe(NO_COSINE);
  });
});
