import { recordAudit, runById, type StoredRun } from "@artesian/store";
import { z } from "zod";
import { itemHref, runDetail, runList, runPartitions } from "./answer-runs.ts";
import * as api from "./api.ts";
import { type App, Id, Paging, paging } from "./app-type.ts";
import { now, type ServerContext } from "./context.ts";
import type { EngineControl, EngineTask, EngineView, TaskCounts } from "./engine-view.ts";
import { NotFoundError, RunNotLiveError } from "./errors.ts";
import { whatOf } from "./links.ts";
import { BRIEFLY } from "./memo.ts";

/** Routes about runs: list, graph, tasks, dead letters, log, retries. */
export function runRoutes(app: App, context: ServerContext): void {
  const { memo } = context;
  const params = z.object({ run: Id });
  app.get(
    "/api/v1/runs",
    {
      schema: {
        summary: "Runs, failed first",
        querystring: Paging.extend({ q: z.string().max(200).optional(), state: api.RunState.optional() }),
        response: { 200: api.RunList },
      },
    },
    (request) =>
      memo.get(request.url, BRIEFLY, () =>
        runList(context, { q: request.query.q, state: request.query.state, ...paging(request.query) }),
      ),
  );
  app.get(
    "/api/v1/runs/:run",
    { schema: { summary: "A run: cards, graph, failures", params, response: { 200: api.RunDetail } } },
    (request) =>
      memo.get(request.url, BRIEFLY, async () => runDetail(context, await runOf(context, request.params.run))),
  );
  app.get(
    "/api/v1/runs/:run/tasks",
    {
      schema: {
        summary: "Tasks of a run or of one node",
        params,
        querystring: Paging.extend({
          node: z.string().max(200).optional(),
          state: api.TaskState.optional(),
          q: z.string().max(200).optional(),
        }),
        response: { 200: api.TaskList },
      },
    },
    async (request): Promise<api.TaskList> => {
      const run = await runOf(context, request.params.run);
      const { node, state, q, limit, after } = request.query;
      const view = viewOf(context, run);
      const query = {
        limit,
        after: after ?? null,
        ...(node ? { node } : {}),
        ...(state ? { state } : {}),
        ...(q ? { text: q } : {}),
      };
      const { tasks, next } = await view.tasks(query);
      return { tasks: tasks.map((task) => taskRow(task, run)), next, counts: await countsOf(view, node) };
    },
  );
  app.get(
    "/api/v1/runs/:run/tasks/:task",
    {
      schema: {
        summary: "A task: first cause, attempts, input, log",
        params: params.extend({ task: Id }),
        response: { 200: api.TaskDetail },
      },
    },
    async (request): Promise<api.TaskDetail> => {
      const run = await runOf(context, request.params.run);
      const view = viewOf(context, run);
      const task = await view.task(request.params.task);
      if (task === undefined) throw new NotFoundError("task", `${request.params.task} in run ${run.id}`);
      const { tasks: failed } = await view.tasks({ node: task.node, state: "failed", limit: 500, after: null });
      return {
        ...taskRow(task, run),
        failure:
          task.error === null
            ? null
            : {
                code: task.error.code,
                message: task.chain.at(-1) ?? task.error.message,
                hint: null,
                chain: task.chain,
                stack: task.stack,
              },
        alike: task.error === null ? 0 : failed.filter((other) => other.error?.code === task.error?.code).length,
        attemptList: task.attemptList.map((attempt) => ({ ...attempt, durationMs: duration(attempt) })),
        input: task.input ?? null,
        output: task.output ?? null,
        log: task.log,
        identity: task.identity,
        href: itemHref(run, task.key),
      };
    },
  );
  app.get(
    "/api/v1/runs/:run/dead-letters",
    {
      schema: {
        summary: "Records that were given up",
        params,
        querystring: Paging,
        response: { 200: api.DeadLetters },
      },
    },
    async (request): Promise<api.DeadLetters> => {
      const run = await runOf(context, request.params.run);
      const view = viewOf(context, run);
      const { letters, next } = await view.deadLetters({
        limit: request.query.limit,
        after: request.query.after ?? null,
      });
      return {
        letters: letters.map(({ message, ...letter }) => ({
          ...letter,
          cause: message,
          what: whatOf(letter.key, run.workflow),
        })),
        next,
      };
    },
  );
  app.get(
    "/api/v1/runs/:run/kafka",
    {
      schema: {
        summary: "A run on Kafka: who has which partition, what waits there, what holds it back",
        params,
        response: { 200: api.RunPartitions },
      },
    },
    (request) =>
      memo.get(request.url, BRIEFLY, async () => {
        const run = await runOf(context, request.params.run);
        const survey = await context.engines.of(run.id)?.control?.survey?.();
        if (survey === undefined)
          throw new NotFoundError(
            "engine on Kafka at hand for run",
            run.id,
            "Only runs on Kafka have partitions there.",
          );
        return runPartitions(survey);
      }),
  );
  app.get(
    "/api/v1/runs/:run/log",
    {
      schema: {
        summary: "What happened, newest first",
        params,
        querystring: z.object({
          limit: z.coerce.number().int().min(1).max(500).default(100),
          after: z.coerce.number().int().min(0).optional(),
        }),
        response: { 200: api.RunLog },
      },
    },
    async (request): Promise<api.RunLog> => {
      const view = viewOf(context, await runOf(context, request.params.run));
      const { limit, after } = request.query;
      const end = after ?? (await view.lastOffset()) + 1;
      const first = Math.max(0, end - limit);
      const events = (await view.events(first - 1, end - first)).filter(
        (event) => event.offset < end && event.kind !== "counters",
      );
      return {
        events: events.reverse().map(({ offset, at, kind, text, taskId }) => ({ offset, at, kind, text, taskId })),
        next: first > 0 ? first : null,
      };
    },
  );
  actionRoutes(app, context);
}

