import { expect, test } from "vitest";
import { murmur2, partitionOf } from "./partition.ts";

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
