import fc from "fast-check";
import { expect, test } from "vitest";
import { type Place, placeName } from "./broker.ts";
import {
  assign,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  type Subscriber,
} from "./group-protocol.ts";

const places = (count: number, topic = "t"): Place[] =>
  Array.from({ length: count }, (_, partition) => ({ topic, partition }));

test("every partition has one member, loads differ by one at most, nobody loses a partition without need", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 6 }),
      fc.infiniteStream(fc.nat(7)),
      (count, workers, choose) => {
        const all = places(count);
        const members: Subscriber[] = Array.from({ length: workers }, (_, index) => ({
          memberId: `m${index}`,
          topics: ["t"],
          owned: [],
        }));
        const owned = all.map((place) => ({ place, owner: choose.next().value % (workers + 1) }));
        for (const [index, member] of members.entries())
          Object.assign(member, { owned: owned.filter(({ owner }) => owner === index).map(({ place }) => place) });
        const given = assign(all, members);
        expect([...given.values()].flat().map(placeName).sort()).toEqual(all.map(placeName).sort());
        const loads = [...given.values()].map(({ length }) => length);
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1);
        for (const { memberId, owned: mine } of members) {
          const kept = mine.filter((place) => given.get(memberId)?.includes(place)).length;
          expect(kept).toBeGreaterThanOrEqual(Math.min(mine.length, Math.floor(count / workers)));
        }
        expect(assign(all, [...members].reverse())).toEqual(given);
      },
    ),
  );
});

test("a second worker takes half, and the first keeps the other half", () => {
  const given = assign(places(4), [
    { memberId: "old", topics: ["t"], owned: places(4) },
    { memberId: "new", topics: ["t"], owned: [] },
  ]);
  expect(given.get("old")?.map(({ partition }) => partition)).toEqual([0, 1]);
  expect(given.get("new")?.map(({ partition }) => partition)).toEqual([2, 3]);
});

test("a partition goes only to those who subscribe to its topic", () => {
  const given = assign(
    [...places(2, "a"), ...places(2, "b")],
    [
      { memberId: "a", topics: ["a"], owned: [] },
      { memberId: "b", topics: ["b"], owned: places(2, "a") },
    ],
  );
  expect(given.get("a")).toEqual(places(2, "a"));
  expect(given.get("b")).toEqual(places(2, "b"));
});

test("what only one member serves does not take from it its share of what others serve as well", () => {
  const given = assign(
    [...places(4, "shared"), ...places(8, "own")],
    [
      { memberId: "both", topics: ["own", "shared"], owned: [...places(8, "own"), ...places(4, "shared")] },
      { memberId: "one", topics: ["shared"], owned: [] },
    ],
  );
  expect(given.get("one")).toHaveLength(2);
  expect(given.get("both")).toHaveLength(10);
});

test("subscriptions and assignments survive the wire", () => {
  const owned = [...places(2, "a"), ...places(1, "ü")];
  expect(decodeSubscription(encodeSubscription(["a", "ü"], owned))).toEqual({ topics: ["a", "ü"], owned });
  expect(decodeAssignment(encodeAssignment(owned))).toEqual(owned);
  expect(decodeAssignment(Buffer.alloc(0))).toEqual([]);
});
