import { describe, expect, test } from "vitest";
import { measureArtefacts } from "./artefacts.ts";
import { type Plane, planeOf } from "./plane.ts";
import { randomStream } from "./simulate-random.ts";

const SIZE = 270;

/** Background with read noise, and discs of light: x, y, radius, height. */
function discs(...spots: [number, number, number, number][]): Plane {
  const random = randomStream(1, "artefacts");
  const data = new Uint16Array(SIZE * SIZE);
  for (let i = 0; i < data.length; i++) {
    let value = 400 + 8 * random.normal();
    for (const [x, y, radius, height] of spots) {
      if (Math.hypot((i % SIZE) - x, Math.floor(i / SIZE) - y) < radius) value += height;
    }
    data[i] = value;
  }
  return planeOf(data, SIZE, SIZE);
}

const nuclei: [number, number, number, number][] = [
  [40, 40, 8, 9000],
  [120, 60, 8, 9000],
  [200, 50, 8, 9000],
  [60, 180, 8, 9000],
  [210, 200, 8, 9000],
];

test("background, signal and coverage are those of the planted discs, in intensities of 0 to 1", () => {
  const found = measureArtefacts([{ name: "DNA", plane: discs(...nuclei) }]);
  expect(found.Background_DNA).toBeCloseTo(395 / 65535, 3);
  expect(found.Signal_DNA).toBeCloseTo(9000 / 65535, 2);
  expect(found.Coverage_DNA).toBeCloseTo((5 * Math.PI * 64) / SIZE ** 2, 2);
});

test("the largest region is set against the typical one", () => {
  const found = measureArtefacts([{ name: "DNA", plane: discs(...nuclei, [140, 140, 28, 9000]) }]);
  const ratio = found.LargestBlob_DNA! / found.TypicalBlob_DNA!;
  expect(ratio).toBeGreaterThan(9);
  expect(ratio).toBeLessThan(16);
  expect(found.LargestBlobShine_DNA).toBeCloseTo(9000 / 65535, 2);
  expect(found.LargestBlobEdge_DNA).toBeGreaterThan(0.6);
});

test("noise alone has no regions and no coverage", () => {
  const found = measureArtefacts([{ name: "DNA", plane: discs() }]);
  expect(found.Coverage_DNA).toBe(0);
  expect(found.LargestBlob_DNA).toBe(0);
});

describe("a dark disc", () => {
  const bubble: [number, number, number, number] = [130, 130, 70, -150];

  test("that all channels share is found with its area and roundness", () => {
    const found = measureArtefacts(["A", "B", "C"].map((name) => ({ name, plane: discs(...nuclei, bubble) })));
    expect(found.DarkDisc).toBeGreaterThan(0.15);
    expect(found.DarkDisc).toBeLessThan(0.3);
    expect(found.DarkDiscRoundness).toBeGreaterThan(0.85);
    expect(found.DarkDiscLevel_A).toBeCloseTo(250 / 65535, 3);
  });

  test("of one channel among three is none", () => {
    const found = measureArtefacts([
      { name: "A", plane: discs(...nuclei, bubble) },
      { name: "B", plane: discs(...nuclei) },
      { name: "C", plane: discs(...nuclei) },
    ]);
    expect(found.DarkDisc).toBe(0);
  });
});

test("8-bit planes whose background is a grey level or two do not get a dark disc from rounding", () => {
  const random = randomStream(2, "8 bit");
  const data = Uint8Array.from({ length: SIZE * SIZE }, (_, i) => 2 + random.normal() * 0.4 - (i > 40_000 ? 1 : 0));
  expect(measureArtefacts([{ name: "A", plane: planeOf(data, SIZE, SIZE) }]).DarkDisc).toBe(0);
});

test("planes smaller than the block grid are measured pixel by pixel", () => {
  const plane = planeOf(new Uint16Array(30 * 20).fill(100), 30, 20);
  const found = measureArtefacts([{ name: "A", plane }]);
  expect(found.Background_A).toBeCloseTo(100 / 65535, 9);
  expect(found.DarkDisc).toBe(0);
  expect(found.DarkDiscLevel_A).toBeNaN();
});

test("planes of different shapes are refused", () => {
  const plane = planeOf(new Uint16Array(100), 10, 10);
  const other = planeOf(new Uint16Array(110), 11, 10);
  expect(() =>
    measureArtefacts([
      { name: "A", plane },
      { name: "B", plane: other },
    ]),
  ).toThrow(/10 × 11/);
});
