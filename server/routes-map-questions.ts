import {
  askBlock,
  askClusters,
  askEnrichment,
  askMissing,
  askNeighbours,
  askProjection,
  askReplicates,
  askSimilarity,
  blockFile,
  npyBytes,
  rowsTold,
  SLICE_FORMATS,
  SLICE_TYPES,
  sliceFile,
} from "@artesian/maps";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import { mapPerturbation } from "./answer-map-perturbation.ts";
import * as api from "./api.ts";
import { type App, Id } from "./app-type.ts";
import type { ServerContext } from "./context.ts";
import {
  answeredBy,
  fromGroup,
  GroupParams,
  mapsOf,
  neighbourTold,
  numbersOf,
  OfQuery,
  RowList,
  replicatesTold,
  rowOf,
  rowsOfList,
  sendFile,
} from "./map-requests.ts";
import { createSelections } from "./map-selections.ts";

const BASE = "/api/v1/maps/groups/:group";
/** Cells of a block that is sent as a whole; larger heat maps are read as tiles. */
const MOST_CELLS = 1_000_000;
const MOST_ROWS = 20_000;
const MOST_CLUSTERED = 5000;
const BIG_BODY = { bodyLimit: 2 * 1024 * 1024 };

const flag = (otherwise: boolean) =>
  z
    .enum(["true", "false"])
    .default(otherwise ? "true" : "false")
    .transform((text) => text === "true");

