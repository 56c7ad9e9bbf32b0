import type { NodeStats, RuntimeClient } from "@artesian/engine";
import { z } from "zod";
import { duration, type Output } from "./output.ts";

const published = z.looseObject({
  look: z.string(),
  project: z.string(),
  status: z.string().optional(),
  entry: z.looseObject({ matrices: z.number(), failed: z.number(), figures: z.number() }).optional(),
});

/** Says each project as it is published, and how far the others are, until it is stopped. */
export async function followProjects(
  runtime: RuntimeClient,
  look: string,
  output: Output,
): Promise<{ stop(): Promise<void> }> {
  const topic = "expression.project-pages";
  const started = Date.now();
  const before = (await runtime.stats()).nodes;
  const next = new Map((await runtime.partitions(topic)).map((one) => [one.partition, one.next]));
  let done = 0;
  const once = async (): Promise<void> => {
    for (const { partition, next: end } of await runtime.partitions(topic)) {
      const from = next.get(partition) ?? 0;
      if (end <= from) continue;
      const records = await runtime.readTopic(topic, partition, from, end - from);
      next.set(partition, end);
      for (const { value, failure } of records) {
        const parsed = published.safeParse(value);
        if (!parsed.success || parsed.data.look !== look) continue;
        done++;
        output.say(lineOf(parsed.data, failure));
      }
    }
    const { nodes } = await runtime.stats();
    output.progress(progressLine(nodes, before, done, (Date.now() - started) / 1000));
  };
  let under = Promise.resolve();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    under = once()
      .catch(() => {})
      .finally(() => {
        busy = false;
      });
  }, 500);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await under;
      await once().catch(() => {});
      output.settle();
    },
  };
}

function lineOf({ project, status, entry }: z.infer<typeof published>, failure?: { message: string }): string {
  if (failure !== undefined || entry === undefined) return `${project}: failed: ${failure?.message ?? ""}`;
  if (status === "skipped" || status === "empty")
    return `${project}: ${status === "empty" ? "no matrix in it" : "skipped"}`;
  const matrices = entry.matrices === 1 ? "one matrix" : `${entry.matrices} matrices`;
  return `${project}: ${status}, ${matrices}${entry.failed > 0 ? `, ${entry.failed} failed` : ""}, ${entry.figures} figures`;
}

/** Projects and matrices done, failures, rate and, once a fifth is done, the time left. */
export function progressLine(
  nodes: readonly NodeStats[],
  before: readonly NodeStats[],
  projectsDone: number,
  seconds: number,
): string {
  const count = (id: string): { done: number; failed: number; total: number } => {
    const tasks = nodes.find(({ node }) => node === id)?.tasks;
    if (tasks === undefined) return { done: 0, failed: 0, total: 0 };
    const earlier = before.find(({ node }) => node === id)?.tasks;
    const [done, failed] = [tasks.done - (earlier?.done ?? 0), tasks.failed - (earlier?.failed ?? 0)];
    return { done, failed, total: done + failed + tasks.waiting + tasks.running + tasks.retrying };
  };
  const projects = count("contents");
  const matrices = count("figures");
  const ended = matrices.done + matrices.failed;
  const share = matrices.total === 0 ? 0 : ended / matrices.total;
  // The end can be told once every project's matrices are known.
  const known = projects.total > 0 && projects.done + projects.failed === projects.total;
  const left = known && share > 0.2 && share < 1 ? `, about ${duration((seconds / share) * (1 - share))} left` : "";
  const rate = seconds > 0 ? ` · ${((60 * ended) / seconds).toFixed(1)} matrices/min` : "";
  return `projects ${projectsDone}/${projects.total} · matrices ${ended}/${matrices.total}${matrices.failed > 0 ? ` · ${matrices.failed} failed` : ""}${rate}${left}`;
}
