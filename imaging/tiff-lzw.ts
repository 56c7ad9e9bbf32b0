const CLEAR = 256;
const END = 257;
const FIRST_FREE = 258;

/** Where the string of each code lies in the output, and its length: a string is always its predecessor plus the byte after it. */
const starts = new Int32Array(4096);
const lengths = new Int32Array(4096);

/**
 * Unpacks a strip of TIFF's LZW (TIFF 6.0, section 13): codes of 9 to 12 bits, highest bit first, widened one code early.
 * The table holds places in the output instead of strings, so that nothing is copied twice.
 * @param out receives the bytes; unpacking stops when it is full
 * @returns bytes written; fewer than `out` holds when the strip ends early
 * @throws RangeError when a code comes before its definition
 */
export function unpackLzw(packed: Uint8Array, out: Uint8Array): number {
  const size = out.length;
  const end = packed.length;
  let at = 0;
  let bits = 0;
  let bitCount = 0;
  let width = 9;
  let next = FIRST_FREE;
  let previous = -1;
  let previousLength = 0;
  let to = 0;
  while (to < size) {
    while (bitCount < width) {
      if (at >= end) return to;
      bits = ((bits << 8) | packed[at++]!) & 0xff_ffff;
      bitCount += 8;
    }
    bitCount -= width;
    const code = (bits >>> bitCount) & ((1 << width) - 1);
    if (code === CLEAR) {
      width = 9;
      next = FIRST_FREE;
      previous = -1;
      continue;
    }
    if (code === END) return to;
    if (previous >= 0 && next < 4096) {
      starts[next] = previous;
      lengths[next] = previousLength + 1;
      next++;
      if (next === 511 || next === 1023 || next === 2047) width++;
    }
    previous = to;
    if (code < CLEAR) {
      out[to++] = code;
      previousLength = 1;
      continue;
    }
    if (code >= next) throw new RangeError(`code ${code} comes before its definition`);
    previousLength = lengths[code]!;
    let from = starts[code]!;
    // forwards byte by byte: the newest string may reach into what is being written
    for (const stop = Math.min(from + previousLength, from + size - to); from < stop; ) out[to++] = out[from++]!;
  }
  return to;
}

/** Before TIFF 5.0 some writers stored codes lowest bit first; such strips do not begin with a clear code of 9 bits. */
export function isCurrentLzw(packed: Uint8Array): boolean {
  return packed.length >= 2 && packed[0] === 0x80 && (packed[1]! & 0x80) === 0;
}