/** Routes of questions about a group's rows: search, neighbours, similarity, projection, replicates, clusters, gene sets, what is missing, files. */
export function mapQuestionRoutes(app: App, context: ServerContext): void {
  const selections = createSelections();

  app.get(
    `${BASE}/rows`,
    {
      schema: {
        summary: "Rows by part of a name, or by a list of names and numbers",
        params: GroupParams,
        querystring: z.object({
          q: z.string().max(300).optional(),
          rows: RowList.optional(),
          limit: z.coerce.number().int().min(1).max(MOST_ROWS).default(50),
        }),
        response: { 200: api.MapRows },
      },
    },
    (request, reply) =>
      fromGroup(context, request, reply, request.params.group, async (lease, call): Promise<api.MapRows> => {
        const { q, rows: list, limit } = request.query;
        if (list !== undefined || q === undefined) {
          const { rows, notFound } = await rowsOfList(lease, list ?? ["all"], Number.POSITIVE_INFINITY, call);
          const told = await rowsTold(lease.view, rows.slice(0, limit), call);
          return { by: answeredBy(lease), rows: told.map((row) => ({ ...row, matched: null })), notFound };
        }
        const matches = (await lease.view.search(call)).search(q, limit);
        const told = await rowsTold(
          lease.view,
          matches.map(({ row }) => row),
          call,
        );
        const rows = told.map((row, i) => ({ ...row, matched: { by: matches[i]!.by, text: matches[i]!.text } }));
        return { by: answeredBy(lease), rows, notFound: [] };
      }),
  );

  app.post(
    `${BASE}/paste`,
    {
      ...BIG_BODY,
      schema: {
        summary: "Rows of a pasted list",
        params: GroupParams,
        body: api.PasteBody,
        response: { 200: api.PastedRows },
      },
    },
    (request, reply) =>
      fromGroup(context, request, reply, request.params.group, async (lease, call) => {
        const { rows, notFound, ambiguous } = (await lease.view.search(call)).paste(request.body.text);
        const found = await rowsTold(lease.view, rows, call);
        // A name means all experiments together, unless there is no such row.
        const whole = found.filter(({ experiment }) => experiment === null);
        return { by: answeredBy(lease), rows: whole.length > 0 ? whole : found, notFound, ambiguous };
      }),
  );

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

  const similarity = async (
    lease: Parameters<typeof answeredBy>[0],
    body: api.SimilarityBody,
    call: { signal: AbortSignal },
  ): Promise<api.SimilarityBlock> => {
    const rows = await rowsOfList(lease, body.rows, MOST_ROWS, call);
    const columns = await rowsOfList(lease, body.columns, Math.floor(MOST_CELLS / rows.rows.length), call);
    const { variant, percentiles } = body;
    const block = await askBlock(lease.view, rows.rows, columns.rows, { variant, percentiles }, call);
    const [rowsSeen, columnsSeen] = await Promise.all([
      rowsTold(lease.view, rows.rows, call),
      rowsTold(lease.view, columns.rows, call),
    ]);
    return {
      by: answeredBy(lease),
      rows: rowsSeen,
      columns: columnsSeen,
      notFound: [...rows.notFound, ...columns.notFound],
      cosines: numbersOf(block.cosines),
      shown: block.shown && numbersOf(block.shown),
      percentiles: block.percentiles && numbersOf(block.percentiles),
    };
  };
  app.post(
    `${BASE}/similarity`,
    {
      ...BIG_BODY,
      schema: {
        summary: "A block of cosines, rows × columns",
        params: GroupParams,
        body: api.SimilarityBody,
        response: { 200: api.SimilarityBlock },
      },
    },
    async (request, reply) =>
      sendBlock(
        reply,
        await fromGroup(context, request, reply, request.params.group, (lease, call) =>
          similarity(lease, request.body, call),
        ),
      ),
  );
  const BlockQuery = z.object({ rows: RowList, columns: RowList });
  app.get(
    `${BASE}/similarity`,
    {
      schema: {
        summary: "A block of cosines, rows × columns, by short lists",
        params: GroupParams,
        querystring: BlockQuery.extend({
          variant: z.enum(["raw", "z", "percentile"]).default("raw"),
          percentiles: flag(false),
        }),
        response: { 200: api.SimilarityBlock },
      },
    },
    async (request, reply) =>
      sendBlock(
        reply,
        await fromGroup(context, request, reply, request.params.group, (lease, call) => {
          const { rows, columns, ...how } = request.query;
          return similarity(lease, { rows: rows.split(","), columns: columns.split(","), ...how }, call);
        }),
      ),
  );
  app.get(
    `${BASE}/similarity.f32`,
    { schema: { summary: "A block of cosines as float32", params: GroupParams, querystring: BlockQuery } },
    async (request, reply) => {
      const bytes = await fromGroup(context, request, reply, request.params.group, async (lease, call) => {
        const rows = await rowsOfList(lease, request.query.rows, MOST_ROWS, call);
        const columns = await rowsOfList(lease, request.query.columns, Math.floor(MOST_CELLS / rows.rows.length), call);
        reply.header("x-artesian-shape", `${rows.rows.length},${columns.rows.length}`);
        return askSimilarity(lease.view, rows.rows, columns.rows, call);
      });
      return reply.type("application/octet-stream").send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    },
  );

  app.post(
    `${BASE}/selections`,
    {
      ...BIG_BODY,
      schema: {
        summary: "Rows and columns of a heat map that is read as tiles",
        params: GroupParams,
        body: api.SelectionBody,
        response: { 200: api.MapSelection },
      },
    },
    (request, reply) =>
      fromGroup(context, request, reply, request.params.group, async (lease, call) => {
        const rows = await rowsOfList(lease, request.body.rows, MOST_ROWS, call);
        const columns = request.body.columns && (await rowsOfList(lease, request.body.columns, MOST_ROWS, call));
        const chosen = { rows: rows.rows, columns: columns?.rows ?? rows.rows };
        const { selection, levels } = await selections.open(lease.view, chosen);
        const notFound = [...rows.notFound, ...(columns?.notFound ?? [])];
        return { by: answeredBy(lease), selection, ...chosen, notFound, levels };
      }),
  );
  app.get(
    `${BASE}/selections/:selection/tiles/:level/:tileRow/:tileColumn`,
    {
      schema: {
        summary: "A tile of a selection: 256 × 256 signed bytes",
        params: GroupParams.extend({
          selection: z.string().regex(/^[0-9a-f]{32}$/),
          level: z.coerce.number().int().min(0).max(16),
          tileRow: z.coerce.number().int().min(0).max(200),
          tileColumn: z.coerce.number().int().min(0).max(200),
        }),
      },
    },
    async (request, reply) => {
      const { selection, level, tileRow, tileColumn } = request.params;
      const cells = await fromGroup(context, request, reply, request.params.group, (lease) =>
        selections.tile(lease.view, selection, [level, tileRow, tileColumn]),
      );
      return reply
        .header("cache-control", "private, max-age=3600")
        .type("application/octet-stream")
        .send(Buffer.from(cells.buffer, cells.byteOffset, cells.byteLength));
    },
  );

  const projection = async (
    lease: Parameters<typeof answeredBy>[0],
    body: api.ProjectionBody,
    call: { signal: AbortSignal },
  ): Promise<api.MapProjection> => {
    const [target, healthy, queries] = await Promise.all([
      rowOf(lease, body.target, call),
      body.healthy === undefined ? undefined : rowOf(lease, body.healthy, call),
      rowsOfList(lease, body.rows, MOST_ROWS, call),
    ]);
    const cloud =
      body.cloud.length === 0 ? { rows: [], notFound: [] } : await rowsOfList(lease, body.cloud, MOST_ROWS, call);
    const question = { target, queries: queries.rows, mode: body.mode, cloud: cloud.rows };
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
        const { rows, notFound } = await rowsOfList(lease, list, MOST_CLUSTERED, call);
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
        const { rows, notFound } = await rowsOfList(lease, list, MOST_ROWS, call);
        const sets = await askEnrichment(lease.view, rows, { ...sizes, ...(source && { source }) }, call);
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
        const chosen = rows === undefined ? undefined : (await rowsOfList(lease, rows, MOST_ROWS, call)).rows;
        const settings = { ...(type && { type }), ...(chosen && { rows: chosen }) };
        return { by: answeredBy(lease), ...(await askMissing(mapsOf(context), lease, name, settings, call)) };
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

  for (const format of SLICE_FORMATS) {
    app.get(
      `${BASE}/slice.${format}`,
      {
        schema: {
          summary: `Rows with their vectors as ${format}`,
          params: GroupParams,
          querystring: z.object({ rows: RowList.default("all") }),
        },
      },
      async (request, reply) => {
        const { name, file } = await fromGroup(context, request, reply, request.params.group, async (lease, call) => {
          const { rows } = await rowsOfList(lease, request.query.rows, 100_000, call);
          return { name: lease.view.name, file: sliceFile(await lease.view.part(rows, call), format) };
        });
        return sendFile(reply, `${name}.${format}`, SLICE_TYPES[format], file);
      },
    );
    app.get(
      `${BASE}/similarity.${format}`,
      {
        schema: {
          summary: `A block of cosines as ${format}`,
          params: GroupParams,
          querystring: z.object({ rows: RowList, columns: RowList.optional() }),
        },
      },
      async (request, reply) => {
        const { name, file } = await fromGroup(context, request, reply, request.params.group, async (lease, call) => {
          const { rows } = await rowsOfList(lease, request.query.rows, MOST_ROWS, call);
          const most = Math.floor((10 * MOST_CELLS) / rows.length);
          const columns = (await rowsOfList(lease, request.query.columns ?? request.query.rows, most, call)).rows;
          const cosines = await askSimilarity(lease.view, rows, columns, call);
          if (format === "npy") return { name: lease.view.name, file: npyBytes(cosines, columns.length) };
          const [down, across] = await Promise.all([lease.view.rowsOf(rows, call), lease.view.rowsOf(columns, call)]);
          return { name: lease.view.name, file: blockFile(down, across, cosines, format) };
        });
        return sendFile(reply, `${name}-similarity.${format}`, SLICE_TYPES[format], file);
      },
    );
  }
}

/** A block's tens of thousands of numbers are written as they are: checking each against the schema takes longer than all else. */
function sendBlock(reply: Pick<FastifyReply, "type">, block: api.SimilarityBlock): FastifyReply {
  return reply.type("application/json; charset=utf-8").send(JSON.stringify(block));
}
