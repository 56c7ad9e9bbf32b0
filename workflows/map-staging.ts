import { type Place, sha256 } from "@artesian/data";
import { type PreparedGroup, readManifest } from "@artesian/maps";
import { manifestKey, manifestText } from "@artesian/maps/group-manifest.ts";
import { MapBuildFolderError } from "./errors.ts";
import type { MadeGroup, Progress } from "./map-prepare.ts";

/** What a build left in its folder: `build.json`, written last. */
export interface BuildRecord {
  format: "artesian-build/1";
  /** Of configuration, inputs and version: an equal key is an equal build. */
  key: string;
  map: string;
  groups: { id: string; version: string; isDefault: boolean }[];
}

const BUILD_KEY = "build.json";

/** The record of the build in a folder; undefined when there is none. */
export async function buildRecordIn(folder: Place): Promise<BuildRecord | undefined> {
  if ((await folder.stat(BUILD_KEY)) === undefined) return undefined;
  const record = JSON.parse(new TextDecoder().decode(await folder.read(BUILD_KEY))) as BuildRecord;
  if (record.format !== "artesian-build/1")
    throw new MapBuildFolderError(folder.uri, `its build.json is of another format. Build into another folder.`);
  return record;
}

/** Writes groups where a store would have them, leaving what is there with the same content, and the record last. */
export async function writeBuild(
  folder: Place,
  record: Omit<BuildRecord, "format" | "groups">,
  groups: readonly MadeGroup[],
  call: Progress,
): Promise<void> {
  const files = new Map<string, Uint8Array>();
  for (const { manifest, content } of groups.map(({ prepared }) => prepared)) {
    for (const [key, bytes] of content) files.set(key, bytes);
    files.set(manifestKey(manifest), Buffer.from(manifestText(manifest)));
  }
  let done = 0;
  for (const [key, bytes] of files) {
    const there = await folder.stat(key);
    if (there?.sizeBytes !== bytes.byteLength || sha256(await folder.read(key)) !== sha256(bytes))
      await folder.write(key, bytes);
    call.progress("write", ++done, files.size);
  }
  const document: BuildRecord = {
    format: "artesian-build/1",
    ...record,
    groups: groups.map(({ prepared: { manifest }, isDefault }) => ({
      id: manifest.id,
      version: manifest.version,
      isDefault,
    })),
  };
  await folder.write(BUILD_KEY, `${JSON.stringify(document, null, 1)}\n`);
}

/**
 * Whether a folder holds the whole of a build that its record names.
 * @returns the record, when its key is this one and all of its files are there
 */
export async function unchangedBuild(folder: Place, key: string): Promise<BuildRecord | undefined> {
  const record = await buildRecordIn(folder);
  if (record?.key !== key) return undefined;
  for (const group of record.groups) {
    const at = manifestKey(group);
    if ((await folder.stat(at)) === undefined) return undefined;
    const manifest = readManifest(new TextDecoder().decode(await folder.read(at)), at);
    for (const file of Object.values(manifest.files))
      if ((await folder.stat(file.key))?.sizeBytes !== file.sizeBytes) return undefined;
  }
  return record;
}

/** Groups of a build's folder, in order, as `publishGroups` takes them. */
export async function readBuild(
  folder: Place,
  record: BuildRecord,
): Promise<{ prepared: PreparedGroup; isDefault: boolean }[]> {
  const content = new Map<string, Uint8Array>();
  const groups: { prepared: PreparedGroup; isDefault: boolean }[] = [];
  for (const { id, version, isDefault } of record.groups) {
    const at = manifestKey({ id, version });
    const manifest = readManifest(new TextDecoder().decode(await folder.read(at)), at);
    for (const { key } of Object.values(manifest.files))
      if (!content.has(key)) content.set(key, await folder.read(key));
    groups.push({ prepared: { manifest, content }, isDefault });
  }
  return groups;
}
