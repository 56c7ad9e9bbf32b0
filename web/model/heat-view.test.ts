import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  cellsInSight,
  clampView,
  isSameView,
  levelOfView,
  panView,
  parseView,
  placeAlong,
  placeAt,
  revealPlace,
  startView,
  viewText,
  walkPlace,
  wholeView,
  zoomView,
} from "./heat-view.ts";

const small = { rows: 10, columns: 20, width: 400, height: 300 };
const large = { rows: 5000, columns: 5000, width: 800, height: 600 };

describe("the window on a heat map", () => {
  test("a small map is in sight as a whole, in cells no larger than a line of text needs", () => {
    expect(wholeView(small)).toEqual({ x: 0, y: 0, cell: 20 });
    expect(wholeView({ ...small, columns: 2, rows: 2 }).cell).toBe(22);
  });

  test("a map opens whole; a long one at its beginning, all of its short side in cells that can be read", () => {
    for (const frame of [small, large, { ...small, rows: 40, columns: 60 }])
      expect(startView(frame)).toEqual(wholeView(frame));
    const dosed = { rows: 12, columns: 1600, width: 450, height: 540 };
    expect(startView(dosed)).toEqual({ x: 0, y: 0, cell: 14 });
    expect(startView({ ...dosed, height: 168 })).toEqual({ x: 0, y: 0, cell: 14 });
    expect(startView({ rows: 9000, columns: 90, width: 450, height: 540 })).toEqual({ x: 0, y: 0, cell: 5 });
    expect(clampView(startView(dosed), dosed)).toEqual(startView(dosed));
    expect(isSameView(startView(dosed), wholeView(dosed))).toBe(false);
  });

  test("a large map is fitted, and one pixel then stands for several cells", () => {
    expect(wholeView(large).cell).toBeCloseTo(0.12);
    expect(levelOfView(wholeView(large).cell, 1)).toBe(4);
    expect(levelOfView(1, 1)).toBe(0);
    expect(levelOfView(0.5, 2)).toBe(0);
    expect(levelOfView(0.5, 1)).toBe(1);
  });

  test("a cell of the level that is drawn is never smaller than a pixel", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 40, noNaN: true }), fc.constantFrom(1, 1.5, 2, 3), (cell, ratio) => {
        const level = levelOfView(cell, ratio);
        expect(cell * ratio * 2 ** level).toBeGreaterThan(0.999);
        if (level > 0) expect(cell * ratio * 2 ** (level - 1)).toBeLessThan(1);
      }),
    );
  });

  test("enlarging keeps the cell under the pointer", () => {
    const start = { x: 2000, y: 1000, cell: 4 };
    const next = zoomView(start, large, 2, { x: 100, y: 50 });
    expect(next.cell).toBe(8);
    expect(next.x + 100 / next.cell).toBeCloseTo(2000 + 25);
    expect(next.y + 50 / next.cell).toBeCloseTo(1000 + 12.5);
  });

  test("no hand leads out of the map", () => {
    const view = fc.record({
      x: fc.double({ min: -1e4, max: 1e4, noNaN: true }),
      y: fc.double({ min: -1e4, max: 1e4, noNaN: true }),
      cell: fc.double({ min: 0.001, max: 1000, noNaN: true }),
    });
    const hand = fc.double({ min: -1e4, max: 1e4, noNaN: true });
    fc.assert(
      fc.property(view, hand, hand, fc.double({ min: 0.1, max: 10, noNaN: true }), (start, dx, dy, factor) => {
        for (const next of [panView(start, large, dx, dy), zoomView(start, large, factor)]) {
          expect(next.x).toBeGreaterThanOrEqual(0);
          expect(next.y).toBeGreaterThanOrEqual(0);
          expect(next.x + large.width / next.cell).toBeLessThanOrEqual(
            5000 + Math.max(0, large.width / next.cell - 5000) + 1e-6,
          );
          expect(next.cell).toBeLessThanOrEqual(48);
        }
      }),
    );
  });

  test("dragging to the right shows what lies left", () => {
    expect(panView({ x: 100, y: 100, cell: 10 }, large, 50, -30)).toEqual({ x: 95, y: 103, cell: 10 });
  });

  test("a cell out of sight is brought in by the least move, one in sight moves nothing", () => {
    const view = { x: 100, y: 100, cell: 10 };
    expect(revealPlace(view, large, { row: 110, column: 120 })).toEqual(view);
    expect(revealPlace(view, large, { row: 90, column: 180 })).toEqual({ x: 101, y: 90, cell: 10 });
  });

  test("points beside the map are no cell", () => {
    const view = wholeView(small);
    expect(placeAt(view, small, 45, 25)).toEqual({ row: 1, column: 2 });
    expect(placeAt(view, small, -1, 25)).toBeUndefined();
    expect(placeAt(view, small, 45, 250)).toBeUndefined();
  });

  test("a point beside the cells is in line with a row or a column, whose name stands there", () => {
    const view = wholeView(small);
    expect(placeAlong(view, small, -40, 25)).toEqual({ row: 1 });
    expect(placeAlong(view, small, 45, -12)).toEqual({ column: 2 });
    expect(placeAlong(view, small, -40, -12)).toEqual({});
    expect(placeAlong(view, small, -40, 250)).toEqual({});
  });

  test("the cells in sight include those cut by an edge", () => {
    expect(cellsInSight(2.5, 10, 100, 50)).toEqual([2, 12]);
    expect(cellsInSight(0, 10, 1000, 50)).toEqual([0, 49]);
  });

  test("an address gives the view back, and a broken one none", () => {
    const view = { x: 12.5, y: 40, cell: 18 };
    expect(viewText(view)).toBe("12.5,40,18");
    expect(parseView("12.5,40,18")).toEqual(view);
    for (const text of [undefined, "", "1,2", "1,2,0", "1,2,x", "1,2,3,4", "1,,3"])
      expect(parseView(text)).toBeUndefined();
    expect(clampView({ x: 1e9, y: -5, cell: 20 }, small)).toEqual({ x: 0, y: 0, cell: 20 });
  });

  test("arrow keys walk and stop at the edges, other keys do not walk", () => {
    expect(walkPlace({ row: 0, column: 19 }, "ArrowRight", 10, 20)).toEqual({ row: 0, column: 19 });
    expect(walkPlace({ row: 0, column: 3 }, "PageDown", 10, 20)).toEqual({ row: 9, column: 3 });
    expect(walkPlace({ row: 4, column: 3 }, "Home", 10, 20)).toEqual({ row: 4, column: 0 });
    expect(walkPlace({ row: 4, column: 3 }, "a", 10, 20)).toBeUndefined();
  });
});
