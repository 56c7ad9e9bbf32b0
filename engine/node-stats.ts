import { type NodeCounters, noCounts, ratePerS } from "./counters.ts";
import type { Statements } from "./database.ts";
import { fullName, type Plan, type PlanNode, requestsTopic } from "./plan.ts";

export interface NodeStats {
  /** `<dag>.<node>` */
  name: string;
  dag: string;
  node: string;
  type: PlanNode["type"];
  label: string;
  in: number;
  out: number;
  failed: number;
  duplicates: number;
  /** Records that wait to be read, and tasks that wait to run. */
  lag: number;
  /** Groups, windows or held keys that are open. */
  open: number;
  /** Groups whose newest generation lacks members. */
  incomplete: number;
  revised: number;
  ratePerS: number;
  lastAt: number | undefined;
  /** For external tasks. */
  tasks?: {
    waiting: number;
    running: number;
    retrying: number;
    done: number;
    cached: number;
    failed: number;
    oldestAgeMs: number;
  };
}

export interface EngineStats {
  at: number;
  nodes: NodeStats[];
  deadLetters: number;
  /** Offset of the newest run event. */
  lastEvent: number;
}

/** What a node of a plan has done, and what waits for it. */
export function nodeStats(sql: Statements, plan: Plan, node: PlanNode, now: number): NodeStats {
  const name = fullName(plan.dag, node.id);
  const row = sql("SELECT body FROM counters WHERE node = ?").get(nameId(sql, name));
  const counters: NodeCounters = { ...noCounts(), ...(row === undefined ? {} : JSON.parse(String(row.body))) };
  const reads =
    node.type === "topic-stream" || node.type === "topic-table"
      ? lagOf(sql, plan.dag, node.topic ?? "")
      : node.type === "external-task"
        ? lagOf(sql, name, requestsTopic(plan, node))
        : 0;
  const { in: entered, out, failed, duplicates, opened, closed, incomplete, revised } = counters;
  const { waiting, running, retrying, done, cached, oldestAt, lastAt } = counters;
  const stats: NodeStats = {
    name,
    dag: plan.dag,
    node: node.id,
    type: node.type,
    label: node.spec.label ?? node.id.replaceAll("-", " "),
    in: entered,
    out,
    failed,
    duplicates,
    lag: reads + waiting + retrying,
    open: opened - closed,
    incomplete,
    revised,
    ratePerS: ratePerS(counters, now),
    lastAt: lastAt === 0 ? undefined : lastAt,
  };
  if (node.type === "external-task") {
    const oldestAgeMs = oldestAt === 0 ? 0 : Math.max(0, now - oldestAt);
    stats.tasks = { waiting: waiting + reads, running, retrying, done, cached, failed, oldestAgeMs };
  }
  return stats;
}

/** Records of a topic that a consumer has not read. */
function lagOf(sql: Statements, consumer: string, topic: string): number {
  const row = sql(
    `SELECT sum(e.next - coalesce(o.next, 0)) AS lag FROM ends e
     LEFT JOIN offsets o ON o.consumer = ? AND o.topic = e.topic AND o.partition = e.partition WHERE e.topic = ?`,
  ).get(nameId(sql, consumer), nameId(sql, topic));
  return Number(row?.lag ?? 0);
}

/** The number of a name; -1, which nothing has, for one that is not there. */
export function nameId(sql: Statements, name: string): number {
  return Number(sql("SELECT id FROM names WHERE name = ?").get(name)?.id ?? -1);
}
