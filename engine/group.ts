import { type Expected, expectedNumber, type GroupRule } from "./group-rule.ts";
import { copyGroup, type GroupState, openGroup } from "./group-state.ts";
import { need, needKey } from "./needed-text.ts";
import type { Failure, LogRecord } from "./records.ts";
import type { StepContext, TimerKind } from "./step-types.ts";
import { rowOf } from "./table-join.ts";
import { atPath, compareKeys, putAtPath, sameJson, type Value } from "./template.ts";
import type { GroupNode } from "./topology.ts";

/** Adds a record to its group and emits the group when everything that it waits for has been accounted for. */
export function addMember(step: StepContext, node: GroupNode, record: LogRecord): void {
  const rule = node.group;
  const key = needKey(node, rule.key.fill(record.value), rule.spec.by.join(", "));
  const member = need(node, rule.member.fill(record.value), rule.spec.member.join(", "));
  let group = step.own<GroupState>(node.name, key, copyGroup);
  if (group === undefined) {
    group = openGroup(fieldsOf(rule, record.value), step.now, record.timestamp);
    step.count(node).opened++;
    arm(step, node, key, group);
  } else if (group.emitted !== undefined) {
    if (!reopen(step, node, key, group, member, record)) return;
  } else if (isDuplicate(group, member, record)) {
    step.count(node).duplicates++;
    return;
  }
  group.changed.add(member);
  if (record.failure === undefined) {
    const failedTask = group.failed.get(member)?.taskId;
    if (failedTask !== undefined) step.supersede(failedTask);
    group.failed.delete(member);
    group.members.set(member, record.value);
  } else {
    group.members.delete(member);
    group.failed.set(member, record.failure);
  }
  group.lastAt = step.now;
  group.lastEvent = Math.max(group.lastEvent, record.timestamp);
  if ("field" in rule.spec.expect && !("table" in rule.spec.expect)) {
    const found = expectedNumber(record.value, rule.spec.expect.field);
    if (found !== undefined) group.largest = Math.max(group.largest ?? 0, found);
  }
  if (rule.usesEventTime) step.advanceEventTime(node, record.timestamp);
  settle(step, node, key, group);
}

/** Evaluates the groups that wait for a table row that has come or changed. */
export function tableChanged(step: StepContext, node: GroupNode, tableKey: string): void {
  for (const key of step.find(node.name, tableKey)) {
    const group = step.own<GroupState>(node.name, key, copyGroup);
    if (group !== undefined && group.emitted === undefined) settle(step, node, key, group);
  }
}

/** A deadline or gap may have passed: closes the group, or looks again when it will. */
export function fireGroup(step: StepContext, node: GroupNode, key: string, kind: TimerKind): void {
  const group = step.own<GroupState>(node.name, key, copyGroup);
  if (group === undefined || group.emitted !== undefined) return;
  const due = kind === "wall" ? wallDue(node.group, group) : eventDue(node.group, group);
  const reached = kind === "wall" ? step.now : step.advanceEventTime(node, 0);
  if (due === undefined) return;
  if (due > reached) step.timer(node, kind, key, due);
  else closeGroup(step, node, key);
}

/** Ends an open group that is not complete, as its rule says. */
export function closeGroup(step: StepContext, node: GroupNode, key: string): void {
  const rule = node.group;
  const group = step.own<GroupState>(node.name, key, copyGroup);
  if (group === undefined || group.emitted !== undefined) return;
  const expected = expectedOf(step, node, group);
  if (rule.spec.onIncomplete !== "wait") setUnexpectedAside(step, node, group, expected);
  const value = groupValue(rule, group, expected, false);
  const missing = value.missing as string[];
  const present = group.members.size + group.failed.size;
  const named =
    missing.length > 0 ? `; missing ${missing.slice(0, 8).join(", ")}${missing.length > 8 ? " …" : ""}` : "";
  const message = `${present} of ${expected?.count ?? "an unknown number"} came${named}.`;
  step.notice({ kind: "group-incomplete", node: node.id, key, message });
  if (rule.spec.onIncomplete === "wait") {
    step.put(node.name, key, group, lookupOf(rule, group));
    return;
  }
  const record: LogRecord = { key, value, timestamp: group.lastEvent };
  if (rule.spec.onIncomplete === "dead-letter") {
    const code = "engine/incomplete-group";
    step.setAside(node, record, { code, message }, "group");
    record.failure = { code, message, node: node.id };
  } else if (group.failed.size > rule.spec.allowFailed) record.failure = firstFailure(group);
  emit(step, node, key, group, record);
}

