import {
  askHealth,
  compareVersions,
  type GroupHealth,
  type Lease,
  type ServedGroup,
  versionBefore,
} from "@artesian/maps";
import { z } from "zod";
import * as api from "./api.ts";
import type { App } from "./app-type.ts";
import { now, type ServerContext } from "./context.ts";
import { answeredBy, fromGroup, GroupParams, mapsOf } from "./map-requests.ts";

/** Names of perturbations gained or lost that are told; all of them are counted. */
const MOST_NAMES = 1000;
/** Health cards kept: a version never changes. */
const CARDS = 16;

/** Routes of the groups of a store: state, list, one in full, health. */
export function mapGroupRoutes(app: App, context: ServerContext): void {
  const cards = new Map<string, Promise<api.MapHealth>>();
  /** The card of a version beside the one before it; asked for by many, it is made once. */
  const healthFor = (lease: Lease): Promise<api.MapHealth> => {
    const { name } = lease.view;
    const card = cards.get(name) ?? healthOf(context, lease);
    cards.delete(name);
    cards.set(name, card);
    card.catch(() => cards.delete(name));
    for (const oldest of cards.keys()) {
      if (cards.size <= CARDS) break;
      cards.delete(oldest);
    }
    return card;
  };
  app.get(
    "/api/v1/maps/status",
    { schema: { summary: "State of the store of maps and its layers", response: { 200: api.MapStatus } } },
    async () => mapStatus(context),
  );
  app.get(
    "/api/v1/maps/groups",
    { schema: { summary: "Groups of the store, with layers and drift", response: { 200: api.MapGroupList } } },
    async () => {
      const maps = mapsOf(context);
      const { store, revision } = maps.status();
      return { store, revision, groups: maps.groups().map(groupTold) };
    },
  );
  app.get(
    "/api/v1/maps/groups/:group",
    {
      schema: {
        summary: "A group version: how it was built, benchmarks, their trend",
        params: GroupParams,
        response: { 200: api.MapGroupDetail },
      },
    },
    (request, reply) =>
      fromGroup(context, request, reply, request.params.group, (lease) => groupDetail(context, lease)),
  );
  app.get(
    "/api/v1/maps/groups/:group/health",
    {
      schema: {
        summary: "Health card of a group version",
        params: GroupParams,
        response: { 200: api.MapHealthAnswer },
      },
    },
    (request, reply) =>
      fromGroup(context, request, reply, request.params.group, async (lease) => ({
        by: answeredBy(lease),
        health: await healthFor(lease),
      })),
  );
  app.get(
    "/api/v1/maps/groups/:group/quantiles",
    {
      schema: {
        summary: "Quantiles of the cosines of all pairs",
        params: GroupParams,
        response: { 200: api.MapQuantiles },
      },
    },
    (request, reply) =>
      fromGroup(context, request, reply, request.params.group, async (lease, call) => ({
        by: answeredBy(lease),
        quantiles: Array.from(await lease.view.quantiles(call)),
      })),
  );
  app.get(
    "/api/v1/maps/groups/:group/compare",
    {
      schema: {
        summary: "How a group version differs from another",
        params: GroupParams,
        querystring: z.object({ with: z.string().min(1).max(300) }),
        response: { 200: api.MapComparison },
      },
    },
    (request, reply) =>
      fromGroup(context, request, reply, request.params.group, async (lease, call) => {
        const before = await mapsOf(context).lease(request.query.with);
        try {
          return await comparison(before, lease, call);
        } finally {
          before.release();
        }
      }),
  );
}

/** State of store and layers; answers without a store too, so that a page can say what to do. */
export function mapStatus(context: ServerContext): api.MapStatus {
  const { maps } = context;
  if (maps === undefined)
    return {
      store: null,
      revision: 0,
      default: null,
      seenAt: null,
      banner: null,
      problems: [],
      local: null,
      memory: { heldBytes: 0, budgetBytes: 0 },
      redis: "not used",
    };
  const { storeProblem, seenMs, local, redis, ...status } = maps.status();
  const instant = (ms: number): string => new Date(ms).toISOString();
  const problems: api.MapStatus["problems"] = [];
  if (storeProblem !== null)
    problems.push({
      part: storeProblem.kind === "damaged" ? "catalog" : "store",
      message: storeProblem.message,
      since: instant(storeProblem.sinceMs),
    });
  if (redis.state === "lost") problems.push({ part: "redis", message: redis.problem, since: instant(redis.sinceMs) });
  for (const { id, drift } of maps.groups())
    if (drift !== null) problems.push({ part: "group", message: `${id}: ${drift}`, since: null });
  for (const { name, file, at } of local?.damaged ?? [])
    problems.push({ part: "local", message: `The copy of ${name} was damaged (${file}) and is not used.`, since: at });
  return {
    ...status,
    seenAt: seenMs === null ? null : instant(seenMs),
    banner: bannerOf(problems, now(context)),
    problems,
    local: local === null ? null : { ...local, damaged: [...local.damaged] },
    redis: redis.state,
  };
}

