import { type CellKernel, cellKernel, enlarge } from "./cell-kernel.ts";
import { openScratchFile, readFully } from "./scratch-file.ts";

/**
 * All entries of a matrix in the order of cells, on disk and compact: about two bytes an entry of counts. Per cell the steps from gene to
 * gene (one byte below 254, else a mark and two or four) and the values (one byte for whole numbers below 254, else a mark and a float of
 * four bytes where that is exact, or of eight).
 */
export interface Spill {
  readonly cellCount: number;
  readonly entryCount: number;
  readonly sizeBytes: number;
  readonly blockCount: number;
  /** What another thread needs to read the same file, with `spillFromParts`. */
  readonly parts: SpillParts;
  /** Decodes block `index` into `into`, made for this spill. */
  read(index: number, into: SpillBlock): void;
  /** Gives the disk space back. Safe to call twice. */
  close(): void;
}

/** A spill as a message: the number of the open file, valid in all threads of the process, and where its blocks lie. */
export interface SpillParts {
  handle: number;
  /** Five numbers a block: first cell, cells, position, bytes of genes, bytes of values. */
  blocks: Float64Array;
  cellCount: number;
  entryCount: number;
  sizeBytes: number;
}

/** Room for one block of a spill in the memory of a kernel; make one with `spillBlock` and use it again and again. */
export interface SpillBlock {
  cell0: number;
  cellCount: number;
  /** Shape (cells + 1). */
  indptr: Uint32Array;
  /** Ascending within a cell, each gene once. */
  genes: Uint32Array;
  values: Float64Array;
  kernel: CellKernel;
  /** The block as it lies on disk. */
  bytes: Uint8Array;
  /** Address of the memory that was asked for beside the block, a multiple of 64. */
  extra: number;
}

export interface SpillWriter {
  /** The kernel whose memory holds the cells to write. */
  readonly kernel: CellKernel;
  /** Address of the memory that was asked for, a multiple of 8. */
  readonly extra: number;
  /** Room for the entries of cells, `count` at least; void when it is asked for again. */
  room(count: number): { genes: Uint32Array; values: Float64Array };
  /** Appends the next cell: entries `from` to `to` of the room, genes ascending and each once, no value zero. */
  addCell(from: number, to: number): void;
  finish(): Spill;
  /** Gives everything up. */
  discard(): void;
}

const BLOCK_ENTRIES = 1 << 14;
const BLOCK_CELLS = 1 << 12;
const MOST_GENE_BYTES = 5;
const MOST_VALUE_BYTES = 9;

/**
 * @param spill whose blocks there is room for
 * @param extraBytes memory besides, zeros
 */
export function spillBlock({ parts: { blocks } }: Spill, extraBytes = 0): SpillBlock {
  let most = 0;
  let entries = 0;
  for (let at = 0; at < blocks.length; at += 5) {
    const [cells, geneBytes, valueBytes] = [blocks[at + 1]!, blocks[at + 3]!, blocks[at + 4]!];
    most = Math.max(most, 4 * cells + geneBytes + valueBytes);
    entries = Math.max(entries, Math.min(geneBytes, valueBytes));
  }
  const bytes = 64 * Math.ceil(most / 64);
  const count = 16 * Math.ceil(entries / 16);
  const kernel = cellKernel(12 * count + bytes + extraBytes);
  const { buffer } = kernel.memory;
  return {
    cell0: 0,
    cellCount: 0,
    indptr: new Uint32Array(BLOCK_CELLS + 1),
    values: new Float64Array(buffer, kernel.start, count),
    genes: new Uint32Array(buffer, kernel.start + 8 * count, count),
    bytes: new Uint8Array(buffer, kernel.start + 12 * count, bytes),
    kernel,
    extra: kernel.start + 12 * count + bytes,
  };
}

/**
 * @param folder where the file may lie while it is needed
 * @param extraBytes memory for the caller's own use of the kernel, zeros
 */
