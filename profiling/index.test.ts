import { expect, it } from "vitest";
import * as profiling from "./index.ts";

it("exports these names", () => {
  expect(Object.keys(profiling).sort()).toMatchInlineSnapshot(`
    [
      "MissingInputError",
      "NoSamplesError",
      "PlateMetadataError",
      "ProfileShapeError",
      "RecipeConfigError",
      "RecipeThreadError",
      "SampleQueryError",
      "UnknownColumnError",
      "UnmatchedWellsError",
      "aggregate",
      "annotate",
      "annotateCmap",
      "annotationNotes",
      "applyNormalization",
      "assayWindow",
      "coefficientOfVariation",
      "correlatedFeatures",
      "featureColumn",
      "featureSelect",
      "fitNormalization",
      "groupWells",
      "guessDesign",
      "metadataColumn",
      "normalize",
      "platemapOf",
      "positionEffect",
      "profilesFromTable",
      "profilesOf",
      "profilesToTable",
      "readBarcodePlatemap",
      "readExternalMetadata",
      "readPlatemap",
      "readRecipeConfig",
      "replicateCorrelation",
      "selectWells",
      "summariseProfiles",
      "takeFeatures",
      "takeWells",
    ]
  `);
});
