import { describe, expect, test } from "vitest";
import type { Labels } from "./labels.ts";
import type { Plane } from "./plane.ts";
import { designScreen, type ScreenDesign, type wellDesign } from "./simulate-design.ts";
import type { FaultLabel } from "./simulate-faults.ts";
import { renderSite, type SimulatedSite } from "./simulate-site.ts";

const design = designScreen({ seed: 1 });
const clean = renderSite(design, "P1", "B02", 1);

function mean(plane: Plane): number {
  let sum = 0;
  for (const value of plane.data) sum += value;
  return sum / plane.data.length;
}

function quantile(plane: Plane, share: number): number {
  const sorted = Float64Array.from(plane.data).sort();
  return sorted[Math.floor(share * (sorted.length - 1))]!;
}

test("a site has one 16-bit plane a channel and true labels of the same shape", () => {
  expect(clean.planes.length).toBe(6);
  for (const plane of clean.planes) {
    expect(plane).toMatchObject({ width: 540, height: 540, bitDepth: 16 });
    expect(plane.data.length).toBe(540 * 540);
  }
  expect(clean.truth.nuclei.data.length).toBe(540 * 540);
  expect(clean.truth.cellParameters.length).toBe(clean.truth.nuclei.count);
});

test("any site renders alone and always the same, whatever was rendered before", () => {
  renderSite(design, "P2", "C05", 2);
  const again = renderSite(JSON.parse(JSON.stringify(design)) as ScreenDesign, "P1", "B02", 1);
  expect(again.planes.map(({ data }) => data)).toEqual(clean.planes.map(({ data }) => data));
  expect(again.truth.cells.data).toEqual(clean.truth.cells.data);
});

test("sites, wells and plates differ", () => {
  const means = [
    clean,
    renderSite(design, "P1", "B02", 2),
    renderSite(design, "P1", "B03", 1),
    renderSite(design, "P2", "B02", 1),
  ].map((site) => mean(site.planes[0]!));
  expect(new Set(means).size).toBe(4);
});

test("nuclei lie within their cells, one each, and cells do not overlap the neighbours' nuclei", () => {
  const { nuclei, cells } = clean.truth;
  const seen = new Set<number>();
  for (let i = 0; i < nuclei.data.length; i++) {
    const nucleus = nuclei.data[i]!;
    if (nucleus === 0) continue;
    seen.add(nucleus);
    if (cells.data[i] !== nucleus) expect(cells.data[i]).toBe(nucleus);
  }
  expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: nuclei.count }, (_, i) => i + 1));
});

test("sites hold some 20 to 45 cells with nuclei of about 22 pixels across and cells of a few thousand square pixels", () => {
  const { nuclei, cells } = clean.truth;
  expect(nuclei.count).toBeGreaterThan(20);
  expect(nuclei.count).toBeLessThan(46);
  const diameter = 2 * Math.sqrt(medianArea(nuclei) / Math.PI);
  expect(diameter).toBeGreaterThan(18);
  expect(diameter).toBeLessThan(26);
  expect(medianArea(cells)).toBeGreaterThan(1500);
  expect(medianArea(cells)).toBeLessThan(6000);
});

