import { need } from "./needed-text.ts";
import type { Join } from "./operations.ts";
import type { LogRecord } from "./records.ts";
import type { StepContext } from "./step-types.ts";
import { rowOf } from "./table-join.ts";
import type { Value } from "./template.ts";
import type { TopologyNode } from "./topology.ts";

/** Adds a table row to a record. With `wait`, records whose row is absent are held in order until it comes. */
export function join(step: StepContext, node: TopologyNode, rule: Join, record: LogRecord): void {
  const key = need(node, node.template?.fill(record.value), node.template?.source ?? "");
  const row = rowFor(step, node, rule, key);
  if (row !== undefined || !rule.wait) {
    step.forward(node, joined(rule, record, row));
    return;
  }
  const held = (step.get(node.name, key) as number | undefined) ?? 0;
  step.put(node.name, key, held + 1, key);
  step.put(node.name, heldKey(key, held), record);
  if (held === 0) step.count(node).opened++;
}

/** Lets held records of a table key go, in the order they came; without a row when the input is over. */
export function releaseHeld(step: StepContext, node: TopologyNode, key: string, inputIsOver: boolean): void {
  const { operation } = node;
  const held = step.get(node.name, key) as number | undefined;
  if (held === undefined || operation === undefined || !("join" in operation)) return;
  const row = rowFor(step, node, operation.join, key);
  if (row === undefined && !inputIsOver) return;
  step.put(node.name, key, undefined);
  step.count(node).closed++;
  for (let index = 0; index < held; index++) {
    const record = step.get(node.name, heldKey(key, index)) as LogRecord | undefined;
    step.put(node.name, heldKey(key, index), undefined);
    if (record !== undefined) step.forward(node, joined(operation.join, record, row));
  }
}

function rowFor(step: StepContext, node: TopologyNode, rule: Join, key: string): Value | undefined {
  const table = node.tables.get(rule.table);
  return table === undefined ? undefined : rowOf(step, table, key);
}

function heldKey(key: string, index: number): string {
  return `${key}\u0000${index}`;
}

function joined(rule: Join, record: LogRecord, row: Value | undefined): LogRecord {
  let found: Value | null = row ?? null;
  if (row !== undefined && rule.fields !== undefined) {
    found = Object.fromEntries(rule.fields.map((field) => [field, row[field] ?? null]));
  }
  return { ...record, value: { ...record.value, [rule.as]: found } };
}
