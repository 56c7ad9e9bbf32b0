import { type Experiment, experimentById, experimentResults } from "@artesian/store";
import { z } from "zod";
import { experimentDetail, experimentList } from "./answer-experiments.ts";
import { experimentHits, experimentMap, mapList } from "./answer-hits.ts";
import { home, searchAnswer } from "./answer-home.ts";
import { perturbationDetail, perturbationList } from "./answer-perturbations.ts";
import { metricList, plateGrids } from "./answer-plates.ts";
import { wellDetail } from "./answer-well.ts";
import * as api from "./api.ts";
import { type App, Id, Paging, paging } from "./app-type.ts";
import type { ServerContext } from "./context.ts";
import { CSV_TABLES, experimentCsv } from "./csv.ts";
import { NotFoundError } from "./errors.ts";
import { BRIEFLY, UNTIL_CHANGED } from "./memo.ts";

const MetricName = z.string().regex(/^[\p{L}\p{N}_.\- ]{1,120}$/u);
const GridQuery = z.object({
  metric: MetricName.optional(),
  channel: z.string().max(120).optional(),
  aggregation: api.Aggregation.default("median"),
  normalised: z.stringbool().default(false),
});

/** The experiment of an address. @throws NotFoundError (server/not-found) */
export async function experimentOf(context: ServerContext, id: string): Promise<Experiment> {
  const experiment = await experimentById(context.reader.db, id);
  if (experiment === undefined)
    throw new NotFoundError("experiment", id, "The list under Experiments shows those in this store.");
  return experiment;
}

