import type { Failure, RecordRef } from "./records.ts";
import type { Value } from "./template.ts";

/** What is remembered of a group. */
export interface GroupState {
  fields: Value;
  members: Map<string, Value>;
  failed: Map<string, Failure>;
  /** Completions so far. */
  generation: number;
  openedAt: number;
  lastAt: number;
  openedEvent: number;
  lastEvent: number;
  largest?: number;
  /** Where the finished group was put out; absent while it is open. Its members are read back from there when needed. */
  emitted?: RecordRef;
  /** Whether its newest generation lacks members. */
  incomplete: boolean;
  /** Whether a finished group's members are at hand. */
  loaded: boolean;
  /** Whether its members are stored one a row, as those of a large open group are. */
  spread: boolean;
  /** Members that differ from what is stored. */
  changed: Set<string>;
}

export function openGroup(fields: Value, now: number, timestamp: number): GroupState {
  return {
    fields,
    members: new Map(),
    failed: new Map(),
    generation: 0,
    openedAt: now,
    lastAt: now,
    openedEvent: timestamp,
    lastEvent: timestamp,
    incomplete: false,
    loaded: true,
    spread: false,
    changed: new Set(),
  };
}

export function copyGroup(group: GroupState): GroupState {
  const { members, failed, changed } = group;
  return { ...group, members: new Map(members), failed: new Map(failed), changed: new Set(changed) };
}

/** A group as stored: JSON. A finished one leaves its members out, and so does one whose members have rows of their own. */
export function encodeGroup(group: GroupState): unknown {
  const { fields, generation, openedAt, lastAt, openedEvent, lastEvent, largest, emitted } = group;
  const times = [openedAt, lastAt, openedEvent, lastEvent];
  const incomplete = group.incomplete ? { incomplete: true } : {};
  const head = { fields, generation, times, ...(largest === undefined ? {} : { largest }), ...incomplete };
  if (emitted !== undefined) return { ...head, emitted: [emitted.topic, emitted.partition, emitted.offset] };
  const failed = group.failed.size > 0 ? { failed: [...group.failed] } : {};
  return group.spread ? { ...head, ...failed, spread: true } : { ...head, ...failed, members: [...group.members] };
}

interface StoredGroup {
  fields: Value;
  generation: number;
  times: [number, number, number, number];
  largest?: number;
  emitted?: [string, number, number];
  members?: [string, Value][];
  failed?: [string, Failure][];
  spread?: boolean;
  incomplete?: boolean;
}

export function decodeGroup(stored: unknown): GroupState {
  const {
    fields,
    generation,
    times,
    largest,
    emitted,
    members,
    failed,
    spread = false,
    incomplete = false,
  } = stored as StoredGroup;
  const [openedAt, lastAt, openedEvent, lastEvent] = times;
  const group: GroupState = {
    fields,
    members: new Map(members),
    failed: new Map(failed),
    generation,
    openedAt,
    lastAt,
    openedEvent,
    lastEvent,
    incomplete,
    loaded: emitted === undefined,
    spread,
    changed: new Set(),
  };
  if (largest !== undefined) group.largest = largest;
  if (emitted !== undefined) group.emitted = { topic: emitted[0], partition: emitted[1], offset: emitted[2] };
  return group;
}
