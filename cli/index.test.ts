import { expect, it } from "vitest";
import * as cli from "./index.ts";

it("exports exactly these names", () => {
  expect(Object.keys(cli).sort()).toMatchInlineSnapshot(`
    [
      "EXIT",
      "UsageError",
      "createOutput",
      "createProgram",
      "main",
    ]
  `);
});
