import { z } from "zod";
import * as api from "./api.ts";
import type { App } from "./app-type.ts";
import type { ServerContext } from "./context.ts";
import { keepList, keptList } from "./kept-lists.ts";
import { BIG_BODY } from "./map-requests.ts";

/** Routes of long lists of names: keep one, so that links can name it, and read it again. */
export function mapListRoutes(app: App, context: ServerContext): void {
  app.post(
    "/api/v1/maps/lists",
    {
      ...BIG_BODY,
      schema: {
        summary: "Keep a long list of rows by its content",
        body: api.KeepListBody,
        response: { 200: api.KeptMapList },
      },
    },
    async (request) => {
      const list = await keepList(context.objects, request.body.entries);
      return { list, entries: await keptList(context.objects, list) };
    },
  );
  app.get(
    "/api/v1/maps/lists/:list",
    {
      schema: {
        summary: "A list that was kept",
        params: z.object({ list: z.string().min(1).max(100) }),
        response: { 200: api.KeptMapList },
      },
    },
    async (request) => {
      const { list } = request.params;
      return { list, entries: await keptList(context.objects, list) };
    },
  );
}
