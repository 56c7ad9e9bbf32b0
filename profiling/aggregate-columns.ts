/** Rows of several tables, one after the other; a row of -1 stands for an object that is missing. Of shape (objects). */
export interface RowChoice {
  /** Which table, by index. */
  table: Int32Array;
  /** Which of its rows. */
  row: Int32Array;
}

/** Numbers of shape (rows, width), row-major. */
export interface RowMajor {
  values: Float64Array;
  width: number;
}

/** Columns gathered together: a row's neighbours share its cache line. */
const BLOCK = 8;

/**
 * Mean or median of many columns over chosen rows, missing values left out; a column without a value gives NaN.
 * @param tables where the rows are
 * @param places for each table, where each output column is in it, -1 when the table lacks it; of shape (columns)
 * @param out results of shape (columns)
 */
export function aggregateColumns(
  tables: readonly RowMajor[],
  places: readonly Int32Array[],
  rows: RowChoice,
  operation: "mean" | "median",
  out: Float64Array,
): void {
  if (operation === "mean") meanColumns(tables, places, rows, out);
  else medianColumns(tables, places, rows, out);
}

/** Row after row, as they lie in memory; each column's sum takes the same steps as `compensatedMean`. */
function meanColumns(
  tables: readonly RowMajor[],
  places: readonly Int32Array[],
  rows: RowChoice,
  out: Float64Array,
): void {
  const width = out.length;
  const sum = new Float64Array(width);
  const lost = new Float64Array(width);
  const count = new Int32Array(width);
  for (let i = 0; i < rows.row.length; i++) {
    const row = rows.row[i]!;
    if (row < 0) continue;
    const table = tables[rows.table[i]!]!;
    const { values } = table;
    const place = places[rows.table[i]!]!;
    const base = row * table.width;
    for (let j = 0; j < width; j++) {
      const column = place[j]!;
      if (column < 0) continue;
      const value = values[base + column]!;
      if (Number.isNaN(value)) continue;
      const before = sum[j]!;
      const y = value - lost[j]!;
      const t = before + y;
      lost[j] = t - before - y;
      sum[j] = t;
      count[j]!++;
    }
  }
  for (let j = 0; j < width; j++) {
    const total = sum[j]!;
    out[j] = total / count[j]!;
    // infinities break the compensation: such a column is summed with care
    if (!Number.isFinite(total)) {
      const { gathered, filled } = gather(tables, places, rows, j, 1);
      out[j] = compensatedMean(gathered, filled[0]!);
    }
  }
}

function medianColumns(
  tables: readonly RowMajor[],
  places: readonly Int32Array[],
  rows: RowChoice,
  out: Float64Array,
): void {
  const count = rows.row.length;
  for (let first = 0; first < out.length; first += BLOCK) {
    const block = Math.min(BLOCK, out.length - first);
    const { gathered, filled } = gather(tables, places, rows, first, block);
    for (let j = 0; j < block; j++)
      out[first + j] = medianInPlace(gathered.subarray(j * count, (j + 1) * count), filled[j]!);
  }
}

let memory = new Float64Array(0);

/** Present values of some neighbouring columns, one column after the other, each in a stretch as long as there are rows. */
function gather(
  tables: readonly RowMajor[],
  places: readonly Int32Array[],
  rows: RowChoice,
  first: number,
  block: number,
): { gathered: Float64Array; filled: Int32Array } {
  const count = rows.row.length;
  if (memory.length < count * BLOCK) memory = new Float64Array(count * BLOCK);
  const gathered = memory;
  const filled = new Int32Array(BLOCK);
  for (let i = 0; i < count; i++) {
    const row = rows.row[i]!;
    if (row < 0) continue;
    const { values, width } = tables[rows.table[i]!]!;
    const place = places[rows.table[i]!]!;
    const base = row * width;
    for (let j = 0; j < block; j++) {
      const column = place[first + j]!;
      if (column < 0) continue;
      const value = values[base + column]!;
      if (Number.isNaN(value)) continue;
      const n = filled[j]!;
      gathered[j * count + n] = value;
      filled[j] = n + 1;
    }
  }
  return { gathered, filled };
}

/**
 * Arithmetic mean by Kahan's summation, step for step as pandas' groupby mean.
 * @param count how many of the values
 */
export function compensatedMean(values: Float64Array, count: number): number {
  let sum = 0;
  let lost = 0;
  for (let i = 0; i < count; i++) {
    const y = values[i]! - lost;
    const t = sum + y;
    lost = t - sum - y;
    if (Number.isNaN(lost)) lost = 0; // infinities
    sum = t;
  }
  return count === 0 ? Number.NaN : sum / count;
}

/**
 * Median by selection (Hoare's quickselect, median of three); the mean of the two middle values for an even count. Reorders the values.
 * @param count how many of the values; none may be NaN
 */
export function medianInPlace(values: Float64Array, count: number): number {
  if (count === 0) return Number.NaN;
  const middle = count >> 1;
  select(values, 0, count - 1, middle);
  const upper = values[middle]!;
  if (count % 2 === 1) return upper;
  let lower = values[0]!;
  for (let i = 1; i < middle; i++) if (values[i]! > lower) lower = values[i]!;
  return lower === upper ? lower : (lower + upper) / 2;
}

function select(values: Float64Array, from: number, to: number, wanted: number): void {
  let low = from;
  let high = to;
  while (low < high) {
    const x = values[low]!;
    const y = values[(low + high) >> 1]!;
    const z = values[high]!;
    const pivot = x < y ? (y < z ? y : x < z ? z : x) : x < z ? x : y < z ? z : y;
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i <= j) {
        const kept = values[i]!;
        values[i] = values[j]!;
        values[j] = kept;
        i++;
        j--;
      }
    }
    if (wanted <= j) high = j;
    else if (wanted >= i) low = i;
    else return;
  }
}
