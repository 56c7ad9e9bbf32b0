import { z } from "zod";
import { editComparison, editDetail, editFile, editList, editsCsv } from "./answer-edits.ts";
import * as api from "./api.ts";
import { type App, Id } from "./app-type.ts";
import type { ServerContext } from "./context.ts";
import { FILE_TYPES, PICTURE_POLICY } from "./file-types.ts";
import { BRIEFLY, UNTIL_CHANGED } from "./memo.ts";
import { experimentOf } from "./routes-store.ts";

/** Routes of an experiment's edits: samples, one sample, two compared, files. */
export function editRoutes(app: App, context: ServerContext): void {
  const { memo } = context;
  const params = z.object({ experiment: Id });
  const sampleParams = params.extend({ sample: Id });
  app.get(
    "/api/v1/experiments/:experiment/edits",
    { schema: { summary: "Samples of amplicon reads with their rates", params, response: { 200: api.EditList } } },
    (request) =>
      memo.get(request.url, BRIEFLY, async () =>
        editList(context, await experimentOf(context, request.params.experiment)),
      ),
  );
  app.get(
    "/api/v1/experiments/:experiment/edits.csv",
    { schema: { summary: "Samples of amplicon reads as CSV", params } },
    async (request, reply) => {
      const experiment = await experimentOf(context, request.params.experiment);
      const name = `${experiment.id}-edits.csv`.replaceAll(/[^\w.-]+/g, "_");
      return reply
        .header("content-disposition", `attachment; filename="${name}"`)
        .type("text/csv; charset=utf-8")
        .send(await editsCsv(context, experiment));
    },
  );
  app.get(
    "/api/v1/experiments/:experiment/edits/:sample",
    {
      schema: {
        summary: "A sample: alleles around the cuts, edits, figures, files",
        params: sampleParams,
        response: { 200: api.EditDetail },
      },
    },
    (request) =>
      memo.get(request.url, UNTIL_CHANGED, async () =>
        editDetail(context, await experimentOf(context, request.params.experiment), request.params.sample),
      ),
  );
  app.get(
    "/api/v1/experiments/:experiment/edits/:sample/against/:other",
    {
      schema: {
        summary: "Two samples held against each other",
        params: sampleParams.extend({ other: Id }),
        response: { 200: api.EditComparison },
      },
    },
    (request) =>
      memo.get(request.url, UNTIL_CHANGED, async () => {
        const { experiment, sample, other } = request.params;
        return editComparison(context, await experimentOf(context, experiment), sample, other);
      }),
  );
  app.get(
    "/api/v1/experiments/:experiment/edits/:sample/files/:uri/:name",
    {
      schema: {
        summary: "A figure's, table's or report's file; its address never changes its content",
        params: sampleParams.extend({
          uri: z.string().regex(/^sha256:[0-9a-f]{64}$/),
          name: z.string().regex(/^[\w.-]{1,200}\.(?:svg|png|csv|json|vcf|html|bam|gz)$/),
        }),
      },
    },
    async (request, reply) => {
      const { sample, uri, name } = request.params;
      const experiment = await experimentOf(context, request.params.experiment);
      const bytes = await editFile(context, experiment, sample, uri, name);
      const ending = name.slice(name.lastIndexOf(".") + 1);
      if (ending === "svg" || ending === "html") reply.header("content-security-policy", PICTURE_POLICY);
      return reply
        .header("cache-control", "private, max-age=31536000, immutable")
        .type(FILE_TYPES[ending] ?? "application/octet-stream")
        .header("content-disposition", `inline; filename="${name}"`)
        .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    },
  );
}
