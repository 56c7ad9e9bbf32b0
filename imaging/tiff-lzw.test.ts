import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fastUnpackLzw } from "./fast-tiff-lzw.ts";
import { unpackLzw } from "./tiff-lzw.ts";

/** A plain packer by the book (TIFF 6.0, section 13), so that both unpackers have something to unpack. */
function packLzw(bytes: Uint8Array): Uint8Array {
  const packed: number[] = [];
  let held = 0;
  let heldBits = 0;
  let width = 9;
  const put = (code: number): void => {
    held = (held << width) | code;
    heldBits += width;
    while (heldBits >= 8) {
      heldBits -= 8;
      packed.push((held >>> heldBits) & 255);
    }
    held &= (1 << heldBits) - 1;
  };
  let table = new Map<string, number>();
  const codeOf = (string: string): number => (string.length === 1 ? string.charCodeAt(0) : (table.get(string) ?? 0));
  put(256);
  let string = "";
  for (const byte of bytes) {
    const longer = string + String.fromCharCode(byte);
    if (longer.length === 1 || table.has(longer)) {
      string = longer;
      continue;
    }
    put(codeOf(string));
    table.set(longer, 258 + table.size);
    const next = 258 + table.size;
    if (next === 512 || next === 1024 || next === 2048) width++;
    if (next === 4095) {
      put(256);
      width = 9;
      table = new Map();
    }
    string = String.fromCharCode(byte);
  }
  if (string !== "") put(codeOf(string));
  put(257);
  if (heldBits > 0) packed.push((held << (8 - heldBits)) & 255);
  return Uint8Array.from(packed);
}

for (const [name, unpack] of [
  ["the reference", unpackLzw],
  ["the kernel", fastUnpackLzw],
] as const) {
  describe(name, () => {
    test("unpacks what was packed: noise, runs, ramps, one byte and nothing", () => {
      const noise = Uint8Array.from({ length: 40_000 }, (_, at) => (Math.imul(at + 1, 2_654_435_761) >>> 13) & 255);
      const runs = Uint8Array.from({ length: 40_000 }, (_, at) => Math.floor(at / 300) % 3);
      const ramps = Uint8Array.from({ length: 40_000 }, (_, at) => at % 77);
      for (const bytes of [noise, runs, ramps, new Uint8Array([9]), new Uint8Array()]) {
        const out = new Uint8Array(bytes.length);
        expect(unpack(packLzw(bytes), out)).toBe(bytes.length);
        expect(out).toEqual(bytes);
      }
    });

    test("stops where the strip is full, and says how much a strip cut short gave", () => {
      const bytes = Uint8Array.from({ length: 5000 }, (_, at) => (at * at) & 255);
      const packed = packLzw(bytes);
      const part = new Uint8Array(1234);
      expect(unpack(packed, part)).toBe(1234);
      expect(part).toEqual(bytes.subarray(0, 1234));
      const out = new Uint8Array(5000);
      const written = unpack(packed.subarray(0, packed.length >> 1), out);
      expect(written).toBeGreaterThan(1000);
      expect(written).toBeLessThan(5000);
      expect(out.subarray(0, written)).toEqual(bytes.subarray(0, written));
    });

    test("refuses a code before its definition", () => {
      // clear, then code 300
      const packed = Uint8Array.from([0x80, 0x4b, 0x00]);
      expect(() => unpack(packed, new Uint8Array(10))).toThrow("code 300");
    });
  });
}

test("the kernel equals the reference on any bytes, packed or not", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 400 }),
      fc.integer({ min: 0, max: 600 }),
      fc.boolean(),
      (bytes, size, pack) => {
        const packed = pack ? packLzw(bytes) : Uint8Array.from([0x80, ...bytes]);
        const unpacked = (unpack: typeof unpackLzw): { written: number; out: Uint8Array } | string => {
          const out = new Uint8Array(size);
          try {
            const written = unpack(packed, out);
            return { written, out: out.subarray(0, written) };
          } catch (error) {
            return String(error);
          }
        };
        expect(unpacked(fastUnpackLzw)).toEqual(unpacked(unpackLzw));
      },
    ),
    { numRuns: 500 },
  );
});
