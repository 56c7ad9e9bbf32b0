// Parses lines "row column value" of a Matrix Market file (AssemblyScript, SIMD). mtx-lines.test.ts holds it to a regular expression and Number.
// Lines of other forms are parsed by mtx-lines.ts. Compiled by `numerics/build-wasm expression` into mtx-lines.wasm.
//
// A line's three separators come out of one comparison of 32 bytes with the digits; a number of up to eight digits is then three
// multiplications (Lemire, "Quickly parsing eight digits", 2018). Neighbouring lines mostly have the same column: its number is kept.

let end: usize = 0;

/** Where the last call stopped. */
export function stopped(): usize {
  return end;
}

/**
 * Parses lines from `at` on, until `stop` or until `capacity` entries are written, and stops before a line that is not of this form: one blank
 * between numbers of at most eight digits, the value perhaps with a point, at most 15 characters, and indices within the matrix. The byte before `stop` is
 * a newline; 40 bytes behind it may be read. `powers` are 10 to the power of 0 to 15. Returns the number of entries.
 */
export function parseLines(
  at: usize,
  stop: usize,
  rows: usize,
  columns: usize,
  values: usize,
  capacity: i32,
  rowCount: u32,
  columnCount: u32,
  powers: usize,
): i32 {
  // Digits, and nothing else, are the 10 lowest signed bytes after this shift.
  const shift = i8x16.splat(80);
  const nine = i8x16.splat(-119);
  let p = at;
  let n: usize = 0;
  let lastWord: u64 = 0;
  let column: u32 = 0;
  const most = <usize>capacity;
  while (p < stop && n < most) {
    const low = i8x16.bitmask(i8x16.gt_s(i8x16.add(v128.load(p), shift), nine));
    const high = i8x16.bitmask(i8x16.gt_s(i8x16.add(v128.load(p, 16), shift), nine));
    let marks: u32 = <u32>low | ((<u32>high) << 16);
    const first = <usize>ctz(marks);
    marks &= marks - 1;
    const second = <usize>ctz(marks);
    marks &= marks - 1;
    const third = <usize>ctz(marks);
    const columnLength = second - first - 1;
    const valueLength = third - second - 1;
    if (((first - 1) | (columnLength - 1) | (valueLength - 1)) >= 8) break;
    if (load<u8>(p + first) != 32 || load<u8>(p + second) != 32) break;
    const row = number(load<u64>(p) << (64 - 8 * first)) - 1;
    if (row >= rowCount) break;
    const word = load<u64>(p + first + 1) << (64 - 8 * columnLength);
    if (word != lastWord) {
      column = number(word) - 1;
      if (column >= columnCount) break;
      lastWord = word;
    }
    const whole = number(load<u64>(p + second + 1) << (64 - 8 * valueLength));
    let value = <f64>(<i32>whole);
    let q = p + third;
    if (load<u8>(q) == 46) {
      const point = q++;
      let digits = <i64>whole;
      for (let d = <u32>load<u8>(q) - 48; d < 10; d = <u32>load<u8>(++q) - 48) digits = digits * 10 + d;
      // Up to 14 digits and powers up to 10^15 are exact, so that one division rounds correctly.
      if (q - (p + second + 1) > 15) break;
      value = <f64>digits / load<f64>(powers + ((q - point - 1) << 3));
    }
    if (load<u8>(q) != 10) break;
    store<u32>(rows + (n << 2), row);
    store<u32>(columns + (n << 2), column);
    store<f64>(values + (n << 3), value);
    n++;
    p = q + 1;
  }
  end = p;
  return <i32>n;
}

/** Eight digits as a number: the last in the highest byte, nothing (0) before the first. */
function number(word: u64): u32 {
  let t = word & 0x0f0f0f0f0f0f0f0f;
  t = (t * 2561) >> 8;
  t = ((t & 0x00ff00ff00ff00ff) * 6553601) >> 16;
  return <u32>(((t & 0x0000ffff0000ffff) * 42949672960001) >> 32);
}
