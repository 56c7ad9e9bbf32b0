/**
 * For people who work on the pages: `node server/dev-fixture.ts [port]` serves a generated store with pictures, one experiment finished and
 * one that goes on being imaged. Not part of the product; nothing imports it.
 */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fixtureServer } from "./fixtures/screen-server.ts";

const webRoot = join(import.meta.dirname, "..", "web", "dist");
const port = Number(process.argv[2] ?? 8081);
const server = await fixtureServer({
  dir: join(tmpdir(), `artesian-dev-fixture-${port}`),
  pictures: true,
  startedAt: new Date(Date.now() - 101 * 12_000).toISOString(),
  ...(existsSync(webRoot) ? { webRoot } : {}),
});
const { url } = await server.listen({ port });
process.stderr.write(`generated data at ${url}${existsSync(webRoot) ? "" : " (API only: web/dist is not built)"}\n`);
setInterval(() => server.advance(1), 4000);
