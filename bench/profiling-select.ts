import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { writeParquet } from "@artesian/data";
import { seededRandom } from "@artesian/numerics";
import {
  featureOperationsOf,
  featureSelect,
  normalize,
  type Profiles,
  profilesOf,
  profilesToTable,
} from "@artesian/profiling";
import type { Figure } from "./figure.ts";

const OPERATIONS = ["variance_threshold", "correlation_threshold", "drop_na_columns", "blocklist"];
const METHODS = ["standardize", "robustize", "mad_robustize"] as const;
const CONTROLS = "Metadata_control_type == 'negcon'";

interface PeerTimes {
  feature_select: { wall: number; cpu: number };
  features: string[];
  normalize: Record<string, { wall: number; cpu: number }>;
}

/** A 384-well plate of 3,600 features through the four usual selections and three normalizations, beside two versions of pycytominer. */
export function profilingSelect({ quick }: { quick: boolean }): Figure[] {
  const width = quick ? 900 : 3600;
  const plate = redundantPlate(384, width);
  const label = `384 × ${width.toLocaleString("en")}`;
  const figures: Figure[] = [];
  const peers = peerTimes(plate, quick ? 1 : 3);
  for (const [version, semantics] of [
    ["1.6", "pycytominer-1.6"],
    ["newest", "pycytominer-1.7"],
  ] as const) {
    const operations = featureOperationsOf(OPERATIONS, {}, semantics);
    const seconds = cpuSeconds(quick ? 3 : 5, () => featureSelect(plate, operations));
    const peer = peers.get(version);
    figures.push({
      id: `feature_select ${label}, four operations, as ${version}`,
      value: seconds * 1000,
      unit: "ms",
      better: "lower",
      ...(peer && {
        goal: peer.feature_select.cpu * 100,
        peer: `pycytominer ${version}`,
        peerValue: peer.feature_select.cpu * 1000,
        ratio: peer.feature_select.cpu / seconds,
      }),
    });
    if (peer === undefined) continue;
    const left = featureSelect(plate, operations).profiles.features;
    const other = new Set(peer.features);
    const apart =
      left.filter((name) => !other.has(name)).length +
      peer.features.length -
      left.filter((name) => other.has(name)).length;
    figures.push({
      id: `features chosen otherwise than by ${version}`,
      value: apart,
      unit: `of ${left.length}`,
      better: "lower",
      goal: 0,
    });
  }
  for (const method of METHODS) {
    const seconds = cpuSeconds(quick ? 3 : 5, () => normalize(plate, { method, samples: CONTROLS }));
    const peer = peers.get("newest")?.normalize[method];
    figures.push({
      id: `normalize ${label}, ${method}`,
      value: seconds * 1000,
      unit: "ms",
      better: "lower",
      ...(peer && {
        goal: peer.cpu * 1000,
        peer: "pycytominer newest",
        peerValue: peer.cpu * 1000,
        ratio: peer.cpu / seconds,
      }),
    });
  }
  return figures;
}

/** Median CPU time of a call, after one that warms up. */
function cpuSeconds(runs: number, work: () => unknown): number {
  work();
  const times = Array.from({ length: runs }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  });
  return times.sort((a, b) => a - b)[runs >> 1]!;
}

/**
 * As redundant as a real plate (an atlas plate has 1.2 % of pairs above 0.9): families of 60 features that follow one hidden value each more or
 * less closely, a fifth of them in reverse; one feature in fifty has gaps, one in a hundred few distinct values.
 */
function redundantPlate(wells: number, width: number): Profiles {
  const random = seededRandom(7);
  const factors = Array.from({ length: 20 }, () => Float64Array.from({ length: wells }, () => random.normal()));
  const values = new Float64Array(wells * width);
  let hidden = new Float64Array(wells);
  for (let j = 0; j < width; j++) {
    if (j % 60 === 0) {
      const weights = factors.map(() => random.normal());
      hidden = Float64Array.from({ length: wells }, (_, i) => {
        const sum = weights.reduce((part, weight, k) => part + weight * factors[k]![i]!, 0);
        return sum / Math.hypot(...weights) + 0.5 * random.normal();
      });
    }
    const sign = random.uniform() < 0.2 ? -1 : 1;
    const noise = 0.05 + 0.6 * random.uniform();
    const [hasGaps, isCoarse] = [j % 50 === 49, j % 100 === 98];
    for (let i = 0; i < wells; i++) {
      const value = sign * hidden[i]! + noise * random.normal();
      values[i * width + j] = hasGaps && random.uniform() < 0.02 ? Number.NaN : isCoarse ? Math.round(value) : value;
    }
  }
  return profilesOf(
    {
      Metadata_Well: Array.from({ length: wells }, (_, i) => `W${i}`),
      Metadata_control_type: Array.from({ length: wells }, (_, i) => (i % 6 === 0 ? "negcon" : "trt")),
    },
    Array.from({ length: width }, (_, j) => `${["Cells", "Cytoplasm", "Nuclei"][j % 3]}_Feature_${j}`),
    values,
  );
}

function peerTimes(plate: Profiles, runs: number): Map<string, PeerTimes> {
  const home = process.env.ARTESIAN_PEERS ?? join(homedir(), ".cache/artesian/peers");
  const found = new Map<string, PeerTimes>();
  const folder = mkdtempSync(join(tmpdir(), "artesian-select-"));
  try {
    const path = join(folder, "plate.parquet");
    for (const version of ["1.6", "newest"]) {
      const python = join(home, `pycytominer-${version}`, "bin/python");
      if (!existsSync(python)) continue;
      if (!existsSync(path)) writeFileSync(path, writeParquet(profilesToTable(plate)));
      const program = new URL("peers/profiling/time_selection.py", import.meta.url).pathname;
      const said = execFileSync(python, [program, path, OPERATIONS.join(","), String(runs)], { encoding: "utf8" });
      found.set(version, JSON.parse(said) as PeerTimes);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return found;
}
