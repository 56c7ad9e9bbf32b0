import { type Place, sha256 } from "@artesian/data";
import { CatalogBusyError, GroupFileError, PromotionRefusedError } from "./errors.ts";
import {
  CATALOG_KEY,
  type Catalog,
  catalogText,
  EMPTY_CATALOG,
  enterVersions,
  type GateRules,
  gateReasons,
  readCatalog,
} from "./group-catalog.ts";
import { manifestKey, manifestText, type PreparedGroup, readManifest } from "./group-manifest.ts";
import type { BuildCall } from "./map-units.ts";

export interface PublishOptions {
  gate?: GateRules;
  /** Publish although the gate refuses; the catalogue keeps the reasons. */
  force?: boolean;
  /**
   * Names this call in the catalogue, other than every other call: with it each version enters by one call only, also when two publish the same
   * version at the same time to a bucket.
   */
  publication?: string;
  /** Times that the catalogue is read again after another publisher was first; default 100. */
  tries?: number;
}

export interface Published {
  catalog: Catalog;
  /** Versions that entered by this call, "id@version": one `group.created` event each. */
  created: string[];
  /** Bytes uploaded; what was there already with the same content is not counted. */
  uploadedBytes: number;
  /** What the gate had against it, "id: reason". */
  forced: string[];
}

/** The catalogue of a store, with the etag that it is replaced by; empty while there is none. */
export async function openCatalog(
  store: Place,
  call: BuildCall = {},
): Promise<{ catalog: Catalog; etag: string | undefined }> {
  const signal = call.signal === undefined ? {} : { signal: call.signal };
  // The entry is read before the content: if the file is replaced in between, its etag is old, and a replacement by it is refused.
  const entry = await store.stat(CATALOG_KEY, signal);
  if (entry === undefined) return { catalog: EMPTY_CATALOG, etag: undefined };
  return { catalog: readCatalog(new TextDecoder().decode(await store.read(CATALOG_KEY, signal))), etag: entry.etag };
}

/**
 * Publishes group versions of one build together: uploads every file, reads each back and compares its digest, then replaces the catalogue
 * once. Killed at any byte, readers keep the old catalogue; called again, it goes on.
 * @param groups in the order that people see them, the default one marked
 * @throws PromotionRefusedError (maps/promotion-refused) when recall or counts fall and `force` is not set: nothing is uploaded then;
 *   GroupFileError (maps/group-file) when what was uploaded reads back as something else; CatalogBusyError (maps/catalog-busy)
 */
export async function publishGroups(
  store: Place,
  groups: readonly { prepared: PreparedGroup; isDefault: boolean }[],
  { gate = {}, force = false, publication = "", tries = 100 }: PublishOptions = {},
  call: BuildCall = {},
): Promise<Published> {
  const manifests = groups.map(({ prepared, isDefault }) => ({ manifest: prepared.manifest, isDefault }));
  const gated = (catalog: Catalog) => {
    const reasons = new Map(manifests.map(({ manifest }) => [manifest.id, gateReasons(catalog, manifest, gate)]));
    const refused = named(reasons);
    if (refused.length > 0 && !force) throw new PromotionRefusedError(store.uri, refused);
    return reasons;
  };
  gated((await openCatalog(store, call)).catalog);
  const files = new Map<string, Uint8Array>();
  const digests = new Map<string, string>();
  for (const { manifest, content } of groups.map(({ prepared }) => prepared)) {
    for (const { key, sha256: digest } of Object.values(manifest.files)) {
      files.set(key, content.get(key)!);
      digests.set(key, digest);
    }
  }
  // Manifests last: a manifest that is there says that its files are.
  for (const { manifest } of manifests)
    files.set(manifestKey(manifest), new TextEncoder().encode(manifestText(manifest)));
  const { uploadedBytes, manifestSha256 } = await upload(store, files, digests, call);
  for (let attempt = 0; attempt < tries; attempt++) {
    call.signal?.throwIfAborted();
    const { catalog: before, etag } = await openCatalog(store, call);
    const reasons = gated(before);
    const { catalog, created } = enterVersions(
      before,
      manifests.map(({ manifest, isDefault }) => ({
        manifest,
        isDefault,
        manifestSha256: manifestSha256.get(manifestKey(manifest))!,
        forced: reasons.get(manifest.id) ?? [],
      })),
      publication,
    );
    const published = { catalog, created, uploadedBytes, forced: named(reasons) };
    if (catalog === before) return published;
    const signal = call.signal === undefined ? {} : { signal: call.signal };
    const options = { contentType: "application/json", ...signal };
    if ((await store.replace(CATALOG_KEY, catalogText(catalog), etag, options)) !== undefined) return published;
  }
  throw new CatalogBusyError(store.uri, tries);
}

/** What the gate has against groups, each with the group's name. */
function named(reasons: ReadonlyMap<string, readonly string[]>): string[] {
  return [...reasons].flatMap(([id, list]) => list.map((reason) => `${id}: ${reason}`));
}

/** Writes what is not there yet with the same content, and reads all of it back. */
async function upload(
  store: Place,
  files: ReadonlyMap<string, Uint8Array>,
  digests: ReadonlyMap<string, string>,
  call: BuildCall,
): Promise<{ uploadedBytes: number; manifestSha256: Map<string, string> }> {
  const signal = call.signal === undefined ? {} : { signal: call.signal };
  const total = [...files.values()].reduce((sum, bytes) => sum + bytes.byteLength, 0);
  const manifestSha256 = new Map<string, string>();
  let [done, uploadedBytes] = [0, 0];
  for (const [key, bytes] of files) {
    call.signal?.throwIfAborted();
    call.progress?.("upload", done, total);
    if (key.endsWith("/manifest.json")) {
      const { digest, isNew } = await enterManifest(store, key, bytes, call);
      manifestSha256.set(key, digest);
      if (isNew) uploadedBytes += bytes.byteLength;
    } else if (!(await isThere(store, key, bytes.byteLength, digests.get(key)!, call))) {
      await store.write(key, bytes, signal);
      uploadedBytes += bytes.byteLength;
      const found = await digestIn(store, key, call);
      if (found !== digests.get(key)) throw new GroupFileError(key, `SHA-256 ${found}`, digests.get(key)!);
    }
    done += bytes.byteLength;
  }
  call.progress?.("upload", total, total);
  return { uploadedBytes, manifestSha256 };
}

/** Writes a manifest unless its version has one: built before, it keeps its date, whoever else builds it at the same time. */
async function enterManifest(
  store: Place,
  key: string,
  bytes: Uint8Array,
  call: BuildCall,
): Promise<{ digest: string; isNew: boolean }> {
  const signal = call.signal === undefined ? {} : { signal: call.signal };
  const isNew =
    (await store.stat(key, signal)) === undefined &&
    (await store.replace(key, bytes, undefined, { contentType: "application/json", ...signal })) !== undefined;
  const there = await store.read(key, signal);
  const { version } = readManifest(new TextDecoder().decode(there), key);
  if (!key.includes(`/${version}/`)) throw new GroupFileError(key, `a manifest of version ${version}`, "its own");
  return { digest: sha256(there), isNew };
}

async function isThere(
  store: Place,
  key: string,
  sizeBytes: number,
  digest: string,
  call: BuildCall,
): Promise<boolean> {
  const found = await store.stat(key, call.signal === undefined ? {} : { signal: call.signal });
  return found?.sizeBytes === sizeBytes && (await digestIn(store, key, call)) === digest;
}

async function digestIn(store: Place, key: string, call: BuildCall): Promise<string> {
  return sha256(await store.read(key, call.signal === undefined ? {} : { signal: call.signal }));
}
