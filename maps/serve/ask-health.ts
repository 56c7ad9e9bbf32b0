import { symmetricEigen } from "@artesian/numerics";
import { type Catalog, versionIn } from "../group-catalog.ts";
import { bestOf } from "../group-neighbours.ts";
import type { GroupView } from "./group-view.ts";

/** What a look at a group version's files says about its health. */
export interface GroupHealth {
  rows: number;
  dims: number;
  /** Rows looked at in full: all, or evenly spread ones. */
  sampled: number;
  norms: {
    quantiles: [least: number, lower: number, median: number, upper: number, most: number];
    zero: number;
    notFinite: number;
  };
  /** Numbers of the rows looked at that are not finite. */
  notFinite: number;
  /** Rows looked at whose unit vector is not of length 1. */
  notUnit: number;
  /** Pairs of different perturbations with a cosine of at least 0.9999 among the rows looked at. */
  duplicates: { a: number; b: number; cosine: number }[];
  /** Length of the mean unit vector of the rows looked at: near 0 when nothing is common to all, 1 when all are alike. */
  meanLength: number;
  /** Shares of variance along the leading principal directions, largest first, and the number that hold as much as the shares say: (Σλ)²/Σλ². */
  spectrum: { shares: number[]; effectiveDimensions: number };
  proximityBias: GroupView["manifest"]["proximityBias"];
  /** Cosines of all pairs at 1, 5, 25, 50, 75, 95 and 99 %, here and in the version before. */
  cosines: { percent: number; cosine: number; before: number | null }[];
  before: string | null;
  /** What a person should look at; empty when nothing stands out. */
  warnings: string[];
}

const SAMPLE = 2000;
const PERCENTS = [1, 5, 25, 50, 75, 95, 99];
const ALIKE = 0.9999;
const DIRECTIONS = 10;

/** Looks at a group version: norms, numbers that are none, duplicates, what all rows have in common, spectrum, cosines against the version before. */
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
  let [notFinite, notUnit] = [0, 0];
  const mean = new Float64Array(dims);
  for (let i = 0; i < chosen.length; i++) {
    let square = 0;
    for (let k = 0; k < dims; k++) {
      const value = part.vectors[i * dims + k]!;
      if (!Number.isFinite(value)) notFinite++;
      square += value * value;
      mean[k]! += value / chosen.length;
    }
    if (part.norms[i]! > 0 && !(Math.abs(square - 1) < 1e-3)) notUnit++;
  }
  const products = await view.among(chosen, call);
  const cosines = products.ofRows(chosen, chosen);
  const duplicates: GroupHealth["duplicates"] = [];
  for (let i = 0; i < chosen.length && duplicates.length < 50; i++) {
    const line = cosines.subarray(i * chosen.length, (i + 1) * chosen.length);
    const isOther = (j: number): boolean => j > i && part.rows[j]!.perturbation !== part.rows[i]!.perturbation;
    for (const j of bestOf(line, 5, 1, isOther))
      if (line[j]! >= ALIKE) duplicates.push({ a: chosen[i]!, b: chosen[j]!, cosine: Math.min(1, line[j]!) });
  }
  const health = {
    rows: count,
    dims,
    sampled: chosen.length,
    norms: {
      quantiles: [at(0), at(0.25), at(0.5), at(0.75), at(1)] as GroupHealth["norms"]["quantiles"],
      zero: norms.reduce((sum, value) => sum + (value === 0 ? 1 : 0), 0),
      notFinite: norms.length - sorted.length,
    },
    notFinite,
    notUnit,
    duplicates,
    meanLength: Math.hypot(...mean),
    spectrum: notFinite > 0 ? { shares: [], effectiveDimensions: 0 } : spectrumOf(part.vectors, dims, mean),
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

/**
 * Eigenvalues of the covariance of rows of shape (n, dims), the leading ten as shares of their sum. Effective dimensions: participation ratio,
 * (Σλ)²/Σλ².
 */
function spectrumOf(vectors: Float32Array, dims: number, mean: Float64Array): GroupHealth["spectrum"] {
  const n = vectors.length / dims;
  const covariance = new Float64Array(dims * dims);
  const centred = new Float64Array(dims);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < dims; k++) centred[k] = vectors[i * dims + k]! - mean[k]!;
    for (let k = 0; k < dims; k++) {
      const value = centred[k]! / n;
      for (let j = k; j < dims; j++) covariance[k * dims + j]! += value * centred[j]!;
    }
  }
  for (let k = 0; k < dims; k++) for (let j = 0; j < k; j++) covariance[k * dims + j] = covariance[j * dims + k]!;
  const { values } = symmetricEigen({ rows: dims, columns: dims, data: covariance });
  const trace = values.reduce((sum, value) => sum + value, 0);
  if (!(trace > 0)) return { shares: [], effectiveDimensions: 0 };
  const square = values.reduce((sum, value) => sum + value * value, 0);
  const shares = Array.from(values.subarray(0, DIRECTIONS), (value) => Math.max(0, value) / trace);
  return { shares, effectiveDimensions: trace ** 2 / square };
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
