import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as imaging from "./index.ts";

test("the room exports these names and no others", () => {
  expect(Object.keys(imaging).sort()).toMatchInlineSnapshot(`
    [
      "CHANNEL_COLOURS",
      "CHANNEL_STRENGTHS",
      "DamagedFileError",
      "ENOUGH_SITES",
      "EmptyFileError",
      "FAULT_LABELS",
      "FILE_NAME_PATTERNS",
      "FileNameError",
      "FileNamePatternError",
      "FlagRuleError",
      "ImageTooLargeError",
      "LoadDataError",
      "NotAnImageError",
      "ObjectCountError",
      "ObjectOptionError",
      "PHENOTYPE_PARAMETERS",
      "PLATE_SITES",
      "PlaneShapeError",
      "PlateFormatError",
      "RESCUE_AT_LEAST",
      "SIMULATED_CHANNELS",
      "ScreenDesignError",
      "TruncatedFileError",
      "UnsupportedImageError",
      "WellNameError",
      "acquisitionOrder",
      "aggregateObjects",
      "borderObjects",
      "cellRings",
      "channelImage",
      "commonShape",
      "createScratch",
      "customPattern",
      "cytoplasmOf",
      "descriptorNames",
      "designScreen",
      "detectFaults",
      "detectPattern",
      "downscale",
      "embedSite",
      "embeddingSize",
      "encodeImage",
      "featureFamilies",
      "flagColumns",
      "flagImage",
      "guessNuclei",
      "intensityWindow",
      "isPosition",
      "keepObjects",
      "labelsFrom",
      "labelsToPng",
      "measureArtefacts",
      "measureImageQuality",
      "measureObjects",
      "measureTranslocation",
      "measureTranslocations",
      "objectPixels",
      "outlinesToPng",
      "paintComposite",
      "parseFileName",
      "parseWell",
      "pipelineFamilies",
      "planSprite",
      "planeOf",
      "planeScale",
      "plateFormat",
      "plateFormatOf",
      "plateSprite",
      "qualityColumns",
      "readLoadData",
      "readPlane",
      "renderSite",
      "screenMetadata",
      "screenTruth",
      "segmentCells",
      "segmentNuclei",
      "sharedWindow",
      "siteComposite",
      "siteDescriptors",
      "siteTranslocation",
      "summariseFaults",
      "wellName",
      "wellsOf",
      "writeTiff",
    ]
  `);
});

test("every error class carries a code of this room", () => {
  const codes = [...readFileSync(new URL("errors.ts", import.meta.url), "utf8").matchAll(/readonly code = "([^"]+)"/g)];
  const classes = Object.keys(imaging).filter((name) => name.endsWith("Error"));
  expect(codes).toHaveLength(classes.length);
  expect(new Set(codes.map(([, code]) => code)).size).toBe(classes.length);
  for (const [, code] of codes) expect(code).toMatch(/^imaging\/[a-z-]+$/);
});

test("the example of the README runs as printed", async () => {
  const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
  const example = /```ts\nimport \{(?<names>[^}]+)\} from "@artesian\/imaging";\n(?<body>[^`]+)```/.exec(
    readme,
  )?.groups;
  expect(example).toBeDefined();
  const run = Object.getPrototypeOf(async () => {}).constructor;
  const result = await new run(
    "imaging",
    `const {${example?.names}} = imaging; ${example?.body}; return { name, quality, thumbnail };`,
  )(imaging);
  expect(result.name).toMatchObject({ plate: "P1", well: "C05", site: 1, channel: "DNA" });
  expect(result.quality.FocusScore).toBeGreaterThan(0);
  expect(result.thumbnail.length).toBeGreaterThan(200);
});
