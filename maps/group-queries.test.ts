import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { experimentAgreement } from "./experiment-agreement.ts";
import { fastProducts } from "./fast-products.ts";
import { bestOf, groupNeighbours } from "./group-neighbours.ts";
import { projectGroup } from "./group-projection.ts";
import { checkGroup, dosesOf, rowLabel } from "./group-rows.ts";
import { edgesFromText, knownRelations } from "./known-edges.ts";
import { cosineAt, percentileOf } from "./percentile.ts";
import { groupOf, plantedGroup, sortedQuantiles } from "./planted-group.test-support.ts";
import { cosineByte, NO_COSINE, TILE_EDGE, tileLevels, tilePyramid } from "./similarity-tiles.ts";
import { referenceProducts } from "./vector-products.ts";

const planted = plantedGroup();
const { group, split } = planted;
const quantiles = sortedQuantiles(group);
const rowOf = (perturbation: string, concentration: number | null = null): number =>
  group.rows.findIndex((row) => row.perturbation === perturbation && row.concentration === concentration);

describe("percentiles from quantiles", () => {
  it("are linear between quantiles, half way among equal ones, 0 and 100 beyond the ends", () => {
    expect(percentileOf([-1, 0, 1], 0.5)).toBe(75);
    expect(percentileOf([-1, 0, 1], 0)).toBe(50);
    expect(percentileOf([0, 0, 1], 0)).toBe(25);
    expect(percentileOf([0, 0.5, 1], -3)).toBe(0);
    expect(percentileOf([0, 0.5, 1], 3)).toBe(100);
    expect(percentileOf([0, 1], Number.NaN)).toBeNaN();
    expect(() => percentileOf([1], 0)).toThrowError(expect.objectContaining({ code: "maps/shape" }));
  });

  it("rise with the cosine and lead back to it", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (x, y) => {
          const [a, b] = [cosineAt(quantiles, x), cosineAt(quantiles, y)];
          expect(percentileOf(quantiles, a)).toBeCloseTo(x, 6);
          if (a < b) expect(percentileOf(quantiles, a)).toBeLessThanOrEqual(percentileOf(quantiles, b));
        },
      ),
    );
  });
});

