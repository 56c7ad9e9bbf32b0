import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compile } from "./compile.ts";
import type { Lease } from "./leases.ts";
import { testDriver } from "./test-driver.ts";

const plan = (exclusive: object) =>
  compile({
    name: "one",
    partitions: 2,
    graph: {
      in: { type: "topic-stream", "topic-name": "in", key: "{key}" },
      work: { type: "external-task", stream: "in", "task-name": "work", cache: false, ...exclusive },
    },
  });

describe("tasks that exclude each other by key", () => {
  it("wait for the running one of their key, and no other", () => {
    const driver = testDriver(plan({ exclusive: "key" }));
    for (const n of [1, 2, 3]) driver.push("in", { key: "a", n });
    driver.push("in", { key: "b", n: 1 });
    const first = driver.lease(8);
    expect(first.map(({ input }) => `${input.key}${input.n}`).sort()).toEqual(["a1", "b1"]);
    expect(driver.lease(8)).toEqual([]);
    driver.complete(first.find(({ key }) => key === "a") as Lease, {});
    expect(driver.lease(8).map(({ input }) => `${input.key}${input.n}`)).toEqual(["a2"]);
  });

  it("run side by side without that rule", () => {
    const driver = testDriver(plan({}));
    for (const n of [1, 2, 3]) driver.push("in", { key: "a", n });
    expect(driver.lease(8)).toHaveLength(3);
  });

  it("do not wait for one that waits for its next attempt, and are free again after a crash", () => {
    const driver = testDriver(plan({ exclusive: "key" }));
    driver.push("in", { key: "a", n: 1 });
    driver.push("in", { key: "a", n: 2 });
    driver.fail(driver.lease(8)[0] as Lease, new Error("later"));
    expect(driver.lease(8).map(({ input }) => input.n)).toEqual([2]);
    driver.crash();
    expect(driver.lease(8).map(({ input }) => input.n)).toEqual([2]);
  });

  it("all run, one a key at a time, in whatever order they are leased, answered and failed", () => {
    const moves = fc.array(
      fc.oneof(fc.record({ lease: fc.integer({ min: 1, max: 4 }) }), fc.record({ end: fc.nat() })),
    );
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 12 }), moves, (keys, steps) => {
        const driver = testDriver(plan({ exclusive: "key", retry: { attempts: 2, delayMs: 0 } }));
        keys.forEach((key, n) => {
          driver.push("in", { key, n });
        });
        const running: Lease[] = [];
        const done = new Set<unknown>();
        const lease = (most: number): void => {
          running.push(...driver.lease(most));
          expect(new Set(running.map(({ key }) => key)).size).toBe(running.length);
        };
        const end = (which: number): void => {
          const [one] = running.splice(which % Math.max(1, running.length), 1);
          if (one === undefined) return;
          if (one.attempt === 1 && which % 3 === 0) driver.fail(one, new Error("again"));
          else {
            driver.complete(one, {});
            done.add(one.input.n);
          }
        };
        for (const move of steps) "lease" in move ? lease(move.lease) : end(move.end);
        for (let left = 0; left < 60 && done.size < keys.length; left++) {
          driver.advance(100);
          lease(2);
          end(1);
        }
        expect(done.size).toBe(keys.length);
      }),
    );
  });
});