function actionRoutes(app: App, context: ServerContext): void {
  const params = z.object({ run: Id });
  const audited = (action: string, run: StoredRun, detail: unknown) =>
    recordAudit(context.store, { at: now(context), who: "local", action, target: `run ${run.id}`, detail });

  app.post(
    "/api/v1/runs/:run/tasks/:task/retry",
    {
      schema: {
        summary: "Run a failed task again",
        params: params.extend({ task: Id }),
        response: { 200: api.ActionAnswer },
      },
    },
    async (request) => {
      const run = await runOf(context, request.params.run);
      const control = controlOf(context, run);
      const task = await viewOf(context, run).task(request.params.task);
      if (task === undefined) throw new NotFoundError("task", `${request.params.task} in run ${run.id}`);
      audited("task.retry", run, { task: task.id });
      await control.retry(task.id);
      return { accepted: 1, sentence: `${whatOf(task.key, run.workflow)} is tried again.` };
    },
  );

  app.post(
    "/api/v1/runs/:run/retry-failed",
    { schema: { summary: "Run every failed task again", params, response: { 200: api.ActionAnswer } } },
    async (request) => {
      const run = await runOf(context, request.params.run);
      const control = controlOf(context, run);
      const view = viewOf(context, run);
      const ids: string[] = [];
      let after: string | null = null;
      do {
        const page: Awaited<ReturnType<EngineView["tasks"]>> = await view.tasks({ state: "failed", limit: 500, after });
        ids.push(...page.tasks.map((task) => task.id));
        after = page.next;
      } while (after !== null);
      audited("run.retry-failed", run, { tasks: ids.length });
      for (const id of ids) await control.retry(id);
      return {
        accepted: ids.length,
        sentence:
          ids.length === 0
            ? "Nothing has failed."
            : `${ids.length} failed ${ids.length === 1 ? "task is" : "tasks are"} tried again.`,
      };
    },
  );

  app.post(
    "/api/v1/runs/:run/dead-letters/redrive",
    {
      schema: {
        summary: "Send dead letters through their node again",
        params,
        body: api.RedriveBody,
        response: { 200: api.ActionAnswer },
      },
    },
    async (request) => {
      const run = await runOf(context, request.params.run);
      const control = controlOf(context, run);
      audited("run.redrive", run, { ids: request.body.ids });
      const accepted = await control.redrive(request.body.ids);
      return { accepted, sentence: `${accepted} ${accepted === 1 ? "record goes" : "records go"} through again.` };
    },
  );
}

async function runOf(context: ServerContext, id: string): Promise<StoredRun> {
  const run = await runById(context.reader.db, id);
  if (run === undefined) throw new NotFoundError("run", id, "The list under Runs shows those in this store.");
  return run;
}

/** The engine of a run, or one that is empty: a run whose data folder is gone still has its graph and counts in the store. */
function viewOf(context: ServerContext, run: StoredRun): EngineView {
  return context.engines.of(run.id)?.view ?? EMPTY;
}

const EMPTY: EngineView = {
  nodes: () => [],
  edges: () => [],
  tasks: () => ({ tasks: [], next: null }),
  task: () => undefined,
  deadLetters: () => ({ letters: [], next: null }),
  events: () => [],
  lastOffset: () => -1,
};

function controlOf(context: ServerContext, run: StoredRun): EngineControl {
  const control = context.engines.of(run.id)?.control;
  if (control === undefined) throw new RunNotLiveError(run.id, run.dataDir);
  return control;
}

async function countsOf(view: EngineView, node: string | undefined): Promise<TaskCounts> {
  const counts: TaskCounts = { waiting: 0, running: 0, retrying: 0, done: 0, failed: 0 };
  for (const { id, tasks } of await view.nodes()) {
    if (tasks === null || (node !== undefined && node !== id)) continue;
    for (const state of Object.keys(counts) as (keyof TaskCounts)[]) counts[state] += tasks[state];
  }
  return counts;
}

function taskRow(task: EngineTask, { workflow }: Pick<StoredRun, "workflow">): api.TaskRow {
  return {
    id: task.id,
    node: task.node,
    key: task.key,
    what: whatOf(task.key, workflow),
    state: task.state,
    attempts: task.attempts,
    cached: task.cached,
    queuedAt: task.queuedAt,
    startedAt: task.startedAt,
    finishedAt: task.finishedAt,
    durationMs: duration(task),
    cause: task.error?.message ?? null,
  };
}

function duration(of: { startedAt: string | null; finishedAt: string | null }): number | null {
  return of.startedAt === null || of.finishedAt === null ? null : Date.parse(of.finishedAt) - Date.parse(of.startedAt);
}
