import { beforeEach, expect, test } from "vitest";
import { compile } from "../compile.ts";
import { numbersOf } from "../fixtures/kafka-life.ts";
import { SimulatedKafka } from "../fixtures/kafka-simulation.ts";
import type { Completion, Lease } from "../leases.ts";
import type { TaskServer, TaskServerStart } from "../task-server.ts";
import type { Broker } from "./broker.ts";
import { layoutOf } from "./layout.ts";
import type { TaskMessage } from "./task-message.ts";
import { TaskWorker } from "./task-worker.ts";
import { objectOf } from "./wire-record.ts";

const plan = compile({
  name: "t",
  partitions: 1,
  graph: {
    wells: { type: "topic-stream", "topic-name": "wells", key: "{well}" },
    measured: { type: "external-task", stream: "wells", "task-name": "measure", executor: "local" },
    urgent: { type: "external-task", stream: "wells", "task-name": "rescue", executor: "local", priority: 5 },
    counted: { type: "external-task", stream: "wells", "task-name": "count", executor: "lease", timeout: 5000 },
  },
} as Parameters<typeof compile>[0]);
const layout = layoutOf(plan);
type Node = "measured" | "urgent" | "counted";
const taskOf = { measured: "measure", urgent: "rescue", counted: "count" };

/** An executor that keeps what it is given until a test ends it. */
class Hands implements TaskServer {
  readonly given: Lease[] = [];
  readonly released: number[] = [];
  answer: TaskServerStart["answer"] = () => {};
  free = 100;
  async start({ answer }: TaskServerStart) {
    this.answer = answer;
    return { measure: { digest: "", version: "1" } };
  }
  give(leases: readonly Lease[]): void {
    this.given.push(...leases);
  }
  release(leases: readonly { token: number }[]): void {
    this.released.push(...leases.map(({ token }) => token));
  }
  async stop(): Promise<void> {
    this.free = 0;
  }
  end(lease: Lease | undefined, how: object = { outcome: "done", result: { ok: true } }): void {
    const { taskId = "", token = 0 } = lease ?? {};
    this.answer({ taskId, token, startedAt: 1, endedAt: 2, log: [], ...how } as unknown as Completion);
  }
  keys(): string[] {
    return this.given.map(({ key }) => key);
  }
}

let kafka: SimulatedKafka;
beforeEach(() => {
  kafka = new SimulatedKafka(numbersOf(7));
});

/** Lets things happen until something holds. */
async function until(holds: () => boolean, what: string): Promise<void> {
  for (let step = 0; step < 20_000; step++) {
    if (holds()) return;
    kafka.step();
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`${what} did not come to hold.`);
}
async function pass(ms: number): Promise<void> {
  const end = kafka.now + ms;
  await until(() => kafka.now >= end, `${ms} ms`);
}

async function start(host: string, change: (broker: Broker) => Broker = (broker) => broker) {
  const hands = new Hands();
  const worker = new TaskWorker({
    ...{ broker: change(kafka.broker(host)), clock: kafka.clock(host), plan, executors: { local: hands } },
    maxRecordBytes: 1000,
    sessionTimeoutMs: 10_000,
    heartbeatMs: 1000,
  });
  let ready = false;
  void worker.start().then(() => {
    ready = true;
  });
  await until(() => ready, "the start");
  return { worker, hands };
}

function request(node: Node, key: string, more: Partial<TaskMessage> = {}): void {
  const task = taskOf[node];
  const { requests = "", reply = "" } = layout.tasks.find((one) => one.node.id === node) ?? {};
  const message = {
    ...{ taskId: `${task}-${key}`, attempt: 1, dag: "t", node, task, key, input: { well: key }, parameters: {} },
    ...{
      timeoutMs: node === "counted" ? 5000 : null,
      priority: node === "urgent" ? 5 : 0,
      reply: { topic: reply, partition: 0 },
      ...more,
    },
  };
  const records = [{ key: message.taskId, value: JSON.stringify(message), timestamp: kafka.now }];
  kafka.append([{ topic: requests, partition: 0, records }]);
}

/** What was answered: outcomes by key, those of one task in order. */
function answers(node: Node): string[] {
  const { answers: topic = "" } = layout.tasks.find((one) => one.node.id === node) ?? {};
  const records = kafka.read({ topic, partition: 0 }).records;
  return records.map(({ value }) => {
    const { taskId, attempt, outcome, error } = objectOf(value as Buffer) as unknown as {
      taskId: string;
      attempt: number;
      outcome: string;
      error?: { code: string };
    };
    return [taskId.split("-")[1], attempt, error?.code ?? outcome].join(" ");
  });
}
const ended = (node: Node): string[] => answers(node).filter((text) => !text.endsWith("started"));

test("what was answered behind a task that takes long is not done again by who takes over, whenever that is", async () => {
  const first = await start("a");
  for (let index = 0; index < 10; index++) request("measured", `W${index}`);
  await until(() => first.hands.given.length === 10, "all given");
  for (const lease of first.hands.given.filter(({ key }) => key !== "W0" && key !== "W4")) first.hands.end(lease);
  await until(() => ended("measured").length === 8, "eight answers");
  await pass(2500);
  kafka.kill("a");
  const second = await start("b");
  await until(() => second.hands.given.length >= 2, "what is left");
  await pass(2500);
  expect(second.hands.keys()).toEqual(["W0", "W4"]);
  // and again, by one that has answered nothing of it
  kafka.kill("b");
  const third = await start("c");
  await until(() => third.hands.given.length >= 2, "what is left");
  await pass(2500);
  expect(third.hands.keys()).toEqual(["W0", "W4"]);
});

