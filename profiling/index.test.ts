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
      "applyNormalization",
      "assayWindow",
      "coefficientOfVariation",
      "featureColumn",
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
