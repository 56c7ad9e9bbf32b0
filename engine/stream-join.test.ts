import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { NotCoPartitionedError } from "./errors.ts";
import type { Plan } from "./plan.ts";
import { testDriver } from "./test-driver.ts";

function planOf(join: Record<string, unknown> = {}, keys: { images?: string; focus?: string } = {}): Plan {
  return compile({
    name: "j",
    partitions: 4,
    graph: {
      images: {
        type: "topic-stream",
        "topic-name": "images",
        ...(keys.images === undefined ? {} : { key: keys.images }),
      },
      focus: { type: "topic-stream", "topic-name": "focus", ...(keys.focus === undefined ? {} : { key: keys.focus }) },
      both: {
        type: "stream-operation",
        inputs: ["images", "focus"],
        function: {
          "stream-join": {
            left: "images",
            right: "focus",
            by: ["well"],
            as: "focus",
            beforeMs: 10,
            afterMs: 5,
            ...join,
          },
        },
      },
      out: { type: "publish", "topic-name": "out", stream: "both" },
    },
  });
}

interface Event {
  side: "images" | "focus";
  well: string;
  id: number;
  at: number;
}

/** What the join means, over all events at once: every pair within the window, and left events without partner when asked for. */
function batch(events: readonly Event[], kind: "inner" | "left"): string[] {
  const lefts = events.filter(({ side }) => side === "images");
  const rights = events.filter(({ side }) => side === "focus");
  return lefts
    .flatMap((left) => {
      const partners = rights.filter(({ well, at }) => well === left.well && at >= left.at - 10 && at <= left.at + 5);
      if (partners.length === 0) return kind === "left" ? [`${left.well} ${left.id} - @${left.at}`] : [];
      return partners.map(({ id, at }) => `${left.well} ${left.id} ${id} @${Math.max(at, left.at)}`);
    })
    .sort();
}

async function joined(events: readonly Event[], kind: "inner" | "left", crashAt = -1): Promise<string[]> {
  const driver = testDriver(planOf({ kind, graceMs: 1000 }), { limits: { cachedKeys: 2 } });
  for (const [index, { side, well, id, at }] of events.entries()) {
    driver.push(side, { well, id }, { timestamp: at, key: String(id) });
    if (index === crashAt) driver.crash();
  }
  await driver.closeInput();
  expect(driver.store("both").size, "nothing waits after the end").toBe(0);
  return driver
    .read("out")
    .map(({ key, value, timestamp }) => {
      const right = value.focus as { id: number } | null;
      return `${key} ${value.id} ${right === null ? "-" : right.id} @${timestamp}`;
    })
    .sort();
}

