import { seededRandom } from "@artesian/numerics";
import { describe, expect, it } from "vitest";
import { aggregateUnits } from "./aggregate-units.ts";
import { efaar, efaarUnits, largestDifference } from "./efaar.test-support.ts";
import { relateRows } from "./relate-rows.ts";
import { simulateMap } from "./simulate-map.ts";
import { tukeyMedian } from "./tukey-median.ts";

describe("aggregation", () => {
  it("equals EFAAR's means and medians, controls left out", () => {
    const mean = aggregateUnits(efaarUnits(efaar.tvn));
    expect(mean.rows.map(({ symbol }) => symbol)).toEqual(efaar.means.genes);
    expect(largestDifference(mean.vectors, efaar.means.vectors.flat())).toBeLessThan(1e-8);
    const { vectors } = aggregateUnits(efaarUnits(efaar.tvn), { method: "median" });
    expect(largestDifference(vectors, efaar.medians.flat())).toBeLessThan(1e-8);
  });

  it("has a row for each perturbation and concentration, in order of dose", () => {
    const { units } = simulateMap({
      seed: 1,
      genes: 2,
      pathways: 1,
      genesPerPathway: 2,
      compounds: 1,
      doses: [10, 0.1, 1],
    });
    const { rows, members } = aggregateUnits(units);
    expect(rows.map(({ perturbation, concentration }) => [perturbation, concentration])).toEqual([
      ["compound:C1", 0.1],
      ["compound:C1", 1],
      ["compound:C1", 10],
      ["gene:G0001", null],
      ["gene:G0002", null],
    ]);
    expect(members.every((own, row) => own.length === rows[row]!.units)).toBe(true);
    expect(aggregateUnits(units, { controls: true }).rows.map(({ symbol }) => symbol)).toContain("control");
  });

  it("adds a row for each experiment where there are several", () => {
    const { units } = simulateMap({
      seed: 1,
      genes: 1,
      pathways: 1,
      genesPerPathway: 1,
      compounds: 0,
      replicates: 4,
      experiments: 2,
    });
    const { rows } = aggregateUnits(units, { byExperiment: true });
    expect(rows.map(({ experiment, units: count }) => [experiment, count])).toEqual([
      [null, 4],
      ["E1", 2],
      ["E2", 2],
    ]);
  });
});

describe("Tukey's median", () => {
  it("is the mean of one or two, and the middle one on a line", () => {
    expect([...tukeyMedian([[1, 2]])]).toEqual([1, 2]);
    expect([
      ...tukeyMedian([
        [0, 0],
        [2, 4],
      ]),
    ]).toEqual([1, 2]);
    expect([...tukeyMedian([[0], [1], [2], [50], [-90]])]).toEqual([1]);
  });

  it("stays with the many when a few are far away, in few and in many dimensions", () => {
    for (const dims of [2, 100]) {
      const random = seededRandom(dims);
      const near = Array.from({ length: 7 }, () => Float64Array.from({ length: dims }, () => random.normal()));
      const far = Array.from({ length: 2 }, () => Float64Array.from({ length: dims }, () => 50 + random.normal()));
      const [robust, mean] = [
        tukeyMedian([...near, ...far]),
        Array.from({ length: dims }, (_, j) => [...near, ...far].reduce((sum, row) => sum + row[j]! / 9, 0)),
      ];
      expect(Math.hypot(...robust)).toBeLessThan(2 * Math.sqrt(dims));
      expect(Math.hypot(...mean)).toBeGreaterThan(10 * Math.sqrt(dims));
    }
  });

  it("moves with its vectors, and is the same each time", () => {
    const random = seededRandom(9);
    const vectors = Array.from({ length: 6 }, () => Array.from({ length: 3 }, () => random.normal()));
    const there = tukeyMedian(vectors);
    expect(tukeyMedian(vectors)).toEqual(there);
    const moved = tukeyMedian(vectors.map((row) => row.map((value) => value + 5)));
    expect(
      largestDifference(
        moved,
        there.map((value) => value + 5),
      ),
    ).toBeLessThan(1e-9);
  });
});

it("relates rows at length 1 with their lengths kept; one without length stays zero", () => {
  const { rows } = aggregateUnits(efaarUnits(efaar.tvn));
  const group = relateRows({ rows: rows.slice(0, 2), dims: 2, vectors: Float64Array.of(3, -4, 0, 0) });
  expect([...group.norms]).toEqual([5, 0]);
  expect(largestDifference(group.vectors, [0.6, -0.8, 0, 0])).toBeLessThan(1e-7);
});
