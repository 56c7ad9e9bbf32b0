import { expect, test } from "vitest";
import { compile } from "./compile.ts";
import { platePlan } from "./fixtures/plate.ts";
import type { GroupState } from "./group-state.ts";
import { step } from "./step.ts";
import type { StateAccess } from "./step-types.ts";
import { topologyOf } from "./topology.ts";

const empty: StateAccess = { get: () => undefined, find: () => [], record: () => undefined };

test("a step says what one record does: writes, outputs, timers, counts; and touches nothing", () => {
  const topology = topologyOf(platePlan());
  const value = { experiment: "E1", plate: "P1", well: "A01", site: 1, channel: "DNA" };
  const input = {
    kind: "record" as const,
    node: "images",
    record: { key: "E1/P1/A01/1", value, timestamp: 5 },
    now: 10,
  };
  const first = step(topology, empty, input);
  expect(first.writes).toMatchObject([
    { store: "plates.sites", key: "E1/P1/A01/1", lookup: "E1", value: { generation: 0, openedAt: 10 } },
  ]);
  expect(first.outputs).toEqual([]);
  expect(first.counts.get("sites")).toMatchObject({ in: 1, opened: 1, closed: 0 });
  expect(step(topology, empty, input)).toEqual(first);
  const known: StateAccess = {
    ...empty,
    get: (store) => (store === "plates.metadata" ? Object.freeze({ channels: ["DNA"] }) : undefined),
  };
  expect(step(topology, known, input).outputs).toMatchObject([
    { topic: "plates.sites", record: { key: "E1/P1/A01/1", value: { complete: true } } },
  ]);
});

test("state that a step read is not changed in place", () => {
  const topology = topologyOf(platePlan());
  const record = (channel: string) => ({
    key: "k",
    timestamp: 1,
    value: { experiment: "E", plate: "P", well: "A01", site: 1, channel },
  });
  const [write] = step(topology, empty, { kind: "record", node: "images", record: record("DNA"), now: 1 }).writes;
  const group = write?.value as GroupState;
  const members = (): string => JSON.stringify([...group.members]);
  const before = members();
  const state: StateAccess = { ...empty, get: (store) => (store === "plates.sites" ? write?.value : undefined) };
  step(topology, state, { kind: "record", node: "images", record: record("ER"), now: 2 });
  expect(members()).toBe(before);
});

test("a function that throws gives a dead letter and a failure, never an exception", () => {
  const plan = compile({
    name: "t",
    graph: {
      in: { type: "topic-stream", "topic-name": "in" },
      bad: { type: "stream-operation", inputs: ["in"], function: { map: "bad" } },
      keep: { type: "external-task", stream: "bad", "task-name": "keep" },
    },
  });
  const functions = {
    bad: () => {
      throw new Error("no");
    },
  };
  const result = step(topologyOf(plan, functions), empty, {
    kind: "record",
    node: "in",
    record: { key: "k", value: {}, timestamp: 1 },
    now: 1,
  });
  expect(result.deadLetters).toMatchObject([{ node: "bad", code: "engine/function-threw", message: "no" }]);
  expect(result.outputs).toMatchObject([{ topic: "t.bad", record: { failure: { code: "engine/function-threw" } } }]);
});
