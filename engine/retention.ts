import type { DatabaseSync } from "node:sqlite";
import { statements } from "./database.ts";
import { nameId } from "./node-stats.ts";
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
): void {
  const keep = { ...defaultRetention, ...retention };
  pruneTopics(db, plans, now - keep.topicsMs, wanted);
  const remove = (table: string, key: string, chosen: string, before: number): void => {
    db.prepare(`DELETE FROM ${table} WHERE ${key} IN (${chosen} LIMIT ?)`).run(before, perCall);
  };
  const finished = "SELECT seq FROM tasks WHERE state = 'done' AND finished_at < ? ORDER BY seq";
  remove("attempts", "task", finished, now - keep.tasksMs);
  remove("tasks", "seq", finished, now - keep.tasksMs);
  remove("results", "cache_key", "SELECT cache_key FROM results WHERE at < ?", now - keep.resultsMs);
  const snapshots = "SELECT id FROM run_events WHERE kind = 'counters' AND at < ? ORDER BY id";
  remove("run_events", "id", snapshots, now - Math.min(keep.eventsMs, countersMs));
  remove("run_events", "id", "SELECT id FROM run_events WHERE at < ? ORDER BY id", now - keep.eventsMs);
}

function pruneTopics(
  db: DatabaseSync,
  plans: readonly Plan[],
  before: number,
  wanted: (topic: string, partition: number) => number | undefined,
): void {
  const sql = statements(db);
  const unfinished = sql(
    "SELECT min(at_offset) AS offset FROM tasks WHERE topic = ? AND partition = ? AND state IN ('waiting', 'running', 'retrying', 'failed')",
  );
  for (const topic of plans.flatMap(({ topics }) => topics)) {
    if (topic.kind === "repartition" || topic.kind === "table" || topic.compacted === true) continue;
    const id = nameId(sql, topic.name);
    const readers = readersOf(plans, topic.name).map((reader) => nameId(sql, reader));
    for (let partition = 0; partition < topic.partitions; partition++) {
      const batches = sql(
        "SELECT id, base, count FROM log WHERE topic = ? AND partition = ? AND at < ? ORDER BY base LIMIT 200",
      ).all(id, partition, before);
      if (batches.length === 0) continue;
      const read = sql("SELECT next FROM offsets WHERE consumer = ? AND topic = ? AND partition = ?");
      const limits = readers.map((reader) => Number(read.get(reader, id, partition)?.next ?? 0));
      const sink = wanted(topic.name, partition);
      if (sink !== undefined) limits.push(sink);
      const task = unfinished.get(id, partition)?.offset;
      if (typeof task === "number") limits.push(task);
      const safe = Math.min(...limits, Number.POSITIVE_INFINITY);
      for (const batch of batches) {
        const end = Number(batch.base) + Number(batch.count);
        if (end > safe) break;
        sql("DELETE FROM log WHERE id = ?").run(Number(batch.id));
        sql("UPDATE ends SET first = ? WHERE topic = ? AND partition = ?").run(end, id, partition);
      }
    }
  }
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
