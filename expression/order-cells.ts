import type { EntryBlock, MatrixBlock, MatrixSource, ReadCall } from "./matrix.ts";
import { openScratchFile, type ScratchFile } from "./scratch-file.ts";

export interface OrderOptions extends ReadCall {
  scratch: string;
  /** Entries that are put in order at once, 12 bytes each; default 2,000,000. */
  entriesInMemory?: number;
}

const CHUNK = 1 << 16;
const LONGEST_ENTRY = 5 + 5 + 9;
const MOST_BUCKETS = 256;

/**
 * The cells of a matrix whose entries come in another order, such as gene by gene. Entries go to disk once, into buckets of neighbouring
 * cells (three to six bytes an entry), and each bucket is then sorted by counting. Entries of one cell keep their order.
 */
export async function* orderCells(source: MatrixSource, options: OrderOptions): AsyncGenerator<MatrixBlock> {
  const inMemory = options.entriesInMemory ?? 2_000_000;
  const file = openScratchFile(options.scratch);
  try {
    const expected = source.entryCount ?? source.cellCount * source.geneCount * 0.1;
    const bucketCount = Math.max(1, Math.min(MOST_BUCKETS, source.cellCount, Math.ceil((1.5 * expected) / inMemory)));
    const cellsEach = Math.max(1, Math.ceil(source.cellCount / bucketCount));
    const buckets = Array.from({ length: bucketCount }, (_, i) => bucketWriter(file, i * cellsEach));
    for await (const block of source.entries(options)) {
      options.signal?.throwIfAborted();
      distribute(block, buckets, cellsEach);
    }
    for (const bucket of buckets) bucket.flush();
    for (const [i, bucket] of buckets.entries()) {
      const cell0 = i * cellsEach;
      const cells = Math.min(cellsEach, source.cellCount - cell0);
      if (cells > 0) yield* sortBucket(file, bucket, cell0, cells, inMemory, options.signal);
    }
  } finally {
    file.close();
  }
}

function distribute(block: EntryBlock, buckets: readonly Bucket[], cellsEach: number): void {
  const { count, genes, cells, values } = block;
  for (let k = 0; k < count; k++) {
    const cell = cells[k]!;
    buckets[Math.floor(cell / cellsEach)]!.add(genes[k]!, cell, values[k]!);
  }
}

interface Bucket {
  /** Position and length of each piece in the file. */
  pieces: number[];
  add(gene: number, cell: number, value: number): void;
  flush(): void;
}

function bucketWriter(file: ScratchFile, cell0: number): Bucket {
  const bytes = new Uint8Array(CHUNK);
  const floats = new DataView(new ArrayBuffer(8));
  const pieces: number[] = [];
  let p = 0;
  let previous = 0;

  function number(value: number): void {
    let rest = value;
    while (rest > 127) {
      bytes[p++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[p++] = rest;
  }

  function flush(): void {
    if (p === 0) return;
    pieces.push(file.sizeBytes, p);
    file.append(bytes.subarray(0, p));
    p = 0;
    previous = 0;
  }

  return {
    pieces,
    flush,
    add(gene, cell, value) {
      if (p > CHUNK - LONGEST_ENTRY) flush();
      const step = gene - previous;
      previous = gene;
      number(((step << 1) ^ (step >> 31)) >>> 0);
      number(cell - cell0);
      const whole = value | 0;
      if (whole === value && whole >= 0 && whole < 254 && !Object.is(value, -0)) bytes[p++] = whole;
      else if (Math.fround(value) === value) {
        floats.setFloat32(0, value, true);
        bytes[p++] = 254;
        for (let i = 0; i < 4; i++) bytes[p++] = floats.getUint8(i);
      } else {
        floats.setFloat64(0, value, true);
        bytes[p++] = 255;
        for (let i = 0; i < 8; i++) bytes[p++] = floats.getUint8(i);
      }
    },
  };
}

type Visit = (gene: number, cell: number, value: number) => void;

function readBucket(file: ScratchFile, pieces: readonly number[], visit: Visit): void {
  const bytes = new Uint8Array(CHUNK);
  const view = new DataView(bytes.buffer);
  let p = 0;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[p++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  };
  for (let i = 0; i < pieces.length; i += 2) {
    const length = pieces[i + 1]!;
    file.read(bytes.subarray(0, length), pieces[i]!);
    let gene = 0;
    p = 0;
    while (p < length) {
      const step = number();
      gene += (step >>> 1) ^ -(step & 1);
      const cell = number();
      let value = bytes[p++]!;
      if (value === 254) {
        value = view.getFloat32(p, true);
        p += 4;
      } else if (value === 255) {
        value = view.getFloat64(p, true);
        p += 8;
      }
      visit(gene, cell, value);
    }
  }
}

/** The cells of one bucket, as many at a time as fit into memory; a bucket that holds more than expected is read several times. */
function* sortBucket(
  file: ScratchFile,
  bucket: Bucket,
  cell0: number,
  cells: number,
  inMemory: number,
  signal: AbortSignal | undefined,
): Generator<MatrixBlock> {
  const lengths = new Uint32Array(cells);
  readBucket(file, bucket.pieces, (_, cell) => {
    lengths[cell]!++;
  });
  for (let from = 0; from < cells; ) {
    signal?.throwIfAborted();
    let to = from;
    let entries = 0;
    do entries += lengths[to++]!;
    while (to < cells && entries + lengths[to]! <= inMemory);
    const indptr = new Uint32Array(to - from + 1);
    for (let c = from; c < to; c++) indptr[c - from + 1] = indptr[c - from]! + lengths[c]!;
    const at = indptr.slice(0, -1);
    const genes = new Uint32Array(entries);
    const values = new Float64Array(entries);
    readBucket(file, bucket.pieces, (gene, cell, value) => {
      if (cell < from || cell >= to) return;
      const place = at[cell - from]!++;
      genes[place] = gene;
      values[place] = value;
    });
    yield { cell0: cell0 + from, indptr, genes, values };
    from = to;
  }
}
