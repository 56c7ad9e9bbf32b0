import { expect, it } from "vitest";
import { type LeastSquares, levenbergMarquardt } from "./levenberg-marquardt.ts";

/** NIST Statistical Reference Datasets, Misra1a: y = b1(1 − exp(−b2·x)). */
const X = [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0];
const Y = [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.4, 75.47, 81.78];

const misra: LeastSquares = {
  count: X.length,
  lower: [0, 0],
  upper: [1e6, 1],
  evaluate([b1 = 0, b2 = 0], residuals, jacobian) {
    X.forEach((x, i) => {
      const decay = Math.exp(-b2 * x);
      residuals[i] = b1 * (1 - decay) - Y[i]!;
      jacobian[2 * i] = 1 - decay;
      jacobian[2 * i + 1] = b1 * x * decay;
    });
  },
};

it("reaches the certified values of NIST's Misra1a from both of its starts", () => {
  for (const start of [
    [500, 1e-4],
    [250, 5e-4],
  ]) {
    const fit = levenbergMarquardt(misra, start, 200);
    expect(fit.parameters[0]! / 238.94212918).toBeCloseTo(1, 6);
    expect(fit.parameters[1]! / 5.5015643181e-4).toBeCloseTo(1, 6);
    expect(fit.cost).toBeCloseTo(0.12455138894, 7);
    expect(fit.converged).toBe(true);
  }
});

it("stops at a bound that the optimum lies beyond", () => {
  const fit = levenbergMarquardt({ ...misra, upper: [200, 1] }, [100, 1e-3]);
  expect(fit.parameters[0]).toBe(200);
  expect(fit.cost).toBeGreaterThan(0.2);
});