/** Forgets a finished group once its retention is over. */
export function forgetGroup(step: StepContext, node: GroupNode, key: string): void {
  const group = step.get(node.name, key) as GroupState | undefined;
  if (group?.emitted === undefined) return;
  const due = group.lastAt + node.group.spec.retentionMs;
  if (due <= step.now) step.put(node.name, key, undefined);
  else step.timer(node, "forget", key, due);
}

function settle(step: StepContext, node: GroupNode, key: string, group: GroupState): void {
  const rule = node.group;
  const expected = expectedOf(step, node, group);
  if (expected === undefined || !isComplete(group, expected)) {
    step.put(node.name, key, group, lookupOf(rule, group));
    return;
  }
  setUnexpectedAside(step, node, group, expected);
  const record: LogRecord = { key, value: groupValue(rule, group, expected, true), timestamp: group.lastEvent };
  if (group.failed.size > rule.spec.allowFailed) record.failure = firstFailure(group);
  emit(step, node, key, group, record);
}

function emit(step: StepContext, node: GroupNode, key: string, group: GroupState, record: LogRecord): void {
  group.generation++;
  const incomplete = record.value.complete !== true;
  if (incomplete !== group.incomplete) step.count(node).incomplete += incomplete ? 1 : -1;
  group.incomplete = incomplete;
  group.emitted = { topic: node.topic ?? "", partition: -1, offset: -1 };
  step.count(node).closed++;
  if (group.generation > 1) step.count(node).revised++;
  step.timer(node, "forget", key, step.now + node.group.spec.retentionMs);
  step.put(node.name, key, group, undefined, step.forward(node, record));
}

function isComplete(group: GroupState, expected: Expected): boolean {
  const accounted = group.members.size + group.failed.size;
  if (accounted < expected.count) return false;
  if (expected.ids === undefined) return true;
  for (const id of expected.ids) if (!group.members.has(id) && !group.failed.has(id)) return false;
  return true;
}

function setUnexpectedAside(
  step: StepContext,
  node: GroupNode,
  group: GroupState,
  expected: Expected | undefined,
): void {
  if (expected?.ids === undefined) return;
  for (const [member, value] of group.members) {
    if (expected.ids.has(member)) continue;
    group.members.delete(member);
    unexpected(step, node, member, { key: "", value, timestamp: group.lastEvent });
  }
  for (const member of group.failed.keys()) if (!expected.ids.has(member)) group.failed.delete(member);
}

function unexpected(step: StepContext, node: GroupNode, member: string, record: LogRecord): void {
  const key = node.group.key.fill(record.value) ?? record.key;
  const message = `${node.group.spec.member.join("/")} "${member}" is not among those that ${key} waits for. Correct the metadata, then re-drive.`;
  step.setAside(node, { ...record, key }, { code: "engine/unexpected-member", message });
}

function isDuplicate(group: GroupState, member: string, record: LogRecord): boolean {
  if (record.failure === undefined) {
    const known = group.members.get(member);
    return known !== undefined && sameJson(known, record.value);
  }
  const known = group.failed.get(member);
  return known !== undefined && known.code === record.failure.code && known.message === record.failure.message;
}

/** A record for a finished group opens it again, with what it had. @returns false when there is nothing to be done */
function reopen(
  step: StepContext,
  node: GroupNode,
  key: string,
  group: GroupState,
  member: string,
  record: LogRecord,
): boolean {
  if (!group.loaded && !load(step, node.group, group)) {
    const message = `A record for ${key} came after the group's members had been removed by retention.`;
    step.setAside(node, { ...record, key }, { code: "engine/late-after-retention", message });
    return false;
  }
  if (isDuplicate(group, member, record)) {
    step.count(node).duplicates++;
    return false;
  }
  const expected = expectedOf(step, node, group);
  if (expected?.ids !== undefined && !expected.ids.has(member)) {
    unexpected(step, node, member, record);
    return false;
  }
  if (node.group.spec.late === "dead-letter") {
    const message = `A record for ${key} came after the group was complete.`;
    step.setAside(node, { ...record, key }, { code: "engine/late-member", message });
    return false;
  }
  delete group.emitted;
  group.openedAt = step.now;
  group.openedEvent = record.timestamp;
  step.count(node).opened++;
  step.notice({
    kind: "group-revised",
    node: node.id,
    key,
    message: `${member} came after generation ${group.generation}.`,
  });
  arm(step, node, key, group);
  return true;
}