function medianArea(labels: Labels): number {
  const areas = new Array<number>(labels.count + 1).fill(0);
  for (const label of labels.data) areas[label]!++;
  const sorted = areas.slice(1).sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

test("grey values are those of a camera: an offset near 200, cells of thousands, nothing at the ceiling", () => {
  for (const plane of clean.planes) {
    expect(quantile(plane, 0.01)).toBeGreaterThan(150);
    expect(quantile(plane, 0.01)).toBeLessThan(900);
    expect(quantile(plane, 0.998)).toBeGreaterThan(3000);
    expect(quantile(plane, 1)).toBeLessThan(65535);
  }
});

test("other sizes keep cells as large and make them as many as there is room for", () => {
  const small = renderSite(designScreen({ seed: 1, sizePx: 300, plates: 1, sites: 1 }), "P1", "B02", 1);
  expect(small.planes[0]!.data.length).toBe(300 * 300);
  expect(small.truth.nuclei.count).toBeGreaterThan(4);
  expect(small.truth.nuclei.count).toBeLessThan(22);
});

test("a site that is not in the design is refused", () => {
  expect(() => renderSite(design, "P1", "B02", 3)).toThrow(/site: found 3, expected 1 to 2/);
  expect(() => renderSite(design, "P1", "H12", 1)).toThrow(/H12/);
});

describe("the pixels carry the phenotype", () => {
  /** Mitochondrial light beside the nucleus over that of the whole cytoplasm, mean over cells: high when mitochondria collapse. */
  function collapse(site: SimulatedSite): number {
    const { nuclei, cells, cellParameters } = site.truth;
    const mito = site.planes[4]!.data;
    const sums = cellParameters.map(() => ({ near: 0, nearCount: 0, all: 0, allCount: 0 }));
    for (let i = 0; i < cells.data.length; i++) {
      const cell = cells.data[i]!;
      if (cell === 0 || nuclei.data[i] !== 0) continue;
      const sum = sums[cell - 1]!;
      const { x, y } = cellParameters[cell - 1]!;
      sum.all += mito[i]! - 450;
      sum.allCount++;
      if (Math.hypot((i % 540) - x, Math.floor(i / 540) - y) > 18) continue;
      sum.near += mito[i]! - 450;
      sum.nearCount++;
    }
    const ratios = sums.flatMap((s) => (s.nearCount > 20 ? [s.near / s.nearCount / (s.all / s.allCount)] : []));
    return ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  }
  const wells = (fits: (well: ReturnType<typeof wellDesign>) => boolean): number[] =>
    design.plates[0]!.wells.filter(fits)
      .slice(0, 5)
      .map(
        ({ well }) => (collapse(renderSite(design, "P1", well, 1)) + collapse(renderSite(design, "P1", well, 2))) / 2,
      );
  const average = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = (values: number[]): number =>
    Math.sqrt(values.reduce((sum, value) => sum + (value - average(values)) ** 2, 0) / (values.length - 1));

  test("disease cells differ from healthy ones in a single measure by more than wells differ, and 10 µM of C4 makes them healthy", () => {
    const healthy = wells(({ role }) => role === "healthy");
    const disease = wells(({ role }) => role === "disease");
    expect(average(disease) - average(healthy)).toBeGreaterThan(2 * (spread(healthy) + spread(disease)));
    const middle = (average(disease) + average(healthy)) / 2;
    const at10 = (name: string): number => wells(({ compound, doseUm }) => compound === name && doseUm === 10)[0]!;
    expect(at10("C4")).toBeLessThan(middle);
    expect(at10("C2")).toBeGreaterThan(middle);
  });
});

describe("faults are in the pixels of the wells that have them", () => {
  const faulty = (label: FaultLabel): SimulatedSite => {
    const fault = design.truth.faults.find((one) => one.label === label)!;
    return renderSite(design, fault.plate, fault.well, 1);
  };
  const channelOf = (label: FaultLabel): number =>
    design.channels.indexOf(design.truth.faults.find((one) => one.label === label)!.channels![0]!);

  test("an empty well has no cells and only background", () => {
    const site = faulty("empty-well");
    expect(site.truth.nuclei.count).toBe(0);
    for (const plane of site.planes) expect(quantile(plane, 1) - quantile(plane, 0.5)).toBeLessThan(500);
  });

  test("a dead lamp leaves the camera's offset in one channel and cells in the others", () => {
    const site = faulty("dead-lamp");
    const dark = site.planes[channelOf("dead-lamp")]!;
    expect(Math.abs(mean(dark) - 200)).toBeLessThan(2);
    expect(site.planes.filter((plane) => quantile(plane, 0.998) > 2000).length).toBe(5);
  });

  test("saturation drives a good part of the cells to the ceiling, in one channel", () => {
    const ceiling = faulty("saturation").planes.map((plane) => plane.data.filter((value) => value === 65535).length);
    expect(ceiling[channelOf("saturation")]).toBeGreaterThan(1000);
    expect(ceiling.filter((count) => count === 0).length).toBe(5);
  });

  test("defocus takes the steps between neighbouring pixels away, not the light", () => {
    const step = (plane: Plane): number => {
      let sum = 0;
      for (let i = 1; i < plane.data.length; i++) sum += Math.abs(plane.data[i]! - plane.data[i - 1]!);
      return sum / plane.data.length / mean(plane);
    };
    const site = faulty("defocus");
    expect(step(site.planes[4]!)).toBeLessThan(0.5 * step(clean.planes[4]!));
    expect(mean(site.planes[4]!)).toBeGreaterThan(0.5 * mean(clean.planes[4]!));
  });

  test("a bubble darkens the background, debris outshines the nuclei, a swap exchanges two planes", () => {
    expect(quantile(faulty("bubble").planes[0]!, 0.05)).toBeLessThan(0.85 * quantile(clean.planes[0]!, 0.05));
    expect(quantile(faulty("debris").planes[0]!, 0.998)).toBeGreaterThan(1.4 * quantile(clean.planes[0]!, 0.998));
    const other = design.channels.indexOf(
      design.truth.faults.find((one) => one.label === "channel-swap")!.channels![1]!,
    );
    const covered = (plane: Plane): number => {
      const limit = quantile(plane, 0.1) + 0.3 * (quantile(plane, 0.998) - quantile(plane, 0.1));
      return plane.data.filter((value) => value > limit).length;
    };
    const site = faulty("channel-swap");
    expect(covered(site.planes[other]!)).toBeLessThan(covered(site.planes[0]!));
  });
});
