/** Why an operation drops a feature: a sentence, the number that decided and the limit it passed. */
export interface DropReason {
  reason: string;
  value?: number;
  limit?: number;
}

/**
 * How the values of a feature repeat: the second most common value against the most common one, and distinct values against wells.
 * Missing values are not counted as values; the number of wells includes them. pycytominer 1.6 calls it `variance_threshold`, 1.7
 * `frequency_threshold` (after caret's `nearZeroVar`).
 * @param semantics what happens to a feature with fewer than two distinct values: 1.6 drops it always, 1.7 says its ratio is 0
 */
export function frequencyReason(
  column: Float64Array,
  frequencyCut: number,
  uniqueCut: number,
  semantics: "pycytominer-1.6" | "pycytominer-1.7",
): DropReason | undefined {
  const sorted = column.slice().sort();
  let known = sorted.length;
  while (known > 0 && Number.isNaN(sorted[known - 1]!)) known--;
  let [first, second, distinct] = [0, 0, 0];
  for (let start = 0; start < known; distinct++) {
    let end = start + 1;
    while (end < known && sorted[end] === sorted[start]) end++;
    const count = end - start;
    if (count > first) [first, second] = [count, first];
    else if (count > second) second = count;
    start = end;
  }
  const unique = distinct / column.length;
  if (distinct < 2 && (semantics === "pycytominer-1.6" || 0 < frequencyCut))
    return { reason: distinct === 0 ? "no values" : "one value only", value: distinct, limit: 2 };
  if (distinct > 1 && second / first < frequencyCut)
    return {
      reason: `second most common value is ${second}/${first} as frequent, below ${frequencyCut}`,
      value: second / first,
      limit: frequencyCut,
    };
  return unique < uniqueCut
    ? {
        reason: `${distinct} distinct values in ${column.length} wells, below ${uniqueCut}`,
        value: unique,
        limit: uniqueCut,
      }
    : undefined;
}

/** Population variance at or below a limit, as scikit-learn's `VarianceThreshold`; a feature with infinite values has no variance. */
export function varianceReason(column: Float64Array, limit: number): DropReason | undefined {
  let [count, sum] = [0, 0];
  for (const value of column) {
    if (Number.isNaN(value)) continue;
    count++;
    sum += value;
  }
  if (count === 0) return { reason: "no values", value: 0, limit };
  let squares = 0;
  for (const value of column) if (!Number.isNaN(value)) squares += (value - sum / count) ** 2;
  const variance = squares / count;
  if (variance > limit) return undefined;
  return Number.isNaN(variance)
    ? { reason: "infinite values have no variance", limit }
    : { reason: `variance ${variance.toPrecision(3)} ≤ ${limit}`, value: variance, limit };
}
