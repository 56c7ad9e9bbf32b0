import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { EngineCore } from "./core.ts";
import { openDatabase } from "./database.ts";
import { testDriver } from "./test-driver.ts";

const graph = {
  images: { type: "topic-stream", "topic-name": "images", key: "{well}" },
  sites: {
    type: "stream-operation",
    inputs: ["images"],
    function: { "group-complete": { by: ["well"], member: ["channel"], expect: { constant: 2 }, collect: "images" } },
  },
  out: { type: "publish", "topic-name": "out", stream: "sites" },
};
const plan = compile({ name: "g", partitions: 4, graph });

/** A database that counts what is prepared and run, by the beginning of its text. */
function counting(begin: string): { db: DatabaseSync; runs: () => number } {
  let runs = 0;
  class Counting extends DatabaseSync {
    override prepare(...given: Parameters<DatabaseSync["prepare"]>): ReturnType<DatabaseSync["prepare"]> {
      const statement = super.prepare(...given);
      if (!given[0].startsWith(begin)) return statement;
      const run = statement.run.bind(statement);
      statement.run = ((...values: Parameters<typeof run>) => {
        runs++;
        return run(...values);
      }) as typeof statement.run;
      return statement;
    }
  }
  return { db: openDatabase(undefined, { open: (path) => new Counting(path) }), runs: () => runs };
}

describe("traps of streams that the embedded engine walks around", () => {
  test("trap 10: a whole number that stands for its neighbours as well is no key", () => {
    const driver = testDriver(plan);
    for (const id of [2 ** 53, -(2 ** 53), 2 ** 53 + 2])
      expect(() => driver.push("images", { well: id, channel: "DNA" })).toThrow(/whole numbers up to 2\^53 - 1/);
    driver.push("images", { well: Number.MAX_SAFE_INTEGER, channel: "DNA" });
    driver.push("images", { well: "9007199254740993", channel: "DNA" });
    expect(
      driver
        .read("images")
        .map(({ key }) => key)
        .sort(),
    ).toEqual(["9007199254740991", "9007199254740993"]);
    driver.push("images", { well: "A01", channel: 2 ** 53 });
    expect(driver.deadLetters()).toMatchObject([{ code: "engine/missing-field", node: "g.sites" }]);
  });

  test("trap 12: ten thousand records that are handed in together are a row a partition and topic, not a row each", () => {
    const { db, runs } = counting("INSERT INTO log");
    const core = new EngineCore({ db, plans: [plan], now: 1 });
    const records = Array.from({ length: 5000 }, (_, well) =>
      ["DNA", "ER"].map((channel) => ({ value: { well: `W${well}`, channel } })),
    ).flat();
    let accepted = 0;
    const note = (result: { accepted: number }): void => {
      accepted = result.accepted;
    };
    const append = (now: number): { accepted: number } => core.append("images", records, [], now);
    core.command(append, note, (error) => expect.unreachable(String(error)));
    while (core.tick(1).more) {}
    expect(accepted).toBe(records.length);
    const complete = [0, 1, 2, 3].reduce((sum, partition) => sum + core.tables.log.end("out", partition), 0);
    expect(complete).toBe(5000);
    // three topics, four partitions, one row each; batches of 4,096 at most
    expect(runs()).toBeLessThanOrEqual(3 * plan.partitions);
  });
});

/** Names of tests in the sources of this room and of the executors. */
function testNames(): string[] {
  const rooms = [import.meta.dirname, join(import.meta.dirname, "kafka"), join(import.meta.dirname, "..", "executors")];
  const files = rooms.flatMap((room) =>
    readdirSync(room)
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => readFileSync(join(room, name), "utf8")),
  );
  return files.flatMap((text) => [...text.matchAll(/^\s*(?:test|it)\(\s*"([^"]+)"/gm)].map((match) => match[1] ?? ""));
}

test("each of the twelve traps has a test that is named after it", () => {
  const names = testNames();
  const missing = Array.from({ length: 12 }, (_, index) => index + 1).filter(
    (trap) => !names.some((name) => new RegExp(`^trap ${trap}[:,] `).test(name)),
  );
  expect(missing).toEqual([]);
});
