import type { RuntimeClient } from "@artesian/engine";
import { duration, type Output } from "./output.ts";

/** Tells how far a run is, about once a second, until it is stopped. */
export function followProgress(runtime: RuntimeClient, output: Output): { stop(): void } {
  const started = Date.now();
  let asking = false;
  let stopped = false;
  const timer = setInterval(() => {
    if (asking) return;
    asking = true;
    void runtime
      .stats()
      .then(({ nodes }) => {
        if (!stopped) output.progress(progressLine(nodes, (Date.now() - started) / 1000));
      })
      .catch(() => {})
      .finally(() => {
        asking = false;
      });
  }, 1000);
  timer.unref();
  return {
    stop() {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      output.settle();
    },
  };
}

type Node = Awaited<ReturnType<RuntimeClient["stats"]>>["nodes"][number];

/** Images, sites and wells done, failures, rate and, once a fifth is done, the time left. */
export function progressLine(nodes: readonly Node[], seconds: number): string {
  const count = (id: string): { done: number; total: number; failed: number } => {
    const tasks = nodes.find(({ node }) => node === id)?.tasks;
    if (tasks === undefined) return { done: 0, total: 0, failed: 0 };
    return {
      done: tasks.done,
      failed: tasks.failed,
      total: tasks.done + tasks.failed + tasks.waiting + tasks.running + tasks.retrying,
    };
  };
  const images = count("image-metrics");
  const sites = count("site-features");
  const wells = count("well-features");
  const failed = nodes.reduce((sum, { tasks }) => sum + (tasks?.failed ?? 0), 0);
  const share =
    images.total === 0
      ? 0
      : (0.3 * images.done) / images.total + (sites.total === 0 ? 0 : (0.7 * sites.done) / Math.max(sites.total, 1));
  const left =
    share > 0.2 && share < 1 && images.done === images.total
      ? `, about ${duration((seconds / share) * (1 - share))} left`
      : "";
  return (
    `images ${images.done}/${images.total} · sites ${sites.done}/${sites.total} · wells ${wells.done}` +
    `${failed > 0 ? ` · ${failed} failed` : ""} · ${(images.done / Math.max(seconds, 0.001)).toFixed(0)} images/s${left}`
  );
}
