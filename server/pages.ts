import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyReply } from "fastify";
import type { App } from "./app-type.ts";
import { RequestError } from "./errors.ts";
import { PAGE_POLICY } from "./security.ts";

/**
 * The browser application from its built folder: files with a hash in their name for ever, `.br` or `.gz` beside a file when the browser
 * takes it, and index.html for every address that is not a file, so that a copied link opens its page.
 */
export function pageRoutes(app: App, webRoot: string | undefined): void {
  const index = webRoot === undefined ? undefined : join(webRoot, "index.html");
  if (webRoot !== undefined && existsSync(webRoot)) {
    app.register(fastifyStatic, {
      root: webRoot,
      index: false,
      preCompressed: true,
      wildcard: true,
      cacheControl: false,
      globIgnore: ["**/index.html"],
      setHeaders(reply, path) {
        const hashed = /[/\\]assets[/\\]/.test(path);
        reply.header("cache-control", hashed ? "public, max-age=31536000, immutable" : "public, max-age=300");
      },
    });
  }
  app.setNotFoundHandler(async (request, reply) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const isPage =
      request.method === "GET" &&
      !/^\/(api|metrics|healthz|readyz)\b/.test(pathname) &&
      !/\.[a-z0-9]{1,8}$/i.test(pathname);
    if (!isPage) {
      throw new RequestError(
        404,
        "server/unknown-route",
        `There is nothing at ${request.method} ${pathname}.`,
        "GET /api/v1/openapi.json lists what there is.",
      );
    }
    if (index === undefined || !existsSync(index)) {
      throw new RequestError(
        404,
        "server/no-pages",
        "The browser application is not built.",
        "Run: npx vite build web",
      );
    }
    return sendIndex(reply, index);
  });
  app.get("/", { schema: { hide: true } }, async (_request, reply) => {
    if (index === undefined || !existsSync(index))
      throw new RequestError(
        404,
        "server/no-pages",
        "The browser application is not built.",
        "Run: npx vite build web",
      );
    return sendIndex(reply, index);
  });
  app.get("/index.html", { schema: { hide: true } }, (_request, reply) => reply.redirect("/", 308));
}

async function sendIndex(reply: FastifyReply, path: string): Promise<FastifyReply> {
  const html = await readFile(path, "utf8");
  return reply
    .code(200)
    .header("content-security-policy", PAGE_POLICY)
    .header("cache-control", "no-cache")
    .type("text/html; charset=utf-8")
    .send(html);
}
