import type { KafkaSurvey } from "@artesian/engine";
import {
  type Experiment,
  experimentById,
  imageToSiteP99Ms,
  listRuns,
  plateOverview,
  type StoredRun,
  wellsPerMinute,
} from "@artesian/store";
import type * as api from "./api.ts";
import { now, type ServerContext } from "./context.ts";
import type { EngineNode, EngineView } from "./engine-view.ts";
import { page, whatOf } from "./links.ts";

/** A run's row: live counts while its engine is at hand, else those it ended with. */
export async function runSummary(context: ServerContext, run: StoredRun): Promise<api.RunSummary> {
  const nodes = await liveNodes(context, run.id);
  const tasks = nodes === undefined ? (run.counts.tasks ?? { done: 0, total: 0, failed: 0 }) : taskTotals(nodes);
  const end = run.finishedAt === null ? context.clock() : Date.parse(run.finishedAt);
  return {
    id: run.id,
    name: run.name,
    experimentId: run.experimentId,
    workflow: run.workflow,
    planHash: run.planHash,
    state: run.state,
    data: run.data,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    durationMs: Math.max(0, end - Date.parse(run.startedAt)),
    tasks,
    who: run.who,
    href: page.run(run.id),
  };
}

async function liveNodes(context: ServerContext, runId: string): Promise<EngineNode[] | undefined> {
  return context.engines.of(runId)?.view.nodes();
}

function taskTotals(nodes: readonly EngineNode[]): { done: number; total: number; failed: number } {
  let done = 0;
  let total = 0;
  let failed = 0;
  for (const { tasks } of nodes) {
    if (tasks === null) continue;
    done += tasks.done;
    failed += tasks.failed;
    total += tasks.waiting + tasks.running + tasks.retrying + tasks.done + tasks.failed;
  }
  return { done, total, failed };
}

/** `GET /api/v1/runs` */
export async function runList(
  context: ServerContext,
  query: { q?: string | undefined; state?: string | undefined; limit: number; offset: number },
): Promise<api.RunList> {
  const { limit, offset } = query;
  const { runs, total } = await listRuns(context.reader.db, {
    limit,
    offset,
    ...(query.q ? { q: query.q } : {}),
    ...(query.state ? { state: query.state } : {}),
  });
  return {
    runs: await Promise.all(runs.map((run) => runSummary(context, run))),
    total,
    next: offset + limit < total ? String(offset + limit) : null,
  };
}

/** Images a second, over all engines at hand: the rate of their sources. */
export async function imagesPerS(context: ServerContext, runId?: string): Promise<number> {
  const engines = context.engines.all().filter((engine) => runId === undefined || engine.runId === runId);
  let rate = 0;
  for (const engine of engines) {
    // Objects that functions run on are no images.
    for (const node of await engine.view.nodes())
      if (node.kind === "topic-stream" && node.id !== "events") rate += node.ratePerS;
  }
  return rate;
}

/** `GET /api/v1/runs/:run/kafka` */
export function runPartitions({ asOf, away, isMoving, partitions }: KafkaSurvey): api.RunPartitions {
  const instant = (at: number): string => new Date(at).toISOString();
  return {
    asOf: asOf === undefined ? null : instant(asOf),
    away: away === undefined ? null : { since: instant(away.since), reason: away.reason ?? null },
    isMoving,
    partitions: partitions.map(({ worker, held, ...counts }) => ({
      ...counts,
      worker: worker ?? null,
      held: held === undefined ? null : { ...held, since: instant(held.since) },
    })),
  };
}

/** `GET /api/v1/runs/:run` */
export async function runDetail(context: ServerContext, run: StoredRun): Promise<api.RunDetail> {
  const { db } = context.reader;
  const experiment = run.experimentId === null ? undefined : await experimentById(db, run.experimentId);
  const engine = context.engines.of(run.id);
  const plates = experiment === undefined ? [] : await plateOverview(db, experiment);
  const sum = (of: (plate: (typeof plates)[number]) => number) => plates.reduce((total, plate) => total + of(plate), 0);
  const expected = {
    plates: plates.length,
    wells: sum((plate) => plate.wells.total),
    images: sum((plate) => plate.images.expected),
  };
  const total = (count: number) => (experiment === undefined ? null : count);
  const minutes = experiment === undefined ? [] : await wellsPerMinute(db, experiment.id);
  const failures = engine === undefined ? [] : await failuresOf(context, run, engine.view);
  const summary = await runSummary(context, run);
  const wellsDone = sum((plate) => plate.wells.done);
  return {
    ...summary,
    experimentName: experiment?.name ?? null,
    live: engine?.control !== undefined,
    kafka: context.mode === "kafka" && engine?.control?.survey !== undefined,
    cards: {
      plates: {
        done: plates.filter((plate) => plate.status === "complete" || plate.status === "incomplete").length,
        total: total(expected.plates),
      },
      wells: { done: wellsDone, total: total(expected.wells) },
      images: { done: sum((plate) => plate.images.seen), total: total(expected.images) },
      imagesPerS: await imagesPerS(context, run.id),
      imageToSiteP99Ms: experiment === undefined ? null : await imageToSiteP99Ms(db, experiment.id),
      failed: summary.tasks.failed,
      flagged: new Set(
        plates.flatMap((plate) => plate.flagged.flatMap((flag) => flag.wells.map((well) => `${plate.plate}/${well}`))),
      ).size,
    },
    graph: await graphOf(run, engine?.view, experiment, expected),
    failures,
    wellsPerMinute: minutes.slice(-240),
    estimate: estimate(run, minutes, expected.wells - wellsDone),
    args: run.args,
    asOf: now(context),
  };
}

