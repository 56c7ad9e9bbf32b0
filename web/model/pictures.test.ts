import type { TaskRow } from "@artesian/server/api.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { placeGraph } from "../charts/place-graph.ts";
import { twinToCsv } from "./csv.ts";
import { faultGlyph, faultLabel, GLYPH_LABEL, GLYPH_PATH, roleGlyph, wellGlyph } from "./glyph.ts";
import { COMFORTABLE_WIDTH, edgePath, NARROW_BOX, stepNode, WIDE_BOX } from "./graph-layout.ts";
import { heatGeometry, mapOrder, mapTwin, stepCell } from "./heatmap.ts";
import { spreadLabels, toUnit } from "./projection.ts";
import { defaultChannels, imageAddress, sizeFor } from "./site-address.ts";
import { timelineBands, timeScale } from "./timeline.ts";
import { rowsAtAGlance } from "./well-numbers.ts";

test("every fault has a glyph that the legend names and that can be drawn", () => {
  for (const fault of [
    "defocus",
    "saturation",
    "debris",
    "empty-well",
    "channel-swap",
    "bubble",
    "dead-lamp",
    "few-cells",
  ]) {
    const glyph = faultGlyph(fault);
    expect(GLYPH_LABEL[glyph]).toBeTruthy();
    expect(GLYPH_PATH[glyph].d).toMatch(/^M/);
  }
  expect(faultLabel("defocus")).toBe("out of focus");
  expect(faultLabel("empty-well")).toBe("empty well");
});

test("of several faults the most severe is drawn", () => {
  expect(wellGlyph(["saturation", "defocus"])).toBe("out-of-focus");
  expect(wellGlyph(["defocus", "dead-lamp"])).toBe("dead-lamp");
  expect(wellGlyph([])).toBeUndefined();
});

test("healthy wells are positive controls and disease wells negative ones", () => {
  expect(roleGlyph("healthy")).toBe("positive-control");
  expect(roleGlyph("disease")).toBe("negative-control");
  expect(roleGlyph("compound")).toBeUndefined();
});

test("CSV quotes what needs it, leaves missing values empty and disarms formulas", () => {
  const csv = twinToCsv({
    columns: [
      { key: "a", label: "name" },
      { key: "d", label: "dose", unit: "µM" },
    ],
    rows: [
      { a: 'say "hi", twice', d: 0.5 },
      { a: "=1+1", d: null },
      { a: null, d: Number.NaN },
    ],
  });
  expect(csv).toBe('name,dose (µM)\n"say ""hi"", twice",0.5\n\'=1+1,\n,\n');
});

const edges = [
  { from: "images", to: "metrics" },
  { from: "images", to: "sites" },
  { from: "metadata", to: "sites" },
  { from: "sites", to: "features" },
  { from: "metrics", to: "site-metrics" },
  { from: "sites", to: "site-metrics" },
  { from: "features", to: "wells" },
];
const ids = ["images", "metadata", "metrics", "sites", "features", "site-metrics", "wells"];

test("the graph runs from left to right and no two boxes overlap", () => {
  const layout = placeGraph(ids, edges);
  const at = new Map(layout.nodes.map((n) => [n.id, n]));
  for (const { from, to } of edges) expect(at.get(to)!.x).toBeGreaterThan(at.get(from)!.x + layout.box.width);
  for (const a of layout.nodes)
    for (const b of layout.nodes)
      if (a.id < b.id)
        expect(Math.abs(a.x - b.x) >= layout.box.width || Math.abs(a.y - b.y) >= layout.box.height).toBe(true);
});

test("an edge to an unknown node is left out", () => {
  expect(placeGraph(["a"], [{ from: "a", to: "gone" }]).nodes).toHaveLength(1);
});

test("an edge is level at every place it passes", () => {
  expect(
    edgePath([
      { x: 0, y: 50 },
      { x: 40, y: 50 },
      { x: 80, y: 90 },
    ]),
  ).toBe("M0 50H40C60 50 60 90 80 90");
  expect(edgePath([])).toBe("");
});

test("an edge over several ranks passes no box on its way", () => {
  const layout = placeGraph(
    ["a", "b", "c", "d"],
    [
      { from: "a", to: "b" },
      { from: "b", to: "c" },
      { from: "c", to: "d" },
      { from: "a", to: "d" },
    ],
  );
  const long = layout.edges.find((e) => e.from === "a" && e.to === "d")!;
  expect(long.points.length).toBeGreaterThan(3);
  for (const point of long.points.slice(1, -1))
    for (const node of layout.nodes)
      expect(
        Math.abs(point.x - node.x) > layout.box.width / 2 || Math.abs(point.y - node.y) > layout.box.height / 2,
      ).toBe(true);
});

test("a pipeline of many ranks gets narrower boxes so that all of it is in sight", () => {
  const chain = Array.from({ length: 9 }, (_, k) => `node ${k}`);
  const layout = placeGraph(
    chain,
    chain.slice(1).map((to, k) => ({ from: chain[k]!, to })),
  );
  expect(layout.box).toBe(NARROW_BOX);
  expect(layout.width).toBeLessThan(COMFORTABLE_WIDTH + 40);
  expect(placeGraph(ids, edges).box).toBe(WIDE_BOX);
});

test("arrow keys walk to the nearest box in their direction", () => {
  const { nodes } = placeGraph(ids, edges);
  expect(["metrics", "sites"]).toContain(stepNode("images", "ArrowRight", nodes));
  expect(stepNode("wells", "ArrowRight", nodes)).toBe("wells");
});

