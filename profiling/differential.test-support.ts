import { type Random, seededRandom } from "@artesian/numerics";
import type { ConsensusOptions } from "./consensus.ts";
import type { FeatureSelectKeywords } from "./feature-operations.ts";
import type { FitNormalizationOptions } from "./normalize.ts";
import { type MetadataCell, type Profiles, profilesOf } from "./profiles.ts";
import type { SpherizeVariant } from "./spherize.ts";

/** Which pycytominer answers: the one of published lists, or the one that spherizes rightly. */
export type PeerVersion = "1.6" | "newest";

/** One call, in our words and in pycytominer's. */
export type Call =
  | { verb: "normalize"; ours: FitNormalizationOptions; features?: string[]; arguments: Record<string, unknown> }
  | {
      verb: "feature_select";
      operations: string[];
      keywords: FeatureSelectKeywords;
      samples: string;
      arguments: Record<string, unknown>;
    }
  | { verb: "consensus"; ours: ConsensusOptions; arguments: Record<string, unknown> };

export interface Case {
  profiles: Profiles;
  calls: Call[];
}

const NAMES = ["Area", "with space", "µ-Größe", "a,b", 'x"y"', "Texture_3_00_256"];

/**
 * A plate that a laboratory could make and a program could stumble over: gaps, ties, constants, empty features, outliers, features far from 0,
 * redundant features and exact copies, missing wells, treatments without a name; and calls on it. Constants are powers of 2: the mean of
 * others is inexact, and numpy then sees variation in them.
 */
export function caseOf(seed: number, version: PeerVersion): Case {
  const random = seededRandom(seed);
  const profiles = wellsOf(random);
  const { width, values } = featuresOf(random, profiles.rowCount);
  const names = Array.from(
    { length: width },
    (_, j) => `${["Cells", "Cytoplasm", "Nuclei"][random.below(3)]}_${NAMES[random.below(NAMES.length)]}_${j}`,
  );
  const whole = profilesOf(profiles.metadata, names, values);
  return { profiles: whole, calls: callsOf(random, whole, version) };
}

function wellsOf(random: Random): Profiles {
  const wells: [string, MetadataCell, string, number][] = [];
  const treatments = ["DMSO", "BRD-1", "BRD-2", "it's", "µM, 10", "x"];
  const share = 0.5 + random.uniform() / 2;
  for (let row = 0; row < 6; row++)
    for (let column = 0; column < 8; column++) {
      if (random.uniform() > share) continue;
      const treatment = random.uniform() < 0.25 ? "DMSO" : treatments[random.below(treatments.length)]!;
      wells.push([
        `${"ABCDEF"[row]}${String(column + 1).padStart(2, "0")}`,
        random.uniform() < 0.03 ? null : treatment,
        treatment === "DMSO" ? "negcon" : "trt",
        random.below(3) / 2,
      ]);
    }
  wells[0]![2] = "negcon";
  wells[1]![2] = "negcon";
  wells[2]![2] = "negcon";
  return profilesOf(
    {
      Metadata_Well: wells.map(([well]) => well),
      Metadata_treatment: wells.map(([, treatment]) => treatment),
      Metadata_control_type: wells.map(([, , control]) => control),
      Metadata_dose: wells.map(([, , , dose]) => dose),
    },
    [],
    new Float64Array(0),
  );
}

function featuresOf(random: Random, wells: number): { width: number; values: Float64Array } {
  const width = 4 + random.below(20);
  const columns: Float64Array[] = [];
  for (let j = 0; j < width; j++) {
    const kind = random.uniform();
    const scale = 8 ** (random.below(7) - 3);
    const shift = random.uniform() < 0.3 ? 1024 * scale : 0;
    const fresh = (): number => shift + scale * random.normal();
    let column = Float64Array.from({ length: wells }, fresh);
    const source = columns[random.below(Math.max(1, j))];
    if (j > 0 && source !== undefined && kind < 0.3) {
      const noise = [0.02, 0.1, 0.3, 0.8][random.below(4)]!;
      const spread = deviation(source);
      column = source.map((value) => value + noise * spread * random.normal());
    } else if (j > 0 && kind < 0.36) {
      const from = random.below(j);
      const factor = 2 ** random.below(4);
      column = columns[from]!.map((value) => value * factor);
    } else if (kind < 0.44) column = column.map((value) => Math.round(value / scale) * scale);
    else if (kind < 0.48) column.fill(shift + scale);
    else if (kind < 0.5) column.fill(Number.NaN);
    else if (kind < 0.54) column = column.map((value) => (random.uniform() < 0.1 ? value * 900 : value));
    else if (kind < 0.57) column = Float64Array.from({ length: wells }, () => (random.uniform() < 0.04 ? scale : 0));
    columns.push(column);
  }
  const gaps = random.uniform() < 0.6 ? random.uniform() * 0.12 : 0;
  const infinite = random.uniform() < 0.06;
  const values = new Float64Array(wells * width);
  columns.forEach((column, j) => {
    const hasGaps = random.uniform() < 0.4;
    for (let i = 0; i < wells; i++) {
      let value = column[i]!;
      if (hasGaps && random.uniform() < gaps) value = Number.NaN;
      else if (infinite && random.uniform() < 0.01) value = Number.POSITIVE_INFINITY;
      values[i * width + j] = value;
    }
  });
  return { width, values };
}

