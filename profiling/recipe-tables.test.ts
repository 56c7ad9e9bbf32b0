import { expect, it } from "vitest";
import { profilesOf } from "./profiles.ts";
import type { RecipeStep } from "./recipe-step.ts";
import { recipeTables, sharedProfiles } from "./recipe-tables.ts";

const step = (id: string, ...keys: string[]): RecipeStep => ({
  id,
  kind: "normalize",
  title: id,
  batch: null,
  plate: null,
  inputs: keys.map((key) => ({ name: "profiles", place: "project", key })),
  outputs: [],
  parameters: {
    plate: id,
    method: "standardize",
    samples: "all",
    features: "infer",
    imageFeatures: false,
    compartments: [],
  },
  after: [],
  record: id,
});
const wells = profilesOf({ Metadata_Well: ["A01", "A02"] }, ["Cells_A"], Float64Array.of(1, 2));

it("keeps a table until the last step that reads it has ended, and none that nobody reads", () => {
  const steps = [step("one", "a"), step("two", "a", "b")];
  const tables = recipeTables(steps);
  expect(tables.wants("c")).toBe(false);
  tables.keep("c", wells);
  tables.keep("a", wells);
  expect(tables.take("c")).toBeUndefined();
  expect(tables.take("a")).toBe(wells);
  tables.ended(steps[0]!);
  expect(tables.take("a")).toBe(wells);
  tables.ended(steps[1]!);
  expect(tables.take("a")).toBeUndefined();
  expect(tables.wants("a")).toBe(false);
});

it("keeps no more than there is room for", () => {
  const steps = [step("one", "a", "b", "c"), step("two", "a")];
  const tables = recipeTables(steps, 20);
  for (const key of ["a", "b", "c"]) tables.keep(key, wells);
  expect(["a", "b", "c"].map((key) => tables.take(key) !== undefined)).toEqual([true, true, false]);
  expect(tables.wants("c")).toBe(false);
  tables.ended(steps[0]!);
  expect(tables.wants("a")).toBe(true);
});

it("hands numbers to other threads without a copy for each", () => {
  const shared = sharedProfiles(wells);
  expect(shared).toEqual(wells);
  expect(structuredClone(shared).values.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(sharedProfiles(shared)).toBe(shared);
});
