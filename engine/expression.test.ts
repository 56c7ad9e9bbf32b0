import { expect, test } from "vitest";
import { parseExpression } from "./expression.ts";

test("multiplies before it adds, counts arrays, follows dotted fields, knows what is missing", () => {
  const value = { sites: 4, channels: ["DNA", "ER"], layout: { wells: 60 } };
  const of = (source: string): number | undefined => parseExpression(source).evaluate(value);
  expect(of("sites * channels + 1")).toBe(9);
  expect(of("(sites + 1) * 2")).toBe(10);
  expect(of("layout.wells / 2 - -sites")).toBe(34);
  expect(of("sites * unknown")).toBeUndefined();
  expect(of("sites / 0")).toBeUndefined();
  expect(parseExpression("a * b-c").fields).toEqual(["a", "b-c"]);
});

test("says where an expression goes wrong", () => {
  for (const source of ["", "sites *", "(sites", "sites)", "sites ; 1", "1 2"]) {
    expect(() => parseExpression(source), source).toThrow(
      expect.objectContaining({ code: "engine/invalid-expression" }),
    );
  }
});
