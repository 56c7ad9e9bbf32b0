import { expect, it } from "vitest";
import * as editing from "./index.ts";

it("exports these names", () => {
  expect(Object.keys(editing).sort()).toMatchInlineSnapshot(`
    [
      "AlignThreadError",
      "AlignmentSchemeError",
      "AlphabetError",
      "CutPositionError",
      "DELETED",
      "DIFFERENT",
      "EQUAL",
      "INSERTED",
      "LONGEST_ALIGNED",
      "SequenceLengthError",
      "UNKNOWN",
      "alignPair",
      "alignReads",
      "codeOfByte",
      "createAligner",
      "decodeSequence",
      "editingScheme",
      "encodeSequence",
      "reverseComplement",
    ]
  `);
});
