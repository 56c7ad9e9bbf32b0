import fc from "fast-check";
import { expect, it } from "vitest";
import { largest } from "./moments.ts";

it("finds the largest values as sorting does: equal ones in their order, NaN never", () => {
  const value = fc.oneof(fc.constantFrom(0, 1, 2, Number.NaN), fc.double());
  fc.assert(
    fc.property(fc.array(value, { maxLength: 60 }), fc.nat(70), (values, count) => {
      const sorted = [...values.keys()]
        .filter((i) => !Number.isNaN(values[i]))
        .sort((a, b) => values[b]! - values[a]! || a - b);
      // Infinity − Infinity is NaN, which keeps the order as well.
      expect(largest(values, count)).toEqual(sorted.slice(0, count));
    }),
  );
});
