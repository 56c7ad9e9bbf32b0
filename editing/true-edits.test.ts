import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyEdits, editsBetween, editsText, leftNormalised, placementsOf, type TrueEdit } from "./true-edits.ts";

//                0123456789
const amplicon = "ACGTTTTGCA";

describe("leftNormalised", () => {
  it.each<[TrueEdit, TrueEdit]>([
    [
      { kind: "deletion", at: 5, length: 1 },
      { kind: "deletion", at: 3, length: 1 },
    ],
    [
      { kind: "insertion", at: 7, bases: "T" },
      { kind: "insertion", at: 3, bases: "T" },
    ],
    [
      { kind: "insertion", at: 2, bases: "CAC" },
      { kind: "insertion", at: 0, bases: "ACC" },
    ],
    [
      { kind: "deletion", at: 2, length: 2 },
      { kind: "deletion", at: 2, length: 2 },
    ],
    [
      { kind: "substitution", at: 4, base: "A" },
      { kind: "substitution", at: 4, base: "A" },
    ],
  ])("moves %j to %j", (edit, moved) => {
    const [found] = leftNormalised(amplicon, [edit]);
    expect(applyEdits(amplicon, [found!])).toBe(applyEdits(amplicon, [edit]));
    expect(found).toEqual(moved);
  });

  it("stops at the edit before", () => {
    const edits: TrueEdit[] = [
      { kind: "substitution", at: 4, base: "A" },
      { kind: "deletion", at: 6, length: 1 },
    ];
    expect(editsText(leftNormalised(amplicon, edits))).toBe("sub 4 A; del 5 1");
  });
});

const anyEdit: fc.Arbitrary<TrueEdit> = fc.oneof(
  fc.record({ kind: fc.constant("deletion" as const), at: fc.nat(8), length: fc.integer({ min: 1, max: 4 }) }),
  fc.record({
    kind: fc.constant("insertion" as const),
    at: fc.nat(12),
    bases: fc.string({ unit: fc.constantFrom("A", "C"), minLength: 1, maxLength: 4 }),
  }),
);

it("places any insertion or deletion furthest left, and counts its places, as trying all of them does", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("A", "C"), minLength: 12, maxLength: 12 }), anyEdit, (text, edit) => {
      const sequence = applyEdits(text, [edit]);
      const size = sequence.length - text.length;
      const places = new Set<number>();
      for (let at = 0; at <= text.length; at++) {
        const tried: TrueEdit =
          size < 0
            ? { kind: "deletion", at, length: -size }
            : { kind: "insertion", at, bases: sequence.slice(at, at + size) };
        if (at - Math.min(size, 0) <= text.length && applyEdits(text, [tried]) === sequence) places.add(at);
      }
      const [placed] = leftNormalised(text, [edit]);
      expect(placed!.at).toBe(Math.min(...places));
      expect(placementsOf(text, placed!)).toBe(places.size);
      expect(applyEdits(text, [placed!])).toBe(sequence);
    }),
    { numRuns: 500 },
  );
});

describe("editsBetween", () => {
  it("names each base that differs in sequences of one length", () => {
    expect(editsText(editsBetween(amplicon, "ACGATTTGCC"))).toBe("sub 3 A; sub 9 C");
  });

  it("names what lies between common ends otherwise", () => {
    expect(editsText(editsBetween(amplicon, "ACGTTTTTTGCA"))).toBe("ins 3 TT");
    expect(editsText(editsBetween(amplicon, "ACGTTGCA"))).toBe("del 3 2");
    expect(editsText(editsBetween(amplicon, "ACGAAAAAAGCA"))).toBe("ins 3 AAAAAA; del 3 4");
  });

  it("leads to any sequence", () => {
    const text = fc.string({ unit: fc.constantFrom(..."ACG"), minLength: 1, maxLength: 12 });
    fc.assert(fc.property(text, text, (from, to) => applyEdits(from, editsBetween(from, to)) === to));
  });
});