function deviation(column: Float64Array): number {
  const known = column.filter(Number.isFinite);
  const centre = known.reduce((sum, value) => sum + value, 0) / known.length;
  return Math.sqrt(known.reduce((sum, value) => sum + (value - centre) ** 2, 0) / known.length) || 1;
}

function callsOf(random: Random, profiles: Profiles, version: PeerVersion): Call[] {
  const samples = random.uniform() < 0.5 ? "all" : "Metadata_control_type == 'negcon'";
  const calls: Call[] = (["standardize", "robustize", "mad_robustize"] as const).map((method): Call => {
    const epsilon = random.uniform() < 0.5 ? 0 : 1e-18;
    return {
      verb: "normalize",
      ours: { method, samples, epsilon },
      arguments: { method, samples, ...(method === "mad_robustize" ? { mad_robustize_epsilon: epsilon } : {}) },
    };
  });
  if (version === "newest") {
    const quantiles = random.uniform() < 0.5 ? 1000 : 10;
    calls.push({
      verb: "normalize",
      ours: { method: "inverse_normal", samples, quantiles },
      arguments: { method: "inverse_normal", samples, inverse_normal_n_quantiles: quantiles },
    });
    const variants: SpherizeVariant[] = ["PCA", "ZCA", "PCA-cor", "ZCA-cor"];
    const variant = variants[random.below(4)]!;
    const complete = profiles.features.filter((_, j) =>
      Array.from({ length: profiles.rowCount }, (_, i) => profiles.values[i * profiles.features.length + j]!).every(
        Number.isFinite,
      ),
    );
    if (complete.length > 1)
      calls.push({
        verb: "normalize",
        ours: { method: "spherize", samples, variant },
        features: complete,
        arguments: { method: "spherize", samples, spherize_method: variant },
      });
  }
  for (let round = 0; round < 3; round++) calls.push(selectionOf(random, samples, version));
  for (const operation of ["median", "mean", "modz"] as const) {
    const by = random.uniform() < 0.5 ? ["Metadata_treatment"] : ["Metadata_treatment", "Metadata_dose"];
    calls.push({ verb: "consensus", ours: { by, operation }, arguments: { replicate_columns: by, operation } });
  }
  return calls;
}

function selectionOf(random: Random, samples: string, version: PeerVersion): Call {
  const all = [
    "variance_threshold",
    "correlation_threshold",
    "drop_na_columns",
    "drop_outliers",
    "noise_removal",
    "blocklist",
  ];
  const operations = random
    .shuffle(version === "newest" ? [...all, "frequency_threshold"] : all)
    .slice(0, 1 + random.below(4));
  const keywords: FeatureSelectKeywords = {
    na_cutoff: [0, 0.05, 0.1][random.below(3)]!,
    corr_threshold: [0.3, 0.6, 0.9, 0.95][random.below(4)]!,
    corr_method: ["pearson", "pearson", "spearman", "kendall"][random.below(4)]!,
    freq_cut: [0.05, 0.2, 0][random.below(3)]!,
    unique_cut: [0.01, 0.3][random.below(2)]!,
    outlier_cutoff: [5, 500][random.below(2)]!,
    noise_removal_perturb_groups: "Metadata_treatment",
    noise_removal_stdev_cutoff: [0.5, 0.9, 100][random.below(3)]!,
    ...(version === "newest" ? { min_variance: [1e-6, 0.01, 1][random.below(3)]! } : {}),
  };
  return {
    verb: "feature_select",
    operations,
    keywords,
    samples,
    arguments: { operation: operations, samples, ...keywords },
  };
}
