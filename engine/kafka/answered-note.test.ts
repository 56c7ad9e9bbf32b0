import fc from "fast-check";
import { expect, test } from "vitest";
import { noteAnswered, readAnswered } from "./answered-note.ts";

const answeredBy = (offset: number, note: string, next: number): number[] => {
  const runs = readAnswered(offset, note);
  return Array.from({ length: next - offset }, (_, index) => offset + index).filter((at) =>
    runs.some(([from, to]) => at >= from && at < to),
  );
};

test("what was answered behind one that takes long is told, and nothing else", () => {
  expect(noteAnswered([5], 5000)).toEqual({ offset: 5, note: "answered:1,3uq" });
  expect(readAnswered(5, "answered:1,3uq")).toEqual([[6, 5000]]);
  expect(noteAnswered([], 8)).toEqual({ offset: 8, note: "" });
  expect(noteAnswered([6, 7], 8)).toEqual({ offset: 6, note: "" });
});

test("of any requests read, those that the note names are exactly those answered", () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.array(fc.boolean(), { maxLength: 300 }), (base, isOpen) => {
      const open = isOpen.flatMap((one, index) => (one ? [base + index] : []));
      const next = base + isOpen.length;
      const { offset, note } = noteAnswered([...open].reverse(), next);
      const behind = isOpen.flatMap((one, index) => (one || base + index < offset ? [] : [base + index]));
      expect(answeredBy(offset, note, next)).toEqual(behind);
    }),
  );
});

test("a note is never longer than brokers take; what is left out counts as not answered", () => {
  const open = Array.from({ length: 20_000 }, (_, index) => index * 3);
  const { offset, note } = noteAnswered(open, 60_000);
  expect(note.length).toBeLessThanOrEqual(4000);
  const told = answeredBy(offset, note, 60_000);
  expect(told.length).toBeGreaterThan(1000);
  expect(told.every((at) => at % 3 !== 0)).toBe(true);
});

test("notes that others wrote say nothing", () => {
  for (const note of ["", "my consumer", "answered:", "answered:1", "answered:1,2,3"])
    expect(readAnswered(0, note)).toEqual([]);
});
