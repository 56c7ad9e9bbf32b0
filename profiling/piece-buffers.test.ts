import { expect, it } from "vitest";
import { pieceBuffers } from "./piece-buffers.ts";

it("gives bytes of the size that is wanted, in a buffer at most a quarter larger", () => {
  const { take } = pieceBuffers();
  for (const sizeBytes of [0, 1, 65_536, 65_537, 300_001, 1_100_000, 8 * 2 ** 20]) {
    const bytes = take(sizeBytes);
    expect(bytes).toHaveLength(sizeBytes);
    expect(bytes.byteOffset).toBe(0);
    expect(bytes.buffer.byteLength).toBeLessThanOrEqual(Math.max(65_536, 1.25 * sizeBytes + 65_536));
  }
});

it("uses a buffer again that is large enough, the smallest of them", () => {
  const { take, give } = pieceBuffers();
  const [small, large] = [take(100_000).buffer, take(1_000_000).buffer];
  give(large);
  give(small);
  expect(take(90_000).buffer).toBe(small);
  expect(take(90_000).buffer).toBe(large);
  expect([small, large]).not.toContain(take(90_000).buffer);
});

it("lets go of free buffers beyond what it may keep, and of those that are elsewhere", () => {
  const { take, give } = pieceBuffers(200_000);
  const [first, second] = [take(150_000).buffer, take(150_000).buffer];
  give(first);
  give(second);
  expect(take(150_000).buffer).toBe(first);
  expect(take(150_000).buffer).not.toBe(second);
  structuredClone(second, { transfer: [second] });
  give(second);
  expect(take(1).byteLength).toBe(1);
});
