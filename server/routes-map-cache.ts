import * as api from "./api.ts";
import type { App } from "./app-type.ts";
import type { ServerContext } from "./context.ts";
import { mapsOf } from "./map-requests.ts";

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
        evictions: await maps.evictions(),
      };
    },
  );
  app.post(
    "/api/v1/maps/cache/evict",
    { schema: { summary: "Give a group's copy back", body: api.EvictBody, response: { 200: api.EvictAnswer } } },
    (request) => mapsOf(context).evict(request.body.group, { actor: "local", dryRun: request.body.dryRun }),
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
      if (request.body.group !== undefined) await maps.fetch(request.body.group);
      return { changed, revision: maps.status().revision };
    },
  );
}
