import { seededRandom } from "@artesian/numerics";
import { describe, expect, it } from "vitest";
import { cosineQuantiles } from "./cosine-quantiles.ts";
import { doseTrend } from "./dose-trend.ts";
import { fastProducts } from "./fast-products.ts";
import { openFunnel } from "./funnel.ts";
import {
  FUNNEL_SETTINGS,
  FUNNEL_STEPS,
  type FunnelCounts,
  type FunnelSettings,
  fdrCutoffs,
  percentCutoffs,
} from "./funnel-settings.ts";
import { dosesOf } from "./group-rows.ts";
import { knownRelations } from "./known-edges.ts";
import { plantedGroup, sortedQuantiles } from "./planted-group.test-support.ts";
import { trustedRows } from "./trust.ts";

const planted = plantedGroup({ pathways: 8, perPathway: 5 });
const { group, split } = planted;
const products = fastProducts(group.vectors, group.dims);
const splitProducts = fastProducts(split.vectors, split.dims);
const quantiles = sortedQuantiles(group);
const splitQuantiles = sortedQuantiles(split);
const known = knownRelations(planted.known);
const inputs = { group, quantiles, known, split: { group: split, quantiles: splitQuantiles }, products };
const run = (settings: Partial<FunnelSettings> = {}, funnel = openFunnel(inputs)) =>
  funnel.run({ ...FUNNEL_SETTINGS, ...settings }, { threads: 0 });

/** The funnel as one would write it down: every pair through every step. */
function bruteForce(settings: FunnelSettings): { counts: FunnelCounts; pairs: string[] } {
  const counts = Object.fromEntries(FUNNEL_STEPS.map((step) => [step, 0])) as FunnelCounts;
  const trusted = trustedRows(group, settings.trust);
  const tails =
    settings.tails.by === "percentile" ? percentCutoffs(quantiles, settings.tails.percent) : { low: -2, high: 2 };
  const parts = percentCutoffs(splitQuantiles, settings.replicated?.percent ?? 0);
  const pairs: string[] = [];
  const taus = (row: number, other: number): number[] => {
    const { type, perturbation } = group.rows[row]!;
    if (type !== "compound") return [];
    const cosines = products.ofRows(dosesOf(group, perturbation), [other]);
    const trend = doseTrend(cosines);
    return trend === null ? [] : [trend.tau];
  };
  for (const [a, rowA] of group.rows.entries()) {
    for (const [b, rowB] of group.rows.entries()) {
      if (b <= a || rowA.perturbation === rowB.perturbation) continue;
      const kinds = [rowA.type, rowB.type];
      if (settings.between === "genes" && kinds.includes("compound")) continue;
      if (settings.between === "compounds" && kinds.includes("gene")) continue;
      if (settings.between === "gene-compound" && rowA.type === rowB.type) continue;
      counts["all pairs"]++;
      if (trusted[a] === 0 || trusted[b] === 0) continue;
      counts["both ends trusted"]++;
      const cosine = products.ofRows([a], [b])[0]!;
      if (cosine > tails.low && cosine < tails.high) continue;
      counts["in the tails"]++;
      if (settings.otherArm && rowA.arm !== null && rowA.arm === rowB.arm) continue;
      counts["not on one arm"]++;
      if (settings.novel && known.between(rowA, rowB).length > 0) continue;
      counts["not known"]++;
      const sign = Math.sign(cosine);
      if (
        settings.doseTau !== null &&
        [...taus(a, b), ...taus(b, a)].some((tau) => sign * tau < settings.doseTau! - 1e-9)
      )
        continue;
      counts["dose-consistent"]++;
      if (settings.replicated !== null) {
        const shown = ["E1", "E2", "E3"].filter((experiment) => {
          const [x, y] = [rowA, rowB].map((row) =>
            split.rows.findIndex(
              (part) =>
                part.experiment === experiment &&
                part.perturbation === row.perturbation &&
                part.concentration === row.concentration,
            ),
          );
          const there = splitProducts.ofRows([x!], [y!])[0]!;
          return sign > 0 ? there >= parts.high : there <= parts.low;
        });
        if (shown.length < settings.replicated.experiments) continue;
      }
      counts.replicated++;
      pairs.push(`${a} ${b}`);
    }
  }
  return { counts, pairs };
}

