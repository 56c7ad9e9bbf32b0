import type { GuideSite } from "./guide-search.ts";

/** Weight of a mismatch at each base of a 20-base guide, 5′ to 3′ (Hsu et al. 2013, doi 10.1038/nbt.2647, supplement). */
const weights = [
  0, 0, 0.014, 0, 0, 0.395, 0.317, 0, 0.389, 0.079, 0.445, 0.508, 0.613, 0.851, 0.732, 0.828, 0.615, 0.804, 0.685,
  0.583,
] as const;

/**
 * How likely Cas9 cuts at a site that differs from a 20-base guide by mismatches alone, 0 to 100 (Hsu et al. 2013). 100 = no mismatch.
 * @returns undefined for guides of another length and for sites with bulges, for which the score is not defined
 */
export function hitScore(site: Pick<GuideSite, "siteText" | "dnaBulges" | "rnaBulges">): number | undefined {
  if (site.siteText.length !== weights.length || site.dnaBulges + site.rnaBulges > 0) return undefined;
  const places = [...site.siteText].flatMap((letter, i) => (letter === letter.toLowerCase() ? [i] : []));
  const count = places.length;
  if (count === 0) return 100;
  const product = places.reduce((score, place) => score * (1 - weights[place]!), 1);
  const gap = (places[count - 1]! - places[0]!) / (count - 1);
  const spread = count === 1 ? 1 : 1 / (((19 - gap) / 19) * 4 + 1);
  return 100 * product * spread * (1 / count ** 2);
}

/**
 * A guide's specificity from the scores of all its sites but the intended one, 0 to 100 (Hsu et al. 2013): 100 = no other site.
 * @param scores of the other sites
 */
export function specificity(scores: Iterable<number>): number {
  let sum = 0;
  for (const score of scores) sum += score;
  return (100 * 100) / (100 + sum);
}