/** Reads a finished group's members back from the record it was emitted as. */
function load(step: StepContext, rule: GroupRule, group: GroupState): boolean {
  const record = group.emitted === undefined ? undefined : step.record(group.emitted);
  if (record === undefined) return false;
  const members = record.value[rule.spec.collect];
  for (const value of Array.isArray(members) ? (members as Value[]) : [])
    group.members.set(rule.member.fill(value) ?? "", value);
  for (const { member, ...failure } of record.value.failed as (Failure & { member: string })[])
    group.failed.set(member, failure);
  group.loaded = true;
  return true;
}

function groupValue(rule: GroupRule, group: GroupState, expected: Expected | undefined, complete: boolean): Value {
  const order = [...group.members.keys()].sort(compareKeys);
  const value: Value = { ...group.fields };
  const members = order.map((member) => group.members.get(member) as Value);
  for (const field of rule.spec.carry ?? []) putAtPath(value, field, atPath(members[0], field) ?? null);
  value[rule.spec.collect] = members;
  value.complete = complete;
  value.expected = expected?.count ?? null;
  value.missing = missingOf(group, expected);
  value.failed = [...group.failed.keys()].sort(compareKeys).map((member) => ({ member, ...group.failed.get(member) }));
  value.generation = group.generation + 1;
  return value;
}

function missingOf(group: GroupState, expected: Expected | undefined): string[] {
  if (expected?.ids === undefined) return [];
  return [...expected.ids].filter((id) => !group.members.has(id) && !group.failed.has(id)).sort(compareKeys);
}

function firstFailure(group: GroupState): Failure {
  const [first] = [...group.failed.keys()].sort(compareKeys);
  return group.failed.get(first ?? "") ?? { code: "engine/incomplete-group", message: "", node: "" };
}

function expectedOf(step: StepContext, node: GroupNode, group: GroupState): Expected | undefined {
  const rule = node.group;
  if (rule.table === undefined) return rule.expected(group.fields, undefined, group.largest);
  const table = node.tables.get(rule.table);
  const row = table === undefined ? undefined : rowOf(step, table, lookupOf(rule, group));
  return rule.expected(group.fields, row, undefined);
}

/** The table key that a group waits for: by it the group is found when the row changes, and known to be open. */
function lookupOf(rule: GroupRule, group: GroupState): string {
  return rule.lookup?.fill(group.fields) ?? "";
}

function fieldsOf(rule: GroupRule, value: Value): Value {
  const fields: Value = {};
  for (const field of rule.spec.by) putAtPath(fields, field, atPath(value, field));
  return fields;
}

function arm(step: StepContext, node: GroupNode, key: string, group: GroupState): void {
  const wall = wallDue(node.group, group);
  if (wall !== undefined) step.timer(node, "wall", key, wall);
  const event = eventDue(node.group, group);
  if (event !== undefined) step.timer(node, "event", key, event);
}

function wallDue(rule: GroupRule, group: GroupState): number | undefined {
  return earliest(group.openedAt, rule.spec.deadline?.wallClockMs, group.lastAt, rule.spec.gap?.wallClockMs);
}

function eventDue(rule: GroupRule, group: GroupState): number | undefined {
  return earliest(group.openedEvent, rule.spec.deadline?.eventTimeMs, group.lastEvent, rule.spec.gap?.eventTimeMs);
}

function earliest(
  openedAt: number,
  deadline: number | undefined,
  lastAt: number,
  gap: number | undefined,
): number | undefined {
  if (deadline === undefined) return gap === undefined ? undefined : lastAt + gap;
  return gap === undefined ? openedAt + deadline : Math.min(openedAt + deadline, lastAt + gap);
}
