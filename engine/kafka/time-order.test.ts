import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Read } from "./broker.ts";
import { TimeOrder } from "./time-order.ts";

const nothingMore = (): boolean => false;

/** A read of a topic with one record a timestamp, offsets from `from` on. */
function readOf(topic: string, from: number, times: readonly number[]): Read {
  const records = times.map((timestamp, index) => ({ offset: from + index, key: null, value: null, timestamp }));
  const next = from + times.length;
  return { topic, partition: 0, from, records, next, stable: next, end: next };
}

function takeAll(order: TimeOrder, most = 100): [string, number[]][] {
  const taken: [string, number[]][] = [];
  for (let read = order.take(most, nothingMore); read !== undefined; read = order.take(most, nothingMore))
    taken.push([read.topic, read.records.map(({ timestamp }) => timestamp)]);
  return taken;
}

describe("topics in the order of event time", () => {
  test("take turns, each up to where another one is earlier", () => {
    const order = new TimeOrder(["images", "focus"]);
    order.add(readOf("images", 0, [1, 2, 9, 10]));
    order.add(readOf("focus", 0, [3, 4, 11]));
    expect(takeAll(order)).toEqual([
      ["images", [1, 2]],
      ["focus", [3, 4]],
      ["images", [9, 10]],
      ["focus", [11]],
    ]);
  });

  test("wait for a topic that has more than was read of it, and for no other", () => {
    const order = new TimeOrder(["images", "focus"]);
    order.add(readOf("images", 0, [1]));
    expect(order.take(10, (topic) => topic === "focus")).toBeUndefined();
    expect(order.take(10, nothingMore)?.records).toHaveLength(1);
  });

  test("a read without records passes at once, since only its position counts", () => {
    const order = new TimeOrder(["images", "focus"]);
    order.add(readOf("images", 5, []));
    expect(order.take(10, () => true)).toMatchObject({ topic: "images", from: 5, next: 5 });
  });

  test("enough is held when two reads wait, and nothing after clear", () => {
    const order = new TimeOrder(["images"]);
    order.add(readOf("images", 0, [1]));
    expect(order.isFull("images")).toBe(false);
    order.add(readOf("images", 1, [2]));
    expect(order.isFull("images")).toBe(true);
    order.clear();
    expect(order.take(10, nothingMore)).toBeUndefined();
  });

  test("whatever is held comes out whole, by offset within each topic, and by time where each topic is in order", () => {
    const times = fc.array(fc.nat(50), { maxLength: 12 }).map((all) => all.sort((a, b) => a - b));
    fc.assert(
      fc.property(times, times, fc.integer({ min: 1, max: 4 }), (images, focus, most) => {
        const order = new TimeOrder(["images", "focus"]);
        for (const [topic, all] of [
          ["images", images],
          ["focus", focus],
        ] as const) {
          order.add(readOf(topic, 0, all.slice(0, 5)));
          order.add(readOf(topic, Math.min(5, all.length), all.slice(5)));
        }
        const taken = takeAll(order, most);
        expect(taken.flatMap(([, at]) => at)).toEqual([...images, ...focus].sort((a, b) => a - b));
        expect(taken.every(([, at]) => at.length <= most)).toBe(true);
        expect(taken.filter(([topic]) => topic === "images").flatMap(([, at]) => at)).toEqual(images);
      }),
    );
  });
});