describe("neighbours in both tails", () => {
  const known = knownRelations(planted.known);

  it("are the planted pathway on one side and its opposite compounds on the other", () => {
    const { similar, opposite } = groupNeighbours(group, rowOf("gene:G0A"), { quantiles, known, count: 5 });
    for (const { row } of similar.slice(0, 3)) expect(group.rows[row]?.symbol).toMatch(/^(G0|ALONG0)/);
    expect(group.rows[opposite[0]!.row]?.symbol).toBe("AGAINST0");
    expect(similar[0]?.percentile).toBeGreaterThan(95);
    expect(opposite[0]?.percentile).toBeLessThan(5);
  });

  it("tell what is known, with its source, from what is novel", () => {
    const among = (row: { type: string }): boolean => row.type === "gene";
    const { similar } = groupNeighbours(group, rowOf("gene:G0A"), { quantiles, known, among, count: 3 });
    const bySymbol = new Map(similar.map((one) => [group.rows[one.row]!.symbol, one.known]));
    expect(bySymbol.get("G0B")).toEqual([{ a: "G0A", b: "G0B", source: "planted", reference: "R-1" }]);
    expect(bySymbol.get("G0C")).toEqual([]);
    expect(groupNeighbours(group, 0, { quantiles }).similar[0]?.known).toBeNull();
  });

  it("equal a sort of all cosines, in plain TypeScript and in the kernel", () => {
    const products = fastProducts(group.vectors, group.dims);
    for (const row of [0, 10, 40]) {
      const cosines = referenceProducts(group.vectors, group.dims).ofQuery(
        group.vectors.subarray(row * 48, row * 48 + 48),
      );
      const sorted = group.rows.map((_, i) => i).filter((i) => i !== row);
      sorted.sort((a, b) => cosines[b]! - cosines[a]!);
      for (const found of [
        groupNeighbours(group, row, { quantiles }),
        groupNeighbours(group, row, { quantiles, products }),
      ]) {
        expect(found.similar.map((one) => one.row)).toEqual(sorted.slice(0, 20));
        expect(found.opposite.map((one) => one.row)).toEqual(sorted.toReversed().slice(0, 20));
      }
    }
  });

  it("are none for a row without length, and never such a row", () => {
    const flat = groupOf(
      [
        { row: {}, vector: [0, 0] },
        { row: {}, vector: [1, 0] },
        { row: {}, vector: [1, 1] },
      ],
      2,
    );
    expect(groupNeighbours(flat, 0, { quantiles: [-1, 1] })).toEqual({ similar: [], opposite: [] });
    expect(groupNeighbours(flat, 1, { quantiles: [-1, 1] }).similar.map(({ row }) => row)).toEqual([2]);
    expect(() => groupNeighbours(flat, 3, { quantiles })).toThrowError(
      expect.objectContaining({ code: "maps/unknown-row" }),
    );
  });

  it("do not depend on lengths, nor on the order of rows but for their numbers", () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(
          Array.from({ length: 30 }, (_, i) => i),
          { minLength: 30 },
        ),
        fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 30, maxLength: 30 }),
        (order, lengths) => {
          const entry = (row: number, length: number) => ({
            row: group.rows[row]!,
            vector: group.vectors.subarray(row * 48, row * 48 + 48).map((value) => value * length),
          });
          const before = groupOf(
            order.map((_, i) => entry(i, 1)),
            48,
          );
          const after = groupOf(
            order.map((row, i) => entry(row, lengths[i]!)),
            48,
          );
          const [found, moved] = [
            groupNeighbours(before, order[0]!, { quantiles }),
            groupNeighbours(after, 0, { quantiles }),
          ];
          expect(moved.similar.map(({ row }) => order[row])).toEqual(found.similar.map(({ row }) => row));
          expect(moved.opposite.map(({ row }) => order[row])).toEqual(found.opposite.map(({ row }) => row));
        },
      ),
      { numRuns: 30 },
    );
  });

  it("come in the order of rows when cosines are equal", () => {
    expect(bestOf([0.5, 0.9, 0.5, 0.5, Number.NaN, -1], 3, 1)).toEqual([1, 0, 2]);
    expect(bestOf([0.5, -0.2, -0.9, 0], 3, -1)).toEqual([2, 1]);
    expect(bestOf([1], 0, 1)).toEqual([]);
  });
});

describe("known relations", () => {
  it("hold in both directions, whatever the case, once a source", () => {
    const relations = knownRelations([
      { a: "TSC1", b: "tsc2", source: "StringDB" },
      { a: "TSC2", b: "TSC1", source: "StringDB" },
      { a: "TSC1", b: "TSC2", source: "HuMAP" },
      { a: "TSC1", b: "TSC1", source: "HuMAP" },
    ]);
    const [tsc1, tsc2] = groupOf(
      [
        { row: { symbol: "TSC1" }, vector: [1] },
        { row: { symbol: "TSC2" }, vector: [1] },
      ],
      1,
    ).rows;
    expect(relations.between(tsc2!, tsc1!).map(({ source }) => source)).toEqual(["StringDB", "HuMAP"]);
    expect([...relations.sources]).toEqual([
      ["StringDB", 1],
      ["HuMAP", 1],
    ]);
  });

  it("are read from the tables that benchmarks publish", () => {
    expect(edgesFromText("entity1,entity2\nA,B\r\nB,A\n\nbroken", "HuMAP")).toEqual([
      { a: "A", b: "B", source: "HuMAP" },
      { a: "B", b: "A", source: "HuMAP" },
    ]);
  });
});

