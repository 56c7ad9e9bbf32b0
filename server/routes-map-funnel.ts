import {
  FUNNEL_STEPS,
  type Funnel,
  type FunnelCounts,
  type FunnelSettings,
  funnelOf,
  type GroupView,
  type Lease,
  rowsTold,
  settingsFor,
} from "@artesian/maps";
import * as api from "./api.ts";
import type { App } from "./app-type.ts";
import type { ServerContext } from "./context.ts";
import { answeredBy, fromGroup, GroupParams, rowOf } from "./map-requests.ts";

const BASE = "/api/v1/maps/groups/:group";
/** Funnels kept: each remembers the pairs that it found, up to 120 MB. */
const FUNNELS = 2;

/** Routes of the funnel: from all pairs to hypotheses, at once or live. */
export function mapFunnelRoutes(app: App, context: ServerContext): void {
  const funnels = new Map<string, Promise<Funnel>>();
  const funnelFor = (view: GroupView): Promise<Funnel> => {
    const known = funnels.get(view.name) ?? funnelOf(view);
    funnels.delete(view.name);
    funnels.set(view.name, known);
    known.catch(() => funnels.delete(view.name));
    for (const oldest of funnels.keys()) {
      if (funnels.size <= FUNNELS) break;
      funnels.delete(oldest);
    }
    return known;
  };

  const funnel = async (
    lease: Lease,
    query: api.FunnelQuery,
    call: { signal: AbortSignal },
    progress?: (counts: FunnelCounts, done: number) => void,
  ): Promise<api.MapFunnel> => {
    const wanted = settingsOf(query);
    const settings = await settingsFor(lease.view, wanted);
    const found = await funnelFor(lease.view);
    const ends = query.with === undefined ? undefined : await dosesNamed(lease, query.with, call);
    const {
      cutoffs,
      counts,
      pairs,
      found: through,
    } = await found.run(settings, {
      ...call,
      limit: query.limit,
      ...(ends && { rows: ends.rows }),
      ...(progress && { progress }),
    });
    const rows = await rowsTold(
      lease.view,
      pairs.flatMap(({ a, b }) => [a, b]),
      call,
    );
    const notAsked =
      settings.replicated === null && wanted.replicated !== null
        ? ["The group has no rows of single experiments, so replication was not looked at."]
        : [];
    if (wanted.novel && (await lease.view.knowledge()).relations === null)
      notAsked.push("The group was published without known relations, so every pair counts as novel.");
    return {
      by: answeredBy(lease),
      settings,
      cutoffs,
      counts: countsTold(counts),
      with: ends === undefined ? null : { symbol: ends.symbol, pairs: through },
      pairs: pairs.map((pair, i) => ({ ...pair, a: rows[2 * i]!, b: rows[2 * i + 1]!, known: [...pair.known] })),
      notAsked,
    };
  };
  app.get(
    `${BASE}/funnel`,
    {
      schema: {
        summary: "From all pairs to hypotheses, with the pairs left after each step",
        params: GroupParams,
        querystring: api.FunnelQuery,
        response: { 200: api.MapFunnel },
      },
    },
    (request, reply) =>
      fromGroup(context, request, reply, request.params.group, (lease, call) => funnel(lease, request.query, call)),
  );
  app.get(
    `${BASE}/funnel/live`,
    {
      schema: {
        summary: "The funnel as server-sent events: counts while it counts, then done",
        params: GroupParams,
        querystring: api.FunnelQuery,
      },
    },
    async (request, reply) => {
      const send = (event: string, data: unknown): void => {
        reply.raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      };
      await fromGroup(context, request, reply, request.params.group, async (lease, call) => {
        // The first question fails before anything is sent, so that it answers as every other error does.
        await funnelFor(lease.view);
        reply.hijack();
        reply.raw.writeHead(200, {
          ...(reply.getHeaders() as Record<string, string>),
          "content-type": "text/event-stream; charset=utf-8",
          "cache-control": "no-store",
          "x-artesian-group": lease.view.name,
        });
        try {
          const told = await funnel(lease, request.query, call, (counts, done) =>
            send("counts", { counts: countsTold(counts), done }),
          );
          send("done", api.MapFunnel.parse(told));
        } catch (error) {
          const { code = "server/internal", message } = error as Error & { code?: string };
          if (!call.signal.aborted) send("failed", { code, message });
        }
        reply.raw.end();
      });
    },
  );
}

function countsTold(counts: FunnelCounts): api.MapFunnel["counts"] {
  return FUNNEL_STEPS.map((step) => ({ step, pairs: counts[step] }));
}

export function settingsOf(query: api.FunnelQuery): FunnelSettings {
  const { between, consistencyP, adjust, units, tails, percent, q, otherArm, novel, doseTau } = query;
  const { experiments, experimentPercent } = query;
  return {
    between,
    trust: { consistencyP, adjust, units },
    tails: tails === "percentile" ? { by: "percentile", percent } : { by: "fdr", q },
    otherArm: otherArm === "true",
    novel: novel === "true",
    doseTau: doseTau === "off" ? null : doseTau,
    replicated: experiments === 0 ? null : { experiments, percent: experimentPercent },
  };
}

/** All rows of the perturbation that a text means: a funnel with a compound is one with any of its doses. */
async function dosesNamed(
  lease: Lease,
  text: string,
  call: { signal: AbortSignal },
): Promise<{ rows: number[]; symbol: string }> {
  const [row] = await lease.view.rowsOf([await rowOf(lease, text, call)], call);
  return { rows: await lease.view.named(row!.perturbation, call), symbol: row!.symbol };
}
