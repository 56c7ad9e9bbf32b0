import { z } from "zod";
import { projectDetail, projectGenes, projectList, projectOf } from "./answer-projects.ts";
import * as api from "./api.ts";
import { type App, Id, Paging, paging } from "./app-type.ts";
import type { ServerContext } from "./context.ts";
import { FILE_TYPES, PICTURE_POLICY } from "./file-types.ts";
import { BRIEFLY, UNTIL_CHANGED } from "./memo.ts";

/** Routes of the portal: its projects, one project with its figures, their files, genes. */
export function projectRoutes(app: App, context: ServerContext): void {
  const { memo } = context;
  const params = z.object({ project: Id });
  app.get(
    "/api/v1/projects",
    {
      schema: {
        summary: "Projects of the portal with their expression summaries",
        querystring: Paging.extend({ q: z.string().max(200).optional(), status: api.SummaryStatus.optional() }),
        response: { 200: api.ProjectList },
      },
    },
    (request) =>
      memo.get(request.url, BRIEFLY, () =>
        projectList(context, { q: request.query.q, status: request.query.status, ...paging(request.query) }),
      ),
  );
  app.get(
    "/api/v1/projects/:project",
    { schema: { summary: "A project: matrices, figures by split", params, response: { 200: api.ProjectDetail } } },
    (request) => memo.get(request.url, BRIEFLY, () => projectDetail(context, request.params.project)),
  );
  app.get(
    "/api/v1/projects/:project/genes",
    {
      schema: {
        summary: "A gene in a project, by symbol or identifier",
        params,
        querystring: z.object({ q: z.string().max(200).default("") }),
        response: { 200: api.GeneAnswer },
      },
    },
    (request) =>
      memo.get(request.url, UNTIL_CHANGED, () => projectGenes(context, request.params.project, request.query.q)),
  );
  app.get(
    "/api/v1/projects/:project/files/:uri/:name",
    {
      schema: {
        summary: "A figure's or table's file; its address never changes its content",
        params: params.extend({
          uri: z.string().regex(/^sha256:[0-9a-f]{64}$/),
          name: z.string().regex(/^[\w.-]{1,200}\.(?:svg|png|csv|json)$/),
        }),
      },
    },
    async (request, reply) => {
      const { project, uri, name } = request.params;
      const etag = `"${uri}"`;
      reply.header("cache-control", "private, max-age=31536000, immutable").header("etag", etag);
      if (name.endsWith(".svg")) reply.header("content-security-policy", PICTURE_POLICY);
      if (request.headers["if-none-match"] === etag) return reply.code(304).send();
      await projectOf(context, project);
      const bytes = await context.objects.get(uri);
      return reply
        .type(FILE_TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream")
        .header("content-disposition", `inline; filename="${name}"`)
        .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    },
  );
}
