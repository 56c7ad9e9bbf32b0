import { describe, expect, it } from "vitest";
import { ObjectOptionError, PlaneShapeError } from "./errors.ts";
import { borderObjects, keepObjects, labelsFrom, objectPixels } from "./labels.ts";
import { type Plane, planeOf } from "./plane.ts";
import { cytoplasmOf, segmentCells } from "./segment-cells.ts";
import { segmentNuclei } from "./segment-nuclei.ts";
import { otsuSplit } from "./segment-threshold.ts";
import { splitBasins } from "./segment-watershed.ts";

interface Disk {
  x: number;
  y: number;
  radius: number;
  level: number;
}

/** A plane with soft-edged disks on a background with noise: a field of nuclei with known places. */
function field(
  size: number,
  disks: readonly Disk[],
  options: { background?: number; noise?: number; shading?: number } = {},
) {
  const { background = 300, noise = 12, shading = 0 } = options;
  const data = new Uint16Array(size * size);
  let state = 12345;
  for (let i = 0; i < data.length; i++) {
    const x = i % size;
    const y = (i - x) / size;
    let signal = 0;
    for (const disk of disks) {
      const inside = disk.radius - Math.hypot(x - disk.x, y - disk.y);
      if (inside > -6) signal = Math.max(signal, disk.level / (1 + Math.exp(-inside * 1.5)));
    }
    const v = background + (shading * (x + y)) / (2 * size) + signal;
    let sum = 0;
    for (let k = 0; k < 4; k++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      sum += state / 2 ** 32 - 0.5;
    }
    data[i] = Math.max(0, Math.round(v + sum * noise * 1.73));
  }
  return planeOf(data, size, size);
}

const grid = (n: number, step: number, radius: number): Disk[] =>
  Array.from({ length: n * n }, (_, i) => ({
    x: step * (0.5 + (i % n)),
    y: step * (0.5 + Math.floor(i / n)),
    radius,
    level: 2000 + 900 * (i % 4),
  }));

describe("otsuSplit", () => {
  it("splits two peaks in the middle of the gap", () => {
    const counts = new Array(20).fill(0);
    counts[3] = 10;
    counts[4] = 10;
    counts[14] = 5;
    const { bin, explained } = otsuSplit(counts);
    expect(bin).toBe(8);
    expect(explained).toBeGreaterThan(0.98);
  });
});

describe("splitBasins", () => {
  it("keeps two peaks apart when the pass is deep and merges them when it is shallow", () => {
    const priority = Float32Array.from([1, 2, 3, 4, 3, 2, 3, 4, 5, 4]);
    const mask = new Uint8Array(10).fill(1);
    expect(splitBasins(mask, priority, 10, 1, { minDepth: 1, minRelativeDepth: 0 }).count).toBe(2);
    expect(splitBasins(mask, priority, 10, 1, { minDepth: 3, minRelativeDepth: 0 }).count).toBe(1);
  });
  it("does not split a plateau", () => {
    const mask = new Uint8Array(25).fill(1);
    expect(splitBasins(mask, new Float32Array(25).fill(2), 5, 5, { minDepth: 0.5, minRelativeDepth: 0 }).count).toBe(1);
  });
});