describe("the funnel", () => {
  it.each([
    {},
    { between: "genes" },
    { between: "compounds", otherArm: false },
    { between: "gene-compound", doseTau: 0.8, replicated: { experiments: 3, percent: 5 } },
    { novel: false, doseTau: null, replicated: null },
    { trust: { consistencyP: 1, adjust: "none", units: 1 }, tails: { by: "percentile", percent: 10 } },
  ] as Partial<FunnelSettings>[])(
    "counts and keeps what every pair taken through every step gives: %j",
    async (change) => {
      const settings = { ...FUNNEL_SETTINGS, ...change };
      const found = await run(change);
      const expected = bruteForce(settings);
      expect(found.counts).toEqual(expected.counts);
      expect(found.pairs.map(({ a, b }) => `${a} ${b}`).sort()).toEqual(expected.pairs.sort());
      expect(found.pairs.length).toBeGreaterThan(10);
    },
  );

  it("gives the same after any change as it gives afresh", async () => {
    const funnel = openFunnel(inputs);
    const changes: Partial<FunnelSettings>[] = [
      {},
      { tails: { by: "percentile", percent: 2 } },
      { tails: { by: "percentile", percent: 2 }, novel: false, replicated: { experiments: 1, percent: 5 } },
      { doseTau: null },
      { tails: { by: "percentile", percent: 8 }, replicated: null },
      { between: "genes" },
      { tails: { by: "fdr", q: 0.01 } },
      {},
    ];
    for (const change of changes) expect(await run(change, funnel)).toEqual(await run(change));
  });

  it("keeps planted pairs only among the strong ones, with how they came through", async () => {
    const { pairs } = await run({ between: "gene-compound" });
    const strong = pairs.filter(({ cosine }) => Math.abs(cosine) > 0.6);
    expect(strong.length).toBeGreaterThan(150);
    for (const { a, b, cosine, doseTau, experiments } of strong) {
      const [gene, compound] = [group.rows[a]!, group.rows[b]!];
      expect(planted.compounds.find(({ perturbation }) => perturbation === compound.perturbation)).toMatchObject({
        pathway: planted.pathwayOf.get(gene.symbol),
        sign: Math.sign(cosine),
      });
      expect(doseTau).toBeGreaterThanOrEqual(0.6);
      expect(experiments).toBeGreaterThanOrEqual(2);
    }
    expect(pairs.map(({ cosine }) => Math.abs(cosine))).toEqual(
      pairs.map(({ cosine }) => Math.abs(cosine)).toSorted((x, y) => y - x),
    );
  });

  it("tells counts while it works, the last of them final", async () => {
    const seen: [FunnelCounts, number][] = [];
    const found = await openFunnel(inputs).run(FUNNEL_SETTINGS, {
      progress: (counts, done) => seen.push([counts, done]),
    });
    expect(seen[0]?.[0]["both ends trusted"]).toBe(found.counts["both ends trusted"]);
    expect(seen.at(-1)).toEqual([found.counts, 1]);
    expect(seen.length).toBeGreaterThan(2);
  });

  it("keeps the strongest up to a limit and counts all", async () => {
    const all = await run();
    const few = await openFunnel(inputs).run(FUNNEL_SETTINGS, { threads: 0, limit: 7 });
    expect(few.counts).toEqual(all.counts);
    expect(few.pairs).toEqual(all.pairs.slice(0, 7));
  });

  it("lets a run be stopped, and the next one start", async () => {
    const funnel = openFunnel(inputs);
    const controller = new AbortController();
    const stopped = funnel.run(FUNNEL_SETTINGS, {
      signal: controller.signal,
      progress: () => controller.abort(new Error("changed")),
    });
    await expect(stopped).rejects.toThrow("changed");
    expect(await run({}, funnel)).toEqual(await run());
  });

  it("refuses replication in a group that is not split, and takes a group in which nothing is trusted", async () => {
    const funnel = openFunnel({ group, quantiles });
    await expect(funnel.run(FUNNEL_SETTINGS)).rejects.toThrowError(expect.objectContaining({ code: "maps/no-split" }));
    const none = await run({ trust: { consistencyP: 0, adjust: "none", units: 1 }, replicated: null }, funnel);
    expect(none.counts).toMatchObject({ "both ends trusted": 0, replicated: 0 });
    expect(none.pairs).toEqual([]);
  });
});

describe("cutoffs at a false discovery rate", () => {
  const counts = (cosines: readonly number[]): Float64Array => {
    const bins = new Float64Array(2000);
    for (const cosine of cosines) bins[Math.min(1999, Math.floor((cosine + 1) * 1000))]!++;
    return bins;
  };
  const random = seededRandom(2);
  /** Cosines of random directions in 60 dimensions. */
  const chance = Array.from({ length: 20_000 }, () => {
    const [along, across] = [random.normal(), Array.from({ length: 59 }, () => random.normal())];
    return along / Math.hypot(along, ...across);
  });
  const sorted = chance.toSorted((a, b) => a - b);
  const null1001 = Float64Array.from({ length: 1001 }, (_, k) => sorted[Math.round((k / 1000) * 19_999)]!);

  it("keep planted strong pairs and next to nothing else", () => {
    const planted = [...chance, ...Array.from({ length: 300 }, (_, i) => (i % 2 === 0 ? 0.8 : -0.8))];
    const cutoffs = fdrCutoffs(null1001, counts(planted), 0.01)!;
    const kept = planted.filter((cosine) => cosine <= cutoffs.low || cosine >= cutoffs.high);
    expect(kept.filter((cosine) => Math.abs(cosine) === 0.8)).toHaveLength(300);
    expect(kept.length).toBeLessThan(310);
  });

  it("grow stricter with q", () => {
    const planted = [...chance, ...Array.from({ length: 2000 }, (_, i) => 0.2 + 0.6 * (i / 2000))];
    const highs = [0.2, 0.05, 0.001].map((q) => fdrCutoffs(null1001, counts(planted), q)!.high);
    expect(highs).toEqual(highs.toSorted((a, b) => a - b));
  });

  it("are none when nothing stands out, or there is nothing", () => {
    expect(fdrCutoffs(null1001, counts(chance), 0.01)).toBeNull();
    expect(fdrCutoffs(null1001, new Float64Array(2000), 0.01)).toBeNull();
    expect(fdrCutoffs([0, 0, 0], counts(chance), 0.01)).toBeNull();
  });

  it("fit quantiles that were counted from the same vectors", async () => {
    const counted = await cosineQuantiles(group.vectors, group.dims, { threads: 0 });
    counted.forEach((value, k) => void expect(Math.abs(value - quantiles[k]!)).toBeLessThan(0.02));
  });
});
