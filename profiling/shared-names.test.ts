import { expect, it } from "vitest";
import { sharedNames } from "./shared-names.ts";

it("makes equal lists one, and keeps others as they are", () => {
  const share = sharedNames();
  const first = share(["a", "b", "c"]);
  expect(share(["a", "b", "c"])).toBe(first);
  const other = ["a", "x", "c"];
  expect(share(other)).toBe(other);
  expect(share([])).toEqual([]);
});
