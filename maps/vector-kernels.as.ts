// Products of float32 vectors, and what is looked for among them (AssemblyScript, SIMD).
// The reference is vector-reference.ts; vector-kernels.test.ts holds them equal. Compiled by ../numerics/build-wasm maps into vector-kernels.wasm.
//
// Vectors are rows of `dims` numbers. "Panels" hold eight vectors side by side, of shape (dims, 8), so that eight products grow at once.
// Every product is summed in one fixed order per kernel: a·b is b·a to the last bit, wherever the rows lie.

/** Products of one query with `rows` vectors. One vector after the other: memory is read in one stream. */
export function queryProducts(query: usize, vectors: usize, rows: i32, dims: i32, out: usize): void {
  const bytes = (<usize>dims) << 2;
  const sixteens = (<usize>dims & ~15) << 2;
  const fours = (<usize>dims & ~3) << 2;
  let v = vectors;
  for (let i = 0; i < rows; i++) {
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    let q = query;
    for (const stop = v + sixteens; v < stop; v += 64, q += 64) {
      s0 = f32x4.add(s0, f32x4.mul(v128.load(q), v128.load(v)));
      s1 = f32x4.add(s1, f32x4.mul(v128.load(q, 16), v128.load(v, 16)));
      s2 = f32x4.add(s2, f32x4.mul(v128.load(q, 32), v128.load(v, 32)));
      s3 = f32x4.add(s3, f32x4.mul(v128.load(q, 48), v128.load(v, 48)));
    }
    for (const stop = v + (fours - sixteens); v < stop; v += 16, q += 16) {
      s0 = f32x4.add(s0, f32x4.mul(v128.load(q), v128.load(v)));
    }
    const s = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
    let sum =
      f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 1) + (f32x4.extract_lane(s, 2) + f32x4.extract_lane(s, 3));
    for (const stop = v + (bytes - fours); v < stop; v += 4, q += 4) sum += load<f32>(q) * load<f32>(v);
    store<f32>(out + ((<usize>i) << 2), sum);
  }
}

/** Panels of `rows` vectors; the last panel is filled up with zeros. */
export function fillPanels(vectors: usize, rows: i32, dims: i32, panels: usize): void {
  const bytes = (<usize>dims) << 2;
  for (let j = 0; j < rows; j += 8) {
    const panel = panels + <usize>j * bytes;
    for (let lane = 0; lane < 8; lane++) {
      const from = vectors + <usize>(j + lane) * bytes;
      const to = panel + ((<usize>lane) << 2);
      if (j + lane < rows) for (let k: usize = 0; k < bytes; k += 4) store<f32>(to + (k << 3), load<f32>(from + k));
      else for (let k: usize = 0; k < bytes; k += 4) store<f32>(to + (k << 3), 0);
    }
  }
}

/** Products of `rowsA` vectors (a multiple of 4) with `panelCount` panels, of shape (rowsA, 8 · panelCount). */
export function blockProducts(a: usize, rowsA: i32, panels: usize, panelCount: i32, dims: i32, out: usize): void {
  const bytes = (<usize>dims) << 2;
  const outBytes = (<usize>panelCount) << 5;
  for (let j = 0; j < panelCount; j++) {
    const panel = panels + <usize>j * (bytes << 3);
    for (let i = 0; i < rowsA; i += 4) {
      const a0 = a + <usize>i * bytes;
      const a1 = a0 + bytes;
      const a2 = a1 + bytes;
      const a3 = a2 + bytes;
      let l0 = f32x4.splat(0);
      let l1 = f32x4.splat(0);
      let l2 = f32x4.splat(0);
      let l3 = f32x4.splat(0);
      let r0 = f32x4.splat(0);
      let r1 = f32x4.splat(0);
      let r2 = f32x4.splat(0);
      let r3 = f32x4.splat(0);
      let at = panel;
      for (let k: usize = 0; k < bytes; k += 4) {
        const left = v128.load(at);
        const right = v128.load(at, 16);
        at += 32;
        let x = v128.load32_splat(a0 + k);
        l0 = f32x4.add(l0, f32x4.mul(left, x));
        r0 = f32x4.add(r0, f32x4.mul(right, x));
        x = v128.load32_splat(a1 + k);
        l1 = f32x4.add(l1, f32x4.mul(left, x));
        r1 = f32x4.add(r1, f32x4.mul(right, x));
        x = v128.load32_splat(a2 + k);
        l2 = f32x4.add(l2, f32x4.mul(left, x));
        r2 = f32x4.add(r2, f32x4.mul(right, x));
        x = v128.load32_splat(a3 + k);
        l3 = f32x4.add(l3, f32x4.mul(left, x));
        r3 = f32x4.add(r3, f32x4.mul(right, x));
      }
      let o = out + <usize>i * outBytes + ((<usize>j) << 5);
      v128.store(o, l0);
      v128.store(o, r0, 16);
      o += outBytes;
      v128.store(o, l1);
      v128.store(o, r1, 16);
      o += outBytes;
      v128.store(o, l2);
      v128.store(o, r2, 16);
      o += outBytes;
      v128.store(o, l3);
      v128.store(o, r3, 16);
    }
  }
}

