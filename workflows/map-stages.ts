import { deserialize, serialize } from "node:v8";
import { type Place, sha256 } from "@artesian/data";

/** A step of a build as it went. */
export interface BuildStep {
  name: string;
  seconds: number;
  /** An earlier build that was cut off had finished it. */
  reused: boolean;
}

/** The steps of a build, each computed once: a build that was cut off goes on after those that it had finished. */
export interface BuildStages {
  /** The result of a step: that of an earlier build with the same key when it is there whole, else computed and kept. */
  keep<T>(name: string, compute: () => T | Promise<T>): Promise<T>;
  readonly steps: readonly BuildStep[];
  /** Removes what was kept, also of other keys: the build is whole, or is to begin anew. */
  clear(): Promise<void>;
}

export interface StagesOptions {
  /** Where results are kept; undefined: nowhere. */
  folder: Place | undefined;
  /** Of everything that the build depends on. */
  key: string;
  /** ms since 1970. */
  now: () => number;
  signal?: AbortSignal;
  /** Told when a step begins, and when its result is there. */
  onStep?: (name: string, step: BuildStep | undefined) => void | Promise<void>;
}

interface StageRecord {
  sha256: string;
  /** What can read it: results are in the form of one version of Node. */
  node: string;
}

const STAGES = "stages/";

export function buildStages({ folder, key, now, signal, onStep }: StagesOptions): BuildStages {
  const call = signal === undefined ? {} : { signal };
  const steps: BuildStep[] = [];
  const placeOf = (name: string): string => `${STAGES}${key}/${name.replaceAll(/[^a-z0-9_-]+/g, "-")}`;

  async function kept(name: string): Promise<{ value: unknown } | undefined> {
    const at = placeOf(name);
    if (folder === undefined || (await folder.stat(`${at}.json`, call)) === undefined) return undefined;
    const record = JSON.parse(new TextDecoder().decode(await folder.read(`${at}.json`, call))) as StageRecord;
    if (record.node !== process.version || (await folder.stat(`${at}.bin`, call)) === undefined) return undefined;
    const bytes = await folder.read(`${at}.bin`, call);
    return sha256(bytes) === record.sha256 ? { value: deserialize(bytes) as unknown } : undefined;
  }

  async function write(name: string, value: unknown): Promise<void> {
    if (folder === undefined) return;
    const at = placeOf(name);
    const bytes = serialize(value);
    await folder.write(`${at}.bin`, bytes, call);
    // The record last: where it is, the result is whole.
    const record: StageRecord = { sha256: sha256(bytes), node: process.version };
    await folder.write(`${at}.json`, `${JSON.stringify(record)}\n`, call);
  }

  return {
    steps,
    async keep<T>(name: string, compute: () => T | Promise<T>): Promise<T> {
      signal?.throwIfAborted();
      await onStep?.(name, undefined);
      const started = now();
      const found = await kept(name);
      const value = found === undefined ? await compute() : (found.value as T);
      if (found === undefined) await write(name, value);
      const step = { name, seconds: (now() - started) / 1000, reused: found !== undefined };
      steps.push(step);
      await onStep?.(name, step);
      return value;
    },
    async clear() {
      if (folder === undefined) return;
      const keys: string[] = [];
      for await (const entry of folder.list(STAGES, call)) keys.push(entry.key);
      // Records first, so that no result is named that is gone.
      keys.sort((a, b) => Number(a.endsWith(".bin")) - Number(b.endsWith(".bin")));
      for (const one of keys) await folder.remove(one, call);
    },
  };
}
