/** Names that a matrix has twice, made unique as anndata's `var_names_make_unique` does: A, A, A become A, A-1, A-2. */

/** @returns the names and how many of them were changed */
export function uniqueNames(names: readonly string[]): { names: string[]; changed: number } {
  const taken = new Set(names);
  if (taken.size === names.length) return { names: [...names], changed: 0 };
  const seen = new Set<string>();
  const counts = new Map<string, number>();
  let changed = 0;
  const unique = names.map((name) => {
    if (!seen.has(name)) {
      seen.add(name);
      return name;
    }
    changed++;
    let count = counts.get(name) ?? 0;
    let other: string;
    do other = `${name}-${++count}`;
    while (taken.has(other));
    counts.set(name, count);
    taken.add(other);
    return other;
  });
  return { names: unique, changed };
}

/** What is known of millions of names without keeping them: eight bytes each. */
export interface NameScan {
  count: number;
  /** Names that stood there before. */
  duplicates: number;
  /** The same names again, made unique. */
  unique(batches: AsyncIterable<string[]>): AsyncGenerator<string[]>;
}

/** Reads names once and finds which occur again; two different names share a hash of 53 bits once in 10^4 lists of a million. */
export async function scanNames(batches: AsyncIterable<string[]>): Promise<NameScan> {
  let hashes = new Float64Array(1 << 12);
  let count = 0;
  for await (const batch of batches)
    for (const name of batch) {
      if (count === hashes.length) {
        const larger = new Float64Array(2 * count);
        larger.set(hashes);
        hashes = larger;
      }
      hashes[count++] = hashOf(name);
    }
  const sorted = hashes.subarray(0, count).sort();
  const repeated = new Set<number>();
  let duplicates = 0;
  for (let i = 1; i < count; i++)
    if (sorted[i] === sorted[i - 1]) {
      duplicates++;
      repeated.add(sorted[i]!);
    }
  // Only names that occur again are looked up, so that the list need not be kept otherwise.
  const taken = duplicates === 0 ? new Float64Array(0) : sorted.slice();
  return {
    count,
    duplicates,
    async *unique(again) {
      const seen = new Map<string, number>();
      const given = new Set<string>();
      for await (const batch of again)
        yield duplicates === 0
          ? batch
          : batch.map((name) => {
              if (!repeated.has(hashOf(name))) return name;
              const before = seen.get(name);
              if (before === undefined) {
                seen.set(name, 0);
                return name;
              }
              let number = before;
              let other: string;
              do other = `${name}-${++number}`;
              while (contains(taken, hashOf(other)) || given.has(other));
              seen.set(name, number);
              given.add(other);
              return other;
            });
    },
  };
}

function contains(sorted: Float64Array, value: number): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === value;
}

/** Two multiplicative hashes of 32 bits, 53 bits of them. */
function hashOf(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (b & 0x1fffff) * 2 ** 32 + (a >>> 0);
}
