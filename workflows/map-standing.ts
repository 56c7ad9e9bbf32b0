import type { Place } from "@artesian/data";
import {
  type Catalog,
  compareVersions,
  gateReasons,
  openGroup,
  type PreparedGroup,
  readGroupRows,
  type VersionDifference,
  versionIn,
} from "@artesian/maps";
import type { MapConfig } from "./map-config.ts";
import type { MadeGroup } from "./map-prepare.ts";

/** How a made group stands against a store. */
export interface Standing {
  change: "added" | "replaced" | "unchanged";
  /** Against the current version of the group, or else the store's default group; null in an empty store. */
  difference: (VersionDifference & { with: string }) | null;
  /** What the gate has against it. */
  gate: string[];
}

/** Bytes of a group version by where they lie. */
export interface LayerBytes {
  /** All files in the store, and those of them that publishing would have to upload. */
  store: number;
  upload: number;
  /** What answering needs on the disk of a server: all but units. */
  local: number;
  /** Vectors and lengths, held in memory. */
  memory: number;
}

export async function bytesOf(store: Place, { manifest }: PreparedGroup): Promise<LayerBytes> {
  const bytes: LayerBytes = { store: 0, upload: 0, local: 0, memory: 0 };
  for (const [name, { key, sizeBytes }] of Object.entries(manifest.files)) {
    bytes.store += sizeBytes;
    if ((await store.stat(key))?.sizeBytes !== sizeBytes) bytes.upload += sizeBytes;
    if (!key.startsWith("units/")) bytes.local += sizeBytes;
    if (name === "vectors.f32" || name === "norms.f32") bytes.memory += sizeBytes;
  }
  return bytes;
}

export async function standingOf(
  store: Place,
  catalog: Catalog,
  made: MadeGroup,
  config: MapConfig,
): Promise<Standing> {
  const { manifest } = made.prepared;
  const current = versionIn(catalog, manifest.id);
  const isSame = current?.version.version === manifest.version;
  const change = current === undefined ? "added" : isSame ? "unchanged" : "replaced";
  const gate = gateReasons(catalog, manifest, config.gate);
  const id = current?.group.id ?? catalog.default;
  if (id === null) return { change, difference: null, gate };
  const before = await openGroup(store, catalog, id);
  const rows = await readGroupRows(store, before);
  const difference = compareVersions({ manifest: before, rows }, { manifest, rows: made.rows });
  return { change, difference: { with: `${id}@${before.version}`, ...difference }, gate };
}
