import { createHash, timingSafeEqual } from "node:crypto";
import Fastify, { type FastifyBaseLogger, type FastifyError } from "fastify";
import { EventsTokenError, PortInUseError, RequestError } from "./errors.ts";
import type { DeliveredEvents } from "./functions-view.ts";
import { isLoopback } from "./security.ts";

/** What one notification may have, bytes: ten messages of a queue with the largest record each. */
export const EVENTS_BYTES = 2 << 20;
/** Notifications that wait to become durable at one time; senders try the others again. */
const MOST_AT_ONCE = 64;
const SHORTEST_TOKEN = 16;
const REQUEST_MS = 30_000;

export interface EventsListenerOptions {
  host: string;
  port: number;
  /** Who may send. Without it only this machine can. */
  token?: string | undefined;
  deliver(document: unknown): Promise<DeliveredEvents>;
  logger?: FastifyBaseLogger;
}

/** A door for notifications and nothing else. */
export interface EventsListener {
  /** Where stores send to: `http://HOST:PORT/events`. */
  url: string;
  close(): Promise<void>;
}

/**
 * Listens for notifications of stores on an address of its own, which others may reach: `POST /events`. A sender names the token as a bearer (MinIO's
 * `auth_token`) or as the password of the address. 200 is answered when the events are durable; anything else means: send it again.
 * @throws EventsTokenError (server/events-token) for an address that others can reach without a token; PortInUseError (server/port-in-use)
 */
export async function listenForEvents(options: EventsListenerOptions): Promise<EventsListener> {
  const { host, port, token, deliver } = options;
  if (token === undefined ? !isLoopback(host) : token.length < SHORTEST_TOKEN)
    throw new EventsTokenError(host, SHORTEST_TOKEN);
  const app = Fastify({
    bodyLimit: EVENTS_BYTES,
    requestTimeout: REQUEST_MS,
    forceCloseConnections: true,
    ...(options.logger === undefined ? {} : { loggerInstance: options.logger }),
  });
  // Senders call JSON many things: application/json, text/plain (SNS).
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
  let waiting = 0;
  app.addHook("onRequest", async (request) => {
    if (token !== undefined && !isToken(request.headers.authorization, token))
      throw new RequestError(
        401,
        "server/events-token",
        "The token of this door is missing or another one.",
        "Send it as Authorization: Bearer TOKEN.",
      );
    if (waiting >= MOST_AT_ONCE)
      throw new RequestError(
        503,
        "server/too-many-events",
        `${MOST_AT_ONCE} notifications wait to be written.`,
        "Send it again in a moment.",
      );
  });
  app.post("/events", async (request) => {
    waiting++;
    try {
      return await deliver(typeof request.body === "string" ? request.body : "");
    } finally {
      waiting--;
    }
  });
  app.setErrorHandler((error: FastifyError | RequestError, request, reply) => {
    const status = statusOf(error);
    if (status >= 500) request.log.error({ err: error }, error.message);
    const code = "code" in error && /^[a-z]+\//.test(String(error.code)) ? error.code : "server/invalid-request";
    return reply.code(status).send({ code: status === 413 ? "server/too-large" : code, message: error.message });
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ code: "server/unknown-route", message: "Notifications are sent as POST to /events." }),
  );
  try {
    const address = await app.listen({ host, port });
    return { url: `${address}/events`, close: () => app.close() };
  } catch (error) {
    await app.close();
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") throw new PortInUseError(port);
    throw error;
  }
}

const STATUS: Readonly<Record<string, number>> = { "engine/notification": 400, "engine/disk-full": 507 };

function statusOf(error: FastifyError | RequestError): number {
  if (error instanceof RequestError) return error.status;
  return STATUS[error.code] ?? error.statusCode ?? 500;
}

/** Compares digests, so that the time it takes tells nothing. */
function isToken(header: string | undefined, token: string): boolean {
  const [, scheme = "", given = ""] = /^(\w+)\s+(.+)$/.exec(header ?? "") ?? [];
  const said =
    scheme.toLowerCase() === "basic"
      ? Buffer.from(given, "base64")
          .toString("utf8")
          .replace(/^[^:]*:/, "")
      : given;
  if (!/^(?:bearer|basic)$/i.test(scheme)) return false;
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(said), digest(token));
}
