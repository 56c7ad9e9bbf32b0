import { type Place, sha256 } from "@artesian/data";
import { GroupFileError } from "../errors.ts";
import { type Catalog, versionIn } from "../group-catalog.ts";
import { type GroupManifest, manifestKey, readManifest } from "../group-manifest.ts";
import { openGroup } from "../read-group.ts";
import type { LocalLayer } from "./local-layer.ts";

/** Manifests of group versions, each read and checked once. */
export interface KnownManifests {
  /** @throws GroupFileError (maps/group-file), UnknownGroupError (maps/unknown-group), or what the store says */
  read(catalog: Catalog, name: string): Promise<GroupManifest>;
  /** The manifest when it was read before. */
  known(name: string): GroupManifest | undefined;
}

/** @param local folder of the copies; a manifest that was fetched with its group stands in for a store out of reach */
export function knownManifests(store: Place, copies: { local: Place; layer: LocalLayer } | undefined): KnownManifests {
  const manifests = new Map<string, GroupManifest>();
  const fromCopy = async (catalog: Catalog, name: string, cause: unknown): Promise<GroupManifest> => {
    const [id = "", version = ""] = name.split("@");
    if (copies === undefined || !copies.layer.isHeld(name) || cause instanceof GroupFileError) throw cause;
    const key = manifestKey({ id, version });
    const bytes = await copies.local.read(key);
    const digest = versionIn(catalog, id, version)?.version.manifest.sha256;
    if (sha256(bytes) !== digest) throw cause;
    return readManifest(new TextDecoder().decode(bytes), key);
  };
  return {
    known: (name) => manifests.get(name),
    async read(catalog, name) {
      const known = manifests.get(name);
      if (known !== undefined) return known;
      const place = copies?.layer.place ?? store;
      const manifest = await openGroup(place, catalog, name).catch((error: unknown) => fromCopy(catalog, name, error));
      manifests.set(name, manifest);
      return manifest;
    },
  };
}