describe("segmentNuclei", () => {
  it.each([
    ["15 px nuclei", 300, grid(9, 33, 7.5)],
    ["24 px nuclei", 540, grid(8, 67, 12)],
    ["40 px nuclei", 800, grid(8, 100, 20)],
  ])("finds every nucleus of a field of %s, at its size", (_, size, disks) => {
    const labels = segmentNuclei(field(size, disks));
    expect(labels.count).toBe(disks.length);
    const { start } = objectPixels(labels);
    disks.forEach((disk) => {
      const label = labels.data[Math.round(disk.y) * size + Math.round(disk.x)]!;
      expect(label).toBeGreaterThan(0);
      const area = start[label]! - start[label - 1]!;
      expect(area / (Math.PI * disk.radius ** 2)).toBeGreaterThan(0.85);
      expect(area / (Math.PI * disk.radius ** 2)).toBeLessThan(1.2);
    });
  });
  it("separates touching nuclei", () => {
    const pairs = grid(4, 130, 12).flatMap((d) => [d, { ...d, x: d.x + 20 }]);
    expect(segmentNuclei(field(540, pairs)).count).toBe(32);
  });
  it.each(["shape", "intensity"] as const)("leaves single nuclei whole when it splits by %s", (splitBy) => {
    expect(segmentNuclei(field(540, grid(6, 90, 13)), { splitBy }).count).toBe(36);
  });
  it("finds nuclei over shading that is brighter than they are", () => {
    const disks = grid(7, 75, 12).map((d) => ({ ...d, level: 1500 }));
    expect(segmentNuclei(field(540, disks, { shading: 3000 })).count).toBe(49);
  });
  it("is not led astray by debris a hundred times as bright", () => {
    const disks = grid(7, 75, 12).map((d) => ({ ...d, level: 500 }));
    const labels = segmentNuclei(field(540, [...disks, { x: 75, y: 75, radius: 9, level: 50000 }]));
    expect(labels.count).toBeGreaterThanOrEqual(48);
    expect(labels.count).toBeLessThanOrEqual(51);
  });
  it("keeps the dim cytoplasm around nuclei out of them", () => {
    const nuclei = grid(6, 90, 12).map((d) => ({ ...d, level: 9000 }));
    const cytoplasm = nuclei.map((d) => ({ ...d, radius: 30, level: 120 }));
    const labels = segmentNuclei(field(540, [...nuclei, ...cytoplasm]));
    const { start } = objectPixels(labels);
    expect(labels.count).toBe(36);
    for (let k = 0; k < 36; k++) expect((start[k + 1]! - start[k]!) / (Math.PI * 12 ** 2)).toBeLessThan(1.2);
  });
  it.each<[string, Plane]>([
    ["a blank plane", planeOf(new Uint16Array(200 * 200).fill(700), 200, 200)],
    ["a black plane", planeOf(new Uint8Array(200 * 200), 200, 200)],
    ["noise alone", field(300, [])],
    ["strong noise alone", field(300, [], { noise: 150, background: 1000 })],
    ["shading alone", field(300, [], { shading: 4000 })],
  ])("finds nothing in %s", (_, plane) => {
    expect(segmentNuclei(plane).count).toBe(0);
  });
  it("finds nothing in constant planes of any size and level", () => {
    for (const size of [16, 64, 100, 333, 900]) {
      for (const level of [1, 200, 701, 65535]) {
        const plane = planeOf(new Uint16Array(size * size).fill(level), size, size);
        expect(segmentNuclei(plane).count, `${size} px of ${level}`).toBe(0);
        const float = planeOf(new Float32Array(size * size).fill(level / 65535), size, size);
        expect(segmentNuclei(float).count, `${size} px of ${level} / 65535`).toBe(0);
      }
    }
  });
  it("drops nuclei at the border on demand and numbers the rest without gaps", () => {
    const disks = [...grid(3, 100, 14), { x: 0, y: 150, radius: 14, level: 3000 }];
    const plane = field(300, disks);
    expect(segmentNuclei(plane).count).toBe(10);
    const inner = segmentNuclei(plane, { removeBorder: true });
    expect(inner.count).toBe(9);
    expect(borderObjects(inner)).toEqual(new Uint8Array(9));
    expect(Math.max(...inner.data)).toBe(9);
  });
  it("takes 8-bit and float planes", () => {
    const plane = field(200, grid(3, 66, 10));
    const eight = planeOf(
      Uint8Array.from(plane.data, (v) => v / 24),
      200,
      200,
    );
    const float = planeOf(
      Float32Array.from(plane.data, (v) => v / 65535),
      200,
      200,
    );
    expect(segmentNuclei(eight).count).toBe(9);
    expect(segmentNuclei(float).count).toBe(9);
  });
  it("refuses options outside of their range with their name", () => {
    const plane = field(60, []);
    expect(() => segmentNuclei(plane, { splitDepth: 2 })).toThrow(ObjectOptionError);
    expect(() => segmentNuclei(plane, { diameterPx: 0 })).toThrow(/diameterPx/);
  });
});

