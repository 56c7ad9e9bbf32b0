import { crc32, deflateRawSync } from "node:zlib";

/** Bytes of a block before compression, as htslib takes them: even incompressible ones fit into 64 KiB. */
const BLOCK_BYTES = 65_280;

/**
 * Writes BGZF, gzip in blocks that can be entered by a virtual offset (SAM specification, section 4.1,
 * https://samtools.github.io/hts-specs/SAMv1.pdf).
 */
export interface BgzfWriter {
  /** Virtual offset of the next byte: place of its block in the file × 65,536 + place in the block. */
  offset(): number;
  /** Adds bytes. @returns blocks that are full */
  add(bytes: Uint8Array): Uint8Array[];
  /** @returns the last block and the empty one that ends the file */
  finish(): Uint8Array[];
}

export function bgzfWriter(): BgzfWriter {
  const buffer = new Uint8Array(BLOCK_BYTES);
  let filled = 0;
  let written = 0;
  const flush = (): Uint8Array => {
    const block = blockOf(buffer.subarray(0, filled));
    written += block.length;
    filled = 0;
    return block;
  };
  return {
    offset: () => written * 65_536 + filled,
    add(bytes) {
      const blocks: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; ) {
        const part = bytes.subarray(at, at + BLOCK_BYTES - filled);
        buffer.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled === BLOCK_BYTES) blocks.push(flush());
      }
      return blocks;
    },
    finish() {
      const last = filled > 0 ? [flush()] : [];
      return [...last, flush()];
    },
  };
}

function blockOf(bytes: Uint8Array): Uint8Array {
  const packed = deflateRawSync(bytes, { level: 5 });
  const block = new Uint8Array(packed.length + 26);
  const view = new DataView(block.buffer);
  // gzip's header with an extra field BC that holds the block's size − 1.
  block.set([31, 139, 8, 4, 0, 0, 0, 0, 0, 255, 6, 0, 66, 67, 2, 0]);
  view.setUint16(16, block.length - 1, true);
  block.set(packed, 18);
  view.setUint32(18 + packed.length, crc32(bytes), true);
  view.setUint32(22 + packed.length, bytes.length, true);
  return block;
}
