import fc from "fast-check";
import { expect, test } from "vitest";
import { openDatabase } from "../database.ts";
import { platePlan } from "../fixtures/plate.ts";
import { Inspector } from "../inspect.ts";
import type { RecordIn } from "./broker.ts";
import { MirrorTables } from "./mirror-tables.ts";
import { countersStore } from "./partition-counters.ts";
import { tasksStore } from "./partition-state.ts";

const plan = platePlan();
const now = 1_000_000;
const store = tasksStore(plan.dag, "features");

function mirror() {
  const db = openDatabase(undefined);
  const tables = new MirrorTables(db, plan);
  tables.declare(plan, now);
  return { tables, inspector: new Inspector(db) };
}

let offsets = 0;
function record(key: string, value: unknown, headers?: Record<string, string>): RecordIn {
  const bytes = value === null ? null : Buffer.from(JSON.stringify(value));
  return { offset: offsets++, key, value: bytes, timestamp: now, ...(headers === undefined ? {} : { headers }) };
}

/** An entry of the changelog: a line of times, then the value. */
function entry(of: string, key: string, value: unknown, lookup: string | null = null): RecordIn {
  const text = value === null ? null : `${JSON.stringify([lookup, null, null, null])}\n${JSON.stringify(value)}`;
  const bytes = text === null ? null : Buffer.from(text);
  return { offset: offsets++, key: `${of}\u0000${key}`, value: bytes, timestamp: 0 };
}

type Step = (tables: MirrorTables) => void;

const request = (taskId: string, attempt: number): Step => {
  const parameters = {};
  const reply = { topic: "plates.features-answers", partition: 0 };
  const told = { dag: plan.dag, node: "features", task: "extract", key: `key of ${taskId}`, input: { id: taskId } };
  const one = record(taskId, { taskId, attempt, ...told, parameters, timeoutMs: 1, priority: 0, reply });
  return (tables) => tables.tasks.requested("plates.features-requests", 0, one);
};
const answer = (taskId: string, attempt: number, more: object): Step => {
  const one = record(taskId, { taskId, attempt, startedAt: now + attempt, endedAt: now + attempt + 5, ...more });
  return (tables) => tables.tasks.answered("features", one);
};
const ledger = (taskId: string, value: object | null): Step => {
  const one = entry(store, taskId, value);
  return (tables) => tables.changed(0, one, now);
};
const letter = (taskId: string, value: object | null): Step => {
  const one = record(taskId, value);
  return (tables) => tables.letter(0, one);
};

const error = { code: "test/broken", message: "it is broken" };
const failedLetter = (taskId: string): object => ({
  ...{ kind: "task", node: "features", key: `key of ${taskId}`, value: {}, timestamp: now, dag: plan.dag, at: now },
  ...{ ...error, taskId, partition: 0 },
});

/** Lives of three tasks, a queue a topic, and one for the partition that hands them on: one works, one fails and is run again, one fails for good. */
function lives(): Step[][] {
  const requests = [request("good", 1), request("again", 1), request("bad", 1), request("again", 2)];
  const answers = [
    answer("good", 1, { outcome: "started" }),
    answer("bad", 1, { outcome: "failed", error }),
    answer("again", 1, { outcome: "failed", error }),
    answer("good", 1, { outcome: "done", result: {} }),
    answer("again", 2, { outcome: "done", result: {} }),
  ];
  const open = (state: string, attempts: number): object => ({
    state,
    key: "k",
    attempts,
    budget: 1 + attempts,
    input: {},
  });
  const changelog = [
    ledger("good", open("held", 0)),
    ledger("good", open("sent", 0)),
    ledger("again", open("sent", 0)),
    ledger("bad", open("sent", 0)),
    ledger("bad", { state: "failed", key: "key of bad", attempts: 1, input: {} }),
    ledger("again", { state: "failed", key: "key of again", attempts: 1, input: {} }),
    ledger("again", open("sent", 1)),
    ledger("good", { state: "done" }),
    ledger("again", { state: "done" }),
  ];
  const handedOn = [ledger("good", { state: "passed" }), ledger("again", { state: "passed" })];
  const letters = [letter("bad", failedLetter("bad")), letter("again", failedLetter("again")), letter("again", null)];
  return [requests, answers, changelog, letters, handedOn];
}

