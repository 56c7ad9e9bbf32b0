import { fitDose } from "@artesian/numerics";
import { describe, expect, it } from "vitest";
import { doseCurveDrawing } from "./dose-curve.ts";
import { ec50Text, hitSentence, twoDigits } from "./sentences.ts";
import { sideEffectWord, type VerdictEvidence, verdictOf } from "./verdict.ts";

const evidence = (change: Partial<VerdictEvidence>): VerdictEvidence => ({
  maxRescue: { value: 0.9, lower: 0.8, upper: 1 },
  effectP: 1e-6,
  sideEffect: 0.1,
  sideEffectLimit: 0.2,
  cellShare: 1,
  ...change,
});
const rescue = (value: number) => ({ value, lower: value - 0.1, upper: value + 0.1 });

describe("verdicts", () => {
  it("follow the rules in order", () => {
    expect(verdictOf(evidence({}))).toBe("restores");
    expect(verdictOf(evidence({ sideEffect: 0.8 }))).toBe("restores");
    expect(verdictOf(evidence({ maxRescue: rescue(0.4) }))).toBe("partly restores");
    expect(verdictOf(evidence({ maxRescue: rescue(0.4), sideEffect: 0.9 }))).toBe("toxic/other phenotype");
    expect(verdictOf(evidence({ maxRescue: rescue(0.1), sideEffect: 0.9 }))).toBe("toxic/other phenotype");
    expect(verdictOf(evidence({ maxRescue: rescue(0.4), cellShare: 0.3 }))).toBe("toxic/other phenotype");
    expect(verdictOf(evidence({ maxRescue: rescue(0.2) }))).toBe("no effect");
  });

  it("need a curve that is told from a flat line", () => {
    expect(verdictOf(evidence({ effectP: 0.2 }))).toBe("no effect");
    expect(verdictOf(evidence({ maxRescue: { value: 0.9, lower: -0.1, upper: 2 } }))).toBe("no effect");
  });

  it("do not call a side effect that controls reach by chance", () => {
    expect(verdictOf(evidence({ maxRescue: rescue(0), sideEffect: 0.6, sideEffectLimit: 0.7 }))).toBe("no effect");
    expect(verdictOf(evidence({ maxRescue: rescue(0), sideEffect: undefined, cellShare: undefined }))).toBe(
      "no effect",
    );
  });

  it("put side effects into words", () => {
    expect([0.1, 0.3, 0.9].map((value) => sideEffectWord(value))).toEqual(["little", "some", "strong"]);
  });
});

describe("sentences", () => {
  const doses = [0.03, 0.1, 0.3, 1, 3, 10];
  const curve = (ec50: number, top = 1) =>
    fitDose(
      doses.flatMap((dose, k) =>
        [-0.02, 0.02].map((noise) => ({ dose, response: top / (1 + (ec50 / dose) ** 1.2) + noise * (k % 2 ? 1 : -1) })),
      ),
      { bottom: 0, topRange: [-1.25, 1.25] },
    );
  const words = {
    name: "C4",
    maxRescue: rescue(0.46),
    sideEffect: 0.1,
    highestDose: 10,
    unit: "µM",
    goal: "the healthy phenotype",
  };

  it("round to two digits in plain notation", () => {
    expect([0.8123, 12.3, 0.0349, 0.00001234].map(twoDigits)).toEqual(["0.81", "12", "0.035", "0.000012"]);
    expect(twoDigits(Number.NaN)).toBe("–");
  });

  it("say an EC50 with its interval, and say when it lies outside the doses", () => {
    expect(ec50Text(curve(0.8), "µM")).toMatch(/^0\.\d+ µM \(0\.\d+–\d(\.\d+)?\)$/);
    const above = { ...curve(0.8), flags: ["ec50-above-doses" as const] };
    expect(ec50Text(above, "µM")).toBe("> 10 µM");
    expect(ec50Text({ ...curve(0.8), flags: ["ec50-below-doses"] }, "µM")).toBe("< 0.03 µM");
    expect(ec50Text({ ...curve(0.8), ec50: 3, ec50Interval: { lower: 1.4, upper: null } }, "µM")).toBe(
      "3 µM (1.4 to > 10)",
    );
  });

  it("tell what a compound does, from which dose and what else", () => {
    expect(hitSentence({ ...words, verdict: "restores", ec50: "0.8 µM (0.5–1.2)" })).toBe(
      "Compound C4 restores the healthy phenotype from 0.8 µM (0.5–1.2), with little side effect.",
    );
    expect(hitSentence({ ...words, verdict: "partly restores", ec50: "0.8 µM (0.5–1.2)", sideEffect: 0.4 })).toBe(
      "Compound C4 partly restores the healthy phenotype (46 % of the way) from 0.8 µM (0.5–1.2), with some side effect.",
    );
    expect(hitSentence({ ...words, verdict: "no effect", ec50: undefined })).toBe(
      "Compound C4 does not restore the healthy phenotype up to 10 µM.",
    );
    expect(hitSentence({ ...words, verdict: "no effect", ec50: "> 10 µM", maxRescue: rescue(0.14) })).toBe(
      "Compound C4 only begins to restore the healthy phenotype at 10 µM (14 % of the way).",
    );
    expect(hitSentence({ ...words, verdict: "toxic/other phenotype", ec50: undefined, sideEffect: 0.9 })).toContain(
      "is toxic or causes another phenotype",
    );
  });

  it("speak of steps and of the positive control where an assay has those", () => {
    const assay = {
      ...words,
      name: "dose series",
      unit: "steps",
      highestDose: 9,
      goal: "the positive control's phenotype",
      sideEffect: undefined,
    };
    expect(hitSentence({ ...assay, verdict: "restores", ec50: "4 steps (3.9–4.2)" })).toBe(
      "The dose series reaches the positive control's phenotype from dose step 4 (3.9–4.2).",
    );
    expect(hitSentence({ ...assay, verdict: "no effect", ec50: undefined })).toBe(
      "The dose series does not reach the positive control's phenotype up to dose step 9.",
    );
  });

  it("have a drawing: line and band over the doses", () => {
    const drawing = doseCurveDrawing(curve(0.8), 11);
    expect(drawing.dose).toHaveLength(11);
    expect(drawing.dose[0]).toBeLessThan(0.03);
    expect(drawing.dose[10]).toBeGreaterThan(10);
    drawing.response.forEach((value, i) => {
      expect(drawing.lower[i]).toBeLessThanOrEqual(value);
      expect(drawing.upper[i]).toBeGreaterThanOrEqual(value);
    });
  });
});
