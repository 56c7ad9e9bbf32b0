import { recordAudit } from "@artesian/store";
import * as api from "./api.ts";
import type { App } from "./app-type.ts";
import { now, type ServerContext } from "./context.ts";
import { mapsOf } from "./map-requests.ts";

const ACTOR = "local";

/** Routes of the layers of maps: what is kept where, giving it back, looking at the store now. */
export function mapCacheRoutes(app: App, context: ServerContext): void {
  app.get(
    "/api/v1/maps/cache",
    { schema: { summary: "Copies of groups and what they take", response: { 200: api.MapCache } } },
    async () => {
      const maps = mapsOf(context);
      const { local, memory } = maps.status();
      return {
        local: local === null ? null : { ...local, damaged: [...local.damaged] },
        memory,
        groups: maps.groups().map(({ id, version, layers }) => ({
          id,
          version: version.version,
          sizeBytes: version.sizeBytes,
          layers,
        })),
        evictions: (await maps.evictions()).sort((a, b) => b.at.localeCompare(a.at)),
      };
    },
  );
  app.post(
    "/api/v1/maps/cache/evict",
    { schema: { summary: "Give a group's copy back", body: api.EvictBody, response: { 200: api.EvictAnswer } } },
    async (request) => {
      const { group, dryRun } = request.body;
      const answer = await mapsOf(context).evict(group, { actor: ACTOR, dryRun });
      if (!dryRun) {
        const { name: target, freedBytes, memoryBytes } = answer;
        recordAudit(context.store, {
          at: now(context),
          who: ACTOR,
          action: "map.evict",
          target,
          detail: { freedBytes, memoryBytes },
        });
      }
      return answer;
    },
  );
  app.post(
    "/api/v1/maps/cache/refresh",
    {
      schema: {
        summary: "Look at the store now; fetch a group",
        body: api.RefreshBody,
        response: { 200: api.RefreshAnswer },
      },
    },
    async (request) => {
      const maps = mapsOf(context);
      const changed = await maps.refresh();
      const { group } = request.body;
      if (group !== undefined) {
        await maps.fetch(group);
        recordAudit(context.store, { at: now(context), who: ACTOR, action: "map.fetch", target: group });
      }
      return { changed, revision: maps.status().revision };
    },
  );
}
