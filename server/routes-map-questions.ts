import {
  askClusters,
  askEnrichment,
  askNeighbours,
  askProjection,
  askReplicates,
  rowsMeant,
  rowsTold,
} from "@artesian/maps";
import { z } from "zod";
import { mapMissing } from "./answer-map-missing.ts";
import { mapPerturbation } from "./answer-map-perturbation.ts";
import * as api from "./api.ts";
import { type App, Id } from "./app-type.ts";
import type { ServerContext } from "./context.ts";
import { withListsOpened } from "./kept-lists.ts";
import {
  answeredBy,
  BIG_BODY,
  flag,
  fromGroup,
  GroupParams,
  MOST_ROWS,
  neighbourTold,
  OfQuery,
  RowList,
  replicatesTold,
  rowOf,
  rowsOfList,
} from "./map-requests.ts";

const BASE = "/api/v1/maps/groups/:group";
const MOST_CLUSTERED = 5000;

/** Routes of questions about a group's rows: neighbours, projection, replicates, clusters, gene sets, what is missing. */
export function mapQuestionRoutes(app: App, context: ServerContext): void {
  app.get(
    `${BASE}/neighbours`,
    {
      schema: {
        summary: "Nearest rows in both tails, with what is known",
        params: GroupParams,
        querystring: OfQuery.extend({
          count: z.coerce.number().int().min(1).max(1000).default(20),
          type: z.enum(["gene", "compound", "other"]).optional(),
          own: flag(false),
          novelty: flag(true),
        }),
        response: { 200: api.MapNeighbours },
      },
    },
    (request, reply) =>
      fromGroup(context, request, reply, request.params.group, async (lease, call) => {
        const { of, type, ...question } = request.query;
        const row = await rowOf(lease, of, call);
        const told = await askNeighbours(lease.view, row, { ...question, ...(type && { type }) }, call);
        return {
          by: answeredBy(lease),
          of: told.of,
          similar: told.similar.map(neighbourTold),
          opposite: told.opposite.map(neighbourTold),
          from: told.from,
        };
      }),
  );

  const projection = async (
    lease: Parameters<typeof answeredBy>[0],
    body: api.ProjectionBody,
    call: { signal: AbortSignal },
  ): Promise<api.MapProjection> => {
    const [target, healthy, queries] = await Promise.all([
      rowOf(lease, body.target, call),
      body.healthy === undefined ? undefined : rowOf(lease, body.healthy, call),
      rowsOfList(context, lease, body.rows, MOST_ROWS, call),
    ]);
    const cloud =
      body.cloud.length === 0
        ? { rows: [], notFound: [] }
        : await rowsOfList(context, lease, body.cloud, MOST_ROWS, call);
    const { mode, controls } = body;
    const question = { target, queries: queries.rows, mode, controls, cloud: cloud.rows };
    const told = await askProjection(lease.view, { ...question, ...(healthy !== undefined && { healthy }) }, call);
    return { by: answeredBy(lease), ...told, notFound: [...queries.notFound, ...cloud.notFound] };
  };
  app.post(
    `${BASE}/projection`,
    {
      ...BIG_BODY,
      schema: {
        summary: "Rows seen along a target, or between healthy and disease",
        params: GroupParams,
        body: api.ProjectionBody,
        response: { 200: api.MapProjection },
      },
    },
    (request, reply) =>
      fromGroup(context, request, reply, request.params.group, (lease, call) => projection(lease, request.body, call)),
  );
  app.get(
    `${BASE}/projection`,
    {
      schema: {
        summary: "Rows seen along a target, by short lists",
        params: GroupParams,
        querystring: z.object({
          target: z.string().min(1).max(300),
          rows: RowList,
          mode: z.enum(["unit", "magnitude", "rescue"]).default("unit"),
          healthy: z.string().min(1).max(300).optional(),
          cloud: RowList.optional(),
          controls: z.coerce.number().int().min(0).max(1000).default(0),
        }),
        response: { 200: api.MapProjection },
      },
    },
    (request, reply) =>
      fromGroup(context, request, reply, request.params.group, (lease, call) => {
        const { rows, cloud, ...how } = request.query;
        return projection(lease, { ...how, rows: rows.split(","), cloud: cloud?.split(",") ?? [] }, call);
      }),
  );

  app.get(
    `${BASE}/replicates`,
    {
      schema: {
        summary: "A row split by experiment and into its wells",
        params: GroupParams,
        querystring: OfQuery,
        response: { 200: api.MapReplicates },
      },
    },
    (request, reply) =>
      fromGroup(context, request, reply, request.params.group, async (lease, call) => ({
        by: answeredBy(lease),
        ...replicatesTold(await askReplicates(lease.view, await rowOf(lease, request.query.of, call), call)),
      })),
  );

  app.post(
    `${BASE}/cluster`,
    {
      ...BIG_BODY,
      schema: {
        summary: "Dendrogram and order of chosen rows",
        params: GroupParams,
        body: api.ClusterBody,
        response: { 200: api.MapClusters },
      },
    },
    (request, reply) =>
      fromGroup(context, request, reply, request.params.group, async (lease, call) => {
        const { rows: list, cut, ...how } = request.body;
        const { rows, notFound } = await rowsOfList(context, lease, list, MOST_CLUSTERED, call);
        const tree = await askClusters(lease.view, rows, { ...how, ...(cut && { cut }) }, call);
        const told = await rowsTold(lease.view, rows, call);
        const { merges, order, clusters, method } = tree;
        return { by: answeredBy(lease), rows: told, notFound, method, merges, order, clusters };
      }),
  );

  app.post(
    `${BASE}/enrichment`,
    {
      ...BIG_BODY,
      schema: {
        summary: "Gene sets over-represented among chosen genes",
        params: GroupParams,
        body: api.EnrichmentBody,
        response: { 200: api.MapEnrichment },
      },
    },
    (request, reply) =>
      fromGroup(context, request, reply, request.params.group, async (lease, call) => {
        const { rows: list, source, ...sizes } = request.body;
        const { rows, notFound } = await rowsOfList(context, lease, list, MOST_ROWS, call);
        // A map of compounds alone has no genes to be asked about: that is no fault of who looks at it.
        const hasGenes = (await lease.view.rowsOf(rows, call)).some(({ type }) => type === "gene");
        const question = { ...sizes, ...(source && { source }) };
        const sets = hasGenes ? await askEnrichment(lease.view, rows, question, call) : [];
        return { by: answeredBy(lease), notFound, sets };
      }),
  );

  app.get(
    `${BASE}/why`,
    {
      schema: {
        summary: "Why something is not on the map",
        params: GroupParams,
        querystring: z.object({
          name: z.string().min(1).max(300),
          type: z.enum(["gene", "compound", "other"]).optional(),
          rows: RowList.optional(),
        }),
        response: { 200: api.MapWhyMissing },
      },
    },
    (request, reply) =>
      fromGroup(context, request, reply, request.params.group, async (lease, call) => {
        const { name, type, rows } = request.query;
        // A page whose rows name nothing hides everything: that is an answer too.
        const listed = rows === undefined ? undefined : await withListsOpened(context.objects, rows.split(","));
        const chosen = listed && (await rowsMeant(lease.view, listed, call)).rows;
        const settings = { ...(type && { type }), ...(chosen && { rows: chosen }) };
        return mapMissing(context, lease, name, settings, call);
      }),
  );

  app.get(
    "/api/v1/maps/perturbations/:name",
    {
      schema: {
        summary: "What all groups know of a perturbation",
        params: z.object({ name: Id }),
        response: { 200: api.MapPerturbation },
      },
    },
    (request) => mapPerturbation(context, request.params.name),
  );
}
