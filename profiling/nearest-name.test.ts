import { expect, it } from "vitest";
import { meant, nearestName } from "./nearest-name.ts";

it("finds the name that was meant behind swapped, missing and wrong letters", () => {
  const known = ["method", "features", "image_features", "mad_robustize_fudge_factor"];
  expect(nearestName("mehtod", known)).toBe("method");
  expect(nearestName("Feature", known)).toBe("features");
  expect(nearestName("mad_robustize_fuge_factor", known)).toBe("mad_robustize_fudge_factor");
});

it("suggests nothing when nothing is near, and lists what there is", () => {
  expect(nearestName("colour", ["method", "features"])).toBeUndefined();
  expect(meant("colour", ["method", "features"])).toBe(" Known: method, features.");
  expect(meant("colour", [])).toBe("");
});
