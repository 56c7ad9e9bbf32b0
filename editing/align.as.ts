// Global alignment with affine gaps of 16, 8 or 4 reads to one reference, one read a lane (AssemblyScript, SIMD). The reference is
// align-reference.ts; align.test.ts holds them equal. Compiled by ../numerics/build-wasm editing into align.wasm.
//
// Lanes hold costs instead of scores (align.ts turns one into the other): no step of an alignment costs less than nothing, so that costs
// only grow along a path and a lane that overflows stays at its largest value. A final cost below that value is exact, and so is its path.
//
// Rows are bases of the read, columns bases of the reference, both from 1; row and column 0 stand before them. Two rows are worked on at a
// time, from column max(0, row + lowest) to min(columns, row + 1 + highest): a band of diagonals.

/** What TypeScript lays out in memory, in this order, 4 bytes each. Addresses unless said otherwise. */
@unmanaged
class Job {
  /** u8 of shape (lanes, readBytes). */
  reads: usize;
  readBytes: i32;
  /** i32 of shape (lanes): bases of each read. */
  lengths: usize;
  /** Bases of the longest read. */
  rows: i32;
  /** Of shape (rows rounded up to even, lanes): code, with LAST added to a read's last base. */
  codes: usize;
  /** u8 of shape (columns + 1): code of each base of the reference, N being 5, which no base of a read equals; column 0 is any. */
  reference: usize;
  /** Bases of the reference. */
  columns: i32;
  /** u32 of shape (segments, 3): first column behind it, cost of opening an insertion, cost of opening a deletion. */
  segments: usize;
  /** Costs of a pair that differs, of a pair with N, of a further inserted and deleted base, of opening a deletion behind the read's end. */
  mismatch: u32;
  unknown: u32;
  extendInsertion: u32;
  extendDeletion: u32;
  endDeletion: u32;
  /** Of shape (6, 2) vectors: cost of each base of the reference against the two rows' bases. */
  profile: usize;
  /** Of shape (columns + 1, 2) vectors: the lowest cost, and the lowest that ends in an insertion, of the row above. */
  above: usize;
  /**
   * Directions: a vector a column of a pair of rows, at directions + (pair − first pair of the block) × stride + (column − slope × pair) × 16.
   * The slope is 2 where a band is stored by its diagonals, 0 where whole rows are.
   */
  directions: usize;
  stride: i32;
  slope: i32;
  lowest: i32;
  highest: i32;
  /** Of shape (rows + 2) vectors: cost at the last column. */
  finals: usize;
  /** log2 of a lane's bytes. */
  laneShift: i32;
  /** u32 of shape (lanes, readBytes + columns): each read's runs, at the end of its row. */
  runs: usize;
  /** i32 of shape (lanes, 8): see Trace. */
  traces: usize;
}

/** Where the way back of one lane stands. */
@unmanaged
class Trace {
  row: i32;
  column: i32;
  state: i32;
  /** Next run to be written, as length × 4 + kind; 0 before the first. */
  run: u32;
  /** Runs written. */
  runCount: i32;
  identities: u32;
  length: i32;
  /** 0: leave this lane out. */
  wanted: i32;
}

const LAST: u8 = 8;
const UNKNOWN: u8 = 4;

const EQUAL: u32 = 0;
const DIFFERENT: u32 = 1;
const INSERTED: u32 = 2;
const DELETED: u32 = 3;

// Direction bits of a cell.
const ALIGNED: u32 = 8;
const FROM_DELETION: u32 = 4;
const DELETION_GOES_ON: u32 = 2;
const INSERTION_GOES_ON: u32 = 1;

// States of a way back.
const ANY: i32 = 0;
const DELETION: i32 = 1;
const INSERTION: i32 = 2;

function plus<T>(a: v128, b: v128): v128 {
  return sizeof<T>() === 4 ? v128.add<u32>(a, b) : v128.add_sat<T>(a, b);
}

function top<T>(): u32 {
  return sizeof<T>() === 1 ? 255 : sizeof<T>() === 2 ? 65535 : 0x3fffffff;
}

function all<T>(value: u32): v128 {
  return v128.splat<T>(<T>min<u32>(value, top<T>()));
}

function begin<T>(job: Job): void {
  const lanes = 16 / <i32>sizeof<T>();
  const rows = (job.rows + 1) & ~1;
  for (let lane = 0; lane < lanes; lane++) {
    const length = load<i32>(job.lengths + ((<usize>lane) << 2));
    const from = job.reads + <usize>(lane * job.readBytes);
    let to = job.codes + <usize>lane * sizeof<T>();
    for (let i = 0; i < length; i++, to += 16) store<T>(to, <T>load<u8>(from + <usize>i));
    if (length > 0) store<T>(to - 16, <T>(load<u8>(from + <usize>length - 1) | LAST));
    for (let i = length; i < rows; i++, to += 16) store<T>(to, <T>UNKNOWN);
  }
  const never = all<T>(top<T>());
  let above = job.above;
  for (let column = 0; column <= job.columns; column++, above += 32) {
    const cost = column === 0 ? 0 : job.endDeletion + <u32>(column - 1) * job.extendDeletion;
    v128.store(above, column > job.highest ? never : all<T>(cost));
    v128.store(above, never, 16);
  }
}