// Best lists. A key holds a value and an index: values ascending, then lower indices above higher ones, so that no two keys are equal.
// A row's state: counts of both tails (2 × i32), limits as values (2 × f32) and as keys (2 × u64), then `capacity` keys a tail.

const HEAD: usize = 32;

function keyOf(value: f32, index: u32): u64 {
  const bits = reinterpret<i32>(value + 0); // −0 becomes 0
  const ordered = <u32>(bits ^ ((bits >> 31) & 0x7fffffff)) ^ 0x80000000;
  return ((<u64>ordered) << 32) | <u64>(0xffffffff - index);
}

function valueOf(key: u64): f32 {
  const bits = <i32>(<u32>(key >> 32) ^ 0x80000000);
  return reinterpret<f32>(bits ^ ((bits >> 31) & 0x7fffffff));
}

/** Empty states of `rows` rows. */
export function startTop(state: usize, rows: i32, capacity: i32): void {
  const size = HEAD + ((<usize>capacity) << 4);
  for (let i = 0; i < rows; i++) {
    const head = state + <usize>i * size;
    store<u64>(head, 0);
    store<f32>(head, -Infinity, 8);
    store<f32>(head, Infinity, 12);
    store<u64>(head, 0, 16);
    store<u64>(head, 0, 24);
  }
}

/**
 * Takes a block of products into the rows' lists of the `keep` largest and smallest. `columns` of the block's `stride` columns count;
 * a product of a vector with itself does not.
 */
export function keepTop(
  products: usize,
  rows: i32,
  columns: i32,
  stride: i32,
  firstRow: i32,
  firstColumn: i32,
  state: usize,
  keep: i32,
  capacity: i32,
): void {
  const size = HEAD + ((<usize>capacity) << 4);
  for (let i = 0; i < rows; i++) {
    const head = state + <usize>i * size;
    const row = products + ((<usize>(i * stride)) << 2);
    let high = v128.load32_splat(head, 8);
    let low = v128.load32_splat(head, 12);
    for (let j = 0; j < columns; j += 8) {
      const at = row + ((<usize>j) << 2);
      const x = v128.load(at);
      const y = v128.load(at, 16);
      let beyond =
        i32x4.bitmask(v128.or(f32x4.ge(x, high), f32x4.le(x, low))) |
        (i32x4.bitmask(v128.or(f32x4.ge(y, high), f32x4.le(y, low))) << 4);
      if (beyond == 0) continue;
      if (columns - j < 8) beyond &= (1 << (columns - j)) - 1;
      for (; beyond != 0; beyond &= beyond - 1) {
        const lane = ctz(beyond);
        const column = firstColumn + j + lane;
        if (column == firstRow + i) continue;
        const value = load<f32>(at + ((<usize>lane) << 2));
        if (value >= load<f32>(head, 8)) {
          const key = keyOf(value, column);
          if (key > load<u64>(head, 16)) take(head, 0, key, keep, capacity);
        }
        if (value <= load<f32>(head, 12)) {
          const key = keyOf(-value, column);
          if (key > load<u64>(head, 24)) take(head, 1, key, keep, capacity);
        }
      }
      high = v128.load32_splat(head, 8);
      low = v128.load32_splat(head, 12);
    }
  }
}

function keysOf(head: usize, tail: i32, capacity: i32): usize {
  return head + HEAD + (tail == 0 ? 0 : (<usize>capacity) << 3);
}

function take(head: usize, tail: i32, key: u64, keep: i32, capacity: i32): void {
  const keys = keysOf(head, tail, capacity);
  const counter = head + ((<usize>tail) << 2);
  let count = load<i32>(counter);
  store<u64>(keys + ((<usize>count) << 3), key);
  count++;
  if (count == capacity) {
    select(keys, count, keep);
    count = keep;
    let least = load<u64>(keys);
    for (let i = 1; i < keep; i++) least = min(least, load<u64>(keys + ((<usize>i) << 3)));
    store<u64>(head + ((<usize>tail) << 3), least, 16);
    const limit = valueOf(least);
    if (tail == 0) store<f32>(head, limit, 8);
    else store<f32>(head, -limit, 12);
  }
  store<i32>(counter, count);
}

/** Brings the `keep` largest of `count` keys to the front (Hoare's selection). */
function select(keys: usize, count: i32, keep: i32): void {
  let left = 0;
  let right = count - 1;
  while (left < right) {
    const pivot = load<u64>(keys + ((<usize>((left + right) >> 1)) << 3));
    let i = left;
    let j = right;
    while (i <= j) {
      while (load<u64>(keys + ((<usize>i) << 3)) > pivot) i++;
      while (load<u64>(keys + ((<usize>j) << 3)) < pivot) j--;
      if (i <= j) {
        swap(keys, i, j);
        i++;
        j--;
      }
    }
    if (keep - 1 <= j) right = j;
    else if (keep - 1 >= i) left = i;
    else return;
  }
}

