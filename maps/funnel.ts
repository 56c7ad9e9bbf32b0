import { MissingSplitError } from "./errors.ts";
import { experimentCounts, pairFacts } from "./funnel-facts.ts";
import { countPairs, gathered, isOfKind, pairCount, wholeRows } from "./funnel-pairs.ts";
import { type Cutoffs, type FunnelCounts, type FunnelSettings, fdrCutoffs, percentCutoffs } from "./funnel-settings.ts";
import {
  EXPERIMENTS_UNSEEN,
  emptyCounts,
  NO_TAU,
  openSieve,
  type PairBlock,
  pairBlock,
  type Sieve,
  type SievedPair,
  TAU_UNSEEN,
} from "./funnel-sieve.ts";
import { groupDoseTrends, type PairDoseTau } from "./group-dose-trends.ts";
import { checkGroup } from "./group-rows.ts";
import type { KnownEdge, KnownRelations } from "./known-edges.ts";
import type { NativeBlas } from "./native-products.ts";
import { percentileOf } from "./percentile.ts";
import type { PerturbationGroup } from "./perturbation-group.ts";
import { scanVectors } from "./scan-vectors.ts";
import { trustedRows } from "./trust.ts";
import { referenceProducts, type VectorProducts } from "./vector-products.ts";

/** A pair that came through. */
export interface FunnelPair {
  a: number;
  b: number;
  cosine: number;
  percentile: number;
  /** Trend over doses towards the pair's side, −1 … 1; null when neither end has three doses. */
  doseTau: number | null;
  /** Experiments that show it by themselves; null without a split group. */
  experiments: number | null;
  known: readonly KnownEdge[];
}

export interface FunnelResult {
  settings: FunnelSettings;
  /** null: no pair is extreme at that false discovery rate. */
  cutoffs: Cutoffs | null;
  counts: FunnelCounts;
  /** The strongest that came through, largest size of cosine first. */
  pairs: FunnelPair[];
  /** Pairs that came through; of those with the rows asked for when some were. */
  found: number;
}

export interface FunnelInputs {
  group: PerturbationGroup;
  /** 1,001 quantiles of the group's pairs. */
  quantiles: ArrayLike<number>;
  known?: KnownRelations;
  /** The group split by experiment, with its own quantiles, for the last step. */
  split?: { group: PerturbationGroup; quantiles: ArrayLike<number> };
  /** The group's vectors in a kernel; default plain TypeScript. */
  products?: VectorProducts;
  /** A BLAS that makes the products of all pairs, see `nativeBlas`. Default: the compiled kernels. */
  native?: NativeBlas | undefined;
}

export interface FunnelRunOptions {
  /** Pairs kept. Default 1,000. */
  limit?: number;
  /** Keep only pairs with one of these rows; steps count all pairs all the same. */
  rows?: readonly number[];
  /** Threads that compare vectors. Default 2; see `scanVectors`. */
  threads?: number;
  signal?: AbortSignal;
  /** Counts so far, and how much of the work is done, 0 … 1: the first two steps are final from the first call on. */
  progress?: (counts: FunnelCounts, done: number) => void;
}

/** A funnel over one group version. It remembers what it has found out: a change of a later step is answered without comparing vectors again. Runs wait for each other; abort the one that nobody waits for. */
export interface Funnel {
  /** @throws MissingSplitError (maps/no-split), ScanThreadError (maps/scan-thread), the signal's reason */
  run(settings: FunnelSettings, options?: FunnelRunOptions): Promise<FunnelResult>;
}

/** Pairs remembered, 15 bytes each; a wider funnel compares the vectors again at every change. */
const MOST_REMEMBERED = 8_000_000;
/** Pairs sieved at one go. */
const SLICE = 50_000;

