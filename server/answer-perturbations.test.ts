import { describe, expect, test } from "vitest";
import { agreementOf } from "./answer-perturbations.ts";

const row = (doseUm: number | null, consistency: number, consistencyP: number | null) => ({
  type: "compound" as const,
  name: "C4",
  doseUm,
  wells: 3,
  consistency,
  consistencyP,
});
const agreement = (rows: ReturnType<typeof row>[], unit?: string) =>
  agreementOf({ perturbations: rows, cosine: [], order: [] }, "compound:C4", 18, unit);

describe("agreement of replicates", () => {
  test("is told for the dose that stands out most", () => {
    const found = agreement([row(1, 0.9, 0.2), row(10, 0.8, 0.002)]);
    expect(found).toMatchObject({
      agree: true,
      sentence: "Three replicates at 10 µM agree (mean cosine 0.80, p 0.002).",
    });
  });

  test("tells replicates that are alike from those that are alike because all wells are", () => {
    expect(agreement([row(9, 0.98, 1)], "steps").sentence).toBe(
      "Three replicates at dose step 9 are alike (mean cosine 0.98), yet no more than other wells are (p 1.000).",
    );
    expect(agreement([row(9, -0.1, 0.6)]).sentence).toBe(
      "Three replicates at 9 µM do not agree more than chance (mean cosine −0.10, p 0.600).",
    );
  });

  test("is not claimed without a test or a map", () => {
    expect(agreement([row(null, 0.9, null)])).toMatchObject({
      agree: null,
      sentence: "Three replicates: mean cosine 0.90; not tested against chance.",
    });
    expect(agreement([])).toMatchObject({ agree: null, replicates: 18 });
    expect(agreementOf(null, "compound:C4", 18).sentence).toContain("when the experiment's map is there");
  });
});
