import { UNKNOWN } from "./sequence.ts";
import type { SequenceSet } from "./sequence-set.ts";

/** Partitions as small as this are sorted by insertion. */
const SMALL = 12;
/** Bases that one key holds. */
const KEY_BASES = 16;

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
  begin = 0;
  for (const count of frequencies) {
    signal?.throwIfAborted();
    const end = begin + sizes.get(count)!;
    if (end - begin > 1) quicksort(order.subarray(begin, end), set, signal);
    begin = end;
  }
  return order;
}

/**
 * Bases `from` to before `from + 16` of a sequence as a number. From the first N on all bases count as T, and a fraction is added that is larger
 * the earlier it comes; where the sequence ends, bases count as A and a fraction is taken off (both below a half). So numbers are ordered as sequences are,
 * and of equal ones no base behind the N was looked at.
 */
function keyOf(set: SequenceSet, index: number, from: number): number {
  const length = set.length(index);
  const at = from >>> 4;
  const shift = 2 * (from & 15);
  let word = from < length ? set.word(index, at) : 0;
  if (shift > 0 && from < length) {
    const behind = at + 1 < set.words(index) ? set.word(index, at + 1) : 0;
    word = ((word << shift) | (behind >>> (32 - shift))) >>> 0;
  }
  const bases = Math.min(KEY_BASES, length - from);
  const known = set.hasUnknown(index) ? knownBases(set, index, from, bases) : bases;
  if (known < bases) return ((word | (-1 >>> (2 * known))) >>> 0) + (1 + KEY_BASES - known) / 64;
  return bases === KEY_BASES ? word : word - (1 + KEY_BASES - bases) / 64;
}

/** Where the next key begins. */
function behindKey(set: SequenceSet, index: number, from: number): number {
  const bases = Math.min(KEY_BASES, set.length(index) - from);
  const known = set.hasUnknown(index) ? knownBases(set, index, from, bases) : bases;
  return known < bases ? from + known + 1 : from + KEY_BASES;
}

function knownBases(set: SequenceSet, index: number, from: number, bases: number): number {
  let known = 0;
  while (known < bases && set.code(index, from + known) !== UNKNOWN) known++;
  return known;
}

function compare(set: SequenceSet, a: number, b: number, from: number): number {
  for (let at = from; ; at = behindKey(set, a, at)) {
    const difference = keyOf(set, a, at) - keyOf(set, b, at);
    if (difference !== 0) return difference;
  }
}

/**
 * Multikey quicksort with cached keys (Bentley and Sedgewick 1997, "Fast algorithms for sorting and searching strings"): three ways by one
 * key, then those with an equal key by their next one. All sequences differ.
 */
function quicksort(indices: Uint32Array, set: SequenceSet, signal: AbortSignal | undefined): void {
  const keys = new Float64Array(indices.length);
  fetchKeys(0, indices.length, 0);
  sort(0, indices.length, 0);

  function fetchKeys(from: number, to: number, base: number): void {
    for (let i = from; i < to; i++) keys[i] = keyOf(set, indices[i]!, base);
  }

  function swap(i: number, j: number): void {
    const key = keys[i]!;
    keys[i] = keys[j]!;
    keys[j] = key;
    const index = indices[i]!;
    indices[i] = indices[j]!;
    indices[j] = index;
  }

  function sort(from: number, to: number, base: number): void {
    let [low, high, at] = [from, to, base];
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
      if (less > low) sort(low, less, at);
      if (high > more) sort(more, high, at);
      [low, high] = [less, more];
      if (high - low > 1) {
        at = behindKey(set, indices[low]!, at);
        fetchKeys(low, high, at);
      }
    }
    insertionSort(low, high, at);
  }

  function insertionSort(from: number, to: number, base: number): void {
    for (let i = from + 1; i < to; i++) {
      const index = indices[i]!;
      const key = keys[i]!;
      let j = i;
      while (j > from && isAfter(j - 1, index, key, base)) {
        indices[j] = indices[j - 1]!;
        keys[j] = keys[j - 1]!;
        j--;
      }
      indices[j] = index;
      keys[j] = key;
    }
  }

  function isAfter(place: number, index: number, key: number, base: number): boolean {
    if (keys[place] !== key) return keys[place]! > key;
    return compare(set, indices[place]!, index, behindKey(set, index, base)) > 0;
  }
}

function middle(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