/** Routes that read the store: home, experiments, plates, wells, hits, maps, perturbations, search, tables. */
export function storeRoutes(app: App, context: ServerContext): void {
  const { memo } = context;
  app.get(
    "/api/v1/home",
    { schema: { summary: "Findings, what runs, how to start", response: { 200: api.Home } } },
    () => memo.get("home", BRIEFLY, () => home(context)),
  );
  app.get(
    "/api/v1/search",
    {
      schema: {
        summary: "Find anything",
        querystring: z.object({ q: z.string().max(200).default("") }),
        response: { 200: api.SearchAnswer },
      },
    },
    (request) => searchAnswer(context, request.query.q),
  );
  app.get(
    "/api/v1/experiments",
    {
      schema: {
        summary: "Experiments",
        querystring: Paging.extend({ q: z.string().max(200).optional() }),
        response: { 200: api.ExperimentList },
      },
    },
    (request) =>
      memo.get(request.url, UNTIL_CHANGED, () =>
        experimentList(context, { q: request.query.q, ...paging(request.query) }),
      ),
  );
  app.get(
    "/api/v1/experiments/:experiment",
    {
      schema: {
        summary: "An experiment's overview",
        params: z.object({ experiment: Id }),
        response: { 200: api.ExperimentDetail },
      },
    },
    (request) =>
      memo.get(request.url, BRIEFLY, async () =>
        experimentDetail(context, await experimentOf(context, request.params.experiment)),
      ),
  );
  app.get(
    "/api/v1/experiments/:experiment/metrics",
    {
      schema: {
        summary: "Numbers that can be drawn on plates",
        params: z.object({ experiment: Id }),
        response: { 200: api.MetricList },
      },
    },
    (request) =>
      memo.get(request.url, UNTIL_CHANGED, async () =>
        metricList(context, await experimentOf(context, request.params.experiment)),
      ),
  );
  app.get(
    "/api/v1/experiments/:experiment/plates",
    {
      schema: {
        summary: "Plate grids on one colour scale",
        params: z.object({ experiment: Id }),
        querystring: GridQuery,
        response: { 200: api.PlateGrids },
      },
    },
    (request) =>
      memo.get(request.url, UNTIL_CHANGED, async () =>
        plateGrids(context, await experimentOf(context, request.params.experiment), request.query),
      ),
  );
  app.get(
    "/api/v1/experiments/:experiment/plates/:plate/wells/:well",
    {
      schema: {
        summary: "A well: sites × channels, numbers, flags, verdicts",
        params: z.object({ experiment: Id, plate: Id, well: Id }),
        response: { 200: api.WellDetail },
      },
    },
    (request) =>
      memo.get(request.url, UNTIL_CHANGED, async () =>
        wellDetail(
          context,
          await experimentOf(context, request.params.experiment),
          request.params.plate,
          request.params.well,
        ),
      ),
  );
  app.get(
    "/api/v1/experiments/:experiment/hits",
    {
      schema: {
        summary: "Dose curves and projection",
        params: z.object({ experiment: Id }),
        response: { 200: api.Hits },
      },
    },
    (request) =>
      memo.get(request.url, UNTIL_CHANGED, async () =>
        experimentHits(context, await experimentOf(context, request.params.experiment)),
      ),
  );
  app.get(
    "/api/v1/experiments/:experiment/map",
    {
      schema: {
        summary: "The experiment's small map",
        params: z.object({ experiment: Id }),
        response: { 200: api.ExperimentMap },
      },
    },
    (request) =>
      memo.get(request.url, UNTIL_CHANGED, async () =>
        experimentMap(context, await experimentOf(context, request.params.experiment)),
      ),
  );
  app.get("/api/v1/maps", { schema: { summary: "Experiments that have a map", response: { 200: api.MapList } } }, () =>
    memo.get("maps", UNTIL_CHANGED, () => mapList(context)),
  );
  app.get(
    "/api/v1/perturbations",
    {
      schema: {
        summary: "Perturbations",
        querystring: Paging.extend({
          q: z.string().max(200).optional(),
          type: z.enum(["compound", "gene", "control"]).optional(),
        }),
        response: { 200: api.PerturbationList },
      },
    },
    (request) =>
      memo.get(request.url, UNTIL_CHANGED, () =>
        perturbationList(context, { q: request.query.q, type: request.query.type, ...paging(request.query) }),
      ),
  );
  app.get(
    "/api/v1/perturbations/:id",
    {
      schema: {
        summary: "What is known about a perturbation",
        params: z.object({ id: Id }),
        response: { 200: api.PerturbationDetail },
      },
    },
    (request) =>
      // What maps know of it changes with their catalogue, not with the store.
      memo.get(`${request.url} ${context.maps?.status().revision ?? 0}`, UNTIL_CHANGED, () =>
        perturbationDetail(context, request.params.id),
      ),
  );
  tableRoutes(app, context);
}

function tableRoutes(app: App, context: ServerContext): void {
  for (const table of CSV_TABLES) {
    app.get(
      `/api/v1/experiments/:experiment/${table}.csv`,
      {
        schema: {
          summary: `The experiment's ${table} as CSV`,
          params: z.object({ experiment: Id }),
          querystring: GridQuery,
        },
      },
      async (request, reply) => {
        const experiment = await experimentOf(context, request.params.experiment);
        const text = await experimentCsv(context, experiment, table, request.query);
        const name = `${experiment.id}-${table}.csv`.replaceAll(/[^\w.-]+/g, "_");
        return reply
          .header("content-disposition", `attachment; filename="${name}"`)
          .type("text/csv; charset=utf-8")
          .send(text);
      },
    );
  }
  app.get(
    "/api/v1/experiments/:experiment/report",
    { schema: { summary: "The experiment's report, one HTML page", params: z.object({ experiment: Id }) } },
    async (request, reply) => {
      const experiment = await experimentOf(context, request.params.experiment);
      const { report } = await experimentResults(context.reader.db, experiment.id, ["report"]);
      if (report === undefined)
        throw new NotFoundError("report", `of experiment ${experiment.id}`, "It is written when every plate is in.");
      const bytes = await context.objects.get(report.uri);
      // The report is one self-contained page: its own styles and embedded pictures, no script.
      reply.header(
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'none'; sandbox allow-popups",
      );
      return reply.type("text/html; charset=utf-8").send(Buffer.from(bytes));
    },
  );
}
