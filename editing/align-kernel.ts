import { readFileSync } from "node:fs";
import type { Costs } from "./align-costs.ts";
import { type Codes, UNKNOWN } from "./sequence.ts";

/** Bits of a lane's costs; a vector has 128 / LaneBits lanes. */
export type LaneBits = 8 | 16 | 32;

/** Directions that are kept at a time; with more of them, the rows are gone through twice, in blocks. */
const DIRECTION_BYTES = 16 * 2 ** 20;
const PAGE_BYTES = 65_536;
const JOB_FIELDS = 24;
/** Numbers of a lane's trace, see align.as.ts. */
const TRACE_FIELDS = 8;
/** Unlike a read's N, so that the kernel finds no identity between the two. */
const UNKNOWN_IN_REFERENCE = 5;

/** Some reads, one a lane, against the reference, in two steps: `fill` finds their costs, `trace` the alignments of those that are wanted. */
export interface AlignKernel {
  /**
   * Makes room for reads of these lengths, of shape (lanes), to be aligned within diagonals (column − row) `lowest` to `highest`.
   * @returns where their codes are to be written, of shape (lanes, longest length)
   */
  begin(bits: LaneBits, lengths: Int32Array, lowest: number, highest: number): Uint8Array;
  /** Costs of the best alignments within the band, of shape (lanes); Infinity where a lane cannot hold it. The array is used again. */
  fill(): Float64Array;
  /** Finds the alignments of lanes whose `wanted` is 1, for `traced` and `runsOf`. */
  trace(wanted: Uint8Array): void;
  identities(lane: number): number;
  columns(lane: number): number;
  /** Runs of an alignment, from left to right; valid until the next `begin`. */
  runs(lane: number): Uint32Array;
  /** Memory of the kernel, directions and all. */
  bytes(): number;
}

interface Plan {
  bits: LaneBits;
  lanes: number;
  lengths: Int32Array;
  /** Bases of the longest read. */
  rows: number;
  pairs: number;
  blockPairs: number;
  /** Byte addresses. */
  readsAt: number;
  aboveAt: number;
  finalsAt: number;
  runsAt: number;
  checkpointsAt: number;
}

type Step = (job: number, firstPair: number, endPair: number) => void;

let compiled: WebAssembly.Module | undefined;

/**
 * A kernel for one reference, with memory of its own.
 * @param directionBytes of directions that are kept at a time; where a block of rows needs more, it is as small as the checkpoints allow
 */
