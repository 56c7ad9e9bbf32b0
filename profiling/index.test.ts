import { expect, it } from "vitest";
import * as profiling from "./index.ts";

it("exports these names", () => {
  expect(Object.keys(profiling).sort()).toMatchInlineSnapshot(`
    [
      "NoSamplesError",
      "ProfileShapeError",
      "SampleQueryError",
      "UnknownColumnError",
      "aggregate",
      "annotate",
      "applyNormalization",
      "assayWindow",
      "coefficientOfVariation",
      "correlatedFeatures",
      "featureColumn",
      "featureSelect",
      "fitNormalization",
      "groupWells",
      "metadataColumn",
      "normalize",
      "positionEffect",
      "profilesFromTable",
      "profilesOf",
      "profilesToTable",
      "replicateCorrelation",
      "selectWells",
      "takeFeatures",
      "takeWells",
    ]
  `);
});
