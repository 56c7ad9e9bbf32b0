import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { LeaseAnswer, TaskLoad } from "@artesian/engine";
import { z } from "zod";
import * as api from "./api.ts";
import type { App } from "./app-type.ts";
import type { ServerContext } from "./context.ts";
import type { LeaseControl } from "./engine-view.ts";
import { RequestError } from "./errors.ts";

/** A batch of results, each a record. */
const bodyLimit = 64 * 2 ** 20;
/** How long one of several engines is waited for before the next is asked, ms. */
const turnMs = 250;

interface LeasingEngine {
  runId: string;
  leases: LeaseControl;
}

/**
 * The lease queue for workers of any language: lease with a long poll, heartbeat, complete, fail, and what an autoscaler asks. These stand
 * outside of /api/v1, as /metrics does: machines use them, pages do not.
 */
export function taskRoutes(app: App, context: ServerContext): void {
  const engines = (): LeasingEngine[] =>
    context.engines
      .all()
      .flatMap(({ runId, control }) => (control?.leases === undefined ? [] : [{ runId, leases: control.leases }]));

  app.post(
    "/tasks/lease",
    {
      bodyLimit,
      schema: {
        summary: "Lease tasks by name, waiting for some",
        body: api.LeaseOrder,
        response: { 200: api.LeasedTasks },
      },
    },
    async ({ body }, reply) => ({ leases: await lease(await servers(engines(), body.names), body, reply.raw) }),
  );
  const settle = async (
    tasks: readonly { taskId: string; token: string }[],
    answerOf: (index: number) => Partial<LeaseAnswer>,
  ) => {
    const accepted = tasks.map(() => false);
    const byRun = Map.groupBy(tasks.keys(), (index) => tasks[index]?.token.split("/")[0] ?? "");
    for (const [runId, indices] of byRun) {
      const engine = engines().find((one) => one.runId === runId);
      const answers = indices.map((index) => ({ ...answerOf(index), ...proofOf(tasks[index]) }) as LeaseAnswer);
      const told = (await engine?.leases.answer(answers)) ?? [];
      for (const [place, index] of indices.entries()) accepted[index] = told[place] ?? false;
    }
    return { accepted };
  };
  app.post(
    "/tasks/complete",
    {
      bodyLimit,
      schema: {
        summary: "Hand in results; durable when it answers",
        body: api.CompleteOrder,
        response: { 200: api.Accepted },
      },
    },
    ({ body: { tasks } }) =>
      settle(tasks, (index) => ({ outcome: "done", result: tasks[index]?.result, log: tasks[index]?.log ?? [] })),
  );
  app.post(
    "/tasks/fail",
    {
      bodyLimit,
      schema: { summary: "Say that attempts failed", body: api.FailOrder, response: { 200: api.Accepted } },
    },
    ({ body: { tasks } }) =>
      settle(tasks, (index) => {
        const { code = "", message = "", retryable } = tasks[index]?.error ?? {};
        const error = { code, message, ...(retryable === undefined ? {} : { retryable }) };
        return { outcome: "failed", error, log: tasks[index]?.log ?? [] };
      }),
  );
  app.post(
    "/tasks/heartbeat",
    {
      schema: { summary: "Put off the timeouts of leases", body: api.HeartbeatOrder, response: { 200: api.Accepted } },
    },
    async ({ body: { tasks } }) => {
      const accepted: boolean[] = [];
      for (const task of tasks) {
        const engine = engines().find(({ runId }) => runId === task.token.split("/")[0]);
        accepted.push((await engine?.leases.heartbeat([proofOf(task)]))?.[0] ?? false);
      }
      return { accepted };
    },
  );
  app.get(
    "/tasks/backlog",
    { schema: { summary: "What waits and runs, by task name", response: { 200: api.TaskBacklogs } } },
    async () => ({ tasks: await backlogs(engines()) }),
  );
  app.get(
    "/tasks/backlog/:name",
    {
      schema: {
        summary: "What waits and runs of one task name; for KEDA's metrics-api scaler with valueLocation backlog",
        params: z.object({ name: z.string().max(200) }),
        response: { 200: api.TaskBacklog },
      },
    },
    async ({ params: { name } }) => {
      const found = (await backlogs(engines())).find(({ task }) => task === name);
      if (found === undefined)
        throw unknownTask(
          [name],
          (await backlogs(engines())).map(({ task }) => task),
        );
      return found;
    },
  );
}

