import fc from "fast-check";
import { expect, it } from "vitest";
import { brunnerMunzel } from "./index.ts";

it("equals scipy.stats.brunnermunzel (1.17.1), ties included", () => {
  const x = [-0.8, -1.3, -0.2, 0.4, 1.1, 0.1, -0.6, -0.8, 0.7, 1.6, 0.3, -1.2];
  const y = [-1.1, 4.0, 1.2, -2.7, 0.6, -1.5, -0.5, -0.2, -0.6];
  const { statistic, p } = brunnerMunzel(x, y);
  expect(statistic).toBeCloseTo(-0.3287051103631672, 12);
  expect(p).toBeCloseTo(0.7477653071132332, 12);
});

it("says that all of y is above x, and that one value has no spread", () => {
  expect(brunnerMunzel([1, 2], [3, 4]).probability).toBe(1);
  expect(brunnerMunzel([1, 2], [3, 4]).p).toBeNaN();
  expect(brunnerMunzel([1], [0, 2]).p).toBeNaN();
  expect(brunnerMunzel([], [1]).probability).toBeNaN();
});

it("turns round when the samples change places", () => {
  const sample = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 2, maxLength: 30 });
  fc.assert(
    fc.property(sample, sample, (x, y) => {
      let ahead = 0;
      for (const a of x) for (const b of y) ahead += a < b ? 1 : a === b ? 0.5 : 0;
      const [there, back] = [brunnerMunzel(x, y), brunnerMunzel(y, x)];
      expect(there.probability).toBeCloseTo(ahead / x.length / y.length, 12);
      expect(there.probability + back.probability).toBeCloseTo(1, 12);
      if (!Number.isNaN(there.p)) expect(back.p).toBeCloseTo(there.p, 10);
    }),
  );
});
