/** Arrays that are kept between calls, so that measuring a plate does not allocate (and collect) gigabytes. */
export interface Scratch {
  /** An array of at least `length` values under a name of the caller's choice; its content is what the last user left. */
  float64(name: string, length: number): Float64Array;
  uint32(name: string, length: number): Uint32Array;
  uint8(name: string, length: number): Uint8Array;
}

/**
 * Makes a scratch. One per worker is enough: the measurements are synchronous, and none keeps an array after it returned.
 */
export function createScratch(): Scratch {
  const kept = {
    float64: new Map<string, Float64Array>(),
    uint32: new Map<string, Uint32Array>(),
    uint8: new Map<string, Uint8Array>(),
  };
  const reuse = <T extends { length: number }>(
    pool: Map<string, T>,
    name: string,
    length: number,
    make: (length: number) => T,
  ): T => {
    const found = pool.get(name);
    if (found !== undefined && found.length >= length) return found;
    const made = make(length);
    pool.set(name, made);
    return made;
  };
  return {
    float64: (name, length) => reuse(kept.float64, name, length, (size) => new Float64Array(size)),
    uint32: (name, length) => reuse(kept.uint32, name, length, (size) => new Uint32Array(size)),
    uint8: (name, length) => reuse(kept.uint8, name, length, (size) => new Uint8Array(size)),
  };
}

/** The scratch of this thread. */
export const threadScratch: Scratch = createScratch();
