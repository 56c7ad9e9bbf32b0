import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { readCsv } from "@artesian/data";
import { describe, expect, it } from "vitest";
import { PlaneShapeError } from "./errors.ts";
import { labelsFrom } from "./labels.ts";
import { planeOf } from "./plane.ts";
import { readPlane } from "./read-plane.ts";
import { measureTranslocation, siteTranslocation } from "./translocation.ts";

describe("measureTranslocation", () => {
  // Two cells of 10 × 10 pixels with nuclei of 4 × 4; the reporter is in the nucleus of the first, around it in the second.
  const size = 40;
  const nuclei = new Uint8Array(size * size);
  const cells = new Uint8Array(size * size);
  const reporter = new Uint16Array(size * size).fill(100);
  const dna = new Uint16Array(size * size).fill(100);
  for (const [label, x0] of [
    [1, 4],
    [2, 24],
  ] as const) {
    for (let y = 10; y < 20; y++) {
      for (let x = x0; x < x0 + 10; x++) {
        const i = y * size + x;
        const inside = x >= x0 + 3 && x < x0 + 7 && y >= 13 && y < 17;
        cells[i] = label;
        if (inside) nuclei[i] = label;
        dna[i] = inside ? 5000 : 100;
        reporter[i] = inside === (label === 1) ? 4100 : 1100;
      }
    }
  }
  const image = (data: Uint8Array) => labelsFrom(data, size, size);
  it("is positive where the reporter is in the nucleus and negative where it is around it", () => {
    const found = measureTranslocation(
      planeOf(reporter, size, size),
      planeOf(dna, size, size),
      image(nuclei),
      image(cells),
    );
    expect(found.logRatio[0]).toBeCloseTo(2, 2);
    expect(found.logRatio[1]).toBeCloseTo(-2, 2);
    expect(found.contrast[0]).toBeCloseTo(0.6, 3);
    expect(found.contrast[1]).toBeCloseTo(-0.6, 3);
    expect(found.difference[0]).toBeCloseTo(3000 / 65535, 6);
    expect(found.correlation[0]).toBeCloseTo(1, 6);
    expect(found.correlation[1]).toBeCloseTo(-1, 6);
  });
  it("is NaN for a cell that is all nucleus", () => {
    const found = measureTranslocation(
      planeOf(reporter, size, size),
      planeOf(dna, size, size),
      image(nuclei),
      image(nuclei),
    );
    expect(found.logRatio[0]).toBeNaN();
    expect(found.contrast[1]).toBeNaN();
  });
  it("refuses planes of different shapes", () => {
    const small = planeOf(new Uint16Array(4), 2, 2);
    expect(() => measureTranslocation(small, small, image(nuclei), image(cells))).toThrow(PlaneShapeError);
  });
  it("has no cells and no score in an empty site", () => {
    const blank = planeOf(new Uint8Array(10000).fill(7), 100, 100);
    const site = siteTranslocation(blank, blank);
    expect(site.cellCount).toBe(0);
    expect(site.logRatio).toBeNaN();
  });
});

const plate = new URL("../../shared/data/imaging/sbs96_AtoD/", import.meta.url);
const present = existsSync(plate);
describe.skipIf(!present)(`a real translocation plate${present ? "" : " (SKIPPED: shared/data is absent)"}`, () => {
  it("separates its controls with Z′ over 0.8 by log ratio and by contrast", { timeout: 60_000 }, async () => {
    const table = readCsv(await readFile(new URL("1049_Metadata.csv", plate), "utf8"));
    const column = (name: string) => {
      const found = table.columns.find((c) => c.name === name);
      return Array.from(found?.values ?? [], String);
    };
    const [rows, columns, controls] = [column("Row"), column("Column"), column("SBS_Controls")];
    const scores: Record<string, { logRatio: number[]; contrast: number[] }> = {
      "1": { logRatio: [], contrast: [] },
      "-1": { logRatio: [], contrast: [] },
    };
    for (let w = 0; w < table.rowCount; w++) {
      const group = scores[controls[w]!];
      const well = `${rows[w]}-${columns[w]!.padStart(2, "0")}`;
      const file = (channel: number) =>
        new URL(`Channel${channel}-${String(w + 1).padStart(2, "0")}-${well}.png`, plate);
      if (group === undefined || !existsSync(file(1))) continue;
      const [reporter, dna] = await Promise.all([1, 2].map(async (c) => readPlane(await readFile(file(c)))));
      const site = siteTranslocation(reporter!, dna!);
      group.logRatio.push(site.logRatio);
      group.contrast.push(site.contrast);
    }
    expect(scores["1"]!.contrast).toHaveLength(4);
    expect(scores["-1"]!.contrast).toHaveLength(8);
    expect(zPrime(scores["1"]!.contrast, scores["-1"]!.contrast)).toBeGreaterThan(0.8);
    expect(zPrime(scores["1"]!.logRatio, scores["-1"]!.logRatio)).toBeGreaterThan(0.8);
  });
});

/** Zhang, Chung and Oldenburg 1999. */
function zPrime(positive: number[], negative: number[]): number {
  const mean = (x: number[]) => x.reduce((a, b) => a + b, 0) / x.length;
  const sd = (x: number[]) => Math.sqrt(x.reduce((a, b) => a + (b - mean(x)) ** 2, 0) / (x.length - 1));
  return 1 - (3 * (sd(positive) + sd(negative))) / Math.abs(mean(positive) - mean(negative));
}
