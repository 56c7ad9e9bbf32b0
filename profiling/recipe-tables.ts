import type { Profiles } from "./profiles.ts";

/** Hands profiles from the step that writes a file of the project to the steps that read it, so that these need not read it. */
export interface RecipeTables {
  /** Whether a step to come reads this file, and there is room. */
  wants(key: string): boolean;
  /** Profiles as they were written to a file, at full precision; nobody may change them. */
  keep(key: string, profiles: Profiles): void;
  take(key: string): Profiles | undefined;
}

/** What a step reads. */
interface Reads {
  inputs: readonly { place: string; key: string; folder?: true }[];
}

/** What is kept at most; files beyond it are read. */
const KEEP_BYTES = 256 * 2 ** 20;

/**
 * Tables of a run.
 * @returns also `ended`, which says that a step needs its inputs no more
 */
export function recipeTables(
  steps: readonly Reads[],
  keepBytes = KEEP_BYTES,
): RecipeTables & { ended(step: Reads): void } {
  const readers = new Map<string, number>();
  const kept = new Map<string, Profiles>();
  let keptBytes = 0;
  const keysOf = (step: Reads): string[] =>
    step.inputs.flatMap(({ place, key, folder }) => (place === "project" && folder !== true ? [key] : []));
  for (const key of steps.flatMap(keysOf)) readers.set(key, (readers.get(key) ?? 0) + 1);
  const wants = (key: string): boolean => (readers.get(key) ?? 0) > 0 && keptBytes < keepBytes;
  return {
    wants,
    keep(key, profiles) {
      if (!wants(key) || kept.has(key)) return;
      kept.set(key, profiles);
      keptBytes += profiles.values.byteLength;
    },
    take: (key) => kept.get(key),
    ended(step) {
      for (const key of keysOf(step)) {
        const left = readers.get(key)! - 1;
        readers.set(key, left);
        if (left > 0) continue;
        keptBytes -= kept.get(key)?.values.byteLength ?? 0;
        kept.delete(key);
      }
    },
  };
}

/** Profiles as messages carry them from thread to thread: their numbers are not copied again. */
export function sharedProfiles(profiles: Profiles): Profiles {
  if (profiles.values.buffer instanceof SharedArrayBuffer) return profiles;
  const values = new Float64Array(new SharedArrayBuffer(profiles.values.byteLength));
  values.set(profiles.values);
  return { ...profiles, values };
}
