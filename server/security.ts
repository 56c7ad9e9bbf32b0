import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { RefusedAddressError, RequestError } from "./errors.ts";

const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);

/** Whether an address is this machine's own, which no other reaches. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host);
}

/**
 * Without an identity provider only this machine may connect.
 * @throws RefusedAddressError (server/refused-address) with the remedy
 */
export function requireLoopback(host: string): void {
  if (!isLoopback(host)) throw new RefusedAddressError(host);
}

/** Pages: own scripts and styles only, nothing inline. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Everything that is not a page: nothing may run or load. */
const CLOSED_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox";

/** Requests that one address may make at once, and per second after that. */
export interface RequestLimits {
  burst: number;
  perSecond: number;
}

/** Two hundred viewers behind one proxy stay below it; a script that has run away does not. */
export const defaultLimits: RequestLimits = { burst: 6000, perSecond: 1500 };

/**
 * Headers on every answer; refusal of foreign hosts (a name that an attacker points at 127.0.0.1), of writes that come from another
 * site or are not JSON, and of more requests than a browser makes.
 */
export function secure(app: FastifyInstance, clock: () => number, limits: RequestLimits = defaultLimits): void {
  const buckets = new Map<string, { tokens: number; at: number }>();
  app.addHook("onRequest", async (request, reply) => {
    setHeaders(reply);
    checkHost(request);
    checkRate(request, reply, buckets, clock(), limits);
    if (request.method !== "GET" && request.method !== "HEAD" && request.method !== "OPTIONS") checkOrigin(request);
  });
}

function setHeaders(reply: FastifyReply): void {
  reply.headers({
    "content-security-policy": CLOSED_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
  });
}

function checkHost(request: FastifyRequest): void {
  const name = request.hostname.replace(/^\[|\]$/g, "");
  if (isLoopback(name)) return;
  throw new RequestError(
    421,
    "server/unknown-host",
    `This server does not answer to the name "${name}".`,
    "Open it as http://127.0.0.1 or http://localhost.",
  );
}

function checkOrigin(request: FastifyRequest): void {
  const { origin } = request.headers;
  const site = request.headers["sec-fetch-site"];
  const own = origin === undefined || sameOrigin(origin, request.headers.host);
  if (!own || (site !== undefined && site !== "same-origin" && site !== "none")) {
    throw new RequestError(
      403,
      "server/foreign-origin",
      "The request comes from another site and would change something.",
      "Use the pages of this server, or a script without an Origin header.",
    );
  }
  const type = request.headers["content-type"];
  const empty =
    request.headers["content-length"] === "0" ||
    (request.headers["content-length"] === undefined && request.headers["transfer-encoding"] === undefined);
  if (!empty && !/^application\/json\b/.test(type ?? "")) {
    throw new RequestError(415, "server/not-json", `The body is ${type ?? "of no type"}; expected application/json.`);
  }
}

function sameOrigin(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}

function checkRate(
  request: FastifyRequest,
  reply: FastifyReply,
  buckets: Map<string, { tokens: number; at: number }>,
  now: number,
  { burst, perSecond }: RequestLimits,
): void {
  const bucket = buckets.get(request.ip) ?? { tokens: burst, at: now };
  bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
  bucket.at = now;
  if (buckets.size > 1000) buckets.clear();
  buckets.set(request.ip, bucket);
  if (bucket.tokens < 1) {
    reply.header("retry-after", "1");
    throw new RequestError(
      429,
      "server/too-many-requests",
      `More than ${perSecond} requests a second came from ${request.ip}.`,
      "Wait a second.",
    );
  }
  bucket.tokens--;
}
