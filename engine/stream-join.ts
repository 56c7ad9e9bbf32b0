import { needKey } from "./needed-text.ts";
import type { StreamJoin } from "./operations.ts";
import type { LogRecord } from "./records.ts";
import type { StepContext } from "./step-types.ts";
import type { Value } from "./template.ts";
import type { JoinSide, TopologyNode } from "./topology.ts";

/** A record that waits for partners, in its node's store. */
interface Waiting {
  side: JoinSide;
  value: Value;
  timestamp: number;
  joined: boolean;
}

/**
 * Joins a record with those of the other side whose event time lies in its window: a left record at `t` has partners from
 * `t - beforeMs` to `t + afterMs`, as in Kafka Streams' `JoinWindows`. A record more than `graceMs` behind the node's event time is late
 * and set aside; of all others every pair is emitted exactly once, whichever came first, at the later of their times.
 */
export function joinStreams(
  step: StepContext,
  node: TopologyNode,
  rule: StreamJoin,
  side: JoinSide,
  record: LogRecord,
): void {
  const made = rule.by === undefined ? record.key : node.template?.fill(record.value);
  const key = needKey(node, made, rule.by?.join(", ") ?? "");
  const { value, timestamp } = record;
  const reached = step.advanceEventTime(node, timestamp);
  if (timestamp + rule.graceMs < reached) {
    const message = `The record of ${timestamp} came when the join had reached ${reached}, more than ${rule.graceMs} ms later. Raise graceMs to wait longer.`;
    step.setAside(node, { ...record, key }, { code: "engine/late-record", message, side });
    return;
  }
  const partners = partnersOf(step, node, rule, side, key, timestamp);
  for (const { entry, waiting } of partners) {
    const [left, right] = side === "left" ? [value, waiting.value] : [waiting.value, value];
    step.forward(node, { key, value: joined(rule, left, right), timestamp: Math.max(timestamp, waiting.timestamp) });
    if (rule.kind === "left" && side === "right" && !waiting.joined)
      step.put(node.name, entry, { ...waiting, joined: true }, bucketOf(rule, key, "left", waiting.timestamp));
  }
  const waiting: Waiting = { side, value, timestamp, joined: partners.length > 0 };
  const entry = freeEntry(step, node, `${key}\u0000${side}\u0000${String(timestamp).padStart(16, "0")}`);
  step.put(node.name, entry, waiting, bucketOf(rule, key, side, timestamp));
  step.count(node).opened++;
  // The last partner that is not late has the time of the window's end; one millisecond later none can come any more.
  step.timer(node, "event", entry, timestamp + (side === "left" ? rule.afterMs : rule.beforeMs) + rule.graceMs + 1);
}

/** Forgets a record whose window is over; a left one that found no partner goes on alone when the join is `left`. */
export function closeWaiting(step: StepContext, node: TopologyNode, rule: StreamJoin, entry: string): void {
  const waiting = step.get(node.name, entry) as Waiting | undefined;
  if (waiting === undefined) return;
  step.put(node.name, entry, undefined);
  step.count(node).closed++;
  if (rule.kind === "inner" || waiting.side === "right" || waiting.joined) return;
  const { value, timestamp } = waiting;
  step.forward(node, { key: entry.split("\u0000")[0] ?? "", value: joined(rule, value, undefined), timestamp });
}

/** Waiting records of the other side within the window, by time. */
function partnersOf(
  step: StepContext,
  node: TopologyNode,
  rule: StreamJoin,
  side: JoinSide,
  key: string,
  timestamp: number,
): { entry: string; waiting: Waiting }[] {
  const other = side === "left" ? "right" : "left";
  const [back, ahead] = side === "left" ? [rule.beforeMs, rule.afterMs] : [rule.afterMs, rule.beforeMs];
  const found: { entry: string; waiting: Waiting }[] = [];
  for (let bucket = numberOf(rule, timestamp - back); bucket <= numberOf(rule, timestamp + ahead); bucket++) {
    for (const entry of step.find(node.name, `${key}\u0000${other}\u0000${bucket}`)) {
      const waiting = step.get(node.name, entry) as Waiting;
      if (waiting.timestamp >= timestamp - back && waiting.timestamp <= timestamp + ahead)
        found.push({ entry, waiting });
    }
  }
  return found.sort((a, b) => a.waiting.timestamp - b.waiting.timestamp || (a.entry < b.entry ? -1 : 1));
}

/** Waiting records are found by key, side and a stretch of time as long as the window, so that at most three are looked at. */
function bucketOf(rule: StreamJoin, key: string, side: JoinSide, timestamp: number): string {
  return `${key}\u0000${side}\u0000${numberOf(rule, timestamp)}`;
}

function numberOf(rule: StreamJoin, timestamp: number): number {
  return Math.floor(timestamp / Math.max(1, rule.beforeMs + rule.afterMs));
}

function freeEntry(step: StepContext, node: TopologyNode, stem: string): string {
  for (let index = 0; ; index++)
    if (step.get(node.name, `${stem}\u0000${index}`) === undefined) return `${stem}\u0000${index}`;
}

function joined(rule: StreamJoin, left: Value, right: Value | undefined): Value {
  return { ...left, [rule.as]: right ?? null };
}