function swap(keys: usize, i: i32, j: i32): void {
  const a = keys + ((<usize>i) << 3);
  const b = keys + ((<usize>j) << 3);
  const kept = load<u64>(a);
  store<u64>(a, load<u64>(b));
  store<u64>(b, kept);
}

/** Sorts keys descending (heap sort on the least). */
function sortDown(keys: usize, count: i32): void {
  for (let i = (count >> 1) - 1; i >= 0; i--) sink(keys, i, count);
  for (let last = count - 1; last > 0; last--) {
    swap(keys, 0, last);
    sink(keys, 0, last);
  }
}

function sink(keys: usize, from: i32, count: i32): void {
  let parent = from;
  for (;;) {
    let child = 2 * parent + 1;
    if (child >= count) return;
    if (child + 1 < count && load<u64>(keys + ((<usize>(child + 1)) << 3)) < load<u64>(keys + ((<usize>child) << 3)))
      child++;
    if (load<u64>(keys + ((<usize>parent) << 3)) <= load<u64>(keys + ((<usize>child) << 3))) return;
    swap(keys, parent, child);
    parent = child;
  }
}

/** Indices and values of both tails, best first, of shape (rows, 2, keep); index 2³² − 1 and NaN where a row has fewer. */
export function finishTop(state: usize, rows: i32, keep: i32, capacity: i32, indices: usize, values: usize): void {
  const size = HEAD + ((<usize>capacity) << 4);
  for (let i = 0; i < rows; i++) {
    const head = state + <usize>i * size;
    for (let tail = 0; tail < 2; tail++) {
      const keys = keysOf(head, tail, capacity);
      const count = load<i32>(head + ((<usize>tail) << 2));
      const kept = min(keep, count);
      select(keys, count, kept);
      sortDown(keys, kept);
      for (let k = 0; k < keep; k++) {
        const at = (<usize>((2 * i + tail) * keep + k)) << 2;
        const key = load<u64>(keys + ((<usize>k) << 3));
        const value = valueOf(key);
        store<u32>(indices + at, k < kept ? 0xffffffff - <u32>key : 0xffffffff);
        store<f32>(values + at, k < kept ? (tail == 0 ? value : 0 - value) : NaN); // 0 − 0 is 0, not −0
      }
    }
  }
}

/**
 * Pairs (row, column, product as float32) of a block with column > row and a product of at least `high` or at most `low`.
 * @returns pairs written to `out`, 12 bytes each
 */
export function pairsBeyond(
  products: usize,
  rows: i32,
  columns: i32,
  stride: i32,
  firstRow: i32,
  firstColumn: i32,
  low: f32,
  high: f32,
  out: usize,
): i32 {
  const highs = f32x4.splat(high);
  const lows = f32x4.splat(low);
  let at = out;
  for (let i = 0; i < rows; i++) {
    const own = firstRow + i;
    const row = products + ((<usize>(i * stride)) << 2);
    for (let j = max(0, own + 1 - firstColumn) & ~3; j < columns; j += 4) {
      const x = v128.load(row + ((<usize>j) << 2));
      if (!v128.any_true(v128.or(f32x4.ge(x, highs), f32x4.le(x, lows)))) continue;
      const stop = min(4, columns - j);
      for (let lane = 0; lane < stop; lane++) {
        const value = load<f32>(row + ((<usize>(j + lane)) << 2));
        const column = firstColumn + j + lane;
        if (column <= own || !(value >= high || value <= low)) continue;
        store<u32>(at, own);
        store<u32>(at, column, 4);
        store<f32>(at, value, 8);
        at += 12;
      }
    }
  }
  return <i32>((at - out) / 12);
}

/** Adds the products of a block with column > row to `binCount` counters (u32) over −1 … 1; what lies beyond goes to the ends, NaN nowhere. */
export function countProducts(
  products: usize,
  rows: i32,
  columns: i32,
  stride: i32,
  firstRow: i32,
  firstColumn: i32,
  binCount: i32,
  bins: usize,
): void {
  const scale = <f32>binCount * 0.5;
  const most = <f32>(binCount - 1);
  for (let i = 0; i < rows; i++) {
    const row = products + ((<usize>(i * stride)) << 2);
    for (let j = max(0, firstRow + i + 1 - firstColumn); j < columns; j++) {
      const value = load<f32>(row + ((<usize>j) << 2));
      if (value != value) continue;
      const bin = max<f32>(0, min<f32>(most, floor((value + 1) * scale)));
      const at = bins + ((<usize>bin) << 2);
      store<u32>(at, load<u32>(at) + 1);
    }
  }
}
