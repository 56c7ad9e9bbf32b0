import type { DatabaseSync } from "node:sqlite";
import { fullName, type Plan, requestsTopic } from "./plan.ts";

/** How long things are kept, ms. What something still needs is kept longer. */
export interface Retention {
  /** Records of topics, once every reader has passed them. Default 30 days. */
  topicsMs: number;
  /** Finished tasks and their attempts. Default 90 days. */
  tasksMs: number;
  /** Recorded results that the cache answers from. Default 90 days. */
  resultsMs: number;
  /** Run events. Default 90 days. */
  eventsMs: number;
}

const day = 24 * 3600 * 1000;
export const defaultRetention: Retention = {
  topicsMs: 30 * day,
  tasksMs: 90 * day,
  resultsMs: 90 * day,
  eventsMs: 90 * day,
};

export interface Pruned {
  batches: number;
  tasks: number;
  results: number;
  events: number;
}

const perCall = 2000;
/** Counter snapshots are for those who watch: the counters themselves are kept. */
const countersMs = 3600 * 1000;

/**
 * Removes what has outlived its retention, a bounded amount a call, within the caller's transaction. Records go in whole batches,
 * never before every reader (operations, tasks, sinks) has passed them and never while an unfinished task or dead letter refers to them.
 * @param wanted lowest offset that a sink still wants of a partition
 */
export function prune(
  db: DatabaseSync,
  plans: readonly Plan[],
  now: number,
  retention: Partial<Retention>,
  wanted: (topic: string, partition: number) => number | undefined,
): Pruned {
  const keep = { ...defaultRetention, ...retention };
  const pruned: Pruned = { batches: 0, tasks: 0, results: 0, events: 0 };
  const idOf = db.prepare("SELECT id FROM names WHERE name = ?");
  const id = (name: string): number => Number(idOf.get(name)?.id ?? -1);
  const old = db.prepare(
    "SELECT id, base, count FROM log WHERE topic = ? AND partition = ? AND at < ? ORDER BY base LIMIT 200",
  );
  const read = db.prepare("SELECT next FROM offsets WHERE consumer = ? AND topic = ? AND partition = ?");
  const unfinished = db.prepare(
    "SELECT min(at_offset) AS offset FROM tasks WHERE topic = ? AND partition = ? AND state IN ('waiting', 'running', 'retrying', 'failed')",
  );
  const remove = db.prepare("DELETE FROM log WHERE id = ?");
  const first = db.prepare("UPDATE ends SET first = ? WHERE topic = ? AND partition = ?");
  for (const plan of plans) {
    for (const topic of plan.topics) {
      if (topic.kind === "repartition" || topic.kind === "table" || topic.compacted === true) continue;
      const topicId = id(topic.name);
      const readers = readersOf(plans, topic.name).map(id);
      for (let partition = 0; partition < topic.partitions; partition++) {
        const batches = old.all(topicId, partition, now - keep.topicsMs);
        if (batches.length === 0) continue;
        const limits = readers.map((reader) => Number(read.get(reader, topicId, partition)?.next ?? 0));
        const sink = wanted(topic.name, partition);
        if (sink !== undefined) limits.push(sink);
        const task = unfinished.get(topicId, partition)?.offset;
        if (typeof task === "number") limits.push(task);
        const safe = Math.min(...limits, Number.POSITIVE_INFINITY);
        for (const batch of batches) {
          const end = Number(batch.base) + Number(batch.count);
          if (end > safe) break;
          remove.run(Number(batch.id));
          first.run(end, topicId, partition);
          pruned.batches++;
        }
      }
    }
  }
  const tasks = db
    .prepare("SELECT seq FROM tasks WHERE state = 'done' AND finished_at < ? LIMIT ?")
    .all(now - keep.tasksMs, perCall);
  const removeTask = db.prepare("DELETE FROM tasks WHERE seq = ?");
  const removeAttempts = db.prepare("DELETE FROM attempts WHERE task = ?");
  for (const { seq } of tasks) {
    removeAttempts.run(Number(seq));
    removeTask.run(Number(seq));
    pruned.tasks++;
  }
  pruned.results = Number(
    db
      .prepare("DELETE FROM results WHERE cache_key IN (SELECT cache_key FROM results WHERE at < ? LIMIT ?)")
      .run(now - keep.resultsMs, perCall).changes,
  );
  const counters = db.prepare(
    "DELETE FROM run_events WHERE id IN (SELECT id FROM run_events WHERE kind = 'counters' AND at < ? ORDER BY id LIMIT ?)",
  );
  counters.run(now - Math.min(keep.eventsMs, countersMs), perCall);
  pruned.events = Number(
    db
      .prepare("DELETE FROM run_events WHERE id IN (SELECT id FROM run_events WHERE at < ? ORDER BY id LIMIT ?)")
      .run(now - keep.eventsMs, perCall).changes,
  );
  return pruned;
}

/** Consumers whose offsets hold a topic's records back: workflows that step on it, tasks that take their input from it. */
function readersOf(plans: readonly Plan[], topic: string): string[] {
  const readers: string[] = [];
  for (const plan of plans) {
    const stepped = plan.nodes.some(
      (node) => node.topic === topic && (node.type === "topic-stream" || node.type === "external-task"),
    );
    if (stepped) readers.push(plan.dag);
    for (const node of plan.nodes) {
      if (node.type !== "external-task") continue;
      if (requestsTopic(plan, node) === topic) readers.push(fullName(plan.dag, node.id));
    }
  }
  return readers;
}
