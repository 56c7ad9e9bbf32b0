import fc from "fast-check";
import { expect, test } from "vitest";
import { inexactInteger } from "./json.ts";

test("a whole number that a double cannot hold is found as it is written, wherever it stands", () => {
  expect(inexactInteger('{"a":[1, 9007199254740993]}')).toBe("9007199254740993");
  expect(inexactInteger('{"a": { "b" : -12345678901234567890 }}')).toBe("-12345678901234567890");
  expect(inexactInteger("[9007199254740992]")).toBe("9007199254740992");
});

test("numbers that are kept, digits within text, fractions and exponents are none, and broken text says nothing", () => {
  expect(inexactInteger('{"a":9007199254740991,"b":-9007199254740991}')).toBeUndefined();
  expect(inexactInteger('{"a":"9007199254740993","b":"x, 9007199254740993","c":":9007199254740993"}')).toBeUndefined();
  expect(inexactInteger('{"a":0.12345678901234567890,"b":1e300,"c":12345678901234567890e2}')).toBeUndefined();
  expect(inexactInteger('{"a":9007199254740993')).toBeUndefined();
});

test("it is found if, and only if, reading and writing an integer changes its digits or passes 2^53 - 1", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), fc.constantFrom("", " "), (wide, space) => {
      const text = `{"id":${space}${wide},"note":"n"}`;
      expect(inexactInteger(text)).toBe(Number.isSafeInteger(Number(wide)) ? undefined : String(wide));
    }),
  );
});
