import { expect, test } from "vitest";
import { compile } from "../compile.ts";
import type { LogRecord } from "../records.ts";
import { layoutOf } from "./layout.ts";
import { PartitionCounters } from "./partition-counters.ts";
import { PartitionState } from "./partition-state.ts";
import { type LedgerEffects, TaskLedger } from "./task-ledger.ts";
import type { TaskMessage } from "./task-message.ts";

const minute = 60_000;
const day = 24 * 60 * minute;

/** The ledger of one task node, with what it made happen. */
function ledgerOf(node: object) {
  const plan = compile({
    name: "t",
    partitions: 1,
    graph: {
      wells: { type: "topic-stream", "topic-name": "wells", key: "{well}" },
      measured: { type: "external-task", stream: "wells", "task-name": "measure", ...node },
    },
  } as Parameters<typeof compile>[0]);
  const [place] = layoutOf(plan).tasks;
  if (place === undefined) throw new Error("no task");
  const state = new PartitionState(plan, new Map());
  const ledger = new TaskLedger(place, "t", 0, 1, state, new PartitionCounters("t", state));
  const requests: TaskMessage[] = [];
  const results: LogRecord[] = [];
  const letters: string[] = [];
  const effects: LedgerEffects = {
    emit: (_, record) => results.push(record),
    request: (_, message) => requests.push(message),
    deadLetter: ({ code }) => letters.push(code),
    settled: () => {},
    passOn: () => {},
  };
  const fire = (now: number): number => {
    let fired = 0;
    for (let due = state.takeDue(now, now); due !== undefined; due = state.takeDue(now, now), fired++)
      ledger.fire(due.key, now, effects);
    return fired;
  };
  const begin = (): TaskMessage => {
    ledger.request({ key: "A01", value: { well: "A01" }, timestamp: 0 }, 0, effects);
    return requests[0] as TaskMessage;
  };
  return { ledger, effects, requests, results, letters, fire, begin };
}

test("a request says what its node asks of the machine; an executor's has no time limit of its own", () => {
  const { begin } = ledgerOf({ executor: "cluster", resources: { cpu: 4 } });
  const message = begin();
  expect(message).toMatchObject({ attempt: 1, resources: { cpu: 4 }, timeoutMs: Number.POSITIVE_INFINITY });
  expect(ledgerOf({}).begin()).toMatchObject({ resources: {}, timeoutMs: 10 * minute });
});

test("what an executor runs is not given up while nobody looks at it: its request is made again, of the same attempt", () => {
  const { ledger, effects, begin, fire, requests, letters } = ledgerOf({ executor: "cluster", timeout: minute });
  const { taskId } = begin();
  ledger.answer({ taskId, attempt: 1, outcome: "started" }, minute, effects);
  expect(fire(2 * day)).toBe(0);
  expect(fire(4 * day)).toBe(1);
  expect(requests.map(({ attempt }) => attempt)).toEqual([1, 1]);
  expect(letters).toEqual([]);
});

test("a lease that nobody is heard of any more is a failed attempt", () => {
  const { ledger, effects, begin, fire, letters } = ledgerOf({
    executor: "lease",
    timeout: minute,
    retry: { attempts: 1 },
  });
  const { taskId } = begin();
  ledger.answer({ taskId, attempt: 1, outcome: "started" }, 0, effects);
  expect(fire(2 * minute)).toBe(1);
  expect(letters).toEqual(["engine/task-timeout"]);
});

test("preemption uses no attempt, and what comes after it counts", () => {
  const { ledger, effects, begin, results, letters } = ledgerOf({ executor: "cluster", retry: { attempts: 1 } });
  const { taskId } = begin();
  const error = { code: "executors/preempted", message: "taken back" };
  ledger.answer({ taskId, attempt: 1, outcome: "started" }, 1, effects);
  for (let time = 0; time < 3; time++)
    expect(ledger.answer({ taskId, attempt: 1, outcome: "preempted", error }, 2, effects)).toBe("going-on");
  expect(ledger.answer({ taskId, attempt: 1, outcome: "done", result: { ok: true } }, 3, effects)).toBe("ended");
  expect(results.map(({ value }) => value)).toEqual([{ well: "A01", ok: true }]);
  expect(letters).toEqual([]);
});
