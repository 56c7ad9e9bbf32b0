import { z } from "zod";
import { PROFILE_TABLES, profileCsv, profileDetail, profileList } from "./answer-profiles.ts";
import * as api from "./api.ts";
import { type App, Id } from "./app-type.ts";
import type { ServerContext } from "./context.ts";
import { UNTIL_CHANGED } from "./memo.ts";
import { experimentOf } from "./routes-store.ts";

/** Routes of an experiment's profiles: what there is, one scope in full, its tables. */
export function profileRoutes(app: App, context: ServerContext): void {
  const { memo } = context;
  app.get(
    "/api/v1/experiments/:experiment/profiles",
    {
      schema: {
        summary: "Profiles by plate and of all plates together",
        params: z.object({ experiment: Id }),
        response: { 200: api.ProfileList },
      },
    },
    (request) =>
      memo.get(request.url, UNTIL_CHANGED, async () =>
        profileList(context, await experimentOf(context, request.params.experiment)),
      ),
  );
  app.get(
    "/api/v1/experiments/:experiment/profiles/:scope",
    {
      schema: {
        summary: "Profiles of a plate, or of all plates: wells, components, strengths, dropped features",
        params: z.object({ experiment: Id, scope: Id }),
        response: { 200: api.ProfileDetail },
      },
    },
    (request) =>
      memo.get(request.url, UNTIL_CHANGED, async () =>
        profileDetail(context, await experimentOf(context, request.params.experiment), request.params.scope),
      ),
  );
  for (const table of PROFILE_TABLES)
    app.get(
      `/api/v1/experiments/:experiment/profiles/:scope/${table}.csv`,
      { schema: { summary: `The scope's ${table} table as CSV`, params: z.object({ experiment: Id, scope: Id }) } },
      async (request, reply) => {
        const experiment = await experimentOf(context, request.params.experiment);
        const { scope } = request.params;
        const text = await profileCsv(context, experiment, scope, table);
        const name = `${experiment.id}-${scope}-${table}.csv`.replaceAll(/[^\w.-]+/g, "_");
        return reply
          .header("content-disposition", `attachment; filename="${name}"`)
          .type("text/csv; charset=utf-8")
          .send(text);
      },
    );
}
