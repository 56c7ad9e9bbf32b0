import { addToAggregate, addToWindow } from "./aggregate.ts";
import { MissingFieldError } from "./errors.ts";
import { addMember } from "./group.ts";
import { join } from "./join.ts";
import { need, needKey } from "./needed-text.ts";
import { type Flattening, fieldRule, type Mapping, type Operation } from "./operations.ts";
import { holds } from "./predicate.ts";
import type { LogRecord } from "./records.ts";
import type { StepContext } from "./step-types.ts";
import { joinStreams } from "./stream-join.ts";
import { rowOf } from "./table-join.ts";
import { atPath, parseTemplate, type Value } from "./template.ts";
import { isGroup, type JoinSide, type TopologyNode } from "./topology.ts";

/** Runs a record through one node. What a function throws becomes a dead letter and a failure record. */
export function operate(step: StepContext, node: TopologyNode, record: LogRecord, side?: JoinSide): void {
  try {
    const { operation } = node;
    if (record.failure === undefined && node.keepsKey) needKey(node, record.key, "");
    if (node.plan.type === "publish") step.forward(node, record);
    else if (operation === undefined) runMap(step, node, record);
    else run(step, node, operation, record, side);
  } catch (error) {
    fail(step, node, record, error, side);
  }
}

/** Sets a record aside and tells what follows that its result will not come. */
export function fail(step: StepContext, node: TopologyNode, record: LogRecord, error: unknown, side?: JoinSide): void {
  const message = error instanceof Error ? error.message : String(error);
  const given = error instanceof Error && "code" in error ? error.code : undefined;
  const code = typeof given === "string" ? given : "engine/function-threw";
  const { key, value, timestamp } = record;
  step.setAside(node, record, { code, message, side });
  step.forward(node, { key, value, timestamp, failure: { code, message, node: node.id } });
}

function run(step: StepContext, node: TopologyNode, operation: Operation, record: LogRecord, side?: JoinSide): void {
  if (isGroup(node)) addMember(step, node, record);
  else if ("merge" in operation) step.forward(node, record);
  else if ("rekey" in operation) rekey(step, node, record);
  else if ("map" in operation) {
    if (typeof operation.map === "string") runMap(step, node, record);
    else step.forward(node, { ...record, value: mapped(operation.map, record.value) });
  } else if ("flat-map" in operation) flatMap(step, node, operation["flat-map"], record);
  else if (record.failure !== undefined) step.forward(node, record);
  else if ("filter" in operation) {
    const { filter } = operation;
    const passes = typeof filter === "string" ? call(step, node, record) === true : holds(filter, record.value);
    if (passes) step.forward(node, record);
  } else if ("branch" in operation) {
    const branch = Object.keys(operation.branch).find((name) => holds(operation.branch[name] ?? false, record.value));
    if (branch !== undefined) step.forward(node, record, branch);
  } else if ("dedupe" in operation) {
    const key = need(node, node.template?.fill(record.value), operation.dedupe.by.join(", "));
    if (step.get(node.name, key) !== undefined) {
      step.count(node).duplicates++;
      return;
    }
    step.put(node.name, key, 1);
    step.timer(node, "forget", key, step.now + operation.dedupe.retentionMs);
    step.forward(node, record);
  } else if ("stream-join" in operation) joinStreams(step, node, operation["stream-join"], side ?? "left", record);
  else if ("join" in operation) join(step, node, operation.join, record);
  else if ("aggregate" in operation) addToAggregate(step, node, operation.aggregate, record);
  else if ("window" in operation) addToWindow(step, node, operation.window, record);
}

function call(step: StepContext, node: TopologyNode, record: LogRecord): unknown {
  return node.run?.(record.value, record.key, {
    node: node.id,
    timestamp: record.timestamp,
    table: (table, key) => {
      const found = node.tables.get(table);
      if (found === undefined) throw new Error(`Table "${table}" is not an input of node "${node.id}".`);
      return rowOf(step, found, key);
    },
  });
}

function runMap(step: StepContext, node: TopologyNode, record: LogRecord): void {
  if (record.failure !== undefined) {
    step.forward(node, record);
    return;
  }
  const value = call(step, node, record);
  if (value === undefined) return;
  step.forward(node, { ...record, value: needObject(node, value) });
}

function needObject(node: TopologyNode, value: unknown): Value {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) return value as Value;
  throw new TypeError(`The function of node "${node.id}" returned ${JSON.stringify(value)}; expected an object.`);
}

function rekey(step: StepContext, node: TopologyNode, record: LogRecord): void {
  const key = needKey(node, node.template?.fill(record.value), node.template?.source ?? "");
  step.forward(node, { ...record, key });
}

function flatMap(step: StepContext, node: TopologyNode, flattening: string | Flattening, record: LogRecord): void {
  if (typeof flattening === "string") {
    if (record.failure !== undefined) {
      step.forward(node, record);
      return;
    }
    const made = call(step, node, record);
    if (!Array.isArray(made)) throw new TypeError(`The function of node "${node.id}" returned no array.`);
    for (const one of made as { key?: string; value: unknown }[]) {
      const key = needKey(node, one.key ?? record.key, "");
      step.forward(node, { ...record, key, value: needObject(node, one.value) });
    }
    return;
  }
  const { [flattening.field]: elements, ...others } = record.value;
  if (!Array.isArray(elements)) {
    if (record.failure !== undefined) {
      step.forward(node, record);
      return;
    }
    throw new MissingFieldError(node.id, `${flattening.field} (an array)`);
  }
  for (const element of elements as unknown[]) {
    const value =
      flattening.as === undefined
        ? { ...others, ...needObject(node, element) }
        : { ...others, [flattening.as]: element };
    const made = node.template === undefined ? record.key : node.template.fill(value);
    const key = needKey(node, made, node.template?.source ?? "");
    step.forward(node, { ...record, key, value });
  }
}

/** The declarative map: pick, drop, rename, set, in this order. */
function mapped(mapping: Mapping, value: Value): Value {
  const result: Value = {};
  const { pick, drop = [], rename = {}, set = {} } = mapping;
  for (const [name, one] of Object.entries(value)) {
    if ((pick === undefined || pick.includes(name)) && !drop.includes(name)) result[rename[name] ?? name] = one;
  }
  for (const [name, rule] of Object.entries(set)) {
    if (typeof rule === "string") result[name] = rule.includes("{") ? (parseTemplate(rule).fill(value) ?? null) : rule;
    else {
      const field = fieldRule(rule);
      result[name] = field === undefined ? rule : (atPath(value, field) ?? null);
    }
  }
  return result;
}
