import type { Place } from "@artesian/data";
import { EvictionRefusedError } from "../errors.ts";
import type { GroupManifest } from "../group-manifest.ts";

/** What speaks for or against giving a group version's copy back. */
export interface CopyInQuestion {
  name: string;
  /** Requests that are being answered from it. */
  inUse: number;
  /** Whether all of its files are on this machine's disk. */
  isHeld: boolean;
  isPinned: boolean;
  manifest: GroupManifest | undefined;
}

/** @throws EvictionRefusedError (maps/eviction-refused) for what is in use, pinned, or the only good copy within reach */
export async function checkGivingBack(store: Place, copy: CopyInQuestion): Promise<void> {
  const { name } = copy;
  if (copy.inUse > 0) throw new EvictionRefusedError(name, "requests are being answered from it");
  if (!copy.isHeld) return;
  if (copy.isPinned) throw new EvictionRefusedError(name, "it is the version of the default group that is served");
  if (!(await isInStore(store, copy.manifest)))
    throw new EvictionRefusedError(name, "the store does not have it whole now, so this is the last good copy");
}

/** Whether the store has every file of a version at its size. */
async function isInStore(store: Place, manifest: GroupManifest | undefined): Promise<boolean> {
  if (manifest === undefined) return false;
  try {
    const found = await Promise.all(Object.values(manifest.files).map(({ key }) => store.stat(key)));
    return Object.values(manifest.files).every(({ sizeBytes }, i) => found[i]?.sizeBytes === sizeBytes);
  } catch {
    return false;
  }
}
