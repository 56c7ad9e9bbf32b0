import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { squaredDistance } from "./filter-distance.ts";
import { gaussianBlur, gaussianWeights } from "./filter-gaussian.ts";
import { connectRuns, fillHoles, runsOf } from "./mask-runs.ts";

/** A mask from rows of text: # is foreground. */
function mask(...rows: string[]): { mask: Uint8Array; width: number; height: number } {
  const width = rows[0]!.length;
  return {
    mask: Uint8Array.from(rows.join(""), (c) => (c === "#" ? 1 : 0)),
    width,
    height: rows.length,
  };
}

describe("gaussianBlur", () => {
  it("has weights that sum to one", () => {
    for (const sigma of [0.7, 1, 2.5, 8]) {
      const [centre, ...side] = gaussianWeights(sigma);
      expect(centre! + 2 * side.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    }
  });
  it("leaves a constant image as it is, up to its border", () => {
    const out = gaussianBlur(new Uint16Array(77).fill(500), 11, 7, 2, new Float32Array(77), new Float32Array(77));
    for (const v of out) expect(v).toBeCloseTo(500, 2);
  });
  it("spreads a point symmetrically and keeps its sum", () => {
    const source = new Float32Array(441);
    source[220] = 1;
    const out = gaussianBlur(source, 21, 21, 2, new Float32Array(441), new Float32Array(441));
    expect(out[220 - 3]).toBeCloseTo(out[220 + 3]!, 7);
    expect(out[220 - 3]).toBeCloseTo(out[220 + 3 * 21]!, 7);
    expect(out.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 4);
  });
  it("copies with a standard deviation of zero", () => {
    const out = gaussianBlur(new Uint8Array([1, 2, 3, 4]), 2, 2, 0, new Float32Array(4), new Float32Array(4));
    expect([...out]).toEqual([1, 2, 3, 4]);
  });
});

describe("squaredDistance", () => {
  const image = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })).chain(([width, height]) =>
    fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      mask: fc.uint8Array({ minLength: width * height, maxLength: width * height, max: 1 }),
    }),
  );
  for (const outside of ["ignore", "background"] as const) {
    it(`equals the distance to the nearest of all background pixels (outside: ${outside})`, () => {
      fc.assert(
        fc.property(image, ({ mask, width, height }) => {
          const out = squaredDistance(mask, width, height, new Float32Array(mask.length), outside);
          const zeros: [number, number][] = [];
          for (let y = -1; y <= height; y++) {
            for (let x = -1; x <= width; x++) {
              const inside = x >= 0 && y >= 0 && x < width && y < height;
              if (inside ? mask[y * width + x] === 0 : outside === "background") zeros.push([x, y]);
            }
          }
          for (let i = 0; i < mask.length; i++) {
            const x = i % width;
            const y = (i - x) / width;
            const nearest = Math.min(...zeros.map(([u, v]) => (u - x) ** 2 + (v - y) ** 2));
            expect(out[i]).toBe(mask[i] === 0 ? 0 : nearest);
          }
        }),
      );
    });
  }
});

describe("runs of a mask", () => {
  it("are connected over corners only on demand", () => {
    const m = mask("##..", "..##", "....", "#..#");
    const runs = runsOf(m.mask, m.width, m.height);
    expect(runs.count).toBe(4);
    expect(connectRuns(runs, m.height, true).count).toBe(3);
    expect(connectRuns(runs, m.height, false).count).toBe(4);
  });
  it("join the arms of a U into one component", () => {
    const m = mask("#.#", "#.#", "###");
    expect(connectRuns(runsOf(m.mask, m.width, m.height), m.height, false).count).toBe(1);
  });
});

describe("fillHoles", () => {
  it("fills what is enclosed and leaves what touches the border", () => {
    const m = mask("####.", "#..#.", "####.", ".#.##");
    fillHoles(m.mask, m.width, m.height);
    expect([...m.mask]).toEqual([...mask("####.", "####.", "####.", ".#.##").mask]);
  });
  it("leaves holes over the limit open", () => {
    const m = mask("####", "#..#", "####");
    fillHoles(m.mask, m.width, m.height, 1);
    expect(m.mask[5]).toBe(0);
  });
  it("sees a gap at a corner when background connects over corners", () => {
    const m = mask("...#.", ".##.#", ".#.#.", ".##..", ".....");
    const across = m.mask.slice();
    fillHoles(across, m.width, m.height, Number.POSITIVE_INFINITY, true);
    expect(across[2 * 5 + 2]).toBe(0);
    fillHoles(m.mask, m.width, m.height);
    expect(m.mask[2 * 5 + 2]).toBe(1);
  });
});
