import { plateOverview, wellRecord } from "@artesian/store";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type App, Id } from "./app-type.ts";
import type { ServerContext } from "./context.ts";
import { NotFoundError, RequestError } from "./errors.ts";
import { createImageService, type Picture } from "./images.ts";
import { UNTIL_CHANGED } from "./memo.ts";
import { experimentOf } from "./routes-store.ts";

const Site = z.object({ experiment: Id, plate: Id, well: Id, site: z.coerce.number().int().min(1).max(100_000) });
const Size = z.coerce.number().int().min(16).max(8192).optional();
const Grey = z.coerce.number().finite().optional();

/** Routes that give pixels and objects. */
export function imageRoutes(app: App, context: ServerContext): void {
  const images = createImageService(context);
  const { memo } = context;
  const windowsOf = (experimentId: string, plate: string) =>
    memo.get(`windows ${experimentId}/${plate}`, UNTIL_CHANGED, async () => {
      const experiment = await experimentOf(context, experimentId);
      const overview = await plateOverview(context.reader.db, experiment);
      return { experiment, windows: overview.find((candidate) => candidate.plate === plate)?.windows ?? {} };
    });

  app.get(
    "/api/v1/images/:experiment/:plate/:well/:site/composite.png",
    {
      schema: {
        summary: "A site's channels in colour",
        params: Site,
        querystring: z.object({ channels: z.string().max(1000).optional(), size: Size }),
      },
    },
    async (request, reply) => {
      const { experiment: experimentId, plate, well, site } = request.params;
      const { experiment, windows } = await windowsOf(experimentId, plate);
      const channels = request.query.channels === undefined ? undefined : request.query.channels.split(",");
      const unknown = channels?.find((channel) => !experiment.channels.includes(channel));
      if (unknown !== undefined)
        throw new NotFoundError(
          "channel",
          `"${unknown}" in experiment ${experimentId}`,
          `It has ${experiment.channels.join(", ")}.`,
        );
      const picture = await images.composite({ experimentId, plate, well, site }, experiment, windows, {
        channels,
        sizePx: request.query.size,
      });
      return sendPicture(request, reply, picture);
    },
  );

  app.get(
    "/api/v1/images/:experiment/:plate/:well/:site/outlines.png",
    { schema: { summary: "Outlines of nuclei and cells, transparent", params: Site } },
    async (request, reply) => {
      const { experiment: experimentId, plate, well, site } = request.params;
      const record = await wellRecord(context.reader.db, experimentId, plate, well);
      const uri = record.sites.find((stored) => stored.site === site)?.outlinesUri;
      if (uri == null)
        throw new NotFoundError(
          "outline picture",
          `of ${plate} ${well} site ${site}`,
          "The site is not segmented yet.",
        );
      return sendPicture(request, reply, { bytes: await context.objects.get(uri), etag: `"${uri}"` });
    },
  );

  app.get(
    "/api/v1/images/:experiment/:plate/:well/:site/:channel.png",
    {
      schema: {
        summary: "One channel as 8-bit grey; lo and hi are raw grey values",
        params: Site.extend({ channel: Id }),
        querystring: z.object({ lo: Grey, hi: Grey, size: Size }),
      },
    },
    async (request, reply) => {
      const { experiment: experimentId, plate, well, site, channel } = request.params;
      const { lo, hi, size } = request.query;
      if ((lo === undefined) !== (hi === undefined) || (lo !== undefined && hi !== undefined && lo >= hi)) {
        throw new RequestError(
          400,
          "server/invalid-request",
          "A window needs lo and hi, lo below hi.",
          "Leave both out for the image's own percentiles.",
        );
      }
      return sendPicture(
        request,
        reply,
        await images.channel({ experimentId, plate, well, site, channel }, { lo, hi, sizePx: size }),
      );
    },
  );

  app.get(
    "/api/v1/objects/:uri",
    {
      schema: {
        summary: "An object by its content's name",
        params: z.object({ uri: z.string().regex(/^sha256:[0-9a-f]{64}$/) }),
      },
    },
    async (request, reply) => {
      const etag = `"${request.params.uri}"`;
      reply.header("cache-control", "private, max-age=31536000, immutable").header("etag", etag);
      if (request.headers["if-none-match"] === etag) return reply.code(304).send();
      const bytes = await context.objects.get(request.params.uri);
      return reply.type(typeOf(bytes)).send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    },
  );
}

function sendPicture(request: FastifyRequest, reply: FastifyReply, picture: Picture): FastifyReply {
  // The address names a place, whose pixels may be acquired again: browsers ask again, and get 304 when nothing changed.
  reply.header("cache-control", "private, no-cache").header("etag", picture.etag);
  if (request.headers["if-none-match"] === picture.etag) return reply.code(304).send();
  const { bytes } = picture;
  return reply.type("image/png").send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

/** The kind of an object by its first bytes; anything unknown is handed out as bytes to be saved. */
function typeOf(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(16, bytes.byteLength));
  if (head.subarray(0, 4).toString("latin1") === "\x89PNG") return "image/png";
  if (head.subarray(0, 3).toString("hex") === "ffd8ff") return "image/jpeg";
  if (head.subarray(0, 4).toString("latin1") === "RIFF" && head.subarray(8, 12).toString("latin1") === "WEBP")
    return "image/webp";
  if (head.subarray(0, 4).toString("latin1") === "PAR1") return "application/vnd.apache.parquet";
  return "application/octet-stream";
}
