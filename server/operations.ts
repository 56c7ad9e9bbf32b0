import { listExperiments } from "@artesian/store";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { Health } from "./api.ts";
import type { App } from "./app-type.ts";
import type { ServerContext } from "./context.ts";
import type { LiveHub } from "./live-hub.ts";

/** `/healthz` (the process answers), `/readyz` (store and objects answer), `/metrics` (Prometheus). */
export function operationRoutes(app: App, context: ServerContext, hub: LiveHub): void {
  app.get("/healthz", { schema: { summary: "Is the process alive", response: { 200: Health } } }, async () => ({
    status: "ok" as const,
    checks: {},
  }));
  app.get(
    "/readyz",
    { schema: { summary: "Can it answer", response: { 200: Health, 503: Health } } },
    async (_request, reply) => {
      const checks: Record<string, string> = {};
      try {
        await listExperiments(context.reader.db, { limit: 1, offset: 0 });
        checks.store = "ok";
      } catch (error) {
        checks.store = error instanceof Error ? error.message : String(error);
      }
      for (const engine of context.engines.all()) {
        try {
          await engine.view.lastOffset();
          checks[`run ${engine.runId}`] = "ok";
        } catch (error) {
          checks[`run ${engine.runId}`] = error instanceof Error ? error.message : String(error);
        }
      }
      const ready = Object.values(checks).every((check) => check === "ok");
      return reply.code(ready ? 200 : 503).send({ status: ready ? "ok" : "not ready", checks });
    },
  );
  metricsRoute(app, context, hub);
}

function metricsRoute(app: App, context: ServerContext, hub: LiveHub): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Counter({
    name: "artesian_http_requests_total",
    help: "Requests answered.",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const seconds = new Histogram({
    name: "artesian_http_request_seconds",
    help: "Time to answer.",
    labelNames: ["route"],
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3],
    registers,
  });
  const viewers = new Gauge({ name: "artesian_live_viewers", help: "Browsers that listen to events.", registers });
  const node = (name: string, help: string) =>
    new Gauge({ name: `artesian_node_${name}`, help, labelNames: ["run", "node"], registers });
  const done = node("done", "Records or tasks done.");
  const failed = node("failed", "Records or tasks failed.");
  const lag = node("lag", "Records or tasks waiting.");
  const rate = node("rate_per_second", "Records or tasks a second now.");
  const oldest = node("oldest_age_seconds", "Age of the oldest that waits.");
  const cached = node("cached", "Results taken from the cache.");
  const tasks = new Gauge({
    name: "artesian_tasks",
    help: "Tasks by state.",
    labelNames: ["run", "node", "state"],
    registers,
  });

  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "unknown";
    requests.inc({ method: request.method, route, status: String(reply.statusCode) });
    seconds.observe({ route }, reply.elapsedTime / 1000);
  });
  app.get("/metrics", { schema: { hide: true } }, async (_request, reply) => {
    viewers.set(hub.listeners());
    for (const gauge of [done, failed, lag, rate, oldest, cached, tasks]) gauge.reset();
    for (const engine of context.engines.all()) {
      for (const counts of await engine.view.nodes()) {
        const labels = { run: engine.runId, node: counts.id };
        done.set(labels, counts.done);
        failed.set(labels, counts.failed);
        lag.set(labels, counts.lag);
        rate.set(labels, counts.ratePerS);
        cached.set(labels, counts.cached);
        oldest.set(labels, (counts.oldestAgeMs ?? 0) / 1000);
        for (const [state, count] of Object.entries(counts.tasks ?? {})) tasks.set({ ...labels, state }, count);
      }
    }
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}
