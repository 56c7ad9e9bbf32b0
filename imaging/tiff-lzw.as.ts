// Unpacks TIFF's LZW (AssemblyScript). The reference is tiff-lzw.ts; tiff-lzw.test.ts holds them equal. Compiled by
// `numerics/build-wasm imaging` into tiff-lzw.wasm.
//
// Strings of the table are places in the output: start and length of each code, in one 64-bit entry (start below, length above).
// Most strings are short: they are copied as 8 bytes at once, what is too much being written over by the next. The caller leaves 8 bytes
// of room after `packed` and after `out`.

const CLEAR: u32 = 256;
const END: u32 = 257;
const FIRST_FREE: u32 = 258;

/** Returns the number of bytes written, or −1 − code when a code comes before its definition. */
export function unpack(packed: usize, packedBytes: i32, out: usize, outBytes: i32, table: usize): i32 {
  const packedEnd = packed + <usize>packedBytes;
  const outEnd = out + <usize>outBytes;
  let at = packed;
  let bits: u64 = 0; // the next bits to read, highest first
  let bitCount: i32 = 0;
  let width: i32 = 9;
  let next: u32 = FIRST_FREE;
  let limit: u32 = 511;
  let previous: usize = 0;
  let previousLength: u32 = 0;
  let to = out;
  while (to < outEnd) {
    if (bitCount < width) {
      if (at >= packedEnd) {
        return <i32>(to - out);
      }
      // as many whole bytes as fit; bits beyond them are read again by the next refill, to the same places
      const bytes = (63 - bitCount) >> 3;
      bits |= bswap<u64>(load<u64>(at)) >> bitCount;
      at += bytes;
      bitCount += bytes << 3;
      if (at > packedEnd) {
        // bits beyond the end are not there
        bitCount -= (<i32>(at - packedEnd)) << 3;
        at = packedEnd;
        if (bitCount < width) return <i32>(to - out);
      }
    }
    const code = <u32>(bits >> (64 - width));
    bits <<= width;
    bitCount -= width;
    if (code == CLEAR) {
      width = 9;
      next = FIRST_FREE;
      limit = 511;
      previous = 0;
      continue;
    }
    if (code == END) return <i32>(to - out);
    if (previous != 0 && next < 4096) {
      store<u64>(table + ((<usize>next) << 3), ((<u64>(previousLength + 1)) << 32) | <u64>previous);
      next++;
      if (next == limit && width < 12) {
        width++;
        limit = (limit << 1) | 1;
      }
    }
    previous = to;
    if (code < CLEAR) {
      store<u8>(to, <u8>code);
      to++;
      previousLength = 1;
      continue;
    }
    if (code >= next) return -1 - <i32>code;
    const entry = load<u64>(table + ((<usize>code) << 3));
    let from = <usize>(entry & 0xffffffff);
    const length = <u32>(entry >> 32);
    previousLength = length;
    if (length <= 8 && from + 8 <= to) {
      store<u64>(to, load<u64>(from));
      to += length;
    } else {
      const stop = min(to + length, outEnd);
      while (to < stop) {
        store<u8>(to, load<u8>(from));
        to++;
        from++;
      }
    }
  }
  return outBytes;
}