describe("similarity tiles", () => {
  const many = plantedGroup({ pathways: 20, perPathway: 8, inertGenes: 60 }).group;
  const products = referenceProducts(many.vectors, many.dims);
  const rows = Array.from({ length: 300 }, (_, i) => (i * 17) % many.rows.length);
  const columns = Array.from({ length: many.rows.length }, (_, i) => i);

  it("hold the cosines as bytes, with none beyond the edge", () => {
    const pyramid = tilePyramid(products, { rows, columns });
    const exact = products.ofRows(rows, columns);
    const tile = pyramid.tile(0, 1, 1);
    expect(tile[0]).toBe(cosineByte(exact[TILE_EDGE * columns.length + TILE_EDGE]!));
    expect(tile[43 * TILE_EDGE + 3]).toBe(cosineByte(exact[(TILE_EDGE + 43) * columns.length + TILE_EDGE + 3]!));
    expect(tile[44 * TILE_EDGE]).toBe(NO_COSINE);
    expect([cosineByte(1), cosineByte(-1), cosineByte(0), cosineByte(Number.NaN)]).toEqual([127, -127, 0, NO_COSINE]);
  });

  it("keep the largest size with its sign at each coarser level", () => {
    const pyramid = tilePyramid(products, { rows, columns });
    const { level, tileRows, tileColumns } = pyramid.levels.at(-1)!;
    expect([tileRows, tileColumns]).toEqual([1, 1]);
    const exact = products.ofRows(rows, columns);
    const edge = 2 ** level;
    const coarse = pyramid.tile(level, 0, 0);
    for (const [i, j] of [
      [0, 0],
      [3, 50],
      [Math.ceil(300 / edge) - 1, Math.ceil(columns.length / edge) - 1],
    ] as const) {
      const under: number[] = [];
      for (let y = i * edge; y < Math.min(300, (i + 1) * edge); y++)
        for (let x = j * edge; x < Math.min(columns.length, (j + 1) * edge); x++)
          under.push(cosineByte(exact[y * columns.length + x]!));
      const strongest = under.reduce((most, byte) => (Math.abs(byte + 0.1) > Math.abs(most + 0.1) ? byte : most));
      expect(coarse[i * TILE_EDGE + j]).toBe(strongest);
    }
  });

  it("say which levels there are, and refuse others", () => {
    expect(
      tileLevels({ rows: { length: 5000 }, columns: { length: 300 } }).map((one) => [one.tileRows, one.tileColumns]),
    ).toEqual([
      [20, 2],
      [10, 1],
      [5, 1],
      [3, 1],
      [2, 1],
      [1, 1],
    ]);
    const pyramid = tilePyramid(products, { rows: [0], columns: [0] });
    expect(pyramid.tile(0, 0, 0)[0]).toBe(127);
    for (const [level, row, column] of [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 0.5],
      [-1, 0, 0],
    ] as const)
      expect(() => pyramid.tile(level, row, column)).toThrowError(
        expect.objectContaining({ code: "maps/unknown-tile" }),
      );
  });

  it("leave rows without length empty", () => {
    const tile = tilePyramid(products, { rows: [0, 1], columns: [0, 1] }, (row) => row !== 1).tile(0, 0, 0);
    expect([tile[0], tile[1], tile[TILE_EDGE], tile[TILE_EDGE + 1]]).toEqual([127, NO_COSINE, NO_COSINE, NO_COSINE]);
  });
});

