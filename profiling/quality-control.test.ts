import { inflateSync } from "node:zlib";
import { readCsv } from "@artesian/data";
import { describe, expect, it } from "vitest";
import { profilesOf } from "./profiles.ts";
import {
  cellCounts,
  mergeSummaries,
  positionEffects,
  summariseLoadData,
  summariseSiteCounts,
  wellCorrelations,
} from "./quality-control.ts";
import { drawCorrelations, drawWellMap, matrixPng } from "./quality-control-figures.ts";

const plate = (values: number[], wells = ["A01", "A02", "B01", "B02"]) =>
  profilesOf(
    { Metadata_Well: wells, Metadata_Object_Count: [10, 20, 30, null], Metadata_Site_Count: [4, 4, 4, 2] },
    ["Cells_A", "Cells_B", "Cells_C"],
    Float64Array.from(values),
  );

describe("the recipe's summary", () => {
  const loadData = readCsv(
    "FileName_DNA,FileName_ER,Metadata_Row,Metadata_Col,Metadata_Site\na,b,1,1,1\na,b,1,1,2\na,b,1,2,1\n",
  );
  it("counts wells, images a site and sites a well", () => {
    expect(
      summariseLoadData(loadData, { batch: "B", plate: "P", row: "Metadata_Row", column: "Metadata_Col" }),
    ).toEqual({ batch: "B", plate: "P", wellCount: 2, imagesPerSite: 2, sitesPerWellMedian: 1, sitesPerWellMad: 0.5 });
    expect(() => summariseLoadData(loadData, { batch: "B", plate: "P", row: "Row", column: "Metadata_Col" })).toThrow(
      expect.objectContaining({ code: "profiling/unknown-column" }),
    );
  });
  it("replaces the lines of plates that it has, keeps others, sorts", () => {
    const one = summariseSiteCounts(plate([1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 1, 1]), "B2", "P1");
    const first = mergeSummaries(undefined, [one, { ...one, batch: "B1", plate: "00P", imagesPerSite: 5 }]);
    expect(first).toBe(
      "Batch_Name\tPlate_Name\tWell_Count\tImages_per_site\tSites_per_well_Median\tSites_per_well_mad\nB1\t00P\t4\t5\t4\t0.750\nB2\tP1\t4\t\t4\t0.750\n",
    );
    expect(mergeSummaries(first, [{ ...one, wellCount: 9 }])).toBe(first.replace("P1\t4", "P1\t9"));
    expect(mergeSummaries(first, [])).toBe(first);
  });
});

describe("heat maps", () => {
  it("count cells by well, from the count of objects or else from CellProfiler's object numbers", () => {
    const counts = cellCounts(plate([1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 1, 1]));
    expect(counts.feature).toBe("Metadata_Object_Count");
    expect(counts.wells[2]).toEqual({ well: "B01", row: "B", column: "01", value: 30 });
    expect(counts.wells[3]?.value).toBeNaN();
  });

  it("correlate wells, also where a feature is missing", () => {
    const whole = [1, 2, 3, 2, 4, 6, 3, 2, 1, 5, 5, 5];
    const r = wellCorrelations(plate(whole));
    expect([r[1], r[2], r[3]].map((one) => Number(one?.toFixed(12)))).toEqual([1, -1, Number.NaN]);
    const holed = wellCorrelations(plate([1, 2, 3, 2, Number.NaN, 6, 3, 2, 1, 5, 5, 5]));
    expect([holed[1], holed[2]].map((one) => Number(one?.toFixed(12)))).toEqual([1, -1]);
  });

  it("find that wells follow their row, and that they do not", () => {
    const wells = ["A", "B", "C", "D"].flatMap((row) => ["01", "02", "03", "04"].map((column) => row + column));
    const rowwise = wells.flatMap((well) => {
      const k = well.charCodeAt(0) - 65;
      return [Math.sin(k), Math.cos(2 * k), k * k * 0.3, Math.sin(5 * k)];
    });
    const of = (values: number[]) => {
      const profiles = profilesOf(
        { Metadata_Well: wells },
        ["Cells_A", "Cells_B", "Cells_C", "Cells_D"],
        Float64Array.from(values),
      );
      return positionEffects(profiles, wellCorrelations(profiles)).wells.map(({ value }) => value);
    };
    expect(Math.min(...of(rowwise))).toBeGreaterThanOrEqual(4 / 7);
    const random = wells.flatMap((_, i) =>
      [0, 1, 2, 3].map((j) => (Math.sin(12.9898 * (i * 4 + j + 1)) * 43758.5453) % 1),
    );
    const effects = of(random);
    expect(effects.reduce((sum, value) => sum + value, 0) / 16).toBeLessThan(0.4);
  });

  it("draw plates with every well, and correlations as one image", async () => {
    const svg = await drawWellMap(cellCounts(plate([1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 1, 1])), "Plate: P", "cells");
    expect(svg).toContain("Plate: P");
    expect(svg.match(/stroke-dasharray/g)?.length).toBe(1);
    const picture = drawCorrelations(Float64Array.of(1, -1, -1, 1), ["A01", "B01"], "Plate: <P>");
    expect(picture).toContain("Plate: &lt;P&gt;");
    expect(picture).toContain("data:image/png;base64,");
  });

  it("write pixels that say similar in red, opposite in blue, missing in grey", () => {
    const png = Buffer.from(matrixPng(Float64Array.of(1, -1, 0, Number.NaN), 2));
    const start = png.indexOf("IDAT") + 4;
    const pixels = inflateSync(png.subarray(start, start + png.readUInt32BE(start - 8)));
    expect([...pixels]).toEqual([0, 178, 24, 43, 33, 102, 172, 0, 255, 255, 255, 173, 181, 189]);
  });
});
