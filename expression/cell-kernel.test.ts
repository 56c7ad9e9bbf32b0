import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CellKernel, cellKernel } from "./cell-kernel.ts";

const GENES = 90_000;

interface Cell {
  genes: number[];
  values: number[];
}

const counts = fc.integer({ min: 1, max: 300 });
const anyValue = fc.oneof(
  counts,
  fc.integer({ min: -(2 ** 40), max: 2 ** 53 }),
  fc.float({ noNaN: true }),
  fc.double({ noNaN: true }),
  fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 1e300, -1e300, 2 ** 31, -(2 ** 31), 253, 254, 255, 256),
);
const steps = fc.array(fc.oneof(fc.nat(300), fc.nat(3000), fc.constantFrom(0, 252, 253, 254, 255)), { maxLength: 25 });

/** A cell of ascending genes. */
const cellOf = (value: fc.Arbitrary<number>): fc.Arbitrary<Cell> =>
  steps.chain((list) => {
    let gene = -1;
    const genes = list.map((step) => {
      gene += step + 1;
      return gene;
    });
    return fc.array(value, { minLength: genes.length, maxLength: genes.length }).map((values) => ({ genes, values }));
  });

/** A kernel that holds a cell and has room for sums, all zeros. */
function holding({ genes, values }: Cell, sumsPerGene: number) {
  const count = genes.length;
  const room = 8 * Math.ceil(count / 2) * 2;
  const kernel = cellKernel(2 * room + 8 * sumsPerGene * GENES + 257 * 64 + 4 * 256);
  const { buffer } = kernel.memory;
  const valuesAt = kernel.start;
  const genesAt = valuesAt + room;
  const free = genesAt + room;
  new Float64Array(buffer, valuesAt, count).set(values);
  new Uint32Array(buffer, genesAt, count).set(genes);
  return { kernel, genesAt, valuesAt, count, free, buffer };
}

/** Whether two lists of numbers are equal to the bit, all NaN being one. */
const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
  a.length === b.length && Array.from(a).every((value, i) => Object.is(value, b[i]));

