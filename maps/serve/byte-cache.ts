/** Keeps what was read or computed within a budget of bytes; what was not used for longest goes first. */
export interface ByteCache {
  /**
   * The value of a key, made when it is not there; those who ask at the same time wait for the same one. A failed one is not kept.
   * @param sizeOf bytes that the value takes
   */
  get<T>(key: string, make: () => Promise<T>, sizeOf: (value: T) => number): Promise<T>;
  /** Drops what a key begins with, such as one group version. @returns bytes given back */
  drop(prefix: string): number;
  /** Bytes held under a prefix; "" is all. */
  held(prefix?: string): number;
  readonly budgetBytes: number;
}

interface Kept {
  value: Promise<unknown>;
  sizeBytes: number;
}

/** @param budgetBytes what is larger by itself is given and not kept */
export function byteCache(budgetBytes: number): ByteCache {
  const kept = new Map<string, Kept>();
  let total = 0;
  const remove = (key: string, entry: Kept): void => {
    if (kept.get(key) !== entry) return;
    kept.delete(key);
    total -= entry.sizeBytes;
  };
  return {
    budgetBytes,
    get<T>(key: string, make: () => Promise<T>, sizeOf: (value: T) => number): Promise<T> {
      const known = kept.get(key);
      if (known !== undefined) {
        kept.delete(key);
        kept.set(key, known);
        return known.value as Promise<T>;
      }
      const entry: Kept = { value: make(), sizeBytes: 0 };
      kept.set(key, entry);
      entry.value.then(
        (value) => {
          if (kept.get(key) !== entry) return;
          entry.sizeBytes = sizeOf(value as T);
          total += entry.sizeBytes;
          for (const [oldest, other] of kept) {
            if (total <= budgetBytes) break;
            if (other.sizeBytes > 0) remove(oldest, other);
          }
        },
        () => remove(key, entry),
      );
      return entry.value as Promise<T>;
    },
    drop(prefix) {
      const before = total;
      for (const [key, entry] of kept) if (key.startsWith(prefix)) remove(key, entry);
      return before - total;
    },
    held(prefix = "") {
      if (prefix === "") return total;
      let sum = 0;
      for (const [key, { sizeBytes }] of kept) if (key.startsWith(prefix)) sum += sizeBytes;
      return sum;
    },
  };
}
