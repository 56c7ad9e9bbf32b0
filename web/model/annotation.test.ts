import { describe, expect, test } from "vitest";
import { annotated } from "./annotation.ts";

const row = (arm: string | null, p: number | null, strength = 1, type: "gene" | "compound" = "gene") => ({
  type,
  arm,
  consistencyP: p,
  strength,
});

describe("the bar beside the rows", () => {
  test("both arms of a chromosome have its colour, and what has no arm has none", () => {
    const bar = annotated([row("16p", null), row("16q", null), row("2p", null), row(null, null)], "chromosome")!;
    expect(bar.colors[0]).toBe(bar.colors[1]);
    expect(bar.colors[0]).not.toBe(bar.colors[2]);
    expect(bar.colors[3]).toBeNull();
    expect(bar.legend.map(({ label }) => label)).toEqual(["2", "16"]);
  });

  test("p falls into steps that are told in their order, and only those that are there", () => {
    const bar = annotated([row(null, 0.2), row(null, 0.001), row(null, 0.05), row(null, null)], "replicates")!;
    expect(bar.legend.map(({ label }) => label)).toEqual(["p ≤ 0.001", "p ≤ 0.05", "p > 0.05"]);
    expect(bar.colors[3]).toBeNull();
  });

  test("strength runs from 0 to the strongest; rows without length leave a gap", () => {
    const bar = annotated([row(null, null, 0), row(null, null, 4), row(null, null, 8)], "strength")!;
    expect(bar.colors[0]).toBeNull();
    expect(bar.legend.map(({ label }) => label)).toEqual(["0", "4", "8"]);
    expect(bar.colors[2]).toBe(bar.legend[2]!.color);
    expect(annotated([row(null, null, 0)], "strength")!.colors).toEqual([null]);
  });

  test("kinds are told apart, and no bar is no bar", () => {
    const bar = annotated([row(null, null), row(null, null, 1, "compound")], "kind")!;
    expect(new Set(bar.colors).size).toBe(2);
    expect(annotated([row("1p", 0.1)], "none")).toBeUndefined();
  });
});
