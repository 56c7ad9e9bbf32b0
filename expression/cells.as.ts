// What is done with every entry of a matrix's cells (AssemblyScript, SIMD): sums of a cell, its compact form and back, sums of every gene.
// The reference is cell-kernel.test.ts's plain loops. Compiled by `numerics/build-wasm expression` into cells.wasm.
//
// Genes are u32, values f64; `genes` and `values` are the addresses of a cell's first entry, `count` how many it has. Two numbers are
// added at once, each to its own sum: the results are those of one after the other, to the bit.

declare function log1p(x: f64): f64;

const SHORT: u32 = 254;

/** Whether genes ascend, each once, and no value is zero. */
export function isTidy(genes: usize, values: usize, count: usize): bool {
  if (count == 0) return true;
  let previous = load<u32>(genes);
  if (load<f64>(values) == 0) return false;
  for (let k: usize = 1; k < count; k++) {
    const gene = load<u32>(genes + (k << 2));
    if (gene <= previous || load<f64>(values + (k << 3)) == 0) return false;
    previous = gene;
  }
  return true;
}

let below: f64 = 0;
let broken: f64 = 0;
let highest: f64 = 0;

/** Values below zero in all cells that `sumCell` has seen. */
export function negative(): f64 {
  return below;
}

/** Values that are no whole numbers in all cells that `sumCell` has seen. */
export function fractions(): f64 {
  return broken;
}

/** The largest value in all cells that `sumCell` has seen, 0 at least. */
export function largest(): f64 {
  return highest;
}

/**
 * Adds one to the cells of every gene, and up the values of every class but 0; `sums` are of shape (classes). Returns the cell's total.
 * A value that is no finite number counts as a fraction and makes the total one too.
 */
export function sumCell(genes: usize, values: usize, count: usize, classes: usize, geneCells: usize, sums: usize): f64 {
  let total: f64 = 0;
  let most = highest;
  for (let k: usize = 0; k < count; k++) {
    const gene = <usize>load<u32>(genes + (k << 2));
    const value = load<f64>(values + (k << 3));
    total += value;
    const kind = <usize>load<u8>(classes + gene);
    if (kind != 0) store<f64>(sums + (kind << 3), load<f64>(sums + (kind << 3)) + value);
    const at = geneCells + (gene << 2);
    store<u32>(at, load<u32>(at) + 1);
    if (value > most) most = value;
    if (!(value > 0)) below += value < 0 ? 1 : 0;
    if (f64.trunc(value) - value != 0) broken += 1;
  }
  highest = most;
  return total;
}

/** Writes the steps from gene to gene, one byte each below 254, else a mark and two or four. Returns the bytes. */
export function encodeGenes(genes: usize, count: usize, out: usize): usize {
  let to = out;
  let previous: u32 = 0xffffffff;
  for (let k: usize = 0; k < count; k++) {
    const gene = load<u32>(genes + (k << 2));
    const step = gene - previous - 1;
    previous = gene;
    if (step < SHORT) store<u8>(to++, step);
    else if (step < 65536) {
      store<u8>(to, SHORT);
      store<u16>(to + 1, step);
      to += 3;
    } else {
      store<u8>(to, 255);
      store<u32>(to + 1, step);
      to += 5;
    }
  }
  return to - out;
}

/** Writes values, one byte for whole ones from 1 to 253, else a mark and a float of four bytes where that is exact, or of eight. */
export function encodeValues(values: usize, count: usize, out: usize): usize {
  let to = out;
  for (let k: usize = 0; k < count; k++) {
    const value = load<f64>(values + (k << 3));
    const whole = <i32>value;
    if (<f64>whole == value && <u32>(whole - 1) < SHORT - 1) store<u8>(to++, whole);
    else if (<f64>(<f32>value) == value) {
      store<u8>(to, SHORT);
      store<f32>(to + 1, <f32>value);
      to += 5;
    } else {
      store<u8>(to, 255);
      store<f64>(to + 1, value);
      to += 9;
    }
  }
  return to - out;
}

