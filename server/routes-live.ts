import type { ServerResponse } from "node:http";
import { LiveEvent } from "./api.ts";
import type { App } from "./app-type.ts";
import type { ServerContext } from "./context.ts";
import { RequestError } from "./errors.ts";
import { changed, type Delivery, type LiveHub } from "./live-hub.ts";

const HEARTBEAT_MS = 15_000;
const MOST_LISTENERS = 1000;
/** A viewer that reads slower than this many bytes behind is let go; it resumes from its last id. */
const MOST_BUFFERED_BYTES = 1 << 20;

/** `GET /api/v1/events`: server-sent events that resume from Last-Event-ID. */
export function liveRoutes(app: App, context: ServerContext, hub: LiveHub): void {
  const open = new Set<ServerResponse>();
  app.addHook("preClose", async () => {
    for (const response of open) response.end();
    hub.close();
  });
  app.get(
    "/api/v1/events",
    { schema: { summary: "Live events (server-sent, resumable)", produces: ["text/event-stream"] } },
    async (request, reply) => {
      if (hub.listeners() >= MOST_LISTENERS) {
        throw new RequestError(
          503,
          "server/too-many-viewers",
          `${MOST_LISTENERS} viewers are connected already.`,
          "Close a tab, or reload later.",
        );
      }
      const since = request.headers["last-event-id"];
      const response = reply.raw;
      reply.hijack();
      const headers = Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined);
      for (const [name, value] of headers) response.setHeader(name, value as string);
      response.writeHead(200, {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      });
      response.write("retry: 1000\n\n");
      open.add(response);

      const send = ({ id, event }: Delivery) => {
        if (response.writableLength > MOST_BUFFERED_BYTES) response.destroy();
        else response.write(`id: ${id}\ndata: ${JSON.stringify(LiveEvent.parse(event))}\n\n`);
      };
      // Events that come while the missed ones are read wait for their turn.
      let held: Delivery[] | undefined = [];
      const stop = hub.listen((delivery) => {
        if (held === undefined) send(delivery);
        else held.push(delivery);
      });
      const heartbeat = setInterval(() => response.write(": here\n\n"), HEARTBEAT_MS);
      heartbeat.unref();
      const end = () => {
        clearInterval(heartbeat);
        stop();
        open.delete(response);
      };
      response.on("close", end);
      response.on("error", end);
      try {
        const missed = typeof since === "string" ? await hub.missed(since, 1000) : undefined;
        for (const delivery of missed ?? []) send(delivery);
        // What changed in the store meanwhile has no offsets: everything shown is asked for again, once.
        send({ id: await hub.position(), event: changed(context.clock(), "hello") });
      } finally {
        for (const delivery of held) send(delivery);
        held = undefined;
      }
    },
  );
}