describe("the kernel for cells", () => {
  it("says whether genes ascend, each once, and no value is zero", () => {
    const tidy = ({ genes, values }: Cell): boolean =>
      values.every((value) => value !== 0) && genes.every((gene, k) => k === 0 || gene > genes[k - 1]!);
    const mixed = fc.tuple(cellOf(anyValue), fc.nat(30), fc.nat(30)).map(([{ genes, values }, a, b]) => {
      const swapped = [...genes];
      if (a < genes.length && b < genes.length) [swapped[a], swapped[b]] = [genes[b]!, genes[a]!];
      return { genes: swapped, values };
    });
    fc.assert(
      fc.property(mixed, (cell) => {
        const { kernel, genesAt, valuesAt, count } = holding(cell, 0);
        expect(kernel.isTidy(genesAt, valuesAt, count) === 1).toBe(tidy(cell));
      }),
      { numRuns: 300 },
    );
    for (const [genes, values] of [
      [
        [2, 2],
        [1, 1],
      ],
      [
        [3, 2],
        [1, 1],
      ],
      [[0], [0]],
      [[0], [-0]],
    ] as const) {
      const { kernel, genesAt, valuesAt, count } = holding({ genes: [...genes], values: [...values] }, 0);
      expect(kernel.isTidy(genesAt, valuesAt, count)).toBe(0);
    }
  });

  it("sums a cell as a plain loop does, to the bit", () => {
    fc.assert(
      fc.property(cellOf(anyValue), fc.nat(), ({ genes, values }, seed) => {
        const { kernel, genesAt, valuesAt, count, free, buffer } = holding({ genes, values }, 1);
        const classes = new Uint8Array(buffer, free, GENES);
        genes.forEach((gene, k) => {
          classes[gene] = [0, 1, 2, 4][(seed + k) % 4]!;
        });
        const sums = new Float64Array(buffer, free + GENES, 8);
        const geneCells = new Uint32Array(buffer, free + GENES + 64, GENES);
        const total = kernel.sumCell(genesAt, valuesAt, count, free, geneCells.byteOffset, sums.byteOffset);
        const expected = [0, 0, 0, 0, 0, 0, 0, 0];
        let sum = 0;
        values.forEach((value, k) => {
          sum += value;
          const kind = classes[genes[k]!]!;
          if (kind !== 0) expected[kind]! += value;
        });
        expect(Object.is(total, sum)).toBe(true);
        expect(same(sums, expected)).toBe(true);
        expect(genes.every((gene) => geneCells[gene] === 1)).toBe(true);
        expect(kernel.negative()).toBe(values.filter((value) => value < 0).length);
        expect(kernel.fractions()).toBe(values.filter((value) => !Number.isInteger(value)).length);
        expect(kernel.largest()).toBe(values.reduce((most, value) => (value > most ? value : most), 0));
      }),
      { numRuns: 200 },
    );
  });

  it("takes genes out and sums the others in their order", () => {
    fc.assert(
      fc.property(cellOf(anyValue), fc.nat(), ({ genes, values }, seed) => {
        const { kernel, genesAt, valuesAt, count, free, buffer } = holding({ genes, values }, 1);
        const keep = new Uint8Array(buffer, free, GENES);
        genes.forEach((gene, k) => {
          keep[gene] = (seed >>> (k % 31)) & 1;
        });
        const total = kernel.keepListed(genesAt, valuesAt, count, free);
        const left = genes.flatMap((gene, k) => (keep[gene] === 1 ? [k] : []));
        expect(kernel.kept()).toBe(left.length);
        expect([...new Uint32Array(buffer, genesAt, left.length)]).toEqual(left.map((k) => genes[k]));
        expect(
          same(
            new Float64Array(buffer, valuesAt, left.length),
            left.map((k) => values[k]!),
          ),
        ).toBe(true);
        expect(
          Object.is(
            total,
            left.reduce((sum, k) => sum + values[k]!, 0),
          ),
        ).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it("adds shares and statistics of several cells as plain loops do, to the bit", () => {
    const target = 1000;
    const cells = fc.array(cellOf(fc.oneof(counts, fc.double({ min: 0.001, max: 1e6, noNaN: true }))), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(cells, (list) => {
        const whole = {
          genes: list.flatMap(({ genes }) => genes),
          values: list.flatMap(({ values }) => values),
        };
        const { kernel, genesAt, valuesAt, free, buffer } = holding(whole, 12);
        const shares = new Float64Array(buffer, free, 4 * GENES);
        const statistics = new Float64Array(buffer, free + 32 * GENES, 8 * GENES);
        const known = free + 96 * GENES;
        const knownFor = known + 257 * 64;
        new Int32Array(buffer, knownFor, 256).fill(-1);
        const expected = new Map<number, number[]>();
        let from = 0;
        list.forEach(({ genes, values }, cell) => {
          const total = values.reduce((sum, value) => sum + value, 0);
          const [g, v, count] = [genesAt + 4 * from, valuesAt + 8 * from, genes.length];
          kernel.addShares(g, v, count, 1 / total, shares.byteOffset);
          kernel.addStatistics(g, v, count, cell, total, target, statistics.byteOffset, known, knownFor);
          from += count;
          genes.forEach((gene, k) => {
            const value = values[k]!;
            const share = value / total;
            const log = Math.log1p(target * share);
            const sums = expected.get(gene) ?? new Array<number>(8).fill(0);
            expected.set(gene, sums);
            const terms = [1, value, value * value, share, share * share, log, log * log, value * (1 / total)];
            terms.forEach((term, i) => {
              sums[i]! += term;
            });
          });
        });
        for (const [gene, sums] of expected) {
          expect(same(statistics.subarray(8 * gene, 8 * gene + 8), [...sums.slice(0, 7), 0])).toBe(true);
          expect(same(shares.subarray(4 * gene, 4 * gene + 4), [sums[0]!, sums[1]!, sums[7]!, 0])).toBe(true);
        }
        const genesWith = (sums: Float64Array, stride: number): number =>
          sums.filter((sum, i) => i % stride === 0 && sum !== 0).length;
        expect([genesWith(shares, 4), genesWith(statistics, 8)]).toEqual([expected.size, expected.size]);
      }),
      { numRuns: 30 },
    );
  });
});

describe("the kernel's memory", () => {
  it("is zero from its start on, and each kernel's own", () => {
    const first: CellKernel = cellKernel(1000);
    new Uint8Array(first.memory.buffer, first.start, 1000).fill(7);
    const second = cellKernel(1000);
    expect(new Uint8Array(second.memory.buffer, second.start, 1000).every((byte) => byte === 0)).toBe(true);
  });
});
