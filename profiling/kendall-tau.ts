/**
 * Kendall's tau-b of two columns without gaps (Knight 1966: sort by x, count the exchanges that sorting by y then needs), as scipy's
 * `kendalltau`.
 * @returns −1 to 1; NaN when a side has no variation
 */
export function kendallTau(x: Float64Array, y: Float64Array): number {
  const n = x.length;
  const order = Array.from({ length: n }, (_, index) => index).sort((a, b) => x[a]! - x[b]! || y[a]! - y[b]!);
  let [tiesX, tiesBoth] = [0, 0];
  let [runX, runBoth] = [1, 1];
  for (let i = 1; i <= n; i++) {
    const sameX = i < n && x[order[i]!] === x[order[i - 1]!];
    const sameBoth = sameX && y[order[i]!] === y[order[i - 1]!];
    if (sameX) runX++;
    else {
      tiesX += pairsOf(runX);
      runX = 1;
    }
    if (sameBoth) runBoth++;
    else {
      tiesBoth += pairsOf(runBoth);
      runBoth = 1;
    }
  }
  const sorted = Float64Array.from(order, (index) => y[index]!);
  const exchanges = sortCounting(sorted, new Float64Array(n), 0, n);
  let [tiesY, runY] = [0, 1];
  for (let i = 1; i <= n; i++) {
    if (i < n && sorted[i] === sorted[i - 1]) runY++;
    else {
      tiesY += pairsOf(runY);
      runY = 1;
    }
  }
  const all = pairsOf(n);
  if (tiesX === all || tiesY === all) return Number.NaN;
  const surplus = all - tiesX - tiesY + tiesBoth - 2 * exchanges;
  return Math.max(-1, Math.min(1, surplus / Math.sqrt(all - tiesX) / Math.sqrt(all - tiesY)));
}

function pairsOf(count: number): number {
  return (count * (count - 1)) / 2;
}

/** Merge sort; returns how many exchanges of neighbours it stands for. */
function sortCounting(values: Float64Array, scratch: Float64Array, from: number, to: number): number {
  if (to - from < 2) return 0;
  const middle = (from + to) >> 1;
  let exchanges = sortCounting(values, scratch, from, middle) + sortCounting(values, scratch, middle, to);
  let [left, right] = [from, middle];
  for (let at = from; at < to; at++) {
    if (left < middle && (right >= to || values[left]! <= values[right]!)) scratch[at] = values[left++]!;
    else {
      exchanges += middle - left;
      scratch[at] = values[right++]!;
    }
  }
  values.set(scratch.subarray(from, to), from);
  return exchanges;
}
