import { createHash } from "node:crypto";
import { canonicalJson, MissingFileError, type Place } from "@artesian/data";
import { GroupFileError } from "../errors.ts";
import { type GroupManifest, manifestKey, manifestText, type StoredFile } from "../group-manifest.ts";

/** A group version whose files are all here, as it is remembered in `held/ID@VERSION.json`. */
export interface HeldVersion {
  name: string;
  files: StoredFile[];
  /** Of each file when its digest was checked, by key. */
  etags: Record<string, string>;
  sizeBytes: number;
  fetchedMs: number;
  usedMs: number;
}

/** One eviction or refusal of a copy, as it is kept in `evictions/`. */
export interface Eviction {
  at: string;
  actor: string;
  name: string;
  freedBytes: number;
  reason: string;
}

export type LocalState = "here" | "fetching" | "absent" | "too large";

/** Copies of group versions on this machine's disk, least recently used first to go, in front of a store. */
export interface LocalLayer {
  /** The store, with what is held here read from here. */
  readonly place: Place;
  readonly budgetBytes: number;
  heldBytes(): number;
  held(): HeldVersion[];
  /** Whether all files of a version are here. */
  isHeld(name: string): boolean;
  stateOf(manifest: GroupManifest): LocalState;
  /** Fetches a version, every digest checked; a copy that is whole already costs a look. @throws GroupFileError (maps/group-file) */
  fetch(manifest: GroupManifest): Promise<void>;
  used(name: string): void;
  /** Removes a copy; files that another copy shares stay. @returns bytes given back; 0 when it is not here */
  evict(name: string, by: { actor: string; reason: string }): Promise<number>;
  /** Bytes that removing a copy would give back. */
  wouldFree(name: string): number;
  evictions(): Promise<Eviction[]>;
  /** Copies that turned out to be damaged, newest last. */
  readonly damaged: readonly { name: string; file: string; at: string }[];
  /** Remembers when copies were used. */
  flush(): Promise<void>;
}

export interface LocalLayerOptions {
  store: Place;
  /** A folder of this machine that nothing else uses. */
  local: Place;
  budgetBytes: number;
  /** Milliseconds since 1970. */
  clock: () => number;
  /** Whether a version must stay: it is in use, or pinned. */
  keeps: (name: string) => boolean;
}

/** A changed file is noticed within this time. */
const LOOK_AGAIN_MS = 1000;

