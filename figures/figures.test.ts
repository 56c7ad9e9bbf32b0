import { tableFromRows } from "@artesian/data";
import { describe, expect, it } from "vitest";
import * as figures from "./index.ts";
import { drawSvg, reportHtml, shortNumber } from "./index.ts";

it("exports exactly these names", () => {
  expect(Object.keys(figures).sort()).toMatchInlineSnapshot(`
    [
      "FigureError",
      "PictureError",
      "drawPng",
      "drawSvg",
      "escapeHtml",
      "reportHtml",
      "shortNumber",
    ]
  `);
});

describe("drawSvg", () => {
  it("draws one mark a row", async () => {
    const svg = await drawSvg({
      data: {
        values: [
          { x: 1, y: 2 },
          { x: 2, y: 1 },
          { x: 3, y: 3 },
        ],
      },
      mark: "point",
      encoding: { x: { field: "x", type: "quantitative" }, y: { field: "y", type: "quantitative" } },
    });
    expect(svg.startsWith("<svg")).toBe(true);
    expect(svg.match(/aria-roledescription="point"/g)).toHaveLength(3);
  });
  it("gives the same text whatever was drawn before, and at the same time", async () => {
    const values = [0, 1, 2].map((x) => ({ x, y: x, z: x / 2 }));
    const quantitative = (field: string) => ({ field, type: "quantitative" as const });
    const coloured = {
      data: { values },
      mark: { type: "rect" as const, clip: true },
      encoding: { x: quantitative("x"), y: quantitative("y"), color: quantitative("z") },
    };
    const first = await drawSvg(coloured);
    expect(first).toMatch(/url\(#gradient_/);
    const later = await Promise.all([drawSvg(coloured), drawSvg(coloured), drawSvg(coloured)]);
    expect(new Set([first, ...later]).size).toBe(1);
    expect(first.match(/url\(#[^)]*\)/g)?.every((use) => first.includes(`id="${use.slice(5, -1)}"`))).toBe(true);
  });
  it("refuses to load data from anywhere", async () => {
    const svg = drawSvg({ data: { url: "file:///etc/passwd" }, mark: "point", encoding: {} });
    await expect(svg.then((text) => text.includes("root:"))).resolves.toBe(false);
  });
  it("names what it cannot draw", async () => {
    const broken = { mark: "nonsense", data: { values: [] }, encoding: { x: { field: "a", type: "quantitative" } } };
    await expect(drawSvg(broken as never)).rejects.toMatchObject({ code: "figures/specification" });
  });
});

describe("reportHtml", () => {
  const html = reportHtml({
    title: "Screen <1>",
    summary: ["C4 restores"],
    sections: [
      {
        heading: "Hits",
        blocks: [
          {
            kind: "table",
            caption: "Compounds",
            name: "hits",
            table: tableFromRows([{ compound: "C<4>", ec50: 0.8123456 }]),
          },
        ],
      },
    ],
    provenance: { run: "01J" },
  });
  it("escapes what comes from data and holds no script", () => {
    expect(html).toContain("Screen &lt;1&gt;");
    expect(html).toContain("C&lt;4&gt;");
    expect(html).not.toMatch(/<script/i);
  });
  it("shows few digits and keeps all of them in the CSV", () => {
    expect(html).toContain("0.8123");
    const csv = /base64,([^"]+)"/.exec(html)?.[1] ?? "";
    expect(Buffer.from(csv, "base64").toString()).toBe("compound,ec50\nC<4>,0.8123456\n");
  });
});

it("writes numbers as a person would", () => {
  expect([12345, 0.000012345, 0.8123456, 1234567.5].map((value) => shortNumber(value, 3))).toEqual([
    "12,345",
    "1.23e-5",
    "0.812",
    "1.23e+6",
  ]);
});
