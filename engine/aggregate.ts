import { needKey } from "./needed-text.ts";
import type { Aggregation, Windowing } from "./operations.ts";
import type { LogRecord } from "./records.ts";
import type { StepContext } from "./step-types.ts";
import { atPath, putAtPath, type Value } from "./template.ts";
import type { TopologyNode } from "./topology.ts";

/** Adds a record to its key's aggregate and emits the new one. */
export function addToAggregate(step: StepContext, node: TopologyNode, rule: Aggregation, record: LogRecord): void {
  const key = needKey(node, node.template?.fill(record.value), rule.by.join(", "));
  const before = step.get(node.name, key) as Value | undefined;
  const value = added(node, rule, before, record.value, key);
  step.put(node.name, key, value);
  step.forward(node, { key, value, timestamp: record.timestamp });
}

/** Adds a record to its event-time window; windows close when the node's event time passes their end and grace. */
export function addToWindow(step: StepContext, node: TopologyNode, rule: Windowing, record: LogRecord): void {
  const key = needKey(node, node.template?.fill(record.value), rule.by.join(", "));
  const start = Math.floor(record.timestamp / rule.sizeMs) * rule.sizeMs;
  const end = start + rule.sizeMs;
  const reached = step.advanceEventTime(node, record.timestamp);
  if (end + rule.graceMs <= reached) {
    const message = `The window that ends at ${end} closed before this record of ${record.timestamp} came. Raise graceMs to wait longer.`;
    step.setAside(node, { ...record, key }, { code: "engine/late-record", message });
    return;
  }
  const entry = `${key}\u0000${start}`;
  const before = step.get(node.name, entry) as Value | undefined;
  if (before === undefined) {
    step.count(node).opened++;
    step.timer(node, "event", entry, end + rule.graceMs);
  }
  step.put(
    node.name,
    entry,
    { ...added(node, rule, before, record.value, key), windowStart: start, windowEnd: end },
    "",
  );
}

/** Emits a window and forgets it. */
export function closeWindow(step: StepContext, node: TopologyNode, entry: string): void {
  const value = step.get(node.name, entry) as Value | undefined;
  if (value === undefined) return;
  step.put(node.name, entry, undefined);
  step.count(node).closed++;
  step.forward(node, { key: entry.split("\u0000")[0] ?? "", value, timestamp: Number(value.windowEnd) });
}

function added(node: TopologyNode, rule: Aggregation, before: Value | undefined, value: Value, key: string): Value {
  if (node.aggregator !== undefined) return node.aggregator.add(before ?? node.aggregator.initial(), value, key);
  const result: Value = { ...before };
  for (const field of rule.by) putAtPath(result, field, atPath(value, field));
  if (rule.count !== undefined) result[rule.count] = Number(before?.[rule.count] ?? 0) + 1;
  for (const [name, field] of Object.entries(rule.sum ?? {})) {
    result[name] = Number(before?.[name] ?? 0) + numberAt(value, field, 0);
  }
  for (const [name, field] of Object.entries(rule.min ?? {}))
    result[name] = extreme(Math.min, before?.[name], value, field);
  for (const [name, field] of Object.entries(rule.max ?? {}))
    result[name] = extreme(Math.max, before?.[name], value, field);
  for (const field of rule.last ?? []) putAtPath(result, field, atPath(value, field) ?? null);
  return result;
}

function numberAt(value: Value, field: string, otherwise: number): number {
  const found = atPath(value, field);
  return typeof found === "number" ? found : otherwise;
}

function extreme(pick: (a: number, b: number) => number, before: unknown, value: Value, field: string): number | null {
  const found = atPath(value, field);
  const known = typeof before === "number" ? before : undefined;
  if (typeof found !== "number") return known ?? null;
  return known === undefined ? found : pick(known, found);
}