const proofOf = (task: { taskId: string; token: string } | undefined): { taskId: string; token: number } => ({
  taskId: task?.taskId ?? "",
  token: Number(task?.token.split("/")[1]),
});

async function backlogs(engines: readonly LeasingEngine[]): Promise<api.TaskBacklog[]> {
  const loads: TaskLoad[] = [];
  for (const { leases } of engines) loads.push(...(await leases.load()));
  const names = [...new Set(loads.map(({ task }) => task))].sort();
  return names.map((task) => {
    const ours = loads.filter((load) => load.task === task);
    const sum = (of: (load: TaskLoad) => number): number => ours.reduce((total, load) => total + of(load), 0);
    const oldestAgeS = Math.max(...ours.map(({ oldestAgeMs }) => oldestAgeMs)) / 1000;
    return { task, backlog: sum(({ waiting }) => waiting), inFlight: sum(({ running }) => running), oldestAgeS };
  });
}

function unknownTask(names: readonly string[], known: readonly string[]): RequestError {
  const there = known.length === 0 ? "No running workflow has tasks to lease." : `There are ${known.join(", ")}.`;
  return new RequestError(
    404,
    "server/unknown-task-name",
    `No running workflow has a task ${names.join(" or ")} to lease.`,
    there,
  );
}

const names = new WeakMap<LeaseControl, string[]>();

/** Task names that an engine has for workers; they stay as long as it runs. */
async function namesOf({ leases }: LeasingEngine): Promise<string[]> {
  const known = names.get(leases) ?? (await leases.leasedNames());
  names.set(leases, known);
  return known;
}

/** The engines that have tasks of these names for workers. @throws RequestError (server/unknown-task-name) when there is none */
async function servers(engines: readonly LeasingEngine[], wanted: readonly string[]): Promise<LeasingEngine[]> {
  const found: LeasingEngine[] = [];
  const known: string[] = [];
  for (const engine of engines) {
    const theirs = await namesOf(engine);
    known.push(...theirs);
    if (theirs.some((name) => wanted.includes(name))) found.push(engine);
  }
  if (found.length === 0) throw unknownTask(wanted, known);
  return found;
}

/** Asks the engines in turn until one has a task, the time is up or the worker has gone; what a gone worker would have got goes back unused. */
async function lease(
  engines: readonly LeasingEngine[],
  order: z.infer<typeof api.LeaseOrder>,
  answer: ServerResponse,
): Promise<api.LeasedTask[]> {
  const until = performance.now() + order.waitMs;
  let gone = false;
  let leave = (): void => {};
  answer.once("close", () => {
    if (answer.writableFinished) return;
    gone = true;
    leave();
  });
  for (let turn = 0; !gone; turn++) {
    const engine = engines[turn % engines.length] as LeasingEngine;
    const left = Math.max(0, until - performance.now());
    const ticket = randomUUID();
    leave = () => void leaveQuietly(engine, ticket);
    const waitMs = turn < engines.length - 1 ? 0 : engines.length === 1 ? left : Math.min(left, turnMs);
    const leases = await engine.leases.lease({ ...order, waitMs, ticket });
    if (gone) {
      await engine.leases.answer(leases.map(({ taskId, token }) => ({ taskId, token, outcome: "returned" })));
      return [];
    }
    if (leases.length > 0 || (turn >= engines.length - 1 && performance.now() >= until))
      return leases.map(({ taskId, token, task, node, key, attempt, input, parameters, resources, timeoutMs }) => ({
        ...{ taskId, token: `${engine.runId}/${token}`, task, node, key, attempt },
        ...{ input, parameters, resources, timeoutMs },
      }));
  }
  return [];
}

async function leaveQuietly({ leases }: LeasingEngine, ticket: string): Promise<void> {
  try {
    await leases.leave(ticket);
  } catch {
    // The engine has stopped, and all waits with it.
  }
}
