import { closeSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/** A file for intermediate results that nobody else sees and nothing is left of. */
export interface ScratchFile {
  readonly sizeBytes: number;
  /** Number of the open file, valid in all threads of the process until `close`. */
  readonly handle: number;
  append(bytes: Uint8Array): void;
  /** Fills `into` from `position`. */
  read(into: Uint8Array, position: number): void;
  close(): void;
}

/**
 * Opens a new file below `folder` and takes its name away at once: however the process ends, the system gives the space back. Where open
 * files keep their names (Windows), `close` removes it.
 */
export function openScratchFile(folder: string): ScratchFile {
  mkdirSync(folder, { recursive: true });
  const own = mkdtempSync(join(folder, "spill-"));
  const handle = openSync(join(own, "entries"), "w+");
  let named = true;
  const unname = (): void => {
    if (!named) return;
    try {
      rmSync(own, { recursive: true });
      named = false;
    } catch {
      // It stays until close.
    }
  };
  unname();
  let size = 0;
  let open = true;
  return {
    handle,
    get sizeBytes() {
      return size;
    },
    append(bytes) {
      for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at, bytes.length - at, size + at);
      size += bytes.length;
    },
    read: (into, position) => readFully(handle, into, position),
    close() {
      if (!open) return;
      open = false;
      closeSync(handle);
      unname();
    },
  };
}

/** Fills `into` from `position` of an open file. */
export function readFully(handle: number, into: Uint8Array, position: number): void {
  for (let at = 0; at < into.length; ) {
    const got = readSync(handle, into, at, into.length - at, position + at);
    if (got === 0)
      throw new RangeError(`The scratch file ends at ${position + at}, asked for ${position + into.length}.`);
    at += got;
  }
}
