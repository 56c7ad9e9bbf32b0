import fc from "fast-check";
import { expect, test } from "vitest";
import { matchScore, rank, sortRows } from "./rank.ts";
import { nextTheme, parseTheme } from "./theme.ts";
import { stepPage, TOUR, tourSteps } from "./tour.ts";
import { changeParams, choice, list, parseParams, path, toggleMember } from "./url-state.ts";
import { clampView, panBy, parseView, viewText, WHOLE, zoomAt } from "./view-box.ts";

test("equal views have equal links whatever the order of changes", () => {
  const a = changeParams(changeParams("", { well: "C05" }), { plate: "P3" });
  const b = changeParams(changeParams("", { plate: "P3" }), { well: "C05" });
  expect(a).toBe("?plate=P3&well=C05");
  expect(b).toBe(a);
  expect(changeParams(a, { plate: null, well: "" })).toBe("");
});

test("any text survives the way through an address", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (text) => {
      expect(parseParams(changeParams("", { q: text })).q).toBe(text);
    }),
  );
});

test("commas and colons stay readable in a link", () => {
  expect(changeParams("", { channels: "DNA,ER", id: "compound:C4" })).toBe("?channels=DNA,ER&id=compound:C4");
});

test("a choice that is not on offer gives the first one", () => {
  expect(choice({ tab: "tasks" }, "tab", ["graph", "tasks"])).toBe("tasks");
  expect(choice({ tab: "drop table" }, "tab", ["graph", "tasks"])).toBe("graph");
});

test("a list keeps the order of all members when one is switched", () => {
  expect(list({ channels: "ER,DNA" }, "channels")).toEqual(["ER", "DNA"]);
  expect(list({}, "channels")).toBeUndefined();
  expect(toggleMember(["ER"], "DNA", ["DNA", "ER", "RNA"])).toEqual(["DNA", "ER"]);
  expect(toggleMember(["ER", "DNA"], "ER", ["DNA", "ER", "RNA"])).toEqual(["DNA"]);
});

test("a path encodes its parts", () => {
  expect(path("experiments", "E 1/2", "plates")).toBe("/experiments/E%201%2F2/plates");
});

test("zooming keeps the point under the pointer where it is", () => {
  const view = zoomAt(WHOLE, 2, 0.75, 0.25);
  const imageX = view.x + (0.75 - 0.5) / view.zoom;
  expect(imageX).toBeCloseTo(0.75);
  expect(zoomAt(view, 0.1, 0.5, 0.5)).toEqual(WHOLE);
});

test("the view never leaves the image", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.1, max: 40, noNaN: true }),
      fc.double({ min: -3, max: 3, noNaN: true }),
      fc.double({ min: -3, max: 3, noNaN: true }),
      (zoom, x, y) => {
        const view = clampView({ zoom, x, y });
        expect(view.x - 0.5 / view.zoom).toBeGreaterThanOrEqual(-1e-9);
        expect(view.y + 0.5 / view.zoom).toBeLessThanOrEqual(1 + 1e-9);
      },
    ),
  );
  expect(panBy(WHOLE, 0.5, 0.5)).toEqual(WHOLE);
});

test("a view is found again from its address, and a broken one is the whole image", () => {
  const view = { zoom: 4, x: 0.25, y: 0.75 };
  expect(parseView(viewText(view))).toEqual(view);
  expect(viewText(WHOLE)).toBeUndefined();
  expect(parseView("4,x,1")).toEqual(WHOLE);
});

test("exact names come before prefixes, words, parts and scattered letters", () => {
  const names = ["my C4 plate", "C40", "xC4x", "C4", "cab 4"];
  expect(rank(names, "C4", (n) => n)).toEqual(["C4", "C40", "my C4 plate", "xC4x", "cab 4"]);
  expect(matchScore("C4", "z")).toBe(0);
});

test("sorting puts missing values last in both directions and digits in order", () => {
  const rows = [{ v: null }, { v: 2 }, { v: 10 }, { v: Number.NaN }];
  expect(sortRows(rows, (r) => r.v, false).map((r) => r.v)).toEqual([2, 10, null, Number.NaN]);
  expect(sortRows(rows, (r) => r.v, true).map((r) => r.v)).toEqual([10, 2, null, Number.NaN]);
  expect(sortRows(["P10", "P2"], (r) => r, false)).toEqual(["P2", "P10"]);
});

test("the theme goes round: system, light, dark", () => {
  expect(nextTheme("system")).toBe("light");
  expect(nextTheme(nextTheme("light"))).toBe("system");
  expect(parseTheme("pink")).toBe("system");
});

test("the tour leaves out what does not exist yet", () => {
  expect(tourSteps({}).length).toBeLessThan(TOUR.length);
  expect(tourSteps({ experiment: "E1", run: "R1" })).toEqual(TOUR);
  expect(stepPage(TOUR[1]!, { experiment: "E 1" })).toBe("/experiments/E%201/plates");
});
