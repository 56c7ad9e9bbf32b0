import { type BrunnerMunzel, brunnerMunzel, norm, seededRandom } from "@artesian/numerics";
import { fastGram } from "@artesian/numerics/panel-product.ts";
import type { Aggregated } from "./aggregate-units.ts";
import type { Arms } from "./chromosome-arms.ts";
import { ArmCorrectionError } from "./errors.ts";

type Rows = Pick<Aggregated, "rows" | "dims" | "vectors">;

export interface ArmCorrection {
  arms: Arms;
  /** zFPKM of genes by symbol (Hart et al. 2013). */
  zFpkm: ReadonlyMap<string, number>;
  /** Genes below it are unexpressed; default −3. */
  threshold?: number;
  /** Arms with more unexpressed genes than this are corrected; default 20. */
  moreThan?: number;
}

export interface ArmCorrected {
  vectors: Float64Array;
  /** Unexpressed genes by corrected arm. */
  corrected: Map<string, number>;
  /** Genes whose arm has too few unexpressed genes, or that have no known arm: left as they were. */
  uncorrected: number;
}

/**
 * Takes from every gene of a chromosome arm the mean vector of the arm's unexpressed genes: what cutting the arm does, whichever gene is
 * meant (Lazar et al. 2024, proximity bias). Rows are those before lengths are taken off.
 * @throws ArmCorrectionError (maps/arm-correction) when no arm has enough unexpressed genes
 */
export function reduceArmBias(
  given: Rows,
  { arms, zFpkm, threshold = -3, moreThan = 20 }: ArmCorrection,
): ArmCorrected {
  const { rows, dims } = given;
  const vectors = given.vectors.slice();
  const sums = new Map<string, { genes: number; sum: Float64Array }>();
  const armOf = (i: number): string | undefined => (rows[i]!.type === "gene" ? arms.get(rows[i]!.symbol) : undefined);
  for (let i = 0; i < rows.length; i++) {
    const arm = armOf(i);
    if (arm === undefined || rows[i]!.experiment !== null) continue;
    if (!((zFpkm.get(rows[i]!.symbol) ?? Number.NaN) < threshold)) continue;
    const of = sums.get(arm) ?? { genes: 0, sum: new Float64Array(dims) };
    of.genes++;
    for (let j = 0; j < dims; j++) of.sum[j]! += given.vectors[i * dims + j]!;
    sums.set(arm, of);
  }
  const genes = rows.filter(({ type }) => type === "gene").length;
  const largest = Math.max(0, ...[...sums.values()].map((of) => of.genes));
  const withArm = rows.filter((_, i) => armOf(i) !== undefined).length;
  if (largest <= moreThan) throw new ArmCorrectionError({ genes, withArm, largest }, moreThan);
  let left = genes;
  for (let i = 0; i < rows.length; i++) {
    const of = sums.get(armOf(i) ?? "");
    if (of === undefined || of.genes <= moreThan) continue;
    for (let j = 0; j < dims; j++) vectors[i * dims + j]! -= of.sum[j]! / of.genes;
    left--;
  }
  const corrected = [...sums].filter(([, of]) => of.genes > moreThan).map(([arm, of]) => [arm, of.genes] as const);
  return { vectors, corrected: new Map(corrected.sort(([a], [b]) => (a < b ? -1 : 1))), uncorrected: left };
}

export interface ArmScore extends BrunnerMunzel {
  genes: number;
  pairsWithin: number;
  pairsBetween: number;
}

/**
 * How much more alike genes of one chromosome arm are than genes of different ones: the Brunner–Munzel test of cosines within arms against
 * cosines between arms (Lazar et al. 2024). `probability` is 0.5 without bias. Of more than `mostGenes` genes a seeded selection is
 * judged; genes of unknown arm, rows of single experiments and rows without length are left out.
 * @param options mostGenes default 3,000; seed default 1
 */
export function intraArmScore(
  given: Rows,
  arms: Arms,
  { mostGenes = 3000, seed = 1 }: { mostGenes?: number; seed?: number } = {},
): ArmScore {
  const { rows, dims, vectors } = given;
  const lengthOf = (i: number): number => norm(vectors.subarray(i * dims, (i + 1) * dims));
  const seen = new Set<string>();
  const usable = rows.flatMap(({ type, symbol, experiment }, i) => {
    if (type !== "gene" || experiment !== null || !arms.has(symbol) || seen.has(symbol) || !(lengthOf(i) > 0))
      return [];
    seen.add(symbol);
    return [i];
  });
  const judged = usable.length <= mostGenes ? usable : seededRandom(seed).shuffle(usable).slice(0, mostGenes);
  const n = judged.length;
  const unit = new Float64Array(n * dims);
  judged.forEach((i, at) => {
    const length = lengthOf(i);
    for (let j = 0; j < dims; j++) unit[at * dims + j] = vectors[i * dims + j]! / length;
  });
  const cosines = fastGram({ data: unit, rows: n, columns: dims }).data;
  const arm = judged.map((i) => arms.get(rows[i]!.symbol));
  const within: number[] = [];
  const between = new Float64Array((n * (n - 1)) / 2);
  let count = 0;
  for (let a = 0; a < n; a++)
    for (let b = 0; b < a; b++) {
      if (arm[a] === arm[b]) within.push(cosines[a * n + b]!);
      else between[count++] = cosines[a * n + b]!;
    }
  const test = brunnerMunzel(between.subarray(0, count), within);
  return { ...test, genes: n, pairsWithin: within.length, pairsBetween: count };
}
