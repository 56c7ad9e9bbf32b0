import { PairNameError, UnequalPairsError } from "./errors.ts";
import { nameOf, type ReadBlock } from "./read-block.ts";

/** Reads that stand side by side: read `at1 + k · step` of `first` and `at2 + k · step` of `second`, for k from 0 to before `count`. */
export interface PairSpan {
  first: ReadBlock;
  second: ReadBlock;
  at1: number;
  at2: number;
  step: 1 | 2;
  count: number;
  /** Whether these are the first of their blocks: `first`'s in [0], `second`'s in [1]. */
  fresh: readonly [boolean, boolean];
}

/**
 * Pairs of reads from two files, in their order. Blocks need not be cut at the same reads.
 * @throws UnequalPairsError (editing/unequal-pairs), PairNameError (editing/pair-name)
 */
export async function* pairsOfFiles(
  firsts: AsyncIterable<ReadBlock>,
  seconds: AsyncIterable<ReadBlock>,
  file1: string,
  file2: string,
): AsyncGenerator<PairSpan> {
  const readers = [firsts[Symbol.asyncIterator](), seconds[Symbol.asyncIterator]()] as const;
  try {
    let [first, second]: [ReadBlock | undefined, ReadBlock | undefined] = [undefined, undefined];
    let [at1, at2] = [0, 0];
    for (let pairs = 0; ; ) {
      const fresh: readonly [boolean, boolean] = [
        first === undefined || at1 === first.count,
        second === undefined || at2 === second.count,
      ];
      const [next1, next2]: (IteratorResult<ReadBlock> | undefined)[] = await Promise.all(
        readers.map((reader, i) => (fresh[i] ? reader.next() : undefined)),
      );
      if (next1 !== undefined) {
        first = next1.done ? undefined : next1.value;
        at1 = 0;
      }
      if (next2 !== undefined) {
        second = next2.done ? undefined : next2.value;
        at2 = 0;
      }
      if (first === undefined && second === undefined) return;
      if (first === undefined) throw new UnequalPairsError(file2, file1, pairs);
      if (second === undefined) throw new UnequalPairsError(file1, file2, pairs);
      const span: PairSpan = {
        first,
        second,
        at1,
        at2,
        step: 1,
        count: Math.min(first.count - at1, second.count - at2),
        fresh,
      };
      checkNames(span, pairs, file1, file2);
      yield span;
      pairs += span.count;
      at1 += span.count;
      at2 += span.count;
    }
  } finally {
    await Promise.allSettled(readers.map((reader) => reader.return?.()));
  }
}

/**
 * Pairs of reads that follow each other in one file.
 * @param blocks with an even number of reads each, but for the last when a read lacks its mate
 * @throws UnequalPairsError (editing/unequal-pairs), PairNameError (editing/pair-name)
 */
export async function* pairsOfInterleaved(blocks: AsyncIterable<ReadBlock>, file: string): AsyncGenerator<PairSpan> {
  let pairs = 0;
  for await (const block of blocks) {
    const count = block.count >> 1;
    const span: PairSpan = { first: block, second: block, at1: 0, at2: 1, step: 2, count, fresh: [true, false] };
    checkNames(span, pairs, file, file);
    if (count > 0) yield span;
    pairs += count;
    if (block.count % 2 === 1) throw new UnequalPairsError(`${file} (first reads)`, `${file} (second reads)`, pairs);
  }
}

function checkNames(span: PairSpan, before: number, file1: string, file2: string): void {
  for (let k = 0; k < span.count; k++) {
    const i = span.at1 + k * span.step;
    const j = span.at2 + k * span.step;
    if (!isPair(span.first, i, span.second, j))
      throw new PairNameError(file1, file2, before + k + 1, nameOf(span.first, i), nameOf(span.second, j));
  }
}

/** Names are equal, or all but for an ending 1 and 2 behind "/", "." or "_", as older files have it. */
function isPair(first: ReadBlock, i: number, second: ReadBlock, j: number): boolean {
  const from = first.nameStart[i]!;
  const other = second.nameStart[j]!;
  const length = first.nameStart[i + 1]! - from;
  if (second.nameStart[j + 1]! - other !== length) return false;
  const [a, b] = [first.names, second.names];
  for (let k = 0; k < length; k++) {
    if (a[from + k] === b[other + k]) continue;
    const before = a[from + k - 1];
    return (
      k > 0 &&
      k === length - 1 &&
      a[from + k] === 49 &&
      b[other + k] === 50 &&
      (before === 47 || before === 46 || before === 95)
    );
  }
  return true;
}
