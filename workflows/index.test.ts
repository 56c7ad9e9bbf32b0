import { expect, it } from "vitest";
import * as workflows from "./index.ts";

it("exports exactly these names", () => {
  expect(Object.keys(workflows).sort()).toMatchInlineSnapshot(`
    [
      "ChangedImageError",
      "ConditionError",
      "ExperimentDesignError",
      "MetadataError",
      "TaskInputError",
      "dataFolder",
      "meets",
      "namedNuclei",
      "naturalOrder",
      "parseCondition",
      "patternOf",
      "placeKey",
      "placeOfFile",
      "planExperiment",
      "planGraph",
      "planOf",
      "planProfiling",
      "platesIn",
      "readMetadataSheet",
      "sheetOfPlatemaps",
      "sinkName",
      "takeInventory",
      "taskCode",
      "withExternal",
      "workflows",
    ]
  `);
});
