import { beforeEach, expect, test } from "vitest";
import { openDatabase } from "./database.ts";
import { defaultLimits } from "./engine-limits.ts";
import { type EngineTables, engineTables } from "./engine-tables.ts";
import type { DeadLetter } from "./records.ts";

let tables: EngineTables;
beforeEach(() => {
  tables = engineTables(openDatabase(undefined), [], defaultLimits);
});

const letter: DeadLetter = {
  kind: "record",
  node: "join",
  key: "A01",
  value: { well: "A01", µ: [1, null] },
  timestamp: 5,
  code: "engine/late-record",
  message: "Too late.",
};

test("a letter that was put is open, with all that re-driving it takes", () => {
  tables.letters.put("w", { ...letter, side: "right" }, 100);
  expect(tables.letters.open("all")).toEqual([
    {
      id: 1,
      kind: "record",
      node: "w.join",
      record: { key: "A01", value: { well: "A01", µ: [1, null] }, timestamp: 5 },
      side: "right",
    },
  ]);
  expect(tables.sql("SELECT code, message, at, state, task FROM dead_letters").all()).toEqual([
    { code: "engine/late-record", message: "Too late.", at: 100, state: "open", task: null },
  ]);
});

test("letters are found by their number or all, the oldest first; what was re-driven or removed is not open", () => {
  for (const key of ["A", "B", "C"]) tables.letters.put("w", { ...letter, key }, 100);
  const keys = (id: number | "all"): string[] => tables.letters.open(id).map(({ record }) => record.key);
  expect(keys("all")).toEqual(["A", "B", "C"]);
  expect(keys(2)).toEqual(["B"]);
  expect(keys(9)).toEqual([]);
  tables.letters.remove(1);
  tables.sql("UPDATE dead_letters SET state = 'redriven' WHERE id = 2").run();
  expect([keys("all"), keys(1), keys(2)]).toEqual([["C"], [], []]);
});

test("of a record the event log is told at once, of a task the queue tells", () => {
  tables.letters.put("w", letter, 100);
  tables.letters.put("w", { ...letter, kind: "task", taskId: "t1" }, 100);
  tables.events.flush(101);
  const events = tables.sql("SELECT kind, data FROM run_events").all();
  expect(events.map(({ kind, data }) => [kind, JSON.parse(String(data))])).toEqual([
    ["dead-letter", { dag: "w", node: "join", key: "A01", code: "engine/late-record", message: "Too late." }],
  ]);
  expect(tables.letters.open("all").map(({ taskId }) => taskId)).toEqual([undefined, "t1"]);
});
