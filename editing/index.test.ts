import { expect, it } from "vitest";
import * as editing from "./index.ts";

it("exports these names", () => {
  expect(Object.keys(editing).sort()).toMatchInlineSnapshot(`
    [
      "AlphabetError",
      "DELETED",
      "DIFFERENT",
      "EQUAL",
      "FastaError",
      "GeneFileError",
      "GuideSearchError",
      "INSERTED",
      "UNKNOWN",
      "codeOfByte",
      "decodeSequence",
      "editingScheme",
      "encodeSequence",
      "findGuideSites",
      "hitScore",
      "readGeneModel",
      "reverseComplement",
      "specificity",
    ]
  `);
});