export function writeSpill(folder: string, extraBytes = 0): SpillWriter {
  const file = openScratchFile(folder);
  const kernel = cellKernel(extraBytes);
  const { memory, start: extra } = kernel;
  const roomAt = extra + 8 * Math.ceil(extraBytes / 8);
  const lengths = new Uint32Array(BLOCK_CELLS);
  const blocks: number[] = [];
  let capacity = 0;
  // Addresses of a block's steps from gene to gene and of its values, which lie behind the room, and how many bytes are there.
  let geneBytes = roomAt;
  let valueBytes = roomAt;
  let g = 0;
  let v = 0;
  let cells = 0;
  let blockCells = 0;
  let blockEntries = 0;
  let entryCount = 0;

  function flush(): void {
    if (blockCells === 0) return;
    blocks.push(cells - blockCells, blockCells, file.sizeBytes, g, v);
    file.append(new Uint8Array(lengths.buffer, 0, 4 * blockCells));
    file.append(new Uint8Array(memory.buffer, geneBytes, g));
    file.append(new Uint8Array(memory.buffer, valueBytes, v));
    entryCount += blockEntries;
    blockCells = blockEntries = g = v = 0;
  }

  return {
    kernel,
    extra,
    room(count) {
      if (count > capacity) {
        capacity = 2 * count;
        const [genesBefore, valuesBefore] = [geneBytes, valueBytes];
        geneBytes = roomAt + 12 * capacity;
        // A block is full with BLOCK_ENTRIES: it has fewer before its last cell.
        valueBytes = geneBytes + MOST_GENE_BYTES * (BLOCK_ENTRIES + capacity);
        enlarge(memory, valueBytes + MOST_VALUE_BYTES * (BLOCK_ENTRIES + capacity));
        // What a block has so far moves up, the upper part first.
        const bytes = new Uint8Array(memory.buffer);
        bytes.copyWithin(valueBytes, valuesBefore, valuesBefore + v);
        bytes.copyWithin(geneBytes, genesBefore, genesBefore + g);
      }
      const { buffer } = memory;
      return {
        values: new Float64Array(buffer, roomAt, capacity),
        genes: new Uint32Array(buffer, roomAt + 8 * capacity, capacity),
      };
    },
    addCell(from, to) {
      const count = to - from;
      if (count > 0) {
        g += kernel.encodeGenes(roomAt + 8 * capacity + 4 * from, count, geneBytes + g);
        v += kernel.encodeValues(roomAt + 8 * from, count, valueBytes + v);
      }
      lengths[blockCells++] = count;
      cells++;
      blockEntries += count;
      if (blockEntries >= BLOCK_ENTRIES || blockCells === BLOCK_CELLS) flush();
    },
    finish() {
      flush();
      const parts = {
        handle: file.handle,
        blocks: Float64Array.from(blocks),
        cellCount: cells,
        entryCount,
        sizeBytes: file.sizeBytes,
      };
      return { ...spillFromParts(parts), close: () => file.close() };
    },
    discard: () => file.close(),
  };
}

/** Reads a spill that somebody else opened and will close. */
export function spillFromParts(parts: SpillParts): Spill {
  const { handle, blocks, cellCount, entryCount, sizeBytes } = parts;
  return {
    cellCount,
    entryCount,
    sizeBytes,
    parts,
    blockCount: blocks.length / 5,
    read(index, into) {
      const cells = blocks[5 * index + 1]!;
      const geneLength = blocks[5 * index + 3]!;
      const bytes = into.bytes.subarray(0, 4 * cells + geneLength + blocks[5 * index + 4]!);
      readFully(handle, bytes, blocks[5 * index + 2]!);
      const lengths = new Uint32Array(bytes.buffer, bytes.byteOffset, cells);
      let entries = 0;
      into.indptr[0] = 0;
      for (let c = 0; c < cells; c++) {
        entries += lengths[c]!;
        into.indptr[c + 1] = entries;
      }
      into.cell0 = blocks[5 * index]!;
      into.cellCount = cells;
      const genesAt = bytes.byteOffset + 4 * cells;
      into.kernel.decodeGenes(genesAt, bytes.byteOffset, cells, into.genes.byteOffset);
      into.kernel.decodeValues(genesAt + geneLength, entries, into.values.byteOffset);
    },
    close: () => {},
  };
}
