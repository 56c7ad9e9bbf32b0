import { canonicalJson, digestOf, sha256 } from "@artesian/data";
import type { MapRecipe } from "./build-map.ts";
import { GroupFileError } from "./errors.ts";
import type { MapBenchmark } from "./judge-map.ts";
import type { Transformation, TransformedRows } from "./transform-rows.ts";

/** A file of a group version. */
export interface StoredFile {
  /** Below the store. */
  key: string;
  sizeBytes: number;
  sha256: string;
}

/** What a group version is made of, and where it comes from. */
export interface GroupManifest {
  format: "artesian-group/1";
  id: string;
  /** Names the content: the same rows, vectors and parameters have the same version whenever they are built. */
  version: string;
  label: string;
  /** Place of the group among those of its build. */
  rank: number;
  /** Group versions that it was made from, "id@version". */
  parents: string[];
  transformation: Transformation;
  recipe: MapRecipe;
  /** What made the features: the name of a model or of a set of features. */
  model: string | null;
  inputs: { uri: string; sha256: string }[];
  rows: number;
  dims: number;
  units: number;
  dropped: Record<string, number>;
  files: Record<string, StoredFile>;
  benchmark: MapBenchmark;
  proximityBias: NonNullable<TransformedRows["proximityBias"]> | null;
  /** ISO 8601. Not part of the version. */
  created: string;
}

/** All of a manifest that is known before its files have a place. */
export type GroupDescription = Omit<GroupManifest, "format" | "version" | "files" | "created">;

/** A group version ready to be published: every file with its content. */
export interface PreparedGroup {
  manifest: GroupManifest;
  /** By key. */
  content: Map<string, Uint8Array>;
}

/**
 * Gives a group its version and its files their keys: own files under groups/ID/VERSION/, those shared with other groups of a build under
 * units/DIGEST/.
 * @param created ISO 8601
 */
export function prepareGroup(
  description: GroupDescription,
  own: ReadonlyMap<string, Uint8Array>,
  shared: ReadonlyMap<string, Uint8Array>,
  created: string,
): PreparedGroup {
  const digests = new Map([...own, ...shared].map(([name, bytes]) => [name, sha256(bytes)]));
  const version = digestOf({
    ...description,
    benchmark: null,
    inputs: description.inputs.map((input) => input.sha256),
    files: Object.fromEntries(digests),
  }).slice(0, 16);
  const sharedDigest = digestOf([...shared.keys()].map((name) => digests.get(name))).slice(0, 16);
  const files: Record<string, StoredFile> = {};
  const content = new Map<string, Uint8Array>();
  for (const [name, bytes] of [...own, ...shared]) {
    const key = own.has(name) ? `groups/${description.id}/${version}/${name}` : `units/${sharedDigest}/${name}`;
    files[name] = { key, sizeBytes: bytes.byteLength, sha256: digests.get(name)! };
    content.set(key, bytes);
  }
  return { manifest: { format: "artesian-group/1", ...description, version, files, created }, content };
}

/** Where a group version's manifest is. */
export function manifestKey({ id, version }: Pick<GroupManifest, "id" | "version">): string {
  return `groups/${id}/${version}/manifest.json`;
}

/** A manifest as it is stored: sorted members, so that equal manifests are equal bytes. */
export function manifestText(manifest: GroupManifest): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(manifest)), null, 1)}\n`;
}

/** @throws GroupFileError (maps/group-file) when the text is no manifest of this format */
export function readManifest(text: string, key: string): GroupManifest {
  const parsed = jsonOf(text, key) as Partial<GroupManifest> | null;
  if (parsed?.format !== "artesian-group/1" || typeof parsed.version !== "string" || typeof parsed.files !== "object")
    throw new GroupFileError(key, `format ${JSON.stringify(parsed?.format ?? null)}`, "artesian-group/1");
  return parsed as GroupManifest;
}

/** @throws GroupFileError (maps/group-file) when the text is no JSON */
export function jsonOf(text: string, key: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new GroupFileError(key, `no JSON (${(error as Error).message})`, "a whole document", { cause: error });
  }
}
