import { type BuildRun, readRun, readRunLog, readRuns } from "@artesian/maps";
import { z } from "zod";
import * as api from "./api.ts";
import { type App, Id } from "./app-type.ts";
import type { ServerContext } from "./context.ts";
import { NotBuiltHereError, NotFoundError } from "./errors.ts";
import { mapsOf } from "./map-requests.ts";

const RunsQuery = z.object({
  map: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(50),
});

/** Routes of the runs that build maps: history, one with its log, asking for one. */
export function mapRunRoutes(app: App, context: ServerContext): void {
  app.get(
    "/api/v1/maps/runs",
    {
      schema: {
        summary: "Runs that built maps, newest first, and the schedules of this process",
        querystring: RunsQuery,
        response: { 200: api.MapRunList },
      },
    },
    async ({ query: { map, limit } }) => {
      const { store } = mapsOf(context);
      const runs = await readRuns(store, { limit, ...(map === undefined ? {} : { map }) });
      const schedules = (context.mapBuilds?.schedules() ?? []).map(({ nextMs, ...schedule }) => ({
        ...schedule,
        nextAt: nextMs === null ? null : new Date(nextMs).toISOString(),
      }));
      return { store: store.uri, schedules, runs: runs.map(runTold) };
    },
  );
  app.get(
    "/api/v1/maps/runs/:run",
    {
      schema: {
        summary: "A run that built a map, with its log",
        params: z.object({ run: Id }),
        response: { 200: api.MapRunDetail },
      },
    },
    async ({ params }) => {
      const { store } = mapsOf(context);
      const run = await readRun(store, params.run);
      if (run === undefined)
        throw new NotFoundError("run", params.run, "GET /api/v1/maps/runs lists those that are kept.");
      return { run: runTold(run), log: await readRunLog(store, params.run) };
    },
  );
  app.post(
    "/api/v1/maps/runs",
    {
      schema: {
        summary: "Ask for a run of a map that this process builds",
        body: api.AskMapRunBody,
        response: { 200: api.AskMapRunAnswer },
      },
    },
    async ({ body: { map } }) => {
      const run = await context.mapBuilds?.ask(map);
      if (run !== undefined) return { run };
      const here = (context.mapBuilds?.schedules() ?? []).map((one) => one.map);
      throw new NotBuiltHereError(map, here);
    },
  );
}

function runTold({ format: _, key: __, ...run }: BuildRun): api.MapRun {
  return run;
}