async function graphOf(
  run: StoredRun,
  view: EngineView | undefined,
  experiment: Experiment | undefined,
  expected: { plates: number; wells: number; images: number },
): Promise<api.RunGraph> {
  const totalOf = (id: string, done: number) => {
    const level = experiment === undefined ? undefined : LEVELS.find(([pattern]) => pattern.test(id))?.[1];
    if (level === undefined) return null;
    const sites = experiment === undefined ? 0 : expected.wells * experiment.sitesPerWell;
    const total = { image: expected.images, site: sites, well: expected.wells, plate: expected.plates, experiment: 1 }[
      level
    ];
    return Math.max(total, done);
  };
  if (view === undefined) {
    const counts = run.counts.nodes ?? {};
    const nodes = run.plan.nodes.map((node): api.RunNode => {
      const count = counts[node.id];
      return {
        id: node.id,
        label: node.label ?? node.id.replaceAll("-", " "),
        kind: node.kind as api.NodeKind,
        state:
          count === undefined || count.done + count.failed === 0 ? "waiting" : count.failed > 0 ? "failed" : "done",
        done: count?.done ?? 0,
        total: count?.total ?? totalOf(node.id, count?.done ?? 0),
        failed: count?.failed ?? 0,
        cached: count?.cached ?? 0,
        lag: 0,
        ratePerS: 0,
        oldestAgeMs: null,
        tasks: null,
      };
    });
    return { nodes, edges: run.plan.edges.map((edge) => ({ ...edge })) };
  }
  const nodes = (await view.nodes()).map((node): api.RunNode => {
    const total = totalOf(node.id, node.done);
    const over = total !== null && node.done + node.failed >= total && node.lag === 0;
    const state =
      node.failed > 0 ? "failed" : node.done === 0 ? "waiting" : over || run.state !== "running" ? "done" : "running";
    return { ...node, state, total };
  });
  return { nodes, edges: view.edges() };
}

/** Which level of the experiment a node of the phenomics graph counts, by its name; other graphs have no totals. */
const LEVELS: readonly [RegExp, "image" | "site" | "well" | "plate" | "experiment"][] = [
  [/^(channel-images|image-metrics)$/, "image"],
  [/^(sites|thumbnails|site-(?!evidence-)[a-z]+)$/, "site"],
  [/^(wells|well-[a-z]+)$/, "well"],
  [/^(plates|plate-[a-z]+)$/, "plate"],
  [/^(experiment-[a-z]+|phenoprint|hits|hits-[a-z]+|map|map-[a-z]+|findings|report)$/, "experiment"],
];

async function failuresOf(context: ServerContext, run: StoredRun, view: EngineView): Promise<api.Failure[]> {
  const { tasks } = await view.tasks({ state: "failed", limit: 200, after: null });
  const alike = Map.groupBy(tasks, (task) => `${task.node} ${task.error?.code}`);
  return tasks.slice(0, 50).map((task) => ({
    taskId: task.id,
    node: task.node,
    what: whatOf(task.key, run.workflow),
    code: task.error?.code ?? "engine/failed",
    cause: task.error?.message ?? "The task failed without a message.",
    attempts: task.attempts,
    at: task.finishedAt ?? now(context),
    alike: alike.get(`${task.node} ${task.error?.code}`)?.length ?? 1,
    href: itemHref(run, task.key),
  }));
}

/** The page of the item that a task works on. */
export function itemHref(run: Pick<StoredRun, "experimentId" | "workflow">, key: string): string | null {
  const [experiment, plate, well] = key.split("/");
  if (run.workflow === "expression") return plate === undefined ? null : page.project(plate);
  if (run.experimentId === null || experiment !== run.experimentId || plate === undefined) return null;
  return well === undefined ? page.plates(experiment, plate) : page.well(experiment, plate, well);
}

/** From measured history only: at least ten minutes of it, the rate being the median of the last ten minutes with wells. */
function estimate(
  run: StoredRun,
  minutes: readonly { minute: string; wells: number }[],
  left: number,
): { finishAt: string | null; reason: string } {
  if (run.state !== "running") return { finishAt: run.finishedAt, reason: "the run is over" };
  if (left <= 0) return { finishAt: null, reason: "all wells are in; the rest has no history to measure" };
  if (minutes.length < 10) return { finishAt: null, reason: "no estimate before 10 min of history" };
  const recent = minutes
    .slice(-11, -1)
    .map((minute) => minute.wells)
    .sort((a, b) => a - b);
  const perMinute = recent[recent.length >> 1] ?? 0;
  const last = minutes.at(-1)?.minute ?? run.startedAt;
  if (perMinute === 0) return { finishAt: null, reason: "no well became complete in the last minutes" };
  return {
    finishAt: new Date(Date.parse(last) + (left / perMinute) * 60_000).toISOString(),
    reason: `${perMinute} wells a minute, median of the last 10 min`,
  };
}