/** @throws MapShapeError (maps/shape) when a group does not fit together */
export function openFunnel(inputs: FunnelInputs): Funnel {
  const { group, quantiles, split, known, native } = inputs;
  checkGroup(group);
  if (split !== undefined) checkGroup(split.group);
  const products = inputs.products ?? referenceProducts(group.vectors, group.dims);
  const facts = pairFacts(group, known);
  const countExperiments = split && experimentCounts(group, split.group);
  let remembered: Remembered | undefined;
  let counted: { rows: string; counts: Float64Array } | undefined;
  let trends: { rows: string; doseTau: PairDoseTau } | undefined;
  let running: Promise<unknown> = Promise.resolve();

  async function run(settings: FunnelSettings, options: FunnelRunOptions): Promise<FunnelResult> {
    const { signal, threads = 2, limit = 1000, progress } = options;
    const only = options.rows && new Set(options.rows);
    signal?.throwIfAborted();
    const scan = { threads, native, ...(signal && { signal }) };
    const trusted = trustedRows(group, settings.trust);
    const rows = group.rows.flatMap((_, i) => (trusted[i] === 1 && isOfKind(group, i, settings.between) ? [i] : []));
    const rowsName = JSON.stringify([settings.trust, settings.between]);
    const counts = emptyCounts();
    counts["all pairs"] = pairCount(group, wholeRows(group, settings.between), settings.between);
    counts["both ends trusted"] = pairCount(group, rows, settings.between);
    const tell = (done: number): void => progress?.({ ...counts }, done);
    tell(0);
    if (settings.tails.by === "fdr" && counted?.rows !== rowsName)
      counted = { rows: rowsName, counts: await countPairs(group, rows, products, scan) };
    const cutoffs =
      settings.tails.by === "percentile"
        ? percentCutoffs(quantiles, settings.tails.percent)
        : fdrCutoffs(quantiles, counted!.counts, settings.tails.q);
    // A group of one row has no pair, and so no tails.
    if (cutoffs === null || Number.isNaN(cutoffs.low)) return { settings, cutoffs: null, counts, pairs: [], found: 0 };

    const percent = settings.replicated?.percent ?? null;
    const splitCutoffs = split && percent !== null ? percentCutoffs(split.quantiles, percent) : undefined;
    if (trends?.rows !== rowsName) trends = { rows: rowsName, doseTau: groupDoseTrends(group, rows, products) };
    const { doseTau } = trends;
    const experimentsOf = (a: number, b: number, sign: number): number =>
      countExperiments === undefined || splitCutoffs === undefined ? 0 : countExperiments(a, b, sign, splitCutoffs);
    const sieve = openSieve(settings, cutoffs, facts, doseTau, group, limit, counts, experimentsOf, only);
    if (remembered !== undefined && covers(remembered, rowsName, cutoffs)) {
      remembered = withPercent(remembered, percent);
      for (const [i, block] of remembered.blocks.entries()) {
        await takeAll(sieve, block, signal);
        tell((i + 1) / remembered.blocks.length);
      }
    } else {
      remembered = undefined;
      const blocks: PairBlock[] = [];
      let size = 0;
      for await (const { to, answer } of scanVectors(gathered(group, rows), group.dims, { beyond: cutoffs }, scan)) {
        const block = pairBlock(answer.beyond!, rows);
        await takeAll(sieve, block, signal);
        size += block.a.length;
        if (size <= MOST_REMEMBERED) blocks.push(block);
        else blocks.length = 0;
        tell(1 - (1 - to / rows.length) ** 2);
      }
      if (size <= MOST_REMEMBERED) remembered = { rows: rowsName, cutoffs, percent, blocks };
    }
    const pairs = sieve.best().map((kept) => pairOf(kept, doseTau, splitCutoffs !== undefined));
    return { settings, cutoffs, counts, pairs, found: sieve.matching() };
  }

  function pairOf({ a, b, cosine, tau, experiments }: SievedPair, doseTau: PairDoseTau, isSplit: boolean): FunnelPair {
    const hundredths = tau === TAU_UNSEEN ? doseTau(a, b, Math.sign(cosine)) : tau === NO_TAU ? null : tau;
    return {
      a,
      b,
      cosine: Math.max(-1, Math.min(1, cosine)),
      percentile: percentileOf(quantiles, cosine),
      doseTau: hundredths === null ? null : hundredths / 100,
      experiments: isSplit ? experiments : null,
      known: known?.between(group.rows[a]!, group.rows[b]!) ?? [],
    };
  }

  return {
    run(settings, options = {}) {
      if (settings.replicated !== null && split === undefined) return Promise.reject(new MissingSplitError());
      const turn = running.then(() => run(settings, options));
      running = turn.catch(() => {});
      return turn;
    },
  };
}

/** Pairs of a scan that a later run may start from. */
interface Remembered {
  rows: string;
  cutoffs: Cutoffs;
  /** Of the experiments counted. */
  percent: number | null;
  blocks: PairBlock[];
}

/** Takes a block through the sieve and lets others in about every ten milliseconds. */
async function takeAll(sieve: Sieve, block: PairBlock, signal: AbortSignal | undefined): Promise<void> {
  const count = block.a.length;
  for (let from = 0; from < count; from += SLICE) {
    sieve.take(block, from, Math.min(count, from + SLICE));
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  }
}

function covers({ rows, cutoffs }: Remembered, rowsName: string, wanted: Cutoffs): boolean {
  return rows === rowsName && cutoffs.low >= wanted.low && cutoffs.high <= wanted.high;
}

/** Experiments that were counted at another percentage are forgotten. */
function withPercent(remembered: Remembered, percent: number | null): Remembered {
  if (percent === null || remembered.percent === percent) return remembered;
  for (const block of remembered.blocks) block.experiments.fill(EXPERIMENTS_UNSEEN);
  return { ...remembered, percent };
}
