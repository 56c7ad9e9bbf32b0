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
  const runs = runsOf(rows);
  const gathered = new Float64Array(rows.row.length);
  // four columns at a time: their sums stay in registers, and their values share cache lines
  for (let first = 0; first < out.length; first += 4) {
    if (operation === "mean" && first + 4 <= out.length && everywhere(runs, places, first)) {
      meanOfFour(tables, places, rows, runs, first, out);
      continue;
    }
    for (let j = first; j < Math.min(first + 4, out.length); j++) {
      const count = gather(tables, places, rows, runs, j, gathered);
      out[j] = operation === "mean" ? compensatedMean(gathered, count) : medianInPlace(gathered, count);
    }
  }
}

/** Rows of one table that follow each other, from `from` to below `to`. */
interface Run {
  table: number;
  from: number;
  to: number;
}

function runsOf({ table, row }: RowChoice): Run[] {
  const runs: Run[] = [];
  for (let i = 0; i < row.length; i++) {
    const last = runs.at(-1);
    if (last !== undefined && last.table === table[i]) last.to = i + 1;
    else runs.push({ table: table[i]!, from: i, to: i + 1 });
  }
  return runs;
}

/** Whether every table has the four columns. */
function everywhere(runs: readonly Run[], places: readonly Int32Array[], first: number): boolean {
  return runs.every(({ table }) => {
    const place = places[table]!;
    return place[first]! >= 0 && place[first + 1]! >= 0 && place[first + 2]! >= 0 && place[first + 3]! >= 0;
  });
}

/** Means of four neighbouring columns; each takes the same steps as `compensatedMean`. */
function meanOfFour(
  tables: readonly RowMajor[],
  places: readonly Int32Array[],
  rows: RowChoice,
  runs: readonly Run[],
  first: number,
  out: Float64Array,
): void {
  const { row } = rows;
  let [s0, s1, s2, s3, l0, l1, l2, l3, n0, n1, n2, n3] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (const { table, from, to } of runs) {
    const { values, width } = tables[table]!;
    const place = places[table]!;
    const c0 = place[first]!;
    const c1 = place[first + 1]!;
    const c2 = place[first + 2]!;
    const c3 = place[first + 3]!;
    for (let i = from; i < to; i++) {
      const base = row[i]! * width;
      if (base < 0) continue;
      let value = values[base + c0]!;
      if (!Number.isNaN(value)) {
        const y = value - l0;
        const t = s0 + y;
        l0 = t - s0 - y;
        s0 = t;
        n0++;
      }
      value = values[base + c1]!;
      if (!Number.isNaN(value)) {
        const y = value - l1;
        const t = s1 + y;
        l1 = t - s1 - y;
        s1 = t;
        n1++;
      }
      value = values[base + c2]!;
      if (!Number.isNaN(value)) {
        const y = value - l2;
        const t = s2 + y;
        l2 = t - s2 - y;
        s2 = t;
        n2++;
      }
      value = values[base + c3]!;
      if (!Number.isNaN(value)) {
        const y = value - l3;
        const t = s3 + y;
        l3 = t - s3 - y;
        s3 = t;
        n3++;
      }
    }
  }
  out[first] = s0 / n0;
  out[first + 1] = s1 / n1;
  out[first + 2] = s2 / n2;
  out[first + 3] = s3 / n3;
  // infinities break the compensation: such a column is summed with care
  for (let j = first; j < first + 4; j++) {
    if (Number.isFinite(out[j]!)) continue;
    const gathered = new Float64Array(row.length);
    out[j] = compensatedMean(gathered, gather(tables, places, rows, runs, j, gathered));
  }
}

/** Present values of a column into `gathered`; returns how many. */
function gather(
  tables: readonly RowMajor[],
  places: readonly Int32Array[],
  rows: RowChoice,
  runs: readonly Run[],
  column: number,
  gathered: Float64Array,
): number {
  const { row } = rows;
  let count = 0;
  for (const { table, from, to } of runs) {
    const { values, width } = tables[table]!;
    const at = places[table]![column]!;
    if (at < 0) continue;
    for (let i = from; i < to; i++) {
      const base = row[i]! * width;
      if (base < 0) continue;
      const value = values[base + at]!;
      if (Number.isNaN(value)) continue;
      gathered[count++] = value;
    }
  }
  return count;
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
