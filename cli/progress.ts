import type { RuntimeClient } from "@artesian/engine";
import { duration, type Output } from "./output.ts";

/** Tells how far a run is, about once a second, until it is stopped. What earlier runs in the folder did is not counted. */
export async function followProgress(runtime: RuntimeClient, output: Output): Promise<{ stop(): void }> {
  const started = Date.now();
  const before = (await runtime.stats()).nodes;
  let asking = false;
  let stopped = false;
  const timer = setInterval(() => {
    if (asking) return;
    asking = true;
    void runtime
      .stats()
      .then(({ nodes }) => {
        if (!stopped) output.progress(progressLine(nodes, (Date.now() - started) / 1000, before));
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
export function progressLine(nodes: readonly Node[], seconds: number, before: readonly Node[] = []): string {
  const count = (id: string): { done: number; total: number; failed: number } => {
    const tasks = nodes.find(({ node }) => node === id)?.tasks;
    if (tasks === undefined) return { done: 0, total: 0, failed: 0 };
    const earlier = before.find(({ node }) => node === id)?.tasks;
    const done = tasks.done - (earlier?.done ?? 0);
    const failed = tasks.failed - (earlier?.failed ?? 0);
    return { done, failed, total: done + failed + tasks.waiting + tasks.running + tasks.retrying };
  };
  const images = count("image-metrics");
  const sites = count("site-features");
  const wells = count("well-features");
  const failures = (of: readonly Node[]): number => of.reduce((sum, { tasks }) => sum + (tasks?.failed ?? 0), 0);
  const failed = failures(nodes) - failures(before);
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