const row = (label: string) => ({
  label,
  perturbation: { id: `gene:${label}`, type: "gene" as const, name: label, href: "" },
  doseUm: null,
  wells: 8,
  consistency: null,
  consistencyP: null,
  trusted: true,
});
const map = {
  perturbations: [row("A"), row("B"), row("C")],
  cosine: [1, -0.4, 0.8, -0.4, 1, null, 0.8, null, 1],
  order: [2, 0, 1],
};

test("the map stands clustered, as given, or by similarity to a row with the missing last", () => {
  expect(mapOrder(map, "clustered")).toEqual([2, 0, 1]);
  expect(mapOrder(map, "given")).toEqual([0, 1, 2]);
  expect(mapOrder(map, "similarity", 0)).toEqual([0, 2, 1]);
  expect(mapOrder(map, "similarity", 2)).toEqual([2, 0, 1]);
  expect(mapOrder({ ...map, order: [] }, "clustered")).toEqual([0, 1, 2]);
});

test("the map's table twin has its rows and columns in drawing order", () => {
  expect(twinToCsv(mapTwin(map, [2, 0, 1]))).toBe("perturbation,C,A,B\nC,1,0.8,\nA,0.8,1,-0.4\nB,,-0.4,1\n");
});

test("cells of the map are never wider than the room, and arrows stay inside", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 300, max: 1400 }), (n, width) => {
      const g = heatGeometry(n, 8, width);
      if (g.cell > 5) expect(g.left + g.side).toBeLessThanOrEqual(width);
    }),
  );
  expect(stepCell({ row: 0, column: 0 }, "ArrowUp", 3)).toEqual({ row: 0, column: 0 });
  expect(stepCell({ row: 1, column: 1 }, "End", 3)).toEqual({ row: 1, column: 2 });
});

test("at unit length projection² + rejection² is 1, and the origin has no direction", () => {
  fc.assert(
    fc.property(fc.double({ min: -5, max: 5, noNaN: true }), fc.double({ min: 0.001, max: 5, noNaN: true }), (p, r) => {
      const unit = toUnit({ p, r });
      expect(unit.p ** 2 + unit.r ** 2).toBeCloseTo(1);
      expect(unit.p * p).toBeGreaterThanOrEqual(0);
    }),
  );
  expect(toUnit({ p: 0, r: 0 })).toEqual({ p: 0, r: 0 });
});

test("labels that would overlap are moved apart", () => {
  const placed = spreadLabels(
    [
      { x: 10, y: 50 },
      { x: 12, y: 52 },
      { x: 300, y: 51 },
    ],
    11,
  );
  const near = placed.filter((l) => l.x < 100).map((l) => l.y);
  expect(Math.abs(near[0]! - near[1]!)).toBeGreaterThanOrEqual(11);
  expect(placed.find((l) => l.x === 300)?.y).toBe(51);
});

test("an image is asked for in the smallest size that has a pixel for each of the screen", () => {
  expect(sizeFor(172, 1, 1)).toBe(256);
  expect(sizeFor(172, 2, 1)).toBe(540);
  expect(sizeFor(172, 2, 4)).toBeUndefined();
  expect(imageAddress("/i.png", { lo: 90, hi: 4000 }, 256)).toBe("/i.png?lo=90&hi=4000&size=256");
  expect(imageAddress("/i.png", undefined, undefined)).toBe("/i.png");
  expect(defaultChannels(["DNA", "ER", "RNA", "AGP"])).toEqual(["DNA", "ER", "RNA"]);
});

const task = (id: string, start: number | null, end: number | null): TaskRow => ({
  id,
  node: "site-features",
  key: id,
  what: id,
  state: end === null ? "running" : "done",
  attempts: 1,
  cached: false,
  queuedAt: null,
  startedAt: start === null ? null : new Date(start).toISOString(),
  finishedAt: end === null ? null : new Date(end).toISOString(),
  durationMs: null,
  cause: null,
});

test("tasks that overlap take different lanes, and a running one reaches to now", () => {
  const [band] = timelineBands(
    [task("a", 0, 100), task("b", 50, 150), task("c", 110, null), task("d", null, null)],
    ["site-features"],
    500,
  );
  expect(band?.lanes).toBe(2);
  expect(band?.spans.map((s) => [s.id, s.lane, s.endMs])).toEqual([
    ["a", 0, 100],
    ["b", 1, 150],
    ["c", 0, 500],
  ]);
});

test("at a glance stand counts, flagged rows, the page's metric and focus of the first channel", () => {
  const number = (metric: string, channel: string | null, flag: "saturation" | null = null) => ({
    metric,
    label: metric,
    channel,
    unit: "",
    values: [1],
    flags: [flag],
  });
  const rows = [
    number("nuclei", null),
    number("PowerLogLogSlope", "DNA"),
    number("PowerLogLogSlope", "ER"),
    number("MeanIntensity", "DNA"),
    number("PercentMaximal", "Mito", "saturation"),
    number("StdIntensity", "ER"),
  ];
  const glance = rowsAtAGlance(rows, { metric: "MeanIntensity", channels: ["DNA", "RNA"] });
  expect(glance.map((r) => `${r.metric} ${r.channel ?? "well"}`)).toEqual([
    "nuclei well",
    "PowerLogLogSlope DNA",
    "MeanIntensity DNA",
    "PercentMaximal Mito",
  ]);
});

test("a logarithmic time axis rises from 0 to 1 and gives early seconds more room", () => {
  const log = timeScale(1000, 601_000, true);
  const linear = timeScale(1000, 601_000, false);
  expect([log.at(1000), log.at(601_000), linear.at(601_000)]).toEqual([0, 1, 1]);
  expect(log.at(11_000)).toBeGreaterThan(linear.at(11_000) * 10);
  for (const [k, tick] of log.ticks.entries())
    if (k > 0) expect(log.at(tick)).toBeGreaterThan(log.at(log.ticks[k - 1]!));
});
