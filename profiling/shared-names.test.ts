import { expect, it } from "vitest";
import { sharedNames, sharedTexts } from "./shared-names.ts";

it("makes equal lists one, and keeps others as they are", () => {
  const share = sharedNames();
  const first = share(["a", "b", "c"]);
  expect(share(["a", "b", "c"])).toBe(first);
  const other = ["a", "x", "c"];
  expect(share(other)).toBe(other);
  expect(share(["a", "x", "c"])).toBe(other);
  expect(share(["a", "b", "c"])).toBe(first);
  expect(share([])).toEqual([]);
});

it("keeps texts as they are, whatever they hold", () => {
  const share = sharedTexts();
  for (const text of ["BR00117001", "", "µ plate", "\ud800 alone"]) {
    expect(share(text)).toBe(text);
    expect(share(text)).toBe(text);
  }
});
