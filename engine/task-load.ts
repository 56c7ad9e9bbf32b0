import type { NodeCounters } from "./counters.ts";
import type { TaskNode, TaskRequest } from "./task-request.ts";

/** What an autoscaler asks of a task name. */
export interface TaskLoad {
  task: string;
  /** Not begun: requested, waiting, or waiting for another attempt. */
  waiting: number;
  running: number;
  /** Of the one that was admitted first and has not begun, ms; 0 when there is none. */
  oldestAgeMs: number;
}

/** Of a node's tasks that have not begun, those one of which was admitted first. */
const firstOf = (node: TaskNode): TaskRequest[] =>
  [node.ready[0], ...node.delayed].filter((request) => request !== undefined);

/**
 * What waits and runs, by task name.
 * @param backlog records of a node's topic that are not in the queue yet
 */
export function taskLoads(nodes: readonly TaskNode[], backlog: (node: TaskNode) => number, now: number): TaskLoad[] {
  const loads = new Map<string, TaskLoad>();
  for (const node of nodes) {
    const task = node.spec["task-name"];
    const load = loads.get(task) ?? { task, waiting: 0, running: 0, oldestAgeMs: 0 };
    loads.set(task, load);
    load.waiting += node.ready.length + node.delayed.size + backlog(node);
    load.running += node.running;
    for (const { admittedAt } of firstOf(node)) load.oldestAgeMs = Math.max(load.oldestAgeMs, now - admittedAt);
  }
  return [...loads.values()];
}

/** How many tasks of a name could be leased now, of the given nodes. */
export function leasableTasks(nodes: readonly TaskNode[], now: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (const node of nodes) {
    let ready = node.ready.length;
    for (const { due } of node.delayed) if (due <= now) ready++;
    const room = (node.spec.concurrency ?? Number.POSITIVE_INFINITY) - node.running;
    const task = node.spec["task-name"];
    counts.set(task, (counts.get(task) ?? 0) + Math.max(0, Math.min(ready, room)));
  }
  return counts;
}

/** The order in which nodes give tasks: higher priority first, then those further down the graph. */
export function inLeaseOrder(nodes: readonly TaskNode[]): TaskNode[] {
  return nodes.toSorted((a, b) => (b.spec.priority ?? 0) - (a.spec.priority ?? 0) || b.order - a.order);
}

/**
 * Takes the next tasks out of a node's queue, oldest first, those whose next attempt is due before them: no more than `most`, and none of
 * a key that is busy.
 * @param start leases a task; false when it cannot be, and is done with
 */
export function takeReady(
  node: TaskNode,
  most: number,
  now: number,
  start: (request: TaskRequest) => boolean,
): boolean {
  for (const request of node.delayed) {
    if (request.due > now) continue;
    node.delayed.delete(request);
    request.state = "waiting";
    node.ready.unshift(request);
  }
  const concurrency = node.spec.concurrency ?? Number.POSITIVE_INFINITY;
  const held: TaskRequest[] = [];
  let [seen, leased] = [0, 0];
  while (leased < most && node.running < concurrency && seen < node.ready.length) {
    const request = node.ready[seen++] as TaskRequest;
    if (node.busyKeys.has(request.key)) held.push(request);
    else if (start(request)) leased++;
  }
  if (seen === held.length) return false;
  node.ready.splice(0, seen, ...held);
  return true;
}

/** Brings a node's counters up to its queue. */
export function countQueue(node: TaskNode, counters: NodeCounters): void {
  counters.waiting = node.ready.length;
  counters.running = node.running;
  counters.retrying = node.delayed.size;
  counters.oldestAt = 0;
  for (const { admittedAt } of firstOf(node))
    if (counters.oldestAt === 0 || admittedAt < counters.oldestAt) counters.oldestAt = admittedAt;
}
