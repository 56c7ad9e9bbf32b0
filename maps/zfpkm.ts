import { quantileSorted } from "@artesian/numerics";
import { ExpressionLevelsError } from "./errors.ts";

const GRID = 512;

/** How a distribution of expression levels was standardised. */
export interface ExpressionScale {
  /** log₂ level where most genes are: the centre of those that are expressed. */
  mode: number;
  /** Standard deviation of a normal distribution whose upper half fits the genes above the mode. */
  deviation: number;
}

/**
 * zFPKM (Hart et al. 2013, doi 10.1186/1471-2164-14-778): log₂ levels in standard deviations from the peak of expressed genes, the deviation
 * taken from the genes above the peak alone, σ = (mean above − peak)·√(π/2). Genes below −3 are seldom transcribed. Any unit will do
 * (FPKM, TPM, share of counts): it is taken off. The peak is that of a Gaussian density as R's `density` makes it.
 * @param levels by symbol, not logarithmic; a level of 0 gives −∞, a missing one is left out
 * @param source names the table in errors
 * @throws ExpressionLevelsError (maps/expression-levels) when there are no two levels that differ
 */
export function zFpkmOf(
  levels: ReadonlyMap<string, number>,
  source: string,
): { zFpkm: Map<string, number>; scale: ExpressionScale } {
  const logs = new Map<string, number>();
  for (const [symbol, level] of levels) if (level >= 0) logs.set(symbol, Math.log2(level));
  const finite = Float64Array.from([...logs.values()].filter(Number.isFinite)).sort();
  if (finite.length < 2 || finite[0] === finite.at(-1)) throw new ExpressionLevelsError(source, finite.length);
  const mode = peakOf(finite);
  const above = finite.filter((value) => value > mode);
  const deviation = (mean(above) - mode) * Math.sqrt(Math.PI / 2);
  if (!(deviation > 0)) throw new ExpressionLevelsError(source, finite.length);
  const zFpkm = new Map([...logs].map(([symbol, value]) => [symbol, (value - mode) / deviation]));
  return { zFpkm, scale: { mode, deviation } };
}

/** Where the Gaussian kernel density of ascending values is highest, on a grid of 512 points that reaches three bandwidths beyond them. */
function peakOf(sorted: Float64Array): number {
  const width = bandwidth(sorted);
  const from = sorted[0]! - 3 * width;
  const step = (sorted.at(-1)! + 3 * width - from) / (GRID - 1);
  let [best, highest] = [from, -1];
  for (let i = 0; i < GRID; i++) {
    const at = from + i * step;
    let density = 0;
    for (const value of sorted) density += Math.exp(-0.5 * ((value - at) / width) ** 2);
    if (density > highest) [best, highest] = [at, density];
  }
  return best;
}

/** Silverman's rule of thumb (1986, page 48, equation 3.31), as R's `bw.nrd0`. */
function bandwidth(sorted: Float64Array): number {
  const centre = mean(sorted);
  const squares = sorted.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  const sd = Math.sqrt(squares / (sorted.length - 1));
  const quartiles = (quantileSorted(sorted, 0.75) - quantileSorted(sorted, 0.25)) / 1.34;
  return 0.9 * (Math.min(sd, quartiles) || sd) * sorted.length ** -0.2;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
