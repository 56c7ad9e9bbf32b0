import { seededRandom } from "@artesian/numerics";
import type { ClippedSums, GeneStatistics, View } from "./pass.ts";

/** A small matrix in memory, cell by cell; genes of a cell ascend. */
export interface SmallMatrix {
  name: string;
  geneCount: number;
  cellCount: number;
  indptr: number[];
  genes: number[];
  values: number[];
  /** Batch of each cell. */
  batches: number[];
  batchCount: number;
}

export interface SmallPlan {
  name: string;
  seed: number;
  geneCount: number;
  cellCount: number;
  batchCount: number;
  /** Also a cell without counts, genes that nothing expresses, genes in one cell, a constant gene. */
  odd: boolean;
}

/** What the differential tests and the golden values are made on. */
export const smallPlans: SmallPlan[] = [
  { name: "plain", seed: 1, geneCount: 150, cellCount: 120, batchCount: 2, odd: false },
  { name: "three batches", seed: 2, geneCount: 240, cellCount: 150, batchCount: 3, odd: false },
  { name: "odd genes and cells", seed: 13, geneCount: 160, cellCount: 140, batchCount: 2, odd: true },
  { name: "few genes", seed: 4, geneCount: 90, cellCount: 60, batchCount: 2, odd: false },
  { name: "many odd genes", seed: 5, geneCount: 300, cellCount: 70, batchCount: 4, odd: true },
];

/** Counts with overdispersion, cells of different depth, genes that differ between batches. */
export function generateSmall(plan: SmallPlan): SmallMatrix {
  const random = seededRandom(plan.seed);
  const { geneCount, cellCount, batchCount } = plan;
  const means = Array.from({ length: geneCount }, () => Math.exp(random.normal() * 1.4 + (plan.odd ? -0.6 : 0.4)));
  const shifts = Array.from({ length: batchCount }, () =>
    Array.from({ length: geneCount }, () => Math.exp(0.4 * random.normal())),
  );
  const looseness = Array.from({ length: geneCount }, () => 0.05 + 1.5 * random.uniform() ** 3);
  const matrix: SmallMatrix = { ...plan, indptr: [0], genes: [], values: [], batches: [] };
  for (let cell = 0; cell < cellCount; cell++) {
    const batch = random.below(batchCount);
    matrix.batches.push(batch);
    const depth = Math.exp(0.5 * random.normal());
    for (let gene = 0; gene < geneCount; gene++) {
      const mean = means[gene]! * shifts[batch]![gene]! * depth;
      const rate = mean * Math.exp(looseness[gene]! * random.normal());
      let value = poisson(rate, random.uniform);
      if (plan.odd) value = oddValue(gene, cell, value);
      if (value === 0) continue;
      matrix.genes.push(gene);
      matrix.values.push(value);
    }
    matrix.indptr.push(matrix.genes.length);
  }
  return matrix;
}

function oddValue(gene: number, cell: number, value: number): number {
  if (cell === 7) return 0;
  if (gene < 4) return 0;
  if (gene < 10) return cell === gene ? gene - 3 : 0;
  if (gene === 10) return 2;
  if (gene === 11) return cell % 5 === 0 ? 3 : 0;
  return value;
}

function poisson(rate: number, uniform: () => number): number {
  if (rate > 40) return Math.max(0, Math.round(rate + Math.sqrt(rate) * (uniform() + uniform() + uniform() - 1.5) * 2));
  const limit = Math.exp(-rate);
  let count = -1;
  for (let product = 1; product > limit; count++) product *= uniform();
  return count;
}

/** What the streaming pass gives, by plain loops over a dense copy: the yardstick for it and the input of tests of what builds on it. */
export function plainStatistics(matrix: SmallMatrix, view: View): GeneStatistics {
  const { geneCount, cellCount } = matrix;
  const groupCount = view.groupCount ?? 1;
  const totals = new Float64Array(cellCount);
  const each = (visit: (cell: number, gene: number, value: number) => void): void => {
    for (let cell = 0; cell < cellCount; cell++) {
      if (view.keepCells && view.keepCells[cell] !== 1) continue;
      for (let i = matrix.indptr[cell]!; i < matrix.indptr[cell + 1]!; i++) {
        const gene = matrix.genes[i]!;
        if (!view.keepGenes || view.keepGenes[gene] === 1) visit(cell, gene, matrix.values[i]!);
      }
    }
  };
  each((cell, _, value) => {
    totals[cell] = totals[cell]! + value;
  });
  const positive = totals.filter((total) => total > 0).sort();
  const half = positive.length >> 1;
  const median = positive.length % 2 === 1 ? positive[half]! : (positive[half - 1]! + positive[half]!) / 2;
  const target = view.target === "median" ? median : view.target;
  const column = (): Float64Array => new Float64Array(groupCount * geneCount);
  const statistics: GeneStatistics = {
    groupCount,
    geneCount,
    target,
    cellCount: new Uint32Array(groupCount),
    cells: new Uint32Array(groupCount * geneCount),
    sum: column(),
    sumSquares: column(),
    shareSum: column(),
    shareSumSquares: column(),
    logSum: column(),
    logSumSquares: column(),
  };
  for (let cell = 0; cell < cellCount; cell++) {
    if (view.keepCells && view.keepCells[cell] !== 1) continue;
    const group = view.groups?.[cell] ?? 0;
    statistics.cellCount[group] = statistics.cellCount[group]! + 1;
  }
  each((cell, gene, value) => {
    const at = (view.groups?.[cell] ?? 0) * geneCount + gene;
    const share = value / totals[cell]!;
    const log = Math.log1p(target * share);
    statistics.cells[at] = statistics.cells[at]! + 1;
    const add = (sums: Float64Array, by: number): void => {
      sums[at] = sums[at]! + by;
    };
    add(statistics.sum, value);
    add(statistics.sumSquares, value * value);
    add(statistics.shareSum, share);
    add(statistics.shareSumSquares, share * share);
    add(statistics.logSum, log);
    add(statistics.logSumSquares, log * log);
  });
  return statistics;
}

/** Sums of min(value, clip) by plain loops. */
export function plainClippedSums(matrix: SmallMatrix, view: View, clip: Float64Array): ClippedSums {
  const { geneCount } = matrix;
  const sum = new Float64Array(clip.length);
  const sumSquares = new Float64Array(clip.length);
  for (let cell = 0; cell < matrix.cellCount; cell++) {
    if (view.keepCells && view.keepCells[cell] !== 1) continue;
    for (let i = matrix.indptr[cell]!; i < matrix.indptr[cell + 1]!; i++) {
      const at = (view.groups?.[cell] ?? 0) * geneCount + matrix.genes[i]!;
      const value = Math.min(matrix.values[i]!, clip[at]!);
      sum[at] = sum[at]! + value;
      sumSquares[at] = sumSquares[at]! + value * value;
    }
  }
  return { sum, sumSquares };
}
