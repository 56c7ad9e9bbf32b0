import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { readCsv } from "@artesian/data";
import { describe, expect, it } from "vitest";
import { measureObjects } from "./features.ts";
import { borderObjects, type Labels, labelsFrom } from "./labels.ts";
import { readPlane } from "./read-plane.ts";
import { segmentCells } from "./segment-cells.ts";
import { segmentNuclei } from "./segment-nuclei.ts";
import { designScreen } from "./simulate-design.ts";
import { renderSite } from "./simulate-site.ts";

/** For every true object the best overlap (intersection over union) that a found object has with it. */
function overlaps(truth: Labels, found: Labels): number[] {
  const area = (labels: Labels) => {
    const n = new Float64Array(labels.count + 1);
    for (const label of labels.data) n[label]!++;
    return n;
  };
  const [trueArea, foundArea] = [area(truth), area(found)];
  const shared = new Map<number, number>();
  for (let i = 0; i < truth.data.length; i++) {
    if (truth.data[i] === 0 || found.data[i] === 0) continue;
    const key = truth.data[i]! * 65536 + found.data[i]!;
    shared.set(key, (shared.get(key) ?? 0) + 1);
  }
  const best = new Float64Array(truth.count + 1);
  for (const [key, n] of shared) {
    const t = Math.floor(key / 65536);
    best[t] = Math.max(best[t]!, n / (trueArea[t]! + foundArea[key % 65536]! - n));
  }
  // Slivers that the image border leaves of a nucleus are no fair question.
  return Array.from(best.keys()).flatMap((t) => (t > 0 && trueArea[t]! >= 30 ? [best[t]!] : []));
}

const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe("on simulated sites with known truth", () => {
  const design = designScreen({ seed: 7 });
  const plate = design.plates[0]!;
  const wells = plate.wells.filter((_, i) => i % 12 === 0);
  it.each(wells.map(({ well, role }) => [well, role]))("nuclei and cells of %s (%s) are where they are", (well) => {
    const { planes, truth } = renderSite(design, plate.id, well, 1);
    const nuclei = segmentNuclei(planes[0]!);
    const found = overlaps(truth.nuclei, nuclei);
    expect(mean(found)).toBeGreaterThan(0.85);
    expect(Math.abs(nuclei.count - found.length)).toBeLessThanOrEqual(3);
    const cells = segmentCells(planes.slice(1, 4), nuclei);
    expect(mean(overlaps(truth.cells, cells))).toBeGreaterThan(0.75);
  });
});

const folder = new URL("../../shared/data/imaging/", import.meta.url);
const present = existsSync(folder);
describe.skipIf(!present)(`on real images${present ? "" : " (SKIPPED: shared/data is absent)"}`, () => {
  const plane = async (name: string) => readPlane(await readFile(new URL(name, folder)));
  const labels = async (name: string) => {
    const { data, width, height } = await plane(name);
    return labelsFrom(data, width, height);
  };
  it.each([
    ["pediatric_C03_f03", "cellpainting6_BR00143976_C03f03/r03c03f03p01-ch5sk1fk1fl1.tiff", 0.85, 0.78],
    ["nf1_B7_s3", "nf1_plate2/B7_01_1_3_DAPI_001.tif", 0.99, 0.9],
    ["sbs_D05", "sbs96_AtoD/Channel2-41-D-05.png", 0.95, 0.84],
  ])("nuclei of %s overlap with a scikit-image pipeline's", async (set, file, shareFound, overlap) => {
    const found = overlaps(await labels(`golden/${set}_nuclei_labels.png`), segmentNuclei(await plane(file)));
    expect(found.filter((v) => v > 0.5).length / found.length).toBeGreaterThanOrEqual(shareFound);
    expect(mean(found)).toBeGreaterThan(overlap);
  });
  it("nuclei of a CellProfiler example lie where CellProfiler found them, with areas that follow", async () => {
    const dna = await plane("examplehuman/AS_09125_050116030001_D03f00d0.tif");
    const nuclei = segmentNuclei(dna);
    const table = readCsv(gunzipSync(await readFile(new URL("examplehuman/Nuclei.csv.gz", folder))).toString());
    const column = (name: string) => {
      const found = table.columns.find((c) => c.name === name);
      return found?.kind === "number" ? found.values : new Float64Array(0);
    };
    const [x, y, area] = [column("AreaShape_Center_X"), column("AreaShape_Center_Y"), column("AreaShape_Area")];
    const ours = measureObjects({ channels: [], labels: nuclei, families: ["shape"] });
    const hits = Array.from(x, (cx, k) => nuclei.data[Math.round(y[k]!) * nuclei.width + Math.round(cx)]!);
    expect(hits.filter((label) => label > 0).length / hits.length).toBeGreaterThan(0.97);
    // Nuclei that both tools take for one object; both split some clumps in their own way.
    const pairs = hits.flatMap((label, k): [number, number][] =>
      label > 0 && hits.indexOf(label) === k && hits.lastIndexOf(label) === k
        ? [[area[k]!, ours.values[(label - 1) * ours.names.length]!]]
        : [],
    );
    expect(pairs.length / hits.length).toBeGreaterThan(0.87);
    const inside = nuclei.count - borderObjects(nuclei).reduce((a, b) => a + b, 0);
    expect(Math.abs(inside / table.rowCount - 1)).toBeLessThan(0.1);
    expect(correlation(pairs)).toBeGreaterThan(0.85);
  });
});

function correlation(pairs: [number, number][]): number {
  const a = mean(pairs.map(([u]) => u));
  const b = mean(pairs.map(([, v]) => v));
  const sum = (f: (u: number, v: number) => number) => pairs.reduce((s, [u, v]) => s + f(u - a, v - b), 0);
  return sum((u, v) => u * v) / Math.sqrt(sum((u) => u * u) * sum((_, v) => v * v));
}
