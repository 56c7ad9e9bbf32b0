import { expect, test } from "vitest";
import { z } from "zod";
import { deepestIssue } from "./deepest-issue.ts";

const verbs = z.union([
  z.strictObject({ map: z.string() }),
  z.strictObject({ rekey: z.union([z.string(), z.array(z.string())]) }),
  z.strictObject({ join: z.strictObject({ table: z.string(), as: z.string() }) }),
]);

function problem(value: unknown): string {
  const found = deepestIssue(z.object({ function: verbs }).safeParse({ function: value }).error?.issues ?? []);
  return `${found?.path.join(".")}: ${found?.message}`;
}

test("of the branches of a union, the one that came furthest is told of", () => {
  expect(problem({ join: { table: "t" } })).toBe(
    "function.join.as: Invalid input: expected string, received undefined",
  );
  expect(problem({ join: { table: "t", as: "x", on: "y" } })).toBe('function.join: Unrecognized key: "on"');
});

test("of those that came equally far, the one whose verb is there", () => {
  expect(problem({ rekey: 7 })).toMatch(/^function\.rekey: /);
  expect(problem({ map: "f", also: 1 })).toBe('function: Unrecognized key: "also"');
});

test("without a problem there is none", () => {
  expect(deepestIssue([])).toBeUndefined();
});