test("preemption is no end: the same attempt is given again, and both are told", async () => {
  const { hands } = await start("a");
  request("measured", "W0");
  await until(() => hands.given.length === 1, "the task");
  hands.end(hands.given[0], { outcome: "preempted", error: { code: "executors/preempted", message: "taken back" } });
  await until(() => hands.given.length === 2, "the task again");
  expect(hands.given.map(({ attempt, timeoutMs }) => [attempt, timeoutMs])).toEqual([
    [1, Number.POSITIVE_INFINITY],
    [1, Number.POSITIVE_INFINITY],
  ]);
  expect(hands.given[1]?.token).not.toBe(hands.given[0]?.token);
  hands.end(hands.given[0]);
  hands.end(hands.given[1]);
  await until(() => ended("measured").length === 2, "both words");
  await pass(500);
  expect(ended("measured")).toEqual(["W0 1 executors/preempted", "W0 1 done"]);
});

test("answers that Kafka does not take are sent again, in order: nothing is done twice for them", async () => {
  let away = 3;
  const { hands } = await start("a", (broker) => ({
    ...broker,
    append: async (batches) => {
      if (away-- > 0) throw new Error("no broker");
      return broker.append(batches);
    },
  }));
  request("measured", "W0");
  await until(() => hands.given.length === 1, "the task");
  hands.end(hands.given[0]);
  await until(() => ended("measured").length === 1, "the answer");
  await pass(2500);
  expect(answers("measured")).toEqual(["W0 1 started", "W0 1 done"]);
  expect(hands.given).toHaveLength(1);
});

test("a result that no record can hold is a failure that says so, and holds nothing up", async () => {
  const { hands } = await start("a");
  request("measured", "W0");
  request("measured", "W1");
  await until(() => hands.given.length === 2, "the tasks");
  hands.end(hands.given[0], { outcome: "done", result: { text: "x".repeat(2000) } });
  hands.end(hands.given[1]);
  await until(() => ended("measured").length === 2, "both answers");
  expect(ended("measured")).toEqual(["W0 1 engine/record-too-large", "W1 1 done"]);
});

test("higher priority is given out first; a newer attempt takes the place of one that waits", async () => {
  const { hands } = await start("a");
  hands.free = 0;
  request("measured", "W0");
  request("measured", "W1");
  request("urgent", "W2");
  request("measured", "W0", { attempt: 2 });
  await pass(2000);
  hands.free = 1;
  await until(() => hands.given.length >= 3, "the tasks");
  await pass(2000);
  expect(hands.given.map(({ key, attempt }) => `${key} ${attempt}`)).toEqual(["W2 1", "W0 2", "W1 1"]);
});

test("who ends lets go of what others have taken over, and of nothing else", async () => {
  const { worker, hands } = await start("a");
  request("measured", "W0");
  await until(() => hands.given.length === 1, "the task");
  kafka.stop("a");
  const second = await start("b");
  await until(() => second.hands.given.length === 1, "the task at another's");
  kafka.wake("a");
  await pass(3000);
  let stopped = 0;
  void worker.stop(0).then(() => stopped++);
  await until(() => stopped === 1, "the end of the first");
  expect(hands.released).toEqual(hands.given.map(({ token }) => token));
  void second.worker.stop(0).then(() => stopped++);
  await until(() => stopped === 2, "the end of the second");
  expect(second.hands.released).toEqual([]);
});

test("tasks are leased while somebody asks for them, and kept for nobody else", async () => {
  const { worker } = await start("a");
  expect(worker.leasedNames()).toEqual(["count"]);
  expect(worker.topics).toEqual(["t.measured-requests", "t.urgent-requests"]);
  request("counted", "W0");
  await pass(1000);
  expect(worker.status.waiting).toBe(0);
  let leases: Lease[] = [];
  void worker.lease({ names: ["count"], max: 5, waitMs: 20_000 }).then((given) => {
    leases = given;
  });
  await until(() => leases.length === 1, "the lease");
  expect(worker.topics).toEqual(["t.counted-requests", "t.measured-requests", "t.urgent-requests"]);
  const { taskId = "", token = 0 } = leases[0] ?? {};
  expect(
    worker.heartbeat([
      { taskId, token },
      { taskId, token: token + 1 },
    ]),
  ).toEqual([true, false]);
  let accepted: boolean[] = [];
  const proof = { taskId, token, outcome: "done" as const, result: {} };
  void worker.answer([{ ...proof, token: 1 }, proof, proof]).then((told) => {
    accepted = told;
  });
  await until(() => accepted.length > 0, "the answer");
  expect(accepted).toEqual([false, true, false]);
  expect(ended("counted")).toEqual(["W0 1 done"]);
  await pass(60_000);
  expect(worker.topics).toEqual(["t.measured-requests", "t.urgent-requests"]);
});

test("a lease that is not heard of is a failed attempt, and one that is handed back is leased again", async () => {
  const { worker } = await start("a");
  request("counted", "W0");
  const take = async (): Promise<Lease | undefined> => {
    let leases: Lease[] | undefined;
    void worker.lease({ names: ["count"], max: 1, waitMs: 20_000 }).then((given) => {
      leases = given;
    });
    await until(() => leases !== undefined, "an answer to who asks");
    return leases?.[0];
  };
  const first = await take();
  const { taskId = "", token = 0 } = first ?? {};
  void worker.answer([{ taskId, token, outcome: "returned" }]);
  const second = await take();
  expect([second?.taskId, second?.attempt, second?.token === token]).toEqual([taskId, 1, false]);
  await until(() => ended("counted").length === 1, "the end of its time");
  expect(ended("counted")).toEqual(["W0 1 engine/task-timeout"]);
  expect(worker.heartbeat([{ taskId, token: second?.token ?? 0 }])).toEqual([false]);
});