export function alignKernel(reference: Codes, costs: Costs, directionBytes = DIRECTION_BYTES): AlignKernel {
  compiled ??= new WebAssembly.Module(readFileSync(new URL("./align.wasm", import.meta.url)));
  const { exports } = new WebAssembly.Instance(compiled);
  const { memory } = exports;
  if (!(memory instanceof WebAssembly.Memory)) throw new TypeError("align.wasm exports no memory");
  const step = (name: string): Step => {
    const found = exports[name];
    if (typeof found !== "function") throw new TypeError(`align.wasm exports no ${name}`);
    return found as Step;
  };
  const begins = { 8: step("begin8"), 16: step("begin16"), 32: step("begin32") };
  const fills = { 8: step("fill8"), 16: step("fill16"), 32: step("fill32") };
  const traceBlock = step("trace");

  const jobAt = memory.buffer.byteLength;
  const lengthsAt = jobAt + JOB_FIELDS * 4;
  const tracesAt = lengthsAt + 16 * 4;
  const profileAt = tracesAt + 16 * TRACE_FIELDS * 4;
  const segmentsAt = profileAt + 12 * 16;
  const referenceAt = segmentsAt + costs.segments.byteLength;
  const freeAt = aligned(referenceAt + reference.length + 1);
  let bytes = new Uint8Array(0);
  let words = new Uint32Array(0);
  const reserve = (end: number): void => {
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
    if (bytes.buffer === memory.buffer) return;
    bytes = new Uint8Array(memory.buffer);
    words = new Uint32Array(memory.buffer);
  };
  reserve(freeAt);
  words.set(costs.segments, segmentsAt >> 2);
  bytes.set(
    reference.map((code) => (code === UNKNOWN ? UNKNOWN_IN_REFERENCE : code)),
    referenceAt + 1,
  );

  const columns = reference.length;
  const aboveBytes = (columns + 1) * 32;
  const found = new Float64Array(16);
  let plan: Plan | undefined;

  const traceField = (lane: number, field: number): number => words[(tracesAt >> 2) + lane * TRACE_FIELDS + field]!;
  const current = (): Plan => {
    if (plan === undefined) throw new TypeError("begin comes first");
    return plan;
  };
  const runsBehind = (lane: number): number => (current().runsAt >> 2) + (lane + 1) * (current().rows + columns);

  return {
    begin(bits, lengths, lowest, highest) {
      const lanes = 128 / bits;
      let rows = 0;
      for (let lane = 0; lane < lanes; lane++) rows = Math.max(rows, lengths[lane]!);
      const pairs = (rows + 1) >> 1;
      const from = Math.max(lowest, -rows);
      const to = Math.min(highest, columns);
      // A band is stored by its diagonals; one that is wider than the reference, by columns.
      const isBand = to - from + 2 < columns + 1;
      const stride = 16 * (isBand ? to - from + 2 : columns + 1);
      // Blocks and checkpoints take the same memory when a block has √(2 × pairs) pairs of rows.
      const blockPairs = Math.max(Math.floor(directionBytes / stride), Math.ceil(Math.sqrt(2 * pairs)));
      const blocks = Math.ceil(pairs / blockPairs);
      const readsAt = freeAt;
      const codesAt = aligned(readsAt + lanes * rows);
      const aboveAt = codesAt + 2 * pairs * 16;
      const finalsAt = aboveAt + aboveBytes;
      const runsAt = finalsAt + (2 * pairs + 1) * 16;
      const directionsAt = aligned(runsAt + lanes * (rows + columns) * 4);
      const checkpointsAt = directionsAt + Math.min(blockPairs, pairs) * stride;
      reserve(checkpointsAt + (blocks > 1 ? blocks * aboveBytes : 0));
      plan = { bits, lanes, lengths, rows, pairs, blockPairs, readsAt, aboveAt, finalsAt, runsAt, checkpointsAt };
      words.set(lengths.subarray(0, lanes), lengthsAt >> 2);
      words.set(
        [
          ...[readsAt, rows, lengthsAt, rows, codesAt, referenceAt, columns, segmentsAt],
          ...[costs.mismatch, costs.unknown, costs.extendInsertion, costs.extendDeletion, costs.endDeletion],
          ...[profileAt, aboveAt, directionsAt - (isBand ? 16 * (1 + from) : 0), stride, isBand ? 2 : 0],
          ...[from, to, finalsAt, Math.log2(bits / 8), runsAt, tracesAt],
        ],
        jobAt >> 2,
      );
      return bytes.subarray(readsAt, readsAt + lanes * rows);
    },

    fill() {
      const { bits, lanes, lengths, pairs, blockPairs, aboveAt, finalsAt, checkpointsAt } = current();
      begins[bits](jobAt, 0, 0);
      for (let first = 0, block = 0; first < pairs; first += blockPairs, block++) {
        if (pairs > blockPairs) bytes.copyWithin(checkpointsAt + block * aboveBytes, aboveAt, aboveAt + aboveBytes);
        fills[bits](jobAt, first, Math.min(first + blockPairs, pairs));
      }
      for (let lane = 0; lane < lanes; lane++) {
        const at = finalsAt + lengths[lane]! * 16 + (lane * bits) / 8;
        const cost = bits === 8 ? bytes[at]! : bits === 16 ? bytes[at]! + 256 * bytes[at + 1]! : words[at >> 2]!;
        found[lane] = bits < 32 && cost === 2 ** bits - 1 ? Number.POSITIVE_INFINITY : cost;
      }
      return found;
    },

    trace(wanted) {
      const { bits, lanes, lengths, pairs, blockPairs, aboveAt, checkpointsAt } = current();
      for (let lane = 0; lane < lanes; lane++) {
        const at = (tracesAt >> 2) + lane * TRACE_FIELDS;
        words.fill(0, at, at + TRACE_FIELDS);
        words[at] = lengths[lane]!;
        words[at + 1] = columns;
        words[at + 7] = wanted[lane]!;
      }
      for (let block = Math.ceil(pairs / blockPairs) - 1; block >= 0; block--) {
        const first = block * blockPairs;
        const isLast = first + blockPairs >= pairs;
        if (!isLast) {
          const from = checkpointsAt + block * aboveBytes;
          bytes.copyWithin(aboveAt, from, from + aboveBytes);
          fills[bits](jobAt, first, first + blockPairs);
        }
        traceBlock(jobAt, first, 0);
      }
    },

    identities: (lane) => traceField(lane, 5),
    columns: (lane) => traceField(lane, 6),
    runs: (lane) => words.subarray(runsBehind(lane) - traceField(lane, 4), runsBehind(lane)),
    bytes: () => memory.buffer.byteLength,
  };
}

function aligned(address: number): number {
  return (address + 15) & ~15;
}
