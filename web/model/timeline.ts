/** Tasks on a time axis: which ran when, packed into as few rows as their overlaps allow. */
import type { TaskRow } from "@artesian/server/api.ts";

/** A task on the time axis. */
export interface Span {
  id: string;
  node: string;
  what: string;
  state: TaskRow["state"];
  startMs: number;
  endMs: number;
  /** Row inside its node. */
  lane: number;
}

/** The spans of one node. */
export interface TimelineBand {
  node: string;
  lanes: number;
  spans: readonly Span[];
}

/**
 * Bands of a timeline in the order of `nodes`; a task without a start is not drawn, one without an end reaches to now.
 * Tasks that overlap take different lanes (first lane that is free, in order of start).
 */
export function timelineBands(tasks: readonly TaskRow[], nodes: readonly string[], nowMs: number): TimelineBand[] {
  const byNode = new Map<string, Span[]>();
  for (const task of tasks) {
    if (task.startedAt === null) continue;
    const startMs = new Date(task.startedAt).getTime();
    const endMs = task.finishedAt === null ? Math.max(nowMs, startMs) : new Date(task.finishedAt).getTime();
    const span: Span = { id: task.id, node: task.node, what: task.what, state: task.state, startMs, endMs, lane: 0 };
    byNode.set(task.node, [...(byNode.get(task.node) ?? []), span]);
  }
  const order = [
    ...nodes.filter((node) => byNode.has(node)),
    ...[...byNode.keys()].filter((node) => !nodes.includes(node)),
  ];
  return order.map((node) => {
    const free: number[] = [];
    const spans = byNode.get(node)!.sort((a, b) => a.startMs - b.startMs);
    for (const span of spans) {
      const lane = free.findIndex((until) => until <= span.startMs);
      span.lane = lane < 0 ? free.length : lane;
      free[span.lane] = Math.max(span.endMs, span.startMs + 1);
    }
    return { node, lanes: free.length, spans };
  });
}

const LOG_TICKS_MS = [0, 100, 1000, 10_000, 60_000, 600_000, 3_600_000, 36_000_000];

/**
 * Time as a share of the axis (0–1), with ticks.
 * @param log share = log(1 + t / 100 ms) of the time since the start instead of t itself
 */
export function timeScale(
  startMs: number,
  endMs: number,
  log: boolean,
): { at: (ms: number) => number; ticks: number[] } {
  const span = Math.max(1, endMs - startMs);
  if (!log)
    return { at: (ms) => (ms - startMs) / span, ticks: Array.from({ length: 6 }, (_, k) => startMs + (span * k) / 5) };
  const depth = (ms: number): number => Math.log1p(Math.max(0, ms - startMs) / 100);
  const inside = LOG_TICKS_MS.filter((tick) => tick < span * 0.8);
  return { at: (ms) => depth(ms) / depth(endMs), ticks: [...inside, span].map((tick) => startMs + tick) };
}