/** Costs of all bases of the reference against one row. */
function profileRow<T>(job: Job, code: v128, to: usize): void {
  const base = v128.bitselect(all<T>(job.unknown), all<T>(job.mismatch), v128.eq<T>(code, all<T>(UNKNOWN)));
  v128.store(to, v128.andnot(base, v128.eq<T>(code, all<T>(0))));
  v128.store(to, v128.andnot(base, v128.eq<T>(code, all<T>(1))), 32);
  v128.store(to, v128.andnot(base, v128.eq<T>(code, all<T>(2))), 64);
  v128.store(to, v128.andnot(base, v128.eq<T>(code, all<T>(3))), 96);
  v128.store(to, all<T>(job.unknown), 160);
}

function pushed<T>(bits: v128, mask: v128): v128 {
  return v128.add<T>(v128.add<T>(bits, bits), mask);
}

function fill<T>(job: Job, firstPair: i32, endPair: i32): void {
  const never = all<T>(top<T>());
  const extendInsertion = all<T>(job.extendInsertion);
  const extendDeletion = all<T>(job.extendDeletion);
  const endDeletion = all<T>(job.endDeletion);
  const last = all<T>(LAST);
  const profile = job.profile;
  const reference = job.reference;
  const above = job.above;
  let firstSegment = job.segments;
  const pairStep = job.stride - (job.slope << 4);
  let directions = job.directions - <usize>((job.slope * firstPair) << 4);
  for (let pair = firstPair; pair < endPair; pair++, directions += pairStep) {
    const row = 2 * pair + 1;
    const start = max(0, row + job.lowest);
    const end = min(job.columns, row + 1 + job.highest) + 1;
    const codes = job.codes + ((<usize>(row - 1)) << 4);
    const code0 = v128.load(codes);
    const code1 = v128.load(codes, 16);
    profileRow<T>(job, v128.andnot(code0, last), profile);
    profileRow<T>(job, v128.andnot(code1, last), profile + 16);
    const isLast0 = v128.eq<T>(v128.and(code0, last), last);
    const isLast1 = v128.eq<T>(v128.and(code1, last), last);

    let corner = start === 0 ? never : v128.load(above + ((<usize>(start - 1)) << 5));
    let left0 = never;
    let left1 = never;
    let deletion0 = never;
    let deletion1 = never;
    while (load<i32>(firstSegment) <= start) firstSegment += 12;
    let segment = firstSegment;
    let to = directions + ((<usize>start) << 4);
    let base = reference + <usize>start;
    let cell = above + ((<usize>start) << 5);
    const endCell = above + ((<usize>end) << 5);
    while (cell < endCell) {
      const stop = min(above + ((<usize>load<i32>(segment)) << 5), endCell);
      const openInsertion = all<T>(load<u32>(segment, 4));
      const openDeletion = all<T>(load<u32>(segment, 8));
      const openDeletion0 = v128.bitselect(endDeletion, openDeletion, isLast0);
      const openDeletion1 = v128.bitselect(endDeletion, openDeletion, isLast1);
      segment += 12;
      for (; cell < stop; cell += 32, base++, to += 16) {
        const costs = profile + ((<usize>load<u8>(base)) << 5);
        const up = v128.load(cell);
        let longer = plus<T>(v128.load(cell, 16), extendInsertion);
        let insertion = v128.min<T>(plus<T>(up, openInsertion), longer);
        let aligned = plus<T>(corner, v128.load(costs));
        let further = plus<T>(deletion0, extendDeletion);
        deletion0 = v128.min<T>(plus<T>(left0, openDeletion0), further);
        const cost0 = v128.min<T>(v128.min<T>(aligned, insertion), deletion0);
        let bits = v128.eq<T>(cost0, aligned);
        bits = pushed<T>(bits, v128.eq<T>(cost0, deletion0));
        bits = pushed<T>(bits, v128.eq<T>(deletion0, further));
        bits = pushed<T>(bits, v128.eq<T>(insertion, longer));

        longer = plus<T>(insertion, extendInsertion);
        insertion = v128.min<T>(plus<T>(cost0, openInsertion), longer);
        aligned = plus<T>(left0, v128.load(costs, 16));
        further = plus<T>(deletion1, extendDeletion);
        deletion1 = v128.min<T>(plus<T>(left1, openDeletion1), further);
        const cost1 = v128.min<T>(v128.min<T>(aligned, insertion), deletion1);
        bits = pushed<T>(bits, v128.eq<T>(cost1, aligned));
        bits = pushed<T>(bits, v128.eq<T>(cost1, deletion1));
        bits = pushed<T>(bits, v128.eq<T>(deletion1, further));
        bits = pushed<T>(bits, v128.eq<T>(insertion, longer));
        v128.store(to, bits);

        v128.store(cell, cost1);
        v128.store(cell, insertion, 16);
        corner = up;
        left0 = cost0;
        left1 = cost1;
      }
    }
    v128.store(job.finals + ((<usize>row) << 4), left0);
    v128.store(job.finals + ((<usize>row) << 4), left1, 16);
  }
}

