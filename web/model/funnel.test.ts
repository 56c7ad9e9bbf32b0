import { expect, test } from "vitest";
import { funnelQuery, shortCount } from "./funnel.ts";

test("counts of any size fit an arrow in three digits", () => {
  expect([0, 37, 6204, 9999, 10_000, 318_400, 1.9e9, 2.2e12].map(shortCount)).toEqual([
    "0",
    "37",
    "6,204",
    "9,999",
    "10 k",
    "318 k",
    "1.9 G",
    "2.2 T",
  ]);
});

test("an address gives the funnel its settings and keeps everything else of the page from it", () => {
  expect(funnelQuery({ novel: "false", percent: "2", a: "3", q: "0.1" })).toEqual({
    novel: "false",
    percent: "2",
    q: "0.1",
  });
  expect(funnelQuery({})).toEqual({});
});