function rows(inspector: Inspector): unknown {
  const tasks = inspector.tasks().map(({ taskId, state, code }) => {
    const { attemptRows = [], input } = inspector.task(taskId) ?? {};
    return [taskId, state, code ?? "", input?.id, attemptRows.map(({ attempt, outcome }) => `${attempt} ${outcome}`)];
  });
  const letters = inspector.deadLetters().map(({ taskId, state, code }) => [taskId, state, code]);
  return { tasks: tasks.sort(), letters: letters.sort() };
}

test("what topics say of tasks gives the same tables in whatever order the topics are read", () => {
  const expected = {
    tasks: [
      ["again", "done", "", "again", ["1 failed", "2 done"]],
      ["bad", "failed", "test/broken", "bad", ["1 failed"]],
      ["good", "done", "", "good", ["1 done"]],
    ],
    letters: [["bad", "open", "test/broken"]],
  };
  fc.assert(
    fc.property(fc.array(fc.nat(4), { minLength: 40, maxLength: 80 }), (turns) => {
      const { tables, inspector } = mirror();
      const queues = lives();
      for (const turn of turns) queues[turn]?.shift()?.(tables);
      for (const queue of queues) for (const step of queue) step(tables);
      expect(rows(inspector)).toEqual(expected);
    }),
  );
});

test("a task that the ledger forgets is forgotten with its attempts and its input", () => {
  const { tables, inspector } = mirror();
  for (const queue of lives()) for (const step of queue) step(tables);
  ledger("good", null)(tables);
  expect(inspector.task("good")).toBeUndefined();
  expect(
    inspector
      .tasks()
      .map(({ taskId }) => taskId)
      .sort(),
  ).toEqual(["again", "bad"]);
});

test("a task is not forgotten while it is open, whoever handed it on forgets it", () => {
  const { tables, inspector } = mirror();
  request("good", 1)(tables);
  ledger("good", { state: "passed" })(tables);
  ledger("good", null)(tables);
  expect(inspector.task("good")).toMatchObject({ state: "waiting", input: { id: "good" } });
});

test("counts of partitions are added up, and the newest word of each counts", () => {
  const { tables, inspector } = mirror();
  const counts = (out: number, done: number): object => ({
    ...{ in: out, out, failed: 0, duplicates: 0, opened: 0, closed: 0, incomplete: 0, revised: 0, retried: 0 },
    ...{ done, lastAt: now },
  });
  tables.changed(0, entry(countersStore(plan.dag), "features", counts(1, 1)), now);
  tables.changed(1, entry(countersStore(plan.dag), "features", counts(5, 5)), now);
  tables.changed(0, entry(countersStore(plan.dag), "features", counts(3, 3)), now);
  tables.counters.settle();
  const { nodes } = inspector.stats(now);
  expect(nodes.find(({ node }) => node === "features")).toMatchObject({ out: 8, tasks: { done: 8 }, ratePerS: 0.8 });
});

test("groups are open from their first word until the one without a look-up", () => {
  const { tables } = mirror();
  tables.changed(0, entry(`${plan.dag}.sites`, "A", {}, "E1"), now);
  tables.changed(0, entry(`${plan.dag}.sites`, "B", {}, "E1"), now);
  tables.changed(0, entry(`${plan.dag}.sites`, "A", {}), now);
  expect([...tables.openCounts()]).toEqual([[`${plan.dag}.sites`, 1]]);
});

test("a dead letter's number leads back to its place, the same on every machine", () => {
  const { tables } = mirror();
  fc.assert(
    fc.property(fc.nat(plan.partitions - 1), fc.nat(1_000_000_000), (partition, offset) => {
      expect(tables.placeOfLetter(tables.letterId(partition, offset))).toEqual({ partition, offset });
    }),
  );
});
