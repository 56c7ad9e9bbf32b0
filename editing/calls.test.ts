import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alignPair } from "./align-reference.ts";
import { type AlignedRead, leftmostInsertion, readEdits } from "./calls.ts";
import { decodeSequence, encodeSequence } from "./sequence.ts";
import { windowOf } from "./window.ts";

function called(reference: string, read: string, window: number[] = [], cuts: number[] = []): AlignedRead {
  const [a, b] = [encodeSequence(reference, "reference"), encodeSequence(read, "read")];
  const { runs } = alignPair(b, a, { cuts });
  const mask = Uint8Array.from(a, (_, i) => (window.includes(i) ? 1 : 0));
  return readEdits(Uint32Array.from(runs), 0, runs.length, a, b, windowOf(mask));
}

/** The same by looking at every placement: does the sequence that results stay the read's? */
function placements(reference: string, read: AlignedRead, text: string): [left: number, right: number][] {
  return read.edits.map((edit) => {
    const result = (shift: number): string =>
      edit.kind === "deletion"
        ? reference.slice(0, edit.position + shift) + reference.slice(edit.position + shift + edit.length)
        : reference.slice(0, edit.position + shift) +
          text.slice(edit.readAt + shift, edit.readAt + shift + edit.length) +
          reference.slice(edit.position + shift);
    const count = (step: number): number => {
      let shift = 0;
      for (;;) {
        const next = shift + step;
        const at = edit.position + next;
        if (at < 0 || at + (edit.kind === "deletion" ? edit.length : 0) > reference.length) break;
        if (result(next) !== text) break;
        shift = next;
      }
      return Math.abs(shift);
    };
    return [count(-1), count(1)];
  });
}

const anchor = "TTGACCATGCAATCGTACGGATTC";
const far = "GGACCTTAGGCATCAAGTCCGATATC";

describe("calls", () => {
  it("are none for a read like its reference", () => {
    expect(called("ACGTACGT", "ACGTACGT")).toEqual({ from: 0, to: 8, edits: [], unknown: [] });
  });
  it("tell a substitution, and leave N of read and reference alone", () => {
    const reference = `${anchor}ACN${far}`;
    const read = called(reference, `${anchor}TNG${far}`, [24]);
    expect(read.edits).toEqual([
      { kind: "substitution", position: 24, length: 1, readAt: 24, left: 0, right: 0, inWindow: true },
    ]);
    expect(read.unknown).toEqual([25]);
  });
  it("tell how far an indel can be moved", () => {
    const del = called(`${anchor}ATATAT${far}`, `${anchor}ATAT${far}`);
    expect(del.edits).toMatchObject([{ kind: "deletion", length: 2 }]);
    expect(del.edits[0]!.left + del.edits[0]!.right).toBe(4);
    expect(del.edits[0]!.position - del.edits[0]!.left).toBe(24);
    const text = `${anchor}ATATATAT${far}`;
    const ins = called(`${anchor}ATATAT${far}`, text);
    expect(ins.edits[0]!.position - ins.edits[0]!.left).toBe(24);
    expect(decodeSequence(leftmostInsertion(ins.edits[0]!, encodeSequence(text, "read")))).toBe("AT");
  });
  it("do not move an indel past a substitution", () => {
    const { edits } = called(`${anchor}CAAAAAA${far}`, `${anchor}CAATAA${far}`);
    const deletion = edits.find(({ kind }) => kind === "deletion")!;
    expect(edits.map(({ kind }) => kind).sort()).toEqual(["deletion", "substitution"]);
    expect(deletion.left + deletion.right).toBeLessThan(5);
  });
  it("take gaps at the ends for the end of the read, not for edits", () => {
    const read = called(anchor + far, (anchor + far).slice(10, 40));
    expect(read).toEqual({ from: 10, to: 40, edits: [], unknown: [] });
    expect(called(anchor, `GGGG${anchor}CCCCC`)).toEqual({ from: 0, to: anchor.length, edits: [], unknown: [] });
    expect(called(anchor, "")).toMatchObject({ edits: [] });
  });
});

describe("in the window", () => {
  const reference = anchor + far;
  it("a deletion counts when any deleted base does", () => {
    const read = reference.slice(0, 22) + reference.slice(26);
    expect(called(reference, read, [25]).edits[0]!.inWindow).toBe(true);
    expect(called(reference, read, [21, 26]).edits[0]!.inWindow).toBe(false);
  });
  it("an insertion counts when the bases on both sides do", () => {
    const read = `${reference.slice(0, 23)}G${reference.slice(23)}`;
    expect(called(reference, read, [22, 23]).edits[0]!.inWindow).toBe(true);
    expect(called(reference, read, [22]).edits[0]!.inWindow).toBe(false);
    expect(called(reference, read, [23, 24]).edits[0]!.inWindow).toBe(false);
  });
  it("an indel counts when any equivalent placement does", () => {
    const repeat = `${anchor}AAAAA${far}`;
    const shorter = `${anchor}AAAA${far}`;
    for (const position of [24, 25, 26, 27, 28])
      expect(called(repeat, shorter, [position]).edits[0]!.inWindow).toBe(true);
    for (const position of [23, 29]) expect(called(repeat, shorter, [position]).edits[0]!.inWindow).toBe(false);
    const longer = `${anchor}AAAAAA${far}`;
    expect(called(repeat, longer, [23, 24]).edits[0]!.inWindow).toBe(true);
    expect(called(repeat, longer, [28, 29]).edits[0]!.inWindow).toBe(true);
    expect(called(repeat, longer, [29, 30]).edits[0]!.inWindow).toBe(false);
  });
});

it("moves indels exactly as far as the sequence stays the same", () => {
  const base = fc.constantFrom("A", "C");
  const text = (min: number, max: number) => fc.array(base, { minLength: min, maxLength: max }).map((b) => b.join(""));
  fc.assert(
    fc.property(text(0, 14), text(1, 5), text(0, 14), fc.boolean(), (a, b, c, insertion) => {
      const [reference, read] = insertion
        ? [`${anchor}${a}${c}${far}`, `${anchor}${a}${b}${c}${far}`]
        : [`${anchor}${a}${b}${c}${far}`, `${anchor}${a}${c}${far}`];
      const found = called(reference, read);
      if (found.edits.length !== 1) return; // two gaps that cost less than one, or a gap and substitutions
      expect(found.edits.map(({ left, right }) => [left, right])).toEqual(placements(reference, found, read));
    }),
    { numRuns: 2000 },
  );
});

it("gives back the read when its edits are carried out", () => {
  const base = fc.constantFrom("A", "C", "G", "T");
  const text = fc.array(base, { minLength: 1, maxLength: 40 }).map((b) => b.join(""));
  fc.assert(
    fc.property(text, text, (a, b) => {
      const [reference, read] = [anchor + a + far, anchor + b + far];
      const { from, to, edits } = called(reference, read);
      let made = "";
      let at = from;
      for (const { kind, position, length, readAt } of edits) {
        made += reference.slice(at, position);
        if (kind !== "deletion") made += read.slice(readAt, readAt + length);
        at = kind === "insertion" ? position : position + length;
      }
      made += reference.slice(at, to);
      expect(read).toContain(made);
      if (from === 0 && to === reference.length) expect(made).toBe(read);
    }),
  );
});
