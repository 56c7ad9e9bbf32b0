import { expect, it } from "vitest";
import * as editing from "./index.ts";

it("exports these names", () => {
  expect(Object.keys(editing).sort()).toMatchInlineSnapshot(`
    [
      "AlphabetError",
      "DELETED",
      "DIFFERENT",
      "EQUAL",
      "INSERTED",
      "RUN_MARKERS",
      "RunSheetError",
      "UNKNOWN",
      "codeOfByte",
      "decodeSequence",
      "editingScheme",
      "encodeSequence",
      "readRunSheet",
      "reverseComplement",
      "runFolderState",
    ]
  `);
});
