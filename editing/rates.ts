import { type Estimate, tQuantile, wilsonInterval } from "@artesian/numerics";

/** Reads with something, of reads that could have it. */
export interface ReadCount {
  count: number;
  of: number;
}

/** A share of reads with its interval, as a fraction of 1; without reads the value is NaN and the interval (0, 1). */
export type Rate = Estimate;

/**
 * The share of reads in one library, with Wilson's score interval (Wilson 1927, JASA 22:209): what sampling of reads alone leaves open.
 * @param confidence default 0.95
 * @example rateOf({ count: 5, of: 100 }).value // 0.05
 */
export function rateOf({ count, of }: ReadCount, confidence = 0.95): Rate {
  const { value, lower, upper } = wilsonInterval(count, of, confidence);
  return { value, lower: count === 0 ? 0 : lower, upper: count === of && of > 0 ? 1 : upper };
}

/** Reads from which the scatter of replicates can be told. */
const FEWEST = 5;

/** The rate of several replicates together. */
export interface ReplicateRate extends Rate {
  replicates: number;
  /** The beta-binomial's intraclass correlation ρ: 0 when replicates differ no more than sampling of reads explains. */
  overdispersion: number;
}

/**
 * The rate behind several replicates whose own rates vary more than sampling of reads explains (beta-binomial counts: variance
 * n p (1 − p) (1 + (n − 1) ρ)).
 *
 * p is the mean of the replicates' rates, its variance their scatter: both hold whatever ρ and however unequal the depths, where weights
 * that lean on an estimate of ρ from three or four replicates cover too seldom. The interval is symmetric on the logit scale, with Student's
 * quantile for replicates − 1 degrees of freedom (compared with others by Dean and Pagano 2015, doi 10.1093/jssam/smv024). ρ itself is told
 * by moments (Kleinman 1973, JASA 68:46, weights by depth). One replicate, fewer than five reads with or without it, and replicates without any
 * scatter fall back on Wilson's interval of the sum: there is no scatter to learn from.
 * @param replicates those without reads are left out
 * @example replicateRate([{ count: 40, of: 100 }, { count: 60, of: 100 }]).value // 0.5
 */
export function replicateRate(replicates: readonly ReadCount[], confidence = 0.95): ReplicateRate {
  const used = replicates.filter(({ of }) => of > 0);
  const total = used.reduce((sum, { of }) => sum + of, 0);
  const count = used.reduce((sum, one) => sum + one.count, 0);
  const k = used.length;
  const plain = { ...rateOf({ count, of: total }, confidence), replicates: k, overdispersion: 0 };
  if (k < 2 || count < FEWEST || total - count < FEWEST) return plain;
  const value = used.reduce((sum, one) => sum + one.count / one.of, 0) / k;
  const scatter = used.reduce((sum, one) => sum + (one.count / one.of - value) ** 2, 0);
  if (scatter === 0) return plain;
  const half = (tQuantile(0.5 + confidence / 2, k - 1) * Math.sqrt(scatter / (k * (k - 1)))) / (value * (1 - value));
  const centre = Math.log(value / (1 - value));
  const at = (logit: number): number => 1 / (1 + Math.exp(-logit));
  return {
    value,
    lower: at(centre - half),
    upper: at(centre + half),
    replicates: k,
    overdispersion: overdispersionOf(used, total, count / total),
  };
}

/** ρ for which the scatter around the rate of all reads is what the beta-binomial expects; 0 when there is less. */
function overdispersionOf(used: readonly ReadCount[], total: number, share: number): number {
  const scatter = used.reduce((sum, { count, of }) => sum + of * (count / of - share) ** 2, 0);
  const expected = share * (1 - share) * (used.length - 1);
  const depth = total - used.reduce((sum, { of }) => sum + (of * of) / total, 0) - (used.length - 1);
  return depth > 0 ? Math.min(1, Math.max(0, (scatter - expected) / (share * (1 - share) * depth))) : 0;
}

/**
 * The difference of two independent rates, with the interval that follows from theirs: method 10 of Newcombe 1998 (Stat Med 17:873) with
 * Wilson's intervals, and its generalisation to any others (Zou and Donner 2008, doi 10.1002/sim.3095).
 * @example differenceOf(rateOf({ count: 56, of: 70 }), rateOf({ count: 48, of: 80 })).lower // 0.0524…
 */
export function differenceOf(a: Rate, b: Rate): Rate {
  const value = a.value - b.value;
  return {
    value,
    lower: Math.max(-1, value - Math.hypot(a.value - a.lower, b.upper - b.value)),
    upper: Math.min(1, value + Math.hypot(a.upper - a.value, b.value - b.lower)),
  };
}