/** Opens copies that an earlier process left; what changed since its digest was checked is checked again, and refused when it is damaged. */
export async function openLocalLayer(options: LocalLayerOptions): Promise<LocalLayer> {
  const { store, local, budgetBytes, clock, keeps } = options;
  const versions = new Map<string, HeldVersion>();
  const fileOf = new Map<string, { file: StoredFile; lookedMs: number }>();
  const fetching = new Map<string, Promise<void>>();
  const damaged: { name: string; file: string; at: string }[] = [];
  const instant = (): string => new Date(clock()).toISOString();
  const totalBytes = (): number => {
    const keys = new Map(
      [...versions.values()].flatMap(({ files }) => files.map(({ key, sizeBytes }) => [key, sizeBytes])),
    );
    return [...keys.values()].reduce((sum, size) => sum + size, 0);
  };
  const enter = (version: HeldVersion): void => {
    versions.set(version.name, version);
    for (const file of version.files) fileOf.set(file.key, { file, lookedMs: clock() });
  };
  const forget = (name: string): string[] => {
    const gone = versions.get(name);
    versions.delete(name);
    const others = new Set([...versions.values()].flatMap(({ files }) => files.map(({ key }) => key)));
    const keys = (gone?.files ?? []).map(({ key }) => key).filter((key) => !others.has(key));
    for (const key of keys) fileOf.delete(key);
    return keys;
  };
  const record = (version: HeldVersion): Promise<unknown> =>
    local.write(heldKey(version.name), `${canonicalJson(version)}\n`);

  /** Takes every copy with a damaged file out of use. */
  const refuse = async (key: string): Promise<void> => {
    for (const { name, files } of [...versions.values()]) {
      if (!files.some((file) => file.key === key)) continue;
      damaged.push({ name, file: key, at: instant() });
      forget(name);
      await local.remove(heldKey(name));
      await audit({ at: instant(), actor: "server", name, freedBytes: 0, reason: `${key} is damaged` });
    }
    await local.remove(key);
  };
  const audit = async (entry: Eviction): Promise<void> => {
    await local.write(
      `evictions/${entry.at.replaceAll(":", "-")}-${entry.name.replaceAll("@", "-")}.json`,
      `${JSON.stringify(entry)}\n`,
    );
  };

  /** Whether a file that is held may still be read: unchanged since its digest was checked, or checked again. */
  const isGood = async (key: string): Promise<boolean> => {
    const known = fileOf.get(key);
    if (known === undefined) return false;
    if (clock() - known.lookedMs < LOOK_AGAIN_MS) return true;
    const owners = [...versions.values()].filter(({ files }) => files.some((file) => file.key === key));
    const entry = await local.stat(key);
    known.lookedMs = clock();
    if (entry !== undefined && owners.every(({ etags }) => etags[key] === entry.etag)) return true;
    if (entry === undefined || (await digestOfStream(local.stream(key))) !== known.file.sha256) {
      await refuse(key);
      return false;
    }
    for (const owner of owners) {
      owner.etags[key] = entry.etag;
      await record(owner);
    }
    return true;
  };
  const fromLocal = async <T>(key: string, read: () => Promise<T>): Promise<T | undefined> => {
    if (!fileOf.has(key) || !(await isGood(key))) return undefined;
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof MissingFileError)) throw error;
      await refuse(key);
      return undefined;
    }
  };
  const place: Place = {
    ...store,
    read: async (key, range) => (await fromLocal(key, () => local.read(key, range))) ?? (await store.read(key, range)),
    stat: async (key, call) => (await fromLocal(key, () => local.stat(key, call))) ?? (await store.stat(key, call)),
    async *stream(key, range) {
      const isHere = fileOf.has(key) && (await isGood(key));
      yield* (isHere ? local : store).stream(key, range);
    },
  };

  const evict: LocalLayer["evict"] = async (name, { actor, reason }) => {
    const before = totalBytes();
    if (!versions.has(name)) return 0;
    await local.remove(heldKey(name));
    for (const key of forget(name)) await local.remove(key);
    const freedBytes = before - totalBytes();
    await audit({ at: instant(), actor, name, freedBytes, reason });
    return freedBytes;
  };
  const makeRoom = async (sizeBytes: number): Promise<boolean> => {
    const oldest = [...versions.values()].sort((a, b) => a.usedMs - b.usedMs).filter(({ name }) => !keeps(name));
    for (const { name } of oldest) {
      if (totalBytes() + sizeBytes <= budgetBytes) break;
      await evict(name, { actor: "server", reason: `room for ${sizeBytes} bytes` });
    }
    return totalBytes() + sizeBytes <= budgetBytes;
  };
  const fetchVersion = async (manifest: GroupManifest): Promise<void> => {
    const name = `${manifest.id}@${manifest.version}`;
    const files = Object.values(manifest.files);
    const missing = files.filter(({ key }) => !fileOf.has(key));
    if (!(await makeRoom(missing.reduce((sum, file) => sum + file.sizeBytes, 0)))) return;
    const etags: Record<string, string> = {};
    for (const file of files) {
      const there = fileOf.has(file.key) && (await isGood(file.key)) ? await local.stat(file.key) : undefined;
      etags[file.key] = (there ?? (await local.write(file.key, checked(store.stream(file.key), file)))).etag;
    }
    await local.write(manifestKey(manifest), manifestText(manifest));
    const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
    const version: HeldVersion = { name, files, etags, sizeBytes, fetchedMs: clock(), usedMs: clock() };
    await record(version);
    enter(version);
  };

  for await (const { key } of local.list("held/")) {
    const version = JSON.parse(new TextDecoder().decode(await local.read(key))) as HeldVersion;
    enter(version);
    for (const file of version.files) fileOf.get(file.key)!.lookedMs = Number.NEGATIVE_INFINITY;
  }

  return {
    place,
    budgetBytes,
    damaged,
    heldBytes: totalBytes,
    held: () => [...versions.values()],
    isHeld: (name) => versions.has(name),
    stateOf(manifest) {
      const name = `${manifest.id}@${manifest.version}`;
      if (versions.has(name)) return "here";
      if (fetching.has(name)) return "fetching";
      const sizeBytes = Object.values(manifest.files).reduce((sum, file) => sum + file.sizeBytes, 0);
      return sizeBytes > budgetBytes ? "too large" : "absent";
    },
    fetch(manifest) {
      const name = `${manifest.id}@${manifest.version}`;
      if (versions.has(name)) return Promise.resolve();
      const running = fetching.get(name);
      if (running !== undefined) return running;
      const started = fetchVersion(manifest).finally(() => fetching.delete(name));
      fetching.set(name, started);
      return started;
    },
    used(name) {
      const version = versions.get(name);
      if (version !== undefined) version.usedMs = clock();
    },
    evict,
    wouldFree(name) {
      const others = new Set(
        [...versions.values()].filter((one) => one.name !== name).flatMap(({ files }) => files.map(({ key }) => key)),
      );
      const own = versions.get(name)?.files ?? [];
      return own.filter(({ key }) => !others.has(key)).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    },
    async evictions() {
      const found: Eviction[] = [];
      for await (const { key } of local.list("evictions/"))
        found.push(JSON.parse(new TextDecoder().decode(await local.read(key))) as Eviction);
      return found;
    },
    async flush() {
      for (const version of versions.values()) await record(version);
    },
  };
}

const heldKey = (name: string): string => `held/${name}.json`;

/** A file's pieces as they come; the last is not given on when the digest is another one, so that nothing is written. */
async function* checked(pieces: AsyncIterable<Uint8Array>, file: StoredFile): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
  const found = hash.digest("hex");
  if (found !== file.sha256) throw new GroupFileError(file.key, `SHA-256 ${found}`, file.sha256);
}

async function digestOfStream(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of pieces) hash.update(piece);
  return hash.digest("hex");
}
