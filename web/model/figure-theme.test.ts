import { describe, expect, it } from "vitest";
import { figureTheme, noteLines } from "./figure-theme.ts";

it("draws figures in the page's own colours", () => {
  const theme = figureTheme((name) => `<${name}>`);
  expect(theme.axis).toMatchObject({ gridColor: "<--line>", labelColor: "<--ink-2>" });
  expect(theme.title).toMatchObject({ color: "<--ink>" });
});

describe("what a tooltip says", () => {
  it("is one line a field, without the empty ones", () => {
    expect(noteLines({ gene: "MALAT1", "mean share (%)": 3.2, note: null })).toEqual([
      "gene: MALAT1",
      "mean share (%): 3.2",
    ]);
  });
  it("is nothing where there is nothing to say", () => {
    expect([null, undefined, "", {}].flatMap(noteLines)).toEqual([]);
    expect(noteLines(0)).toEqual(["0"]);
  });
});
