import {
  askBlock,
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
import * as api from "./api.ts";
import type { App } from "./app-type.ts";
import type { ServerContext } from "./context.ts";
import {
  answeredBy,
  BIG_BODY,
  flag,
  fromGroup,
  GroupParams,
  MOST_ROWS,
  numbersOf,
  RowList,
  rowsOfList,
  sendFile,
} from "./map-requests.ts";
import { createSelections } from "./map-selections.ts";

const BASE = "/api/v1/maps/groups/:group";
/** Cells of a block that is sent as a whole; larger heat maps are read as tiles. */
const MOST_CELLS = 1_000_000;

/** Routes of cosines: blocks, tiles of large heat maps, files of rows and of cosines. */
export function mapSimilarityRoutes(app: App, context: ServerContext): void {
  const selections = createSelections();

  const similarity = async (
    lease: Parameters<typeof answeredBy>[0],
    body: api.SimilarityBody,
    call: { signal: AbortSignal },
  ): Promise<api.SimilarityBlock> => {
    const rows = await rowsOfList(context, lease, body.rows, MOST_ROWS, call);
    const columns = await rowsOfList(context, lease, body.columns, Math.floor(MOST_CELLS / rows.rows.length), call);
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
        const rows = await rowsOfList(context, lease, request.query.rows, MOST_ROWS, call);
        const columns = await rowsOfList(
          context,
          lease,
          request.query.columns,
          Math.floor(MOST_CELLS / rows.rows.length),
          call,
        );
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
        const rows = await rowsOfList(context, lease, request.body.rows, MOST_ROWS, call);
        const columns =
          request.body.columns && (await rowsOfList(context, lease, request.body.columns, MOST_ROWS, call));
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
          const { rows } = await rowsOfList(context, lease, request.query.rows, 100_000, call);
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
          const { rows } = await rowsOfList(context, lease, request.query.rows, MOST_ROWS, call);
          const most = Math.floor((10 * MOST_CELLS) / rows.length);
          const columns = (await rowsOfList(context, lease, request.query.columns ?? request.query.rows, most, call))
            .rows;
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
