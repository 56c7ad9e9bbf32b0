import { expect, test } from "vitest";
import { isLong, murmur2, partitionOf } from "./partition.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("hashes as Kafka's own test vectors do", () => {
  const vectors: [string, number][] = [
    ["21", -973932308],
    ["foobar", -790332482],
    ["a-little-bit-long-string", -985981536],
    ["a-little-bit-longer-string", -1486304829],
    ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
  ];
  for (const [text, hash] of vectors) expect(murmur2(bytes(text)) | 0, text).toBe(hash);
});

test("text keys of any alphabet and length go where their UTF-8 bytes say", () => {
  for (const key of ["", "E1/P1/C05/2", "Größe/5 µM", "x".repeat(500)]) {
    expect(partitionOf(key, 8)).toBe((murmur2(bytes(key)) & 0x7fffffff) % 8);
  }
});

test("long keys go where Java's LongSerializer and default partitioner put them", () => {
  // Kafka 4.4: key, Utils.murmur2(bytes), BuiltInPartitioner.partitionForKey of 8 and of 30 partitions
  const vectors: [string, number, number, number][] = [
    ["0", 3772207363, 3, 5],
    ["1", 2100486060, 4, 0],
    ["-1", 185950397, 5, 17],
    ["42", 506863552, 0, 22],
    ["7392", 1807417447, 7, 7],
    ["2147483647", 436129794, 2, 24],
    ["-2147483648", 1654473197, 5, 17],
    ["4294967296", 1035366430, 6, 10],
    ["9007199254740991", 1906968777, 1, 27],
    ["9007199254740993", 1114276952, 0, 2],
    ["9223372036854775807", 3058279624, 0, 26],
    ["-9223372036854775808", 1290709624, 0, 4],
  ];
  for (const [key, hash, of8, of30] of vectors) {
    const eight = Buffer.alloc(8);
    eight.writeBigInt64BE(BigInt(key));
    expect(isLong(key), key).toBe(true);
    expect(murmur2(eight), key).toBe(hash);
    expect([partitionOf(key, 8, "long"), partitionOf(key, 30, "long")], key).toEqual([of8, of30]);
  }
});

test("a text that is not how a whole number of 64 bits is written is no long key", () => {
  const others = ["", "-", "-0", "+1", "01", "1.0", "1e3", " 1", "A01", "9223372036854775808", "-9223372036854775809"];
  for (const key of [...others, "99999999999999999999", "٣"]) expect(isLong(key), key).toBe(false);
});