/** Lays the reads out by rows and sets row 0. Then `fill` and `trace`, block by block. */
export function begin8(job: usize): void {
  begin<u8>(changetype<Job>(job));
}
export function begin16(job: usize): void {
  begin<u16>(changetype<Job>(job));
}
export function begin32(job: usize): void {
  begin<u32>(changetype<Job>(job));
}

/** Works on pairs of rows `firstPair` to `endPair` from what is `above`, and writes their directions. */
export function fill8(job: usize, firstPair: i32, endPair: i32): void {
  fill<u8>(changetype<Job>(job), firstPair, endPair);
}
export function fill16(job: usize, firstPair: i32, endPair: i32): void {
  fill<u16>(changetype<Job>(job), firstPair, endPair);
}
export function fill32(job: usize, firstPair: i32, endPair: i32): void {
  fill<u32>(changetype<Job>(job), firstPair, endPair);
}

/** Goes back, in every wanted lane, through the rows whose directions are there; to the very beginning when `firstPair` is 0. */
export function trace(at: usize, firstPair: i32): void {
  const job = changetype<Job>(at);
  const lanes = 16 >> job.laneShift;
  for (let lane = 0; lane < lanes; lane++) {
    const state = changetype<Trace>(job.traces + ((<usize>lane) << 5));
    if (state.wanted !== 0) traceLane(job, lane, state, firstPair);
  }
}

function bitsAt(cell: usize, row: i32): u32 {
  return ((0 - <u32>load<u8>(cell)) >> ((row & 1) << 2)) & 15;
}

function traceLane(job: Job, lane: i32, trace: Trace, firstPair: i32): void {
  const read = job.reads + <usize>(lane * job.readBytes) - 1;
  const reference = job.reference;
  const pairStep = job.stride - (job.slope << 4);
  const behind = job.runs + ((<usize>((lane + 1) * (job.readBytes + job.columns))) << 2);
  let to = behind - ((<usize>trace.runCount) << 2);
  let row = trace.row;
  let column = trace.column;
  let state = trace.state;
  let run = trace.run;
  let identities = trace.identities;
  let length = trace.length;
  const endRow = 2 * firstPair;
  let cell = job.directions - <usize>((job.slope * firstPair) << 4) + ((<usize>lane) << job.laneShift);
  cell += <usize>((((row - 1) >> 1) - firstPair) * pairStep + (column << 4));
  while (row > endRow) {
    let count: u32 = 1;
    let kind: u32;
    const bits = bitsAt(cell, row);
    if (state === DELETION) {
      kind = DELETED;
      state = (bits & DELETION_GOES_ON) !== 0 ? DELETION : ANY;
      cell -= 16;
      column--;
    } else if (state === INSERTION) {
      kind = INSERTED;
      state = (bits & INSERTION_GOES_ON) !== 0 ? INSERTION : ANY;
      cell -= (row & 1) * pairStep;
      row--;
    } else if ((bits & ALIGNED) === 0) {
      state = (bits & FROM_DELETION) !== 0 ? DELETION : INSERTION;
      continue;
    } else {
      kind = EQUAL;
      const first = row;
      while (load<u8>(read + <usize>row) === load<u8>(reference + <usize>column)) {
        cell -= 16 + (row & 1) * pairStep;
        row--;
        column--;
        if (row === endRow || (bitsAt(cell, row) & ALIGNED) === 0) break;
      }
      count = first - row;
      identities += count;
      if (count === 0) {
        kind = DIFFERENT;
        count = 1;
        cell -= 16 + (row & 1) * pairStep;
        row--;
        column--;
      }
    }
    length += count;
    if ((run & 3) !== kind && run !== 0) {
      to -= 4;
      store<u32>(to, run);
      run = 0;
    }
    run = (run & ~3) + (count << 2) + kind;
  }
  if (firstPair === 0 && column > 0) {
    if ((run & 3) !== DELETED && run !== 0) {
      to -= 4;
      store<u32>(to, run);
      run = 0;
    }
    run = (run & ~3) + ((<u32>column) << 2) + DELETED;
    length += column;
    column = 0;
  }
  if (firstPair === 0 && run !== 0) {
    to -= 4;
    store<u32>(to, run);
  }
  trace.row = row;
  trace.column = column;
  trace.state = state;
  trace.run = run;
  trace.runCount = <i32>((behind - to) >> 2);
  trace.identities = identities;
  trace.length = length;
}
