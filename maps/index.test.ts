import { expect, it } from "vitest";
import * as maps from "./index.ts";

it("exports these names", () => {
  expect(Object.keys(maps).sort()).toMatchInlineSnapshot(`
    [
      "MapShapeError",
      "PhenoprintRefusedError",
      "VERDICT_RULES",
      "ZeroVectorError",
      "analyseScreen",
      "areDoseSteps",
      "averageLinkage",
      "axisEnds",
      "cosine",
      "cosineMatrix",
      "doseCurveDrawing",
      "ec50Text",
      "experimentMap",
      "hitSentence",
      "leafOrder",
      "mapSentence",
      "neighboursOf",
      "percentileIn",
      "phenoprint",
      "polyline",
      "project",
      "replicateConsistency",
      "rescueOf",
      "rescueProjection",
      "sideEffectWord",
      "sideEffects",
      "sortedPairs",
      "twoDigits",
      "usableFeatures",
      "verdictOf",
    ]
  `);
});
