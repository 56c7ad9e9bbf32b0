import type { SequenceSet } from "./sequence-set.ts";

/** Partitions as small as this are sorted by insertion. */
const SMALL = 12;
/** Bases in a key that also tells N and the sequence's end, three bits each. */
const KEY_BASES = 10;

/**
 * The sequences of a set, most frequent first, equal frequencies by sequence (A, C, G, T, N; a beginning before what goes on).
 * @returns their indices. Of shape (set.size)
 */
export function orderSequences(set: SequenceSet, signal?: AbortSignal): Uint32Array<ArrayBuffer> {
  const { size } = set;
  const sizes = new Map<number, number>();
  for (let i = 0; i < size; i++) sizes.set(set.count(i), (sizes.get(set.count(i)) ?? 0) + 1);
  const next = new Map<number, number>();
  let begin = 0;
  const frequencies = [...sizes.keys()].sort((a, b) => b - a);
  for (const count of frequencies) {
    next.set(count, begin);
    begin += sizes.get(count)!;
  }
  const order = new Uint32Array(size);
  for (let i = 0; i < size; i++) {
    const at = next.get(set.count(i))!;
    order[at] = i;
    next.set(set.count(i), at + 1);
  }
  const sorter = sequenceSorter(set);
  begin = 0;
  for (const count of frequencies) {
    signal?.throwIfAborted();
    const end = begin + sizes.get(count)!;
    sorter(order.subarray(begin, end), signal);
    begin = end;
  }
  return order;
}

type KeyOf = (index: number, depth: number) => number;

/** Sorts indices by sequence, in place. Sequences without N are compared sixteen bases at a time, others ten. */
function sequenceSorter(set: SequenceSet): (indices: Uint32Array, signal?: AbortSignal) => void {
  const plainKey: KeyOf = (index, depth) => {
    const words = set.words(index);
    if (depth < words) return set.word(index, depth);
    // What ends here comes first; words that are equal to the end differ in length, as unused bits look like A.
    return set.length(index) - 0x80000000;
  };
  const fullKey: KeyOf = (index, depth) => {
    const length = set.length(index);
    let key = 0;
    for (let i = KEY_BASES * depth; i < KEY_BASES * (depth + 1); i++)
      key = (key << 3) | (i < length ? set.code(index, i) + 1 : 0);
    return key;
  };
  return (indices, signal) => {
    if (indices.length < 2) return;
    const withUnknown = indices.filter((index) => set.hasUnknown(index));
    const plain = withUnknown.length === 0 ? indices : indices.filter((index) => !set.hasUnknown(index));
    quicksort(plain, plainKey, signal);
    if (withUnknown.length === 0) return;
    quicksort(withUnknown, fullKey, signal);
    for (let at = 0, p = 0, u = 0; at < indices.length; at++) {
      const takePlain =
        u === withUnknown.length || (p < plain.length && compare(plain[p]!, withUnknown[u]!, 0, fullKey) < 0);
      indices[at] = takePlain ? plain[p++]! : withUnknown[u++]!;
    }
  };
}

function compare(a: number, b: number, depth: number, keyOf: KeyOf): number {
  for (let d = depth; ; d++) {
    const difference = keyOf(a, d) - keyOf(b, d);
    if (difference !== 0) return difference;
  }
}

/**
 * Multikey quicksort with cached keys (Bentley and Sedgewick 1997, "Fast algorithms for sorting and searching strings"): three ways by one
 * key, then those with an equal key by their next one. All sequences differ.
 */
function quicksort(indices: Uint32Array, keyOf: KeyOf, signal: AbortSignal | undefined): void {
  const keys = new Float64Array(indices.length);
  fetchKeys(0, indices.length, 0);
  sort(0, indices.length, 0);

  function fetchKeys(from: number, to: number, depth: number): void {
    for (let i = from; i < to; i++) keys[i] = keyOf(indices[i]!, depth);
  }

  function swap(i: number, j: number): void {
    const key = keys[i]!;
    keys[i] = keys[j]!;
    keys[j] = key;
    const index = indices[i]!;
    indices[i] = indices[j]!;
    indices[j] = index;
  }

  function sort(from: number, to: number, depth: number): void {
    let [low, high, d] = [from, to, depth];
    while (high - low > SMALL) {
      if (high - low > 100_000) signal?.throwIfAborted();
      const pivot = middle(keys[low]!, keys[(low + high) >> 1]!, keys[high - 1]!);
      let less = low;
      let more = high;
      for (let i = low; i < more; ) {
        const key = keys[i]!;
        if (key < pivot) swap(i++, less++);
        else if (key > pivot) swap(i, --more);
        else i++;
      }
      if (less > low) sort(low, less, d);
      if (high > more) sort(more, high, d);
      [low, high] = [less, more];
      d++;
      if (high - low > 1) fetchKeys(low, high, d);
    }
    insertionSort(low, high, d);
  }

  function insertionSort(from: number, to: number, depth: number): void {
    for (let i = from + 1; i < to; i++) {
      const index = indices[i]!;
      const key = keys[i]!;
      let j = i;
      while (j > from && (keys[j - 1]! > key || (keys[j - 1] === key && compare(indices[j - 1]!, index, depth + 1, keyOf) > 0))) {
        indices[j] = indices[j - 1]!;
        keys[j] = keys[j - 1]!;
        j--;
      }
      indices[j] = index;
      keys[j] = key;
    }
  }
}

function middle(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
