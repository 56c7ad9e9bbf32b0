import { expect, it } from "vitest";
import * as workflows from "./index.ts";

it("exports exactly these names", () => {
  expect(Object.keys(workflows).sort()).toMatchInlineSnapshot(`
    [
      "ChangedImageError",
      "ChangedMatrixError",
      "ConditionError",
      "ExperimentDesignError",
      "LOOKS",
      "MetadataError",
      "STATS_PREFIX",
      "SkipListError",
      "TaskInputError",
      "dataFolder",
      "lookAt",
      "matrixSummary",
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
      "portalOf",
      "projectKey",
      "readIndex",
      "readMetadataSheet",
      "readPortalIndex",
      "readSkipList",
      "sheetOfPlatemaps",
      "sinkName",
      "splitFolders",
      "takeInventory",
      "taskCode",
      "verifyPortal",
      "withExternal",
      "workflows",
    ]
  `);
});
