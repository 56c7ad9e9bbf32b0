import fc from "fast-check";
import { expect, test } from "vitest";
import { DueHeap } from "./due-heap.ts";

test("what is due comes out in order, what is not stays", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), fc.nat(50), (dues, now) => {
      const heap = new DueHeap();
      for (const [index, due] of dues.entries()) heap.push({ due, store: "s", key: String(index) });
      const taken: number[] = [];
      for (let first = heap.take(now); first !== undefined; first = heap.take(now)) taken.push(first.due);
      const sorted = [...dues].sort((a, b) => a - b);
      expect(taken).toEqual(sorted.filter((due) => due <= now));
      expect(heap.next).toBe(sorted.find((due) => due > now));
    }),
  );
});
