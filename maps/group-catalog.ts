import { canonicalJson } from "@artesian/data";
import { GroupFileError } from "./errors.ts";
import { type GroupManifest, jsonOf, manifestKey } from "./group-manifest.ts";
import type { RelationRecall } from "./known-relations.ts";

/** What the catalogue says of a group version. */
export interface CatalogVersion {
  version: string;
  manifest: { key: string; sha256: string };
  rows: number;
  dims: number;
  sizeBytes: number;
  perturbations: number;
  recall: Pick<RelationRecall, "source" | "recall" | "relations">[];
  created: string;
  /** Why the gate would have refused it; empty when it passed. */
  forced: string[];
}

export interface CatalogGroup {
  id: string;
  label: string;
  /** Version that people see. */
  current: string;
  /** The newest first. */
  versions: CatalogVersion[];
}

/** All group versions of a store, in the order that people see groups. */
export interface Catalog {
  format: "artesian-catalog/1";
  /** One more with each change. */
  revision: number;
  /** The call that made this revision. */
  publication: string;
  /** Group that people see first; null in an empty catalogue. */
  default: string | null;
  groups: CatalogGroup[];
}

export const CATALOG_KEY = "catalog.json";

export const EMPTY_CATALOG: Catalog = {
  format: "artesian-catalog/1",
  revision: 0,
  publication: "",
  default: null,
  groups: [],
};

/** @throws GroupFileError (maps/group-file) when the text is no catalogue of this format */
export function readCatalog(text: string): Catalog {
  const parsed = jsonOf(text, CATALOG_KEY) as Partial<Catalog> | null;
  if (parsed?.format !== "artesian-catalog/1" || !Array.isArray(parsed.groups))
    throw new GroupFileError(CATALOG_KEY, `format ${JSON.stringify(parsed?.format ?? null)}`, "artesian-catalog/1");
  return parsed as Catalog;
}

export function catalogText(catalog: Catalog): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(catalog)), null, 1)}\n`;
}

/** A group's entry, and one of its versions: the current one unless another is named. */
export function versionIn(
  catalog: Catalog,
  id: string,
  version?: string,
): { group: CatalogGroup; version: CatalogVersion } | undefined {
  const group = catalog.groups.find((one) => one.id === id);
  const found = group?.versions.find((one) => one.version === (version ?? group.current));
  return group === undefined || found === undefined ? undefined : { group, version: found };
}

/** A version to enter, with the digest of its manifest as stored. */
export interface CatalogEntry {
  manifest: GroupManifest;
  manifestSha256: string;
  isDefault: boolean;
  forced: readonly string[];
}

/**
 * The catalogue with versions entered and made current; a version that is there already is made current and enters nothing.
 * @returns what entered for the first time: one `group.created` event each
 */
export function enterVersions(
  before: Catalog,
  entries: readonly CatalogEntry[],
  publication = "",
): { catalog: Catalog; created: string[] } {
  const groups = before.groups.map((group) => ({ ...group }));
  const created: string[] = [];
  let first = before.default;
  for (const { manifest, manifestSha256, isDefault, forced } of entries) {
    const { id, version, label, rows, dims, files, benchmark } = manifest;
    let group = groups.find((one) => one.id === id);
    if (group === undefined) {
      group = { id, label, current: version, versions: [] };
      groups.push(group);
    }
    group.label = label;
    group.current = version;
    if (isDefault || first === null) first = id;
    if (group.versions.some((one) => one.version === version)) continue;
    created.push(`${id}@${version}`);
    group.versions = [
      {
        version,
        manifest: { key: manifestKey(manifest), sha256: manifestSha256 },
        rows,
        dims,
        sizeBytes: Object.values(files).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        perturbations: benchmark.perturbations,
        recall: benchmark.recall.map(({ source, recall, relations }) => ({ source, recall, relations })),
        created: manifest.created,
        forced: [...forced],
      },
      ...group.versions,
    ];
  }
  const unchanged =
    canonicalJson({ groups, first }) === canonicalJson({ groups: before.groups, first: before.default });
  return {
    catalog: unchanged ? before : { ...before, revision: before.revision + 1, publication, default: first, groups },
    created,
  };
}

/** How much worse than what it replaces a version may be. */
export interface GateRules {
  /** Largest fall of recall by a source, as a share of all relations; default 0.01. */
  recallFall?: number;
  /** Largest fall of perturbations, as a share of those before; default 0.02. */
  countFall?: number;
}

/** Reasons against making a version current: what falls against the current version of its group. Of a new group there are none. */
export function gateReasons(catalog: Catalog, manifest: GroupManifest, rules: GateRules = {}): string[] {
  const { recallFall = 0.01, countFall = 0.02 } = rules;
  const replaced = versionIn(catalog, manifest.id);
  if (replaced === undefined || replaced.version.version === manifest.version) return [];
  const { perturbations, recall } = replaced.version;
  const { benchmark } = manifest;
  const reasons: string[] = [];
  if (benchmark.perturbations < perturbations * (1 - countFall))
    reasons.push(`perturbations fall from ${perturbations} to ${benchmark.perturbations}`);
  for (const before of recall) {
    if (before.recall === null) continue;
    const after = benchmark.recall.find(({ source }) => source === before.source);
    if (after === undefined || after.recall === null)
      reasons.push(`recall of ${before.source} is not known any more (${before.recall.toFixed(3)} before)`);
    else if (after.recall < before.recall - recallFall)
      reasons.push(`recall of ${before.source} falls from ${before.recall.toFixed(3)} to ${after.recall.toFixed(3)}`);
  }
  return reasons;
}