/** Reads back what `encodeGenes` wrote of several cells; `lengths` are their numbers of entries. */
export function decodeGenes(from: usize, lengths: usize, cells: usize, genes: usize): void {
  let p = from;
  let to = genes;
  for (let c: usize = 0; c < cells; c++) {
    const end = to + ((<usize>load<u32>(lengths + (c << 2))) << 2);
    let gene: u32 = 0xffffffff;
    for (; to < end; to += 4) {
      let step = <u32>load<u8>(p++);
      if (step >= SHORT) {
        if (step == SHORT) {
          step = <u32>load<u16>(p);
          p += 2;
        } else {
          step = load<u32>(p);
          p += 4;
        }
      }
      gene += step + 1;
      store<u32>(to, gene);
    }
  }
}

/** Reads back what `encodeValues` wrote. */
export function decodeValues(from: usize, count: usize, values: usize): void {
  let p = from;
  const end = values + (count << 3);
  for (let to = values; to < end; to += 8) {
    const value = <u32>load<u8>(p++);
    if (value < SHORT) store<f64>(to, <f64>(<i32>value));
    else if (value == SHORT) {
      store<f64>(to, <f64>load<f32>(p));
      p += 4;
    } else {
      store<f64>(to, load<f64>(p));
      p += 8;
    }
  }
}

let left: usize = 0;

/** How many entries the last `keepListed` left. */
export function kept(): usize {
  return left;
}

/** Takes the entries of genes without a mark in `keep` out, in place; returns the sum of the others. */
export function keepListed(genes: usize, values: usize, count: usize, keep: usize): f64 {
  let total: f64 = 0;
  let to: usize = 0;
  for (let k: usize = 0; k < count; k++) {
    const gene = load<u32>(genes + (k << 2));
    const value = load<f64>(values + (k << 3));
    store<u32>(genes + (to << 2), gene);
    store<f64>(values + (to << 3), value);
    if (load<u8>(keep + gene) != 0) {
      total += value;
      to++;
    }
  }
  left = to;
  return total;
}

/** Adds 1, value and value × part to the sums of every gene, of shape (genes, 4). */
export function addShares(genes: usize, values: usize, count: usize, part: f64, sums: usize): void {
  for (let k: usize = 0; k < count; k++) {
    const value = load<f64>(values + (k << 3));
    const at = sums + ((<usize>load<u32>(genes + (k << 2))) << 5);
    v128.store(at, f64x2.add(v128.load(at), f64x2(1, value)));
    store<f64>(at, load<f64>(at, 16) + value * part, 16);
  }
}

/** Whole values below this are worked out once a cell. */
const KNOWN: u32 = 256;
const ROW_BYTES: usize = 64;

/**
 * Adds 1, value, value², share, share², log and log² to the sums of every gene, of shape (genes, 8): share is value ÷ total, log is
 * log1p(target × share).
 *
 * @param known 257 × 64 bytes that the calls of one scan share: the eight numbers of every whole value below 256, and of the last other
 * @param knownFor the cell that each of them is for, i32 of shape (256), −1 before the first
 */
export function addStatistics(
  genes: usize,
  values: usize,
  count: usize,
  cell: i32,
  total: f64,
  target: f64,
  sums: usize,
  known: usize,
  knownFor: usize,
): void {
  for (let k: usize = 0; k < count; k++) {
    const value = load<f64>(values + (k << 3));
    const whole = <i32>value;
    let row = known + <usize>KNOWN * ROW_BYTES;
    if (<f64>whole == value && <u32>whole < KNOWN) {
      row = known + <usize>whole * ROW_BYTES;
      const stamp = knownFor + ((<usize>whole) << 2);
      if (load<i32>(stamp) != cell) {
        store<i32>(stamp, cell);
        work(row, value, total, target);
      }
    } else work(row, value, total, target);
    const at = sums + <usize>load<u32>(genes + (k << 2)) * ROW_BYTES;
    v128.store(at, f64x2.add(v128.load(at), v128.load(row)));
    v128.store(at, f64x2.add(v128.load(at, 16), v128.load(row, 16)), 16);
    v128.store(at, f64x2.add(v128.load(at, 32), v128.load(row, 32)), 32);
    store<f64>(at, load<f64>(at, 48) + load<f64>(row, 48), 48);
  }
}

function work(row: usize, value: f64, total: f64, target: f64): void {
  const share = value / total;
  const log = log1p(target * share);
  store<f64>(row, 1);
  store<f64>(row, value, 8);
  store<f64>(row, value * value, 16);
  store<f64>(row, share, 24);
  store<f64>(row, share * share, 32);
  store<f64>(row, log, 40);
  store<f64>(row, log * log, 48);
}
