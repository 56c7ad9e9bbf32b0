import { type Lease, lastingNames, rowsTold, strongestRows } from "@artesian/maps";
import { z } from "zod";
import * as api from "./api.ts";
import type { App } from "./app-type.ts";
import type { ServerContext } from "./context.ts";
import { answeredBy, BIG_BODY, fromGroup, GroupParams, MOST_ROWS, RowList, rowsOfList } from "./map-requests.ts";

const BASE = "/api/v1/maps/groups/:group";

/** Routes that find rows: a page by any name, a list, the strongest; a pasted text. */
export function mapRowRoutes(app: App, context: ServerContext): void {
  app.get(
    `${BASE}/rows`,
    {
      schema: {
        summary: "A page of rows by part of a name, by a list of names and numbers, or the strongest first",
        params: GroupParams,
        querystring: z.object({
          q: z.string().max(300).optional(),
          rows: RowList.optional(),
          type: z.enum(["gene", "compound", "other"]).optional(),
          offset: z.coerce.number().int().min(0).default(0),
          limit: z.coerce.number().int().min(1).max(MOST_ROWS).default(50),
        }),
        response: { 200: api.MapRows },
      },
    },
    (request, reply) =>
      fromGroup(context, request, reply, request.params.group, async (lease, call): Promise<api.MapRows> => {
        const { q, rows: list, type, offset, limit } = request.query;
        if (q !== undefined) return rowsFound(lease, q, { offset, limit, type }, call);
        const { rows, total, notFound } =
          list === undefined
            ? {
                ...(await strongestRows(lease.view, { from: offset, count: limit, ...(type && { type }) }, call)),
                notFound: [],
              }
            : await rowsOfPage(context, lease, list, offset, limit, call);
        const told = await rowsTold(lease.view, rows, call);
        return { by: answeredBy(lease), rows: told.map((row) => ({ ...row, matched: null })), total, notFound };
      }),
  );

  app.post(
    `${BASE}/rows`,
    {
      ...BIG_BODY,
      schema: {
        summary: "Rows that a long list of names and numbers means",
        params: GroupParams,
        body: api.RowsBody,
        response: { 200: api.MapRows },
      },
    },
    (request, reply) =>
      fromGroup(context, request, reply, request.params.group, async (lease, call): Promise<api.MapRows> => {
        const { rows, notFound } = await rowsOfList(context, lease, request.body.rows, MOST_ROWS, call);
        const told = await rowsTold(lease.view, rows, call);
        return {
          by: answeredBy(lease),
          rows: told.map((row) => ({ ...row, matched: null })),
          total: rows.length,
          notFound,
        };
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
        const taken = whole.length > 0 ? whole : found;
        return {
          by: answeredBy(lease),
          rows: taken,
          notFound,
          ambiguous,
          names: await lastingNames(lease.view, taken, call),
        };
      }),
  );
}

/** A page of the rows of all experiments together that a text finds. */
async function rowsFound(
  lease: Lease,
  q: string,
  { offset, limit, type }: { offset: number; limit: number; type: api.MapRow["type"] | undefined },
  call: { signal: AbortSignal },
): Promise<api.MapRows> {
  const { view } = lease;
  const { matches, total } = (await view.search(call)).search(q, {
    offset,
    limit,
    isShown: (row) => row.experiment === null && (type === undefined || row.type === type),
  });
  const told = await rowsTold(
    view,
    matches.map(({ row }) => row),
    call,
  );
  const rows = told.map((row, i) => ({ ...row, matched: { by: matches[i]!.by, text: matches[i]!.text } }));
  return { by: answeredBy(lease), rows, total, notFound: [] };
}

async function rowsOfPage(
  context: ServerContext,
  lease: Lease,
  list: string,
  offset: number,
  limit: number,
  call: { signal: AbortSignal },
): Promise<{ rows: number[]; total: number; notFound: string[] }> {
  const { rows, notFound } = await rowsOfList(context, lease, list, Number.POSITIVE_INFINITY, call);
  return { rows: rows.slice(offset, offset + limit), total: rows.length, notFound };
}
