import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { loess } from "./loess.ts";
import { loessVertices } from "./loess-tree.ts";

interface Case {
  name: string;
  span: number;
  x: number[];
  y: number[];
  fitted?: number[];
  refused?: string;
}

const cases: Case[] = JSON.parse(
  gunzipSync(readFileSync(new URL("fixtures/loess.json.gz", import.meta.url))).toString(),
);

describe("loess", () => {
  it("gives back a parabola", () => {
    const x = Float64Array.from({ length: 40 }, (_, i) => i / 7);
    const y = x.map((value) => 2 - value + 3 * value * value);
    loess(x, y, { span: 0.5 }).forEach((value, i) => {
      expect(value).toBeCloseTo(y[i]!, 9);
    });
  });
  it.each(cases.filter((one) => one.fitted))("fits $name to scikit-misc's numbers", ({ x, y, span, fitted }) => {
    const found = loess(Float64Array.from(x), Float64Array.from(y), { span });
    const worst = Math.max(...fitted!.map((value, i) => Math.abs(value - found[i]!)));
    expect(worst).toBeLessThan(1e-10);
  });
  it.each(cases.filter((one) => one.refused))("refuses $name as scikit-misc does", ({ x, y, span }) => {
    expect(() => loess(Float64Array.from(x), Float64Array.from(y), { span })).toThrow(
      expect.objectContaining({ code: "expression/loess" }),
    );
  });
  it("has seen fits, ties and refusals", () => {
    expect(cases.filter((one) => one.fitted).length).toBeGreaterThan(8);
    expect(cases.filter((one) => one.refused).length).toBeGreaterThan(2);
  });
  it("refuses points that all stand at one place, and too few", () => {
    const equal = new Float64Array(30).fill(2);
    expect(() => loess(equal, equal)).toThrow(/same mean/);
    expect(() => loess(Float64Array.of(1, 2, 3), Float64Array.of(1, 2, 3))).toThrow(/of 3 genes/);
  });
});

describe("the vertices of the tree", () => {
  it("are cuts at points and the two ends, a little outside", () => {
    const sorted = Float64Array.from({ length: 8 }, (_, i) => i);
    expect([...loessVertices(sorted, 2)]).toEqual([-0.035, 1, 3, 5, 7.035]);
  });
  it("move to the nearest place between two different values", () => {
    expect([...loessVertices(Float64Array.of(0, 1, 1, 1, 1, 2), 5)]).toEqual([-0.01, 1, 2.01]);
  });
});
