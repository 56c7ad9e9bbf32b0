import { expect, test } from "vitest";
import { cellsOf, shownAs } from "./heat-cells.ts";
import { type HeatLabel, heatCsv, heatGct, heatSvg, heatTwin } from "./heat-export.ts";

const label = (row: number, name: string, dose: number | null = null): HeatLabel => ({
  row,
  label: dose === null ? name : `${name} ${dose}`,
  perturbation: `${dose === null ? "gene" : "compound"}:${name}`,
  type: dose === null ? "gene" : "compound",
  dose,
});
const cells = cellsOf([1, -0.5, null, 0.25], 2, 2);
const table = {
  cells,
  rows: [
    { at: 1, label: label(7, "MTOR & co") },
    { at: 0, label: label(4, "TSC2") },
  ],
  columns: [
    { at: 0, label: label(9, "torin", 1) },
    { at: 1, label: label(4, "TSC2") },
  ],
};

test("CSV has the cosines in the order drawn, and nothing where there is none", () => {
  expect(heatCsv(table)).toBe("perturbation,torin 1,TSC2\nMTOR & co,,0.252\nTSC2,1,-0.496\n");
});

test("a table twin of a wide map stops at its limit", () => {
  expect(heatTwin(table, 1).columns.map((column) => column.label)).toEqual(["perturbation", "torin 1"]);
});

test("GCT 1.3 gives dimensions, metadata of rows and columns, and unique identifiers", () => {
  const lines = heatGct(table).trimEnd().split("\n");
  expect(lines[0]).toBe("#1.3");
  expect(lines[1]).toBe("2\t2\t3\t3");
  expect(lines[2]).toBe("id\tlabel\ttype\tdose_uM\tcompound:torin#9\tgene:TSC2#4");
  expect(lines[5]).toBe("dose_uM\tna\tna\tna\t1\tNaN");
  expect(lines[6]).toBe("gene:MTOR & co#7\tMTOR & co\tgene\tNaN\tNaN\t0.252");
  expect(new Set(lines.slice(2).map((line) => line.split("\t").length))).toEqual(new Set([6]));
});

test("the SVG draws each cell with its words, hatched where there is no cosine, and escapes names", () => {
  const svg = heatSvg(table, shownAs(cells, "raw"), "red-blue", "A < B");
  expect(svg.match(/<rect x=/g)).toHaveLength(5);
  expect(svg).toContain("<title>A &lt; B</title>");
  expect(svg).toContain('fill="url(#hatch)"><title>MTOR &amp; co × torin 1: no cosine</title>');
  expect(svg).toContain("<title>TSC2 × torin 1: cosine 1.00</title>");
  expect(svg).toContain('fill="rgb(178 24 43)"');
});
