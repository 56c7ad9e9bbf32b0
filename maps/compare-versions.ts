import { canonicalJson } from "@artesian/data";
import type { GroupManifest } from "./group-manifest.ts";
import type { TestSummary } from "./judge-map.ts";
import { treatmentOf } from "./map-units.ts";
import type { GroupRow } from "./perturbation-group.ts";

/** How a group version differs from another. */
export interface VersionDifference {
  /** Perturbations at their concentrations, all experiments together, that only the newer or only the older has. */
  gained: string[];
  lost: string[];
  kept: number;
  rows: { before: number; after: number };
  dims: { before: number; after: number };
  recall: { source: string; before: number | null; after: number | null }[];
  /** Tests of replicates and controls: how many perturbations pass. */
  tests: { name: TestName; before: TestSummary; after: TestSummary }[];
  /** Settings of the recipe and inputs that are not the same, with both values as JSON. */
  settings: { name: string; before: string; after: string }[];
}

const TESTS = ["consistency", "magnitude", "retrieval"] as const;
type TestName = (typeof TESTS)[number];

type Version = Pick<GroupManifest, "recipe" | "transformation" | "inputs" | "model" | "dims" | "benchmark">;

/** Compares two versions by their manifests and rows. */
export function compareVersions(
  before: { manifest: Version; rows: readonly GroupRow[] },
  after: { manifest: Version; rows: readonly GroupRow[] },
): VersionDifference {
  const namesOf = (rows: readonly GroupRow[]): Set<string> =>
    new Set(rows.filter(({ experiment }) => experiment === null).map(treatmentOf));
  const [old, now] = [namesOf(before.rows), namesOf(after.rows)];
  const sources = [before, after].flatMap(({ manifest }) => manifest.benchmark.recall.map(({ source }) => source));
  const recallIn = ({ manifest }: { manifest: Version }, source: string): number | null =>
    manifest.benchmark.recall.find((one) => one.source === source)?.recall ?? null;
  const [was, is] = [before, after].map(({ manifest }) => flat(settingsOf(manifest)));
  return {
    gained: [...now].filter((name) => !old.has(name)),
    lost: [...old].filter((name) => !now.has(name)),
    kept: [...now].filter((name) => old.has(name)).length,
    rows: { before: before.rows.length, after: after.rows.length },
    dims: { before: before.manifest.dims, after: after.manifest.dims },
    recall: [...new Set(sources)].map((source) => ({
      source,
      before: recallIn(before, source),
      after: recallIn(after, source),
    })),
    tests: TESTS.map((name) => ({
      name,
      before: before.manifest.benchmark[name],
      after: after.manifest.benchmark[name],
    })),
    settings: [...new Set([...was!.keys(), ...is!.keys()])]
      .filter((name) => was!.get(name) !== is!.get(name))
      .map((name) => ({ name, before: was!.get(name) ?? "absent", after: is!.get(name) ?? "absent" })),
  };
}

function settingsOf({ recipe, transformation, inputs, model }: Version): unknown {
  return { recipe, transformation, model, inputs: Object.fromEntries(inputs.map(({ uri, sha256 }) => [uri, sha256])) };
}

/** Members at any depth by their path, as canonical JSON. */
function flat(value: unknown, path = "", into = new Map<string, string>()): Map<string, string> {
  if (value !== null && typeof value === "object" && !Array.isArray(value))
    for (const [name, member] of Object.entries(value)) flat(member, path === "" ? name : `${path}.${name}`, into);
  else if (value !== undefined) into.set(path, canonicalJson(value));
  return into;
}