describe("projection of a group", () => {
  const target = rowOf("gene:G0A");

  it("walks a compound of the pathway down and to the right with its dose, one against it to the left", () => {
    const { series, control } = projectGroup(group, target, [
      ...dosesOf(group, "compound:ALONG0"),
      ...dosesOf(group, "compound:AGAINST0"),
    ]);
    const [along, against] = series;
    expect(control).toEqual({ projection: 0, rejection: 1 });
    expect(along?.points.map(({ concentration }) => concentration)).toEqual([...planted.doses]);
    expect(along!.points.at(-1)!.projection).toBeGreaterThan(along!.points[0]!.projection);
    expect(along!.points.at(-1)!.rejection).toBeLessThan(along!.points[0]!.rejection);
    expect(against!.points.at(-1)!.projection).toBeLessThan(-0.8);
  });

  it("keeps lengths in magnitude mode, p² + r² = ‖q‖²/‖t‖² to 1e-6", () => {
    const all = group.rows.map((_, i) => i);
    const { series, control } = projectGroup(group, target, all, { mode: "magnitude", cloud: [3] });
    expect(control).toEqual({ projection: 0, rejection: 0 });
    for (const { row, projection, rejection } of series.flatMap(({ points }) => points)) {
      const expected = (group.norms[row]! / group.norms[target]!) ** 2;
      expect(Math.abs(projection ** 2 + rejection ** 2 - expected)).toBeLessThan(1e-6 * Math.max(1, expected));
    }
    for (const { points } of projectGroup(group, target, all).series)
      for (const { projection, rejection } of points)
        expect(Math.abs(projection ** 2 + rejection ** 2 - 1)).toBeLessThan(1e-6);
  });

  it("leaves rows without length out of unit mode and says so", () => {
    const flat = groupOf(
      [
        { row: {}, vector: [0, 0] },
        { row: {}, vector: [1, 0] },
      ],
      2,
    );
    expect(projectGroup(flat, 1, [0, 1]).leftOut).toEqual([0]);
    expect(projectGroup(flat, 1, [0, 1], { mode: "magnitude" }).series).toHaveLength(2);
    expect(() => projectGroup(flat, 0, [1])).toThrowError(expect.objectContaining({ code: "maps/zero-vector" }));
  });
});

describe("agreement between experiments", () => {
  it("is given to planted perturbations and not to inert ones", () => {
    const found = planted.pathways.flat().map((symbol) => experimentAgreement(split, `gene:${symbol}`, null));
    expect(found.every(({ badge }) => badge === "agree")).toBe(true);
    expect(found[0]?.experiments).toEqual(["E1", "E2", "E3"]);
    expect(found[0]?.cosines[0]?.[0]).toBeCloseTo(1, 6);
    expect(found[0]?.cosines[1]?.[2]).toBe(found[0]?.cosines[2]?.[1]);
    const inert = Array.from({ length: 12 }, (_, k) => experimentAgreement(split, `gene:N${k}`, null));
    expect(inert.filter(({ badge }) => badge === "agree").length).toBeLessThanOrEqual(2);
    expect(inert.filter(({ badge }) => badge === "disagree").length).toBeGreaterThan(8);
  });

  it("names the experiment that contradicts the others", () => {
    const turned = { ...split, vectors: split.vectors.slice() };
    const row = split.rows.findIndex((one) => one.symbol === "G1A" && one.experiment === "E2");
    for (let k = 0; k < 48; k++) turned.vectors[row * 48 + k]! *= -1;
    const found = experimentAgreement(turned, "gene:G1A", null, { rules: { p: 1, contradicts: 0 } });
    expect(found.badge).toBe("mixed");
    expect(found.contradicting).toContain("E2");
  });

  it("has p with +1, repeats with its seed, and is not tested without others to compare with", () => {
    const once = experimentAgreement(split, "gene:G0A", null, { permutations: 19, seed: 4 });
    expect(once).toEqual(experimentAgreement(split, "gene:G0A", null, { permutations: 19, seed: 4 }));
    expect(once.p).toBeGreaterThanOrEqual(1 / 20);
    const lone = groupOf(
      ["E1", "E2"].map((experiment) => ({ row: { perturbation: "gene:A", experiment }, vector: [1, 1] })),
      2,
    );
    expect(experimentAgreement(lone, "gene:A", null)).toMatchObject({ p: null, badge: "not tested" });
    expect(experimentAgreement(lone, "gene:B", null)).toMatchObject({ badge: "one experiment", rows: [] });
  });
});

describe("rows of a group", () => {
  it("are labelled with dose and experiment", () => {
    expect(rowLabel(group.rows[0]!)).toBe("G0A");
    expect(rowLabel({ ...group.rows[0]!, symbol: "C4", concentration: 3, experiment: "E1" })).toBe("C4 at 3 µM (E1)");
  });

  it("are refused when vectors or norms do not fit", () => {
    expect(() => checkGroup(group)).not.toThrow();
    expect(() => checkGroup({ ...group, dims: 47 })).toThrowError(expect.objectContaining({ code: "maps/shape" }));
    expect(() => checkGroup({ ...group, norms: group.norms.slice(1) })).toThrow("Norms of a perturbation group");
  });
});
