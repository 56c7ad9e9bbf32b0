import type { ObjectEvent } from "@artesian/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide, type FunctionRequest } from "./function-requests.ts";

const fn = { id: "f", digest: "d1" };
const event = (etag: string, sequencer: string | null, given: Partial<ObjectEvent> = {}): ObjectEvent => ({
  bucket: "b",
  key: "k",
  type: "ObjectCreated:Put",
  etag,
  versionId: null,
  sequencer,
  sizeBytes: 1,
  timeMs: 10_000,
  modifiedMs: null,
  source: "notification",
  replay: null,
  ...given,
});
const told = (events: readonly ObjectEvent[], digest = "d1"): string[] => {
  let state: FunctionRequest | undefined;
  return events.map((one) => {
    state = decide({ ...fn, digest }, state, one);
    return `${one.etag}:${state.why}${state.due ? "!" : ""}`;
  });
};

describe("what a function owes an object", () => {
  it("is one application a version, whatever comes twice or late", () => {
    expect(
      told([event("A", "1"), event("A", "1"), event("B", "3"), event("A", "1"), event("C", "2"), event("B", "3")]),
    ).toEqual(["A:new!", "A:duplicate", "B:changed!", "A:older", "C:older", "B:duplicate"]);
  });

  it("is an application again when a content comes back, since the other one's effect stands", () => {
    expect(told([event("A", "1"), event("B", "2"), event("A", "3")])).toEqual(["A:new!", "B:changed!", "A:changed!"]);
  });

  it("knows the latest word on a version: what was between two equal ones is old", () => {
    expect(told([event("A", "1"), event("A", "5"), event("B", "3")])).toEqual(["A:new!", "A:duplicate", "B:older"]);
  });

  it("is nothing more when a listing tells of what a notification told of, or the other way round", () => {
    const listed = event("A", null, { source: "listing", timeMs: 10_000 });
    expect(told([event("A", "1", { timeMs: 10_400 }), listed])).toEqual(["A:new!", "A:duplicate"]);
    expect(told([listed, event("A", "1", { versionId: "v1", timeMs: 10_400 })])).toEqual(["A:new!", "A:duplicate"]);
  });

  it("is what a listing finds when a notification was lost", () => {
    expect(told([event("A", "1"), event("B", null, { source: "listing", timeMs: 60_000 })])).toEqual([
      "A:new!",
      "B:changed!",
    ]);
  });

  it("is owed again by another digest, or when it is forced, once it is told of again", () => {
    const replay = (force: boolean) => ({ replay: { id: "r", function: null, force } });
    const state = decide(fn, undefined, event("A", "1"));
    expect(decide({ ...fn, digest: "d2" }, state, event("A", "1", replay(false)))).toMatchObject({
      due: true,
      why: "replayed",
    });
    expect(decide(fn, state, event("A", "1", replay(false)))).toMatchObject({ due: false });
    const again = decide(fn, state, event("A", "1", replay(true)));
    expect(again).toMatchObject({ due: true, idempotencyKey: state.idempotencyKey, generation: 2 });
    expect(again.request).not.toBe(state.request);
  });
});

it("applies the newest version last, and each occurrence at most once, in any order with any doubles", () => {
  const history = fc.array(fc.constantFrom("A", "B", "C"), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(history, fc.array(fc.nat(), { maxLength: 20 }), fc.nat(), (contents, doubles, seed) => {
      const occurrences = contents.map((etag, n) => event(etag, (n + 1).toString(16).padStart(4, "0"), { timeMs: n }));
      const all = [...occurrences, ...doubles.map((n) => occurrences[n % occurrences.length] as ObjectEvent)];
      // A shuffle of its own for each seed.
      const order = all
        .map((one, n) => ({ one, at: Math.imul(n + 1, 2654435761 ^ seed) >>> 0 }))
        .sort((a, b) => a.at - b.at);
      let state: FunctionRequest | undefined;
      const applied: string[] = [];
      for (const { one } of order) {
        state = decide(fn, state, one);
        if (state.due) applied.push(state.event.etag);
      }
      expect(applied.at(-1)).toBe(contents.at(-1));
      expect(new Set(order.map(({ one }) => one)).size).toBeGreaterThanOrEqual(applied.length);
      for (let n = 1; n < applied.length; n++) expect(applied[n]).not.toBe(applied[n - 1]);
    }),
  );
});