describe("stream-join", () => {
  test("joins whichever side comes first, at the window's bounds and not beyond them", async () => {
    const image: Event = { side: "images", well: "A01", id: 1, at: 100 };
    const focus = [89, 90, 105, 106].map((at, index): Event => ({ side: "focus", well: "A01", id: index, at }));
    for (const events of [
      [image, ...focus],
      [...focus, image],
    ]) {
      expect(await joined(events, "inner")).toEqual(["A01 1 1 @100", "A01 1 2 @105"]);
    }
  });

  test("left: a record without partner goes on alone, once its window and grace are over", () => {
    const driver = testDriver(planOf({ kind: "left", graceMs: 20 }));
    driver.push("images", { well: "A01", id: 1 }, { timestamp: 100 });
    driver.push("focus", { well: "B02", id: 2 }, { timestamp: 125 });
    expect(driver.read("out")).toEqual([]);
    driver.push("focus", { well: "B02", id: 3 }, { timestamp: 126 });
    expect(driver.read("out")).toMatchObject([
      { key: "A01", value: { well: "A01", id: 1, focus: null }, timestamp: 100 },
    ]);
  });

  test("state goes when no partner can come any more", () => {
    const driver = testDriver(planOf());
    driver.push("images", { well: "A01", id: 1 }, { timestamp: 100 });
    driver.push("focus", { well: "A01", id: 2 }, { timestamp: 101 });
    expect(driver.store("both").size).toBe(2);
    driver.push("images", { well: "A01", id: 3 }, { timestamp: 1000 });
    expect(driver.store("both").size).toBe(1);
  });

  test("a record later than grace allows is set aside with its side, and a re-driven one joins where it belongs", () => {
    const driver = testDriver(planOf());
    driver.push("images", { well: "A01", id: 1 }, { timestamp: 100 });
    driver.push("focus", { well: "A01", id: 2 }, { timestamp: 99 });
    expect(driver.deadLetters()).toMatchObject([{ code: "engine/late-record", node: "j.both", value: { id: 2 } }]);
    driver.redrive("all");
    expect(driver.deadLetters()).toMatchObject([{ code: "engine/late-record" }]);
    const side = driver.db.prepare("SELECT side FROM dead_letters").get()?.side;
    expect(side).toBe("right");
    driver.push("focus", { id: 9 }, { timestamp: 100, key: "A01" });
    expect(driver.deadLetters().map(({ code }) => code)).toEqual(["engine/late-record", "engine/missing-field"]);
  });

  test("whatever the order within grace, and through a crash, the pairs are those of a batch evaluation", async () => {
    const event = fc.record({
      side: fc.constantFrom("images" as const, "focus" as const),
      well: fc.constantFrom("A01", "B02"),
      id: fc.nat(),
      at: fc.integer({ min: 0, max: 60 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(event, { selector: ({ id }) => id, maxLength: 14 }),
        fc.constantFrom("inner" as const, "left" as const),
        fc.nat(14),
        async (events, kind, crashAt) => {
          expect(await joined(events, kind, crashAt)).toEqual(batch(events, kind));
        },
      ),
      { numRuns: 60 },
    );
  });

  test("a catch-up over several partitions sets nothing aside that was in order when it was written", () => {
    const driver = testDriver(planOf({ graceMs: 0 }));
    for (let at = 0; at < 200; at++)
      driver.append(at % 2 === 0 ? "images" : "focus", { well: "A01", id: at }, { timestamp: at, key: `k${at}` });
    driver.settle();
    expect(driver.deadLetters()).toEqual([]);
    const pairs = Array.from({ length: 100 }, (_, left) => left * 2).flatMap((left) =>
      Array.from({ length: 100 }, (_, right) => right * 2 + 1).filter(
        (right) => right >= left - 10 && right <= left + 5,
      ),
    );
    expect(driver.read("out").length).toBe(pairs.length);
  });
});

describe("the sides of a stream-join are co-partitioned", () => {
  const repartitions = (plan: Plan): string[] =>
    plan.topics.filter(({ kind }) => kind === "repartition").map(({ name }) => name);

  test("by a repartition of each side that is not keyed by the fields", () => {
    expect(repartitions(planOf())).toEqual(["j.both-left-repartition", "j.both-right-repartition"]);
    expect(repartitions(planOf({}, { images: "{well}" }))).toEqual(["j.both-right-repartition"]);
    expect(repartitions(planOf({}, { images: "{well}", focus: "{well}" }))).toEqual([]);
  });

  test("or, without `by`, by equal keys; otherwise compiling says which keys there are", () => {
    const unkeyed = { by: undefined };
    expect(repartitions(planOf(unkeyed, { images: "{well}", focus: "{well}" }))).toEqual([]);
    expect(() => planOf(unkeyed)).not.toThrow();
    expect(() => planOf(unkeyed, { images: "{well}" })).toThrow(NotCoPartitionedError);
    expect(() => planOf(unkeyed, { images: "{well}", focus: "{plate}" })).toThrow(
      /"images" by "\{well\}", "focus" by "\{plate\}"/,
    );
  });

  test("a side that is no input, or the other side again, is refused", () => {
    expect(() => planOf({ right: "images" })).toThrow(/expected the two streams "images" and "images"/);
    expect(() => planOf({ left: "elsewhere" })).toThrow(/expected the two streams "elsewhere" and "focus"/);
  });
});
