import type { PairFacts } from "./funnel-facts.ts";
import { type Cutoffs, FUNNEL_STEPS, type FunnelCounts, type FunnelSettings } from "./funnel-settings.ts";
import type { PairDoseTau } from "./group-dose-trends.ts";
import type { PerturbationGroup } from "./perturbation-group.ts";
import type { PairList } from "./vector-scan.ts";

/** Extreme pairs of trusted rows with what is known about each so far. */
export interface PairBlock {
  a: Uint32Array;
  b: Uint32Array;
  cosines: Float32Array;
  /** Bits: looked at, one arm, known. */
  flags: Uint8Array;
  /** Hundredths; see below for none and not looked at. */
  taus: Int8Array;
  /** Experiments that show it; 255: not looked at. */
  experiments: Uint8Array;
}

const [LOOKED_AT, ONE_ARM, KNOWN] = [1, 2, 4];
export const NO_TAU = -128;
export const TAU_UNSEEN = 127;
export const EXPERIMENTS_UNSEEN = 255;

/** A pair that came through; tau in hundredths, `NO_TAU` or `TAU_UNSEEN`. */
export interface SievedPair {
  a: number;
  b: number;
  cosine: number;
  tau: number;
  experiments: number;
}

export interface Sieve {
  /** Takes pairs `from` to below `to` of a block. */
  take(block: PairBlock, from: number, to: number): void;
  /** The strongest that came through, largest size of cosine first. */
  best(): SievedPair[];
  /** Pairs that came through with a row of `only`; all of them without it. */
  matching(): number;
}

/**
 * Takes pairs through the later steps, counting into `counts`, and keeps the `limit` strongest that come through.
 * @param only rows of which a pair must have one to be kept; counts are of all pairs
 */
export function openSieve(
  settings: FunnelSettings,
  { low, high }: Cutoffs,
  facts: PairFacts,
  doseTau: PairDoseTau,
  group: PerturbationGroup,
  limit: number,
  counts: FunnelCounts,
  experimentsOf: (a: number, b: number, sign: number) => number,
  only?: ReadonlySet<number>,
): Sieve {
  const isGene = Uint8Array.from(group.rows, ({ type }) => (type === "gene" ? 1 : 0));
  const leastTau = settings.doseTau === null ? null : Math.round(100 * settings.doseTau);
  let kept: SievedPair[] = [];
  let weakest = 0;
  let matching = 0;
  const cut = (): void => {
    kept = kept.sort((x, y) => Math.abs(y.cosine) - Math.abs(x.cosine) || x.a - y.a || x.b - y.b).slice(0, limit);
    if (kept.length === limit) weakest = Math.abs(kept[limit - 1]?.cosine ?? Number.POSITIVE_INFINITY);
  };
  return {
    take(block, from, to) {
      for (let k = from; k < to; k++) {
        const [a, b, cosine] = [block.a[k]!, block.b[k]!, block.cosines[k]!];
        if (cosine > low && cosine < high) continue;
        if (settings.between === "gene-compound" && isGene[a] === isGene[b]) continue;
        if (facts.samePerturbation(a, b)) continue;
        counts["in the tails"]++;
        if (block.flags[k] === 0)
          block.flags[k] = LOOKED_AT | (facts.sameArm(a, b) ? ONE_ARM : 0) | (facts.isKnown(a, b) ? KNOWN : 0);
        if (settings.otherArm && (block.flags[k]! & ONE_ARM) !== 0) continue;
        counts["not on one arm"]++;
        if (settings.novel && (block.flags[k]! & KNOWN) !== 0) continue;
        counts["not known"]++;
        if (leastTau !== null) {
          if (block.taus[k] === TAU_UNSEEN) block.taus[k] = doseTau(a, b, Math.sign(cosine)) ?? NO_TAU;
          if (block.taus[k] !== NO_TAU && block.taus[k]! < leastTau) continue;
        }
        counts["dose-consistent"]++;
        if (settings.replicated !== null) {
          if (block.experiments[k] === EXPERIMENTS_UNSEEN)
            block.experiments[k] = Math.min(254, experimentsOf(a, b, Math.sign(cosine)));
          if (block.experiments[k]! < settings.replicated.experiments) continue;
        }
        counts.replicated++;
        if (only !== undefined && !only.has(a) && !only.has(b)) continue;
        matching++;
        if (Math.abs(cosine) < weakest) continue;
        kept.push({ a, b, cosine, tau: block.taus[k]!, experiments: block.experiments[k]! });
        if (kept.length >= 2 * limit + 1000) cut();
      }
    },
    best() {
      cut();
      return kept;
    },
    matching: () => matching,
  };
}

/**
 * Pairs of which nothing is known yet.
 * @param rows row of the group of each index in the list
 */
export function pairBlock({ a, b, products }: PairList, rows: readonly number[]): PairBlock {
  return {
    a: a.map((i) => rows[i]!),
    b: b.map((i) => rows[i]!),
    cosines: products,
    flags: new Uint8Array(a.length),
    taus: new Int8Array(a.length).fill(TAU_UNSEEN),
    experiments: new Uint8Array(a.length).fill(EXPERIMENTS_UNSEEN),
  };
}

/** No pairs at any step. */
export function emptyCounts(): FunnelCounts {
  return Object.fromEntries(FUNNEL_STEPS.map((step) => [step, 0])) as FunnelCounts;
}
