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
  /** Decodes block `index` into arrays that the next call reuses. */
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

/** Room for one block of a spill; make one with `spillBlock` and use it again and again. */
export interface SpillBlock {
  cell0: number;
  cellCount: number;
  /** Shape (cells + 1). */
  indptr: Uint32Array;
  /** Ascending within a cell, each gene once. */
  genes: Uint32Array;
  values: Float64Array;
  bytes: Uint8Array;
}

export interface SpillWriter {
  /** Appends the next cell: entries `from` to `to`, genes ascending and each once, no value zero. */
  addCell(genes: Uint32Array, values: Float64Array, from: number, to: number): void;
  finish(): Spill;
  /** Gives everything up. */
  discard(): void;
}

const BLOCK_ENTRIES = 1 << 14;
const BLOCK_CELLS = 1 << 12;
const SHORT = 254;

export function spillBlock(): SpillBlock {
  return {
    cell0: 0,
    cellCount: 0,
    indptr: new Uint32Array(BLOCK_CELLS + 1),
    genes: new Uint32Array(2 * BLOCK_ENTRIES),
    values: new Float64Array(2 * BLOCK_ENTRIES),
    bytes: new Uint8Array(0),
  };
}

/** @param folder where the file may lie while it is needed */
export function writeSpill(folder: string): SpillWriter {
  const file = openScratchFile(folder);
  const floats = new DataView(new ArrayBuffer(8));
  let geneBytes = new Uint8Array(4 * BLOCK_ENTRIES);
  let valueBytes = new Uint8Array(4 * BLOCK_ENTRIES);
  const lengths = new Uint32Array(BLOCK_CELLS);
  const blocks: number[] = [];
  let cells = 0;
  let blockCells = 0;
  let blockEntries = 0;
  let entryCount = 0;
  let g = 0;
  let v = 0;

  function flush(): void {
    if (blockCells === 0) return;
    blocks.push(cells - blockCells, blockCells, file.sizeBytes, g, v);
    file.append(new Uint8Array(lengths.buffer, 0, 4 * blockCells));
    file.append(geneBytes.subarray(0, g));
    file.append(valueBytes.subarray(0, v));
    entryCount += blockEntries;
    blockCells = blockEntries = g = v = 0;
  }

  return {
    addCell(genes, values, from, to) {
      const count = to - from;
      if (g + 5 * count > geneBytes.length) geneBytes = grown(geneBytes, g + 5 * count);
      if (v + 9 * count > valueBytes.length) valueBytes = grown(valueBytes, v + 9 * count);
      let previous = -1;
      for (let k = from; k < to; k++) {
        const gene = genes[k]!;
        const step = gene - previous - 1;
        previous = gene;
        if (step < SHORT) geneBytes[g++] = step;
        else if (step < 65536) {
          geneBytes[g++] = SHORT;
          geneBytes[g++] = step & 255;
          geneBytes[g++] = step >>> 8;
        } else {
          geneBytes[g++] = 255;
          for (let shift = 0; shift < 32; shift += 8) geneBytes[g++] = step >>> shift;
        }
        const value = values[k]!;
        const whole = value | 0;
        if (whole === value && whole > 0 && whole < SHORT) valueBytes[v++] = whole;
        else if (Math.fround(value) === value) {
          floats.setFloat32(0, value, true);
          valueBytes[v++] = SHORT;
          for (let i = 0; i < 4; i++) valueBytes[v++] = floats.getUint8(i);
        } else {
          floats.setFloat64(0, value, true);
          valueBytes[v++] = 255;
          for (let i = 0; i < 8; i++) valueBytes[v++] = floats.getUint8(i);
        }
      }
      lengths[blockCells++] = count;
      cells++;
      blockEntries += count;
      if (blockEntries >= BLOCK_ENTRIES || blockCells === BLOCK_CELLS) flush();
    },
    finish() {
      flush();
      geneBytes = valueBytes = new Uint8Array(0);
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

function grown(bytes: Uint8Array, needed: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(needed, 2 * bytes.length));
  larger.set(bytes);
  return larger;
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
      const size = 4 * cells + geneLength + blocks[5 * index + 4]!;
      if (into.bytes.length < size) into.bytes = new Uint8Array(Math.ceil(size / 4096) * 4096);
      readFully(handle, into.bytes.subarray(0, size), blocks[5 * index + 2]!);
      const lengths = new Uint32Array(into.bytes.buffer, 0, cells);
      let entries = 0;
      into.indptr[0] = 0;
      for (let c = 0; c < cells; c++) {
        entries += lengths[c]!;
        into.indptr[c + 1] = entries;
      }
      if (into.genes.length < entries) {
        into.genes = new Uint32Array(entries);
        into.values = new Float64Array(entries);
      }
      into.cell0 = blocks[5 * index]!;
      into.cellCount = cells;
      decodeGenes(into, 4 * cells);
      decodeValues(into, 4 * cells + geneLength, entries);
    },
    close: () => {},
  };
}

function decodeGenes({ bytes, indptr, genes, cellCount }: SpillBlock, start: number): void {
  let p = start;
  for (let c = 0; c < cellCount; c++) {
    const end = indptr[c + 1]!;
    let gene = -1;
    for (let k = indptr[c]!; k < end; k++) {
      const step = bytes[p++]!;
      if (step < SHORT) gene += step + 1;
      else if (step === SHORT) {
        gene += (bytes[p]! | (bytes[p + 1]! << 8)) + 1;
        p += 2;
      } else {
        gene += ((bytes[p]! | (bytes[p + 1]! << 8) | (bytes[p + 2]! << 16) | (bytes[p + 3]! << 24)) >>> 0) + 1;
        p += 4;
      }
      genes[k] = gene;
    }
  }
}

function decodeValues({ bytes, values }: SpillBlock, start: number, count: number): void {
  const view = new DataView(bytes.buffer);
  let p = start;
  for (let k = 0; k < count; k++) {
    const value = bytes[p++]!;
    if (value < SHORT) values[k] = value;
    else if (value === SHORT) {
      values[k] = view.getFloat32(p, true);
      p += 4;
    } else {
      values[k] = view.getFloat64(p, true);
      p += 8;
    }
  }
}
