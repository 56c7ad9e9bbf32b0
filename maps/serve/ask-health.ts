import { type Catalog, versionIn } from "../group-catalog.ts";
import type { VectorHealth } from "../vector-health.ts";
import { aside } from "./aside.ts";
import type { GroupView } from "./group-view.ts";

/** What a look at a group version's files says about its health; what is said of vectors is said of the rows looked at, and names them by their row. */
export interface GroupHealth extends VectorHealth {
  rows: number;
  dims: number;
  /** Rows looked at in full: all, or evenly spread ones. */
  sampled: number;
  norms: {
    quantiles: [least: number, lower: number, median: number, upper: number, most: number];
    zero: number;
    notFinite: number;
  };
  proximityBias: GroupView["manifest"]["proximityBias"];
  /** Cosines of all pairs at 1, 5, 25, 50, 75, 95 and 99 %, here and in the version before. */
  cosines: { percent: number; cosine: number; before: number | null }[];
  before: string | null;
  /** What a person should look at; empty when nothing stands out. */
  warnings: string[];
}

const SAMPLE = 2000;
const PERCENTS = [1, 5, 25, 50, 75, 95, 99];

/** Looks at a group version, its vectors in a thread of their own: norms, numbers that are none, duplicates, what all rows have in common, spectrum, cosines against the version before. */
export async function askHealth(
  view: GroupView,
  before: GroupView | undefined,
  call: { signal?: AbortSignal } = {},
): Promise<GroupHealth> {
  const { rows: count, dims, proximityBias } = view.manifest;
  const step = Math.max(1, Math.ceil(count / SAMPLE));
  const chosen = Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step);
  const [part, norms, quantiles, old] = await Promise.all([
    view.part(chosen, call),
    view.norms(call),
    view.quantiles(call),
    before?.quantiles(call),
  ]);
  const sorted = norms.filter((value) => Number.isFinite(value)).sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  const { vectors, norms: lengths, rows } = part;
  const sample = { vectors, dims, norms: lengths, perturbations: rows.map(({ perturbation }) => perturbation) };
  const { duplicates, ...seen } = await aside("health", sample, call);
  const health = {
    rows: count,
    dims,
    sampled: chosen.length,
    norms: {
      quantiles: [at(0), at(0.25), at(0.5), at(0.75), at(1)] as GroupHealth["norms"]["quantiles"],
      zero: norms.reduce((sum, value) => sum + (value === 0 ? 1 : 0), 0),
      notFinite: norms.length - sorted.length,
    },
    ...seen,
    duplicates: duplicates.map(({ a, b, cosine }) => ({ a: chosen[a]!, b: chosen[b]!, cosine })),
    proximityBias,
    cosines: PERCENTS.map((percent) => ({
      percent,
      cosine: quantiles[percent * 10] ?? Number.NaN,
      before: old?.[percent * 10] ?? null,
    })),
    before: before?.name ?? null,
  };
  return { ...health, warnings: warningsOf(health) };
}

/** The version of a group that came before one, if there is one. */
export function versionBefore(catalog: Catalog, id: string, version: string): string | undefined {
  const found = versionIn(catalog, id, version);
  const versions = found?.group.versions ?? [];
  return versions[versions.findIndex((one) => one.version === version) + 1]?.version;
}

function warningsOf(health: Omit<GroupHealth, "warnings">): string[] {
  const { norms, notFinite, notUnit, duplicates, meanLength, spectrum, proximityBias, cosines, sampled } = health;
  const warnings: string[] = [];
  if (norms.notFinite + notFinite > 0) warnings.push(`${norms.notFinite + notFinite} numbers are not finite.`);
  if (norms.zero > 0) warnings.push(`${norms.zero} rows have no length: they do not differ from their controls.`);
  if (notUnit > 0) warnings.push(`${notUnit} of ${sampled} vectors looked at are not of length 1.`);
  if (duplicates.length > 0)
    warnings.push(`${duplicates.length} pairs of different perturbations are the same to four digits.`);
  if (meanLength > 0.3)
    warnings.push(
      `All rows share a direction (mean vector of length ${meanLength.toFixed(2)}): was it centred on controls?`,
    );
  if ((spectrum.shares[0] ?? 0) > 0.5)
    warnings.push(`One direction holds ${Math.round(100 * spectrum.shares[0]!)} % of the variance.`);
  if (proximityBias !== null && proximityBias.after.probability > 0.6)
    warnings.push(
      `Genes of one arm still look alike (score ${proximityBias.after.probability.toFixed(2)}; 0.5 is no bias).`,
    );
  for (const { percent, cosine, before } of cosines)
    if (before !== null && Math.abs(cosine - before) > 0.1)
      warnings.push(
        `The cosine at ${percent} % moved from ${before.toFixed(2)} to ${cosine.toFixed(2)} since the version before.`,
      );
  return warnings;
}