describe("segmentCells", () => {
  const nucleiAt = grid(3, 100, 10);
  const body = field(
    300,
    nucleiAt.map((d) => ({ ...d, radius: 32, level: 900 })),
  );
  const nuclei = segmentNuclei(field(300, nucleiAt));

  it("grows every nucleus to its cell and keeps its number", () => {
    const cells = segmentCells(body, nuclei);
    expect(cells.count).toBe(nuclei.count);
    const { start } = objectPixels(cells);
    for (let k = 0; k < 9; k++) expect((start[k + 1]! - start[k]!) / (Math.PI * 32 ** 2)).toBeCloseTo(1, 0);
    for (let i = 0; i < cells.data.length; i++) if (nuclei.data[i] !== 0) expect(cells.data[i]).toBe(nuclei.data[i]);
  });
  it("parts touching cells of one brightness half-way", () => {
    const one = planeOf(
      new Uint16Array(100 * 41).map((_, i) => (i % 100 > 9 && i % 100 < 90 ? 2000 : 200 + (i % 7))),
      100,
      41,
    );
    const seeds = new Uint8Array(100 * 41);
    seeds[20 * 100 + 20] = 1;
    seeds[20 * 100 + 79] = 2;
    const cells = segmentCells(one, labelsFrom(seeds, 100, 41), { smoothingPx: 0 });
    expect(cells.data[20 * 100 + 48]).toBe(1);
    expect(cells.data[20 * 100 + 51]).toBe(2);
  });
  it("keeps to the largest distance", () => {
    const cells = segmentCells(body, nuclei, { maxDistancePx: 5 });
    const { start } = objectPixels(cells);
    for (let k = 0; k < 9; k++) expect(start[k + 1]! - start[k]!).toBeLessThan(Math.PI * 17 ** 2);
  });
  it("gives the nuclei back when the body plane is blank, and nothing without nuclei", () => {
    const blank = planeOf(new Uint16Array(90000).fill(400), 300, 300);
    expect(segmentCells(blank, nuclei).data).toEqual(nuclei.data);
    expect(segmentCells(body, labelsFrom(new Uint8Array(90000), 300, 300)).count).toBe(0);
  });
  it("refuses options outside of their range with their name", () => {
    expect(() => segmentCells(body, nuclei, { regularization: 0 })).toThrow(/regularization/);
    expect(() => segmentCells(body, nuclei, { minContrast: -1 })).toThrow(ObjectOptionError);
  });
  it("finds the same cells in a large plane, which it grows at half size", () => {
    const places = grid(8, 110, 14);
    const dna = field(880, places);
    const cytoplasm = field(
      880,
      places.map((d) => ({ ...d, radius: 40, level: 900 })),
    );
    const many = segmentCells(cytoplasm, segmentNuclei(dna));
    expect(many.count).toBe(64);
    const { start } = objectPixels(many);
    for (let k = 0; k < 64; k++) {
      expect((start[k + 1]! - start[k]!) / (Math.PI * 40 ** 2)).toBeGreaterThan(0.93);
      expect((start[k + 1]! - start[k]!) / (Math.PI * 40 ** 2)).toBeLessThan(1.25);
    }
  });
  it("averages several body planes and refuses planes of another shape", () => {
    const cells = segmentCells([body, body], nuclei);
    expect(cells.count).toBe(9);
    expect(() => segmentCells(field(60, []), nuclei)).toThrow(PlaneShapeError);
  });
  it("has the cytoplasm left where the nucleus is taken away", () => {
    const cells = segmentCells(body, nuclei);
    const cytoplasm = cytoplasmOf(cells, nuclei);
    for (let i = 0; i < cells.data.length; i++) {
      expect(cytoplasm.data[i]).toBe(nuclei.data[i] === 0 ? cells.data[i] : 0);
    }
  });
});

describe("label images", () => {
  const labels = labelsFrom([0, 2, 2, 0, 4, 4, 0, 0, 0], 3, 3);
  it("keep the numbers of another tool, with gaps", () => {
    expect(labels.count).toBe(4);
    const { start, box } = objectPixels(labels);
    expect([...start]).toEqual([0, 0, 2, 2, 4]);
    expect([...box.subarray(4, 8)]).toEqual([1, 0, 2, 0]);
  });
  it("lose the dropped objects and close the gaps", () => {
    const kept = keepObjects(labels, [true, false, true, true]);
    expect([...kept.data]).toEqual([0, 0, 0, 0, 1, 1, 0, 0, 0]);
    expect(kept.count).toBe(1);
  });
  it("must hold as many pixels as their shape says", () => {
    expect(() => labelsFrom([1, 2], 3, 3)).toThrow(PlaneShapeError);
  });
});