function bannerOf(problems: api.MapStatus["problems"], at: string): string | null {
  const store = problems.find(({ part }) => part === "store");
  if (store !== undefined) {
    const minutes = Math.round((Date.parse(at) - Date.parse(store.since!)) / 60_000);
    return `The store of maps has not answered for ${minutes < 1 ? "less than a minute" : `${minutes} min`}: groups with a copy on this machine are shown, as they were last seen.`;
  }
  const catalog = problems.find(({ part }) => part === "catalog");
  if (catalog !== undefined)
    return `The catalogue of maps cannot be read, so they are shown as they were last seen: ${catalog.message}`;
  const group = problems.find(({ part }) => part === "group");
  if (group !== undefined) return group.message;
  if (problems.some(({ part }) => part === "redis"))
    return "Redis is out of reach: maps are shown as ever; new versions are noticed a little later.";
  return null;
}

export function groupTold({ versions, ...group }: ServedGroup): api.MapGroup {
  return {
    ...group,
    version: versionTold(group.version),
    versions: versions.length,
    href: `/maps/groups/${encodeURIComponent(group.id)}`,
  };
}

function versionTold({ manifest: _, ...version }: ServedGroup["version"]): api.MapVersion {
  return { ...version, recall: [...version.recall], forced: [...version.forced] };
}

async function groupDetail(context: ServerContext, lease: Lease): Promise<api.MapGroupDetail> {
  const { manifest, view } = lease;
  const { parents, model, transformation, recipe, inputs, units, dropped, files, created, benchmark } = manifest;
  const group = mapsOf(context)
    .groups()
    .find(({ id }) => id === manifest.id)!;
  const [{ relations, sets }, rows] = await Promise.all([view.knowledge(), view.rows()]);
  const experiments = new Set<string>();
  for (const { experiment } of rows) if (experiment !== null) experiments.add(experiment);
  return {
    by: answeredBy(lease),
    group: groupTold(group),
    versions: group.versions.map((one) => ({
      ...versionTold(one),
      isServed: one.version === group.version.version,
    })),
    manifest: { parents, model, transformation, recipe, inputs, units, dropped, files, created },
    benchmark,
    knowledge: {
      sets: sets.map(({ source }) => source),
      relations: [...(relations?.sources ?? [])].map(([source, edges]) => ({ source, edges })),
    },
    experiments: [...experiments].sort(),
  };
}

async function healthOf(context: ServerContext, { view, manifest }: Lease): Promise<api.MapHealth> {
  const maps = mapsOf(context);
  const older = versionBefore(maps.catalog(), manifest.id, manifest.version);
  const before = older === undefined ? undefined : await maps.lease(`${manifest.id}@${older}`);
  try {
    return healthTold(await askHealth(view, before?.view));
  } finally {
    before?.release();
  }
}

async function comparison(before: Lease, after: Lease, call: { signal: AbortSignal }): Promise<api.MapComparison> {
  const [was, is, old, now] = await Promise.all([
    before.view.rows(call),
    after.view.rows(call),
    before.view.quantiles(call),
    after.view.quantiles(call),
  ]);
  const { gained, lost, ...difference } = compareVersions(
    { manifest: before.manifest, rows: was },
    { manifest: after.manifest, rows: is },
  );
  const names = (all: string[]) => ({ count: all.length, names: all.slice(0, MOST_NAMES) });
  return {
    by: answeredBy(after),
    with: answeredBy(before),
    ...difference,
    gained: names(gained),
    lost: names(lost),
    cosines: [1, 5, 25, 50, 75, 95, 99].map((percent) => ({
      percent,
      before: old[10 * percent] ?? null,
      after: now[10 * percent] ?? null,
    })),
  };
}

export function healthTold({ proximityBias, cosines, ...health }: GroupHealth): api.MapHealth {
  return {
    ...health,
    arms:
      proximityBias === null
        ? null
        : {
            before: proximityBias.before.probability,
            after: proximityBias.after.probability,
            corrected: proximityBias.corrected,
            uncorrected: proximityBias.uncorrected,
          },
    cosines: cosines.map((one) => ({ ...one, cosine: Number.isFinite(one.cosine) ? one.cosine : null })),
  };
}
