import { type Place, sha256 } from "@artesian/data";
import { GroupFileError, UnknownGroupError } from "./errors.ts";
import type { Catalog } from "./group-catalog.ts";
import { versionIn } from "./group-catalog.ts";
import { floatsOf, groupFromFiles, neighboursFromBytes, rowsFromFile, TOP_ROW_BYTES } from "./group-files.ts";
import { type GroupManifest, readManifest } from "./group-manifest.ts";
import type { GroupRow, PerturbationGroup } from "./perturbation-group.ts";
import { readRange } from "./read-range.ts";

interface ReadCall {
  signal?: AbortSignal;
}

/**
 * A group version's manifest, checked against the digest that the catalogue has.
 * @param name "id" for the current version, or "id@version"
 * @throws UnknownGroupError (maps/unknown-group); GroupFileError (maps/group-file)
 */
export async function openGroup(
  store: Place,
  catalog: Catalog,
  name: string,
  call: ReadCall = {},
): Promise<GroupManifest> {
  const [id = "", wanted] = name.split("@");
  const found = versionIn(catalog, id, wanted);
  if (found === undefined)
    throw new UnknownGroupError(
      name,
      store.uri,
      catalog.groups.flatMap((group) => group.versions.map((one) => `${group.id}@${one.version}`)),
    );
  const { key, sha256: digest } = found.version.manifest;
  const bytes = await store.read(key, call);
  if (sha256(bytes) !== digest) throw new GroupFileError(key, `SHA-256 ${sha256(bytes)}`, digest);
  return readManifest(new TextDecoder().decode(bytes), key);
}

/** The whole group in memory, every file checked by its digest. @throws GroupFileError (maps/group-file) */
export async function readGroup(
  store: Place,
  manifest: GroupManifest,
  call: ReadCall = {},
): Promise<PerturbationGroup> {
  const [vectors, norms, rows] = await Promise.all(
    ["vectors.f32", "norms.f32", "rows.parquet"].map((name) => readGroupFile(store, manifest, name, call)),
  );
  return groupFromFiles({ vectors: vectors!, norms: norms!, rows: rows! }, manifest.dims);
}

/** One file of a group version, checked by its digest. @throws GroupFileError (maps/group-file) */
export async function readGroupFile(
  store: Place,
  manifest: GroupManifest,
  name: string,
  call: ReadCall = {},
): Promise<Uint8Array> {
  const file = manifest.files[name];
  if (file === undefined)
    throw new GroupFileError(
      `${manifest.id}@${manifest.version}`,
      `no ${name}`,
      Object.keys(manifest.files).join(", "),
    );
  const bytes = await store.read(file.key, call);
  const found = sha256(bytes);
  if (found !== file.sha256) throw new GroupFileError(file.key, `SHA-256 ${found}`, file.sha256);
  return bytes;
}

/** Rows of a group version without its vectors. */
export async function readGroupRows(store: Place, manifest: GroupManifest, call: ReadCall = {}): Promise<GroupRow[]> {
  return rowsFromFile(await readGroupFile(store, manifest, "rows.parquet", call));
}

/** Unit vectors of rows `from` to before `to`, of shape (to − from, dims), by reading these bytes only. */
export async function readVectors(
  store: Place,
  { files, dims }: GroupManifest,
  from: number,
  to: number,
  call: ReadCall = {},
): Promise<Float32Array> {
  const range = { start: from * dims * 4, end: to * dims * 4, ...call };
  return floatsOf(await readRange(store, files["vectors.f32"]!.key, range));
}

/** The stored neighbours of a row in both tails, by reading 1,600 bytes. */
export async function readNeighbours(
  store: Place,
  { files }: GroupManifest,
  row: number,
  call: ReadCall = {},
): Promise<ReturnType<typeof neighboursFromBytes>> {
  const range = { start: row * TOP_ROW_BYTES, end: (row + 1) * TOP_ROW_BYTES, ...call };
  return neighboursFromBytes(await readRange(store, files["topk.bin"]!.key, range));
}
