import {
  askCard,
  askCompounds,
  askKnown,
  askProxies,
  askTrust,
  type GroupNeighbour,
  type HypothesisCard,
  type Lease,
  rowsTold,
} from "@artesian/maps";
import { z } from "zod";
import * as api from "./api.ts";
import type { App } from "./app-type.ts";
import type { ServerContext } from "./context.ts";
import { answeredBy, fromGroup, GroupParams, OfQuery, replicatesTold, rowOf } from "./map-requests.ts";

const BASE = "/api/v1/maps/groups/:group";
/** Routes from a phenoprint to hypotheses: trust, proxies, compounds, known against novel, a card. */
export function mapHypothesisRoutes(app: App, context: ServerContext): void {
  app.get(
    `${BASE}/trust`,
    {
      schema: {
        summary: "Do I trust this phenoprint",
        params: GroupParams,
        querystring: OfQuery,
        response: { 200: api.MapTrust },
      },
    },
    (request, reply) =>
      fromGroup(context, request, reply, request.params.group, async (lease, call) => {
        const row = await rowOf(lease, request.query.of, call);
        const { trust, replicates } = await askTrust(lease.view, row, {}, call);
        return { by: answeredBy(lease), trust, replicates: replicatesTold(replicates) };
      }),
  );
  app.get(
    `${BASE}/proxies`,
    {
      schema: {
        summary: "Trusted genes of the same pathways that can stand for one",
        params: GroupParams,
        querystring: OfQuery.extend({
          source: z.string().max(200).optional(),
          count: z.coerce.number().int().min(1).max(200).default(20),
        }),
        response: { 200: api.MapProxies },
      },
    },
    (request, reply) =>
      fromGroup(context, request, reply, request.params.group, async (lease, call) => {
        const row = await rowOf(lease, request.query.of, call);
        const { count, source } = request.query;
        const proxies = await askProxies(lease.view, row, { count, ...(source && { source }) }, call);
        const [of, ...rows] = await rowsTold(lease.view, [row, ...proxies.map((proxy) => proxy.row)], call);
        return {
          by: answeredBy(lease),
          of: of!,
          proxies: proxies.map(({ sets, otherArm, consistencyP, cosine }, i) => {
            return { row: rows[i]!, sets, otherArm, consistencyP, cosine };
          }),
        };
      }),
  );
  app.get(
    `${BASE}/compounds`,
    {
      schema: {
        summary: "Compounds opposite or alike, with their trend over doses",
        params: GroupParams,
        querystring: OfQuery.extend({
          side: z.enum(["opposite", "similar"]).default("opposite"),
          tail: z.coerce.number().positive().max(50).default(5),
          count: z.coerce.number().int().min(1).max(1000).default(50),
        }),
        response: { 200: api.MapCompounds },
      },
    },
    (request, reply) =>
      fromGroup(context, request, reply, request.params.group, async (lease, call) => {
        const { of, side, tail, count } = request.query;
        const row = await rowOf(lease, of, call);
        const found = await askCompounds(lease.view, row, { side, tail }, call);
        const [told] = await rowsTold(lease.view, [row], call);
        const compounds = found.slice(0, count).map((one) => ({ ...one, known: one.known && [...one.known] }));
        return { by: answeredBy(lease), of: told!, side, compounds };
      }),
  );
  app.get(
    `${BASE}/known`,
    {
      schema: {
        summary: "Published relations of a row against what is new",
        params: GroupParams,
        querystring: OfQuery.extend({
          tail: z.coerce.number().positive().max(50).default(5),
          count: z.coerce.number().int().min(1).max(1000).default(50),
        }),
        response: { 200: api.MapKnown },
      },
    },
    (request, reply) =>
      fromGroup(context, request, reply, request.params.group, async (lease, call) => {
        const { of, ...how } = request.query;
        const row = await rowOf(lease, of, call);
        const { partners, sources, novel, byChance } = await askKnown(lease.view, row, how, call);
        const [told] = await rowsTold(lease.view, [row], call);
        const rows = await rowsTold(
          lease.view,
          partners.map((partner) => partner.row),
          call,
        );
        return {
          by: answeredBy(lease),
          of: told!,
          partners: partners.map((partner, i) => ({ ...partner, row: rows[i]!, edges: [...partner.edges] })),
          sources,
          novel: {
            similar: await neighboursIn(lease, novel.similar, call),
            opposite: await neighboursIn(lease, novel.opposite, call),
          },
          byChance,
        };
      }),
  );

  app.get(
    `${BASE}/card`,
    {
      schema: {
        summary: "A pair of rows with all that speaks for and against it",
        params: GroupParams,
        querystring: z.object({ a: z.string().min(1).max(300), b: z.string().min(1).max(300) }),
        response: { 200: api.MapCardAnswer },
      },
    },
    (request, reply) =>
      fromGroup(context, request, reply, request.params.group, async (lease, call) => {
        const [a, b] = [await rowOf(lease, request.query.a, call), await rowOf(lease, request.query.b, call)];
        return { by: answeredBy(lease), card: cardTold(await askCard(lease.view, a, b, call)) };
      }),
  );
}

export function cardTold(card: HypothesisCard): api.MapCard {
  return { ...card, known: [...card.known] };
}

async function neighboursIn(
  { view }: Lease,
  found: readonly GroupNeighbour[],
  call: { signal: AbortSignal },
): Promise<api.MapNeighbour[]> {
  const rows = await rowsTold(
    view,
    found.map(({ row }) => row),
    call,
  );
  return found.map(({ cosine, percentile, known }, i) => {
    return { row: rows[i]!, cosine, percentile, known: known && [...known] };
  });
}
