import { tableFromRows, writeCsv } from "@artesian/data";
import { failedRequests, readingsOf, recordAudit, recordRedriven } from "@artesian/store";
import { z } from "zod";
import { experimentReadings, functionList, functionsRun, ledgerPage } from "./answer-functions.ts";
import * as api from "./api.ts";
import { type App, Id, Paging, paging } from "./app-type.ts";
import { now, type ServerContext } from "./context.ts";
import { FunctionsNotLiveError, RequestError, RunNotLiveError } from "./errors.ts";
import { EVENTS_BYTES } from "./events-listener.ts";
import type { FunctionsControl } from "./functions-view.ts";
import { BRIEFLY, UNTIL_CHANGED } from "./memo.ts";
import { experimentOf } from "./routes-store.ts";

/** Failed requests that one re-drive sends again. */
const MOST_REDRIVEN = 10_000;

/** Routes about functions on objects: which there are, their ledger, and what a person can do about it. */
export function functionRoutes(app: App, context: ServerContext): void {
  const { memo } = context;
  app.get(
    "/api/v1/functions",
    { schema: { summary: "Functions on objects with what they were asked", response: { 200: api.FunctionList } } },
    (request) => memo.get(request.url, BRIEFLY, () => functionList(context)),
  );
  app.get(
    "/api/v1/functions/ledger",
    {
      schema: {
        summary: "What functions were asked and what came of it, newest first",
        querystring: Paging.extend({
          function: z.string().max(64).optional(),
          state: api.FunctionState.optional(),
          q: z.string().max(200).optional(),
        }),
        response: { 200: api.FunctionLedger },
      },
    },
    (request) => {
      const { function: id, state, q } = request.query;
      return memo.get(request.url, BRIEFLY, () =>
        ledgerPage(context, { function: id, state, q, ...paging(request.query) }),
      );
    },
  );
  app.get(
    "/api/v1/experiments/:experiment/readings",
    {
      schema: {
        summary: "Files of plate readers with what they measured",
        params: z.object({ experiment: Id }),
        response: { 200: api.ReadingSets },
      },
    },
    (request) =>
      memo.get(request.url, UNTIL_CHANGED, async () =>
        experimentReadings(context, await experimentOf(context, request.params.experiment)),
      ),
  );
  app.get(
    "/api/v1/experiments/:experiment/readings.csv",
    { schema: { summary: "Readings of plate readers as CSV", params: z.object({ experiment: Id }) } },
    async (request, reply) => {
      const experiment = await experimentOf(context, request.params.experiment);
      const rows = await readingsOf(context.reader.db, experiment.id);
      const name = `${experiment.id}-readings.csv`.replaceAll(/[^\w.-]+/g, "_");
      return reply
        .header("content-disposition", `attachment; filename="${name}"`)
        .type("text/csv; charset=utf-8")
        .send(writeCsv(tableFromRows(rows)));
    },
  );
  actionRoutes(app, context);
}

function actionRoutes(app: App, context: ServerContext): void {
  const audited = (action: string, detail: unknown) =>
    recordAudit(context.store, { at: now(context), who: "local", action, target: "functions", detail });

  app.post(
    "/api/v1/functions/events",
    {
      bodyLimit: EVENTS_BYTES,
      schema: {
        summary: "A store's notification that objects appeared; answered when it is durable",
        body: z.unknown(),
        response: { 200: api.DeliveredAnswer },
      },
    },
    (request) => controlOf(context).deliver(request.body),
  );
  app.post(
    "/api/v1/functions/sweep",
    {
      schema: { summary: "Look for objects that no event told of", response: { 200: api.ActionAnswer } },
    },
    async (): Promise<api.ActionAnswer> => {
      const control = controlOf(context);
      audited("functions.sweep", {});
      const { seen, repaired } = await control.sweep();
      const objects = `${seen} ${seen === 1 ? "object" : "objects"} looked at`;
      const found =
        repaired === 0 ? "no event was missing" : `${repaired} ${repaired === 1 ? "event was" : "events were"} missing`;
      return { accepted: repaired, sentence: `${objects}: ${found}.` };
    },
  );
  app.post(
    "/api/v1/functions/replay",
    {
      schema: {
        summary: "Tell functions of objects again",
        body: api.ReplayFunctionsBody,
        response: { 200: api.ActionAnswer },
      },
    },
    async (request): Promise<api.ActionAnswer> => {
      const control = controlOf(context);
      const { since, until, ...order } = request.body;
      const accepted = await control.replay({ ...order, sinceMs: instantOf(since), untilMs: instantOf(until) });
      audited("functions.replay", request.body);
      return { accepted, sentence: `${accepted} ${accepted === 1 ? "object is" : "objects are"} told of again.` };
    },
  );
  app.post(
    "/api/v1/functions/redrive",
    {
      schema: {
        summary: "Send failed requests through their function again",
        body: api.RedriveFunctionsBody,
        response: { 200: api.ActionAnswer },
      },
    },
    async (request): Promise<api.ActionAnswer> => {
      const { requests, function: functionId } = request.body;
      const run = await functionsRun(context);
      const control = run === undefined ? undefined : context.engines.of(run.id)?.control;
      if (control === undefined) {
        if (run === undefined) throw new FunctionsNotLiveError();
        throw new RunNotLiveError(run.id, run.dataDir);
      }
      const failed = await failedRequests(context.reader.db, {
        limit: MOST_REDRIVEN,
        ...(requests === "all" ? {} : { requests }),
        ...(functionId === undefined ? {} : { functionId }),
      });
      audited("functions.redrive", { requests: requests === "all" ? "all" : requests.length, function: functionId });
      let accepted = 0;
      for (const { request: id, taskId, finishedAt } of failed) {
        if (taskId === null || !(await retried(() => control.retry(taskId)))) continue;
        recordRedriven(context.store, { request: id, finishedAt });
        accepted++;
      }
      return { accepted, sentence: sentenceOf(accepted, failed.length) };
    },
  );
}

function sentenceOf(accepted: number, failed: number): string {
  if (failed === 0) return "Nothing has failed.";
  const left = failed === accepted ? "" : ` ${failed - accepted} had been tried again already.`;
  return `${accepted} failed ${accepted === 1 ? "request is" : "requests are"} tried again.${left}`;
}

/** Whether a task could be tried again; one that somebody was quicker with could not. */
async function retried(retry: () => Promise<void>): Promise<boolean> {
  try {
    await retry();
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === "engine/not-found") return false;
    throw error;
  }
}

function controlOf(context: ServerContext): FunctionsControl {
  if (context.functions === undefined) throw new FunctionsNotLiveError();
  return context.functions;
}

function instantOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (Number.isFinite(ms)) return ms;
  throw new RequestError(
    400,
    "server/invalid-request",
    `"${text}" is no instant.`,
    "Write 2026-11-20 or 2026-11-20T08:30:00Z.",
  );
}
