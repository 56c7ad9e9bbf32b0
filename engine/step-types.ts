import type { DeadLetter, LogRecord, RecordRef, TableRecord } from "./records.ts";
import type { JoinSide, TopologyNode } from "./topology.ts";

/** What a step reads. Values are never changed in place. */
export interface StateAccess {
  get(store: string, key: string): unknown;
  /** Keys of entries that were written with this look-up text, in key order. */
  find(store: string, lookup: string): string[];
  /** A record that an earlier step put out; undefined when retention removed it. */
  record(ref: RecordRef): LogRecord | undefined;
}

export interface StateWrite {
  store: string;
  key: string;
  /** undefined deletes. */
  value: unknown;
  /** Open entries carry a text by which `find` returns them. */
  lookup?: string;
  /** Index of the output that the value refers to: the runtime calls `value.setRef` with its place. */
  refers?: number;
}

export interface StepOutput {
  node: string;
  topic: string;
  /** A null value is a tombstone of a joined table. */
  record: LogRecord | TableRecord;
  /** On its way to another partition: the text that names it, in place of the record's key. */
  by?: string;
}

export type TimerKind = "wall" | "event" | "forget";
export interface Timer {
  node: string;
  kind: TimerKind;
  key: string;
  /** Milliseconds of wall clock ("wall", "forget") or event time ("event"). */
  due: number;
}

export type StepInput =
  | { kind: "record"; node: string; record: LogRecord; now: number }
  /** A row has come, changed or gone. `elsewhere`: another partition puts out what comes of it for joined tables. */
  | { kind: "table"; node: string; record: TableRecord; now: number; elsewhere?: boolean }
  /** After a start: what depends on a table's row looks at it as it is now. */
  | { kind: "look"; node: string; key: string; now: number; elsewhere?: boolean }
  | { kind: "timer"; node: string; timer: TimerKind; key: string; now: number }
  /** Ends an open group, window or held record now, as a bounded run does when its input is over. */
  | { kind: "close"; node: string; key: string; now: number }
  /** A re-driven dead letter: the record enters at this node. */
  | { kind: "inject"; node: string; record: LogRecord; now: number; side?: JoinSide; elsewhere?: boolean };

export interface NodeCounts {
  in: number;
  out: number;
  failed: number;
  duplicates: number;
  opened: number;
  closed: number;
  incomplete: number;
  revised: number;
}

/** Something worth telling a person about. */
export interface Notice {
  kind: "group-incomplete" | "group-revised";
  node: string;
  key: string;
  message: string;
}

export interface StepResult {
  outputs: StepOutput[];
  writes: StateWrite[];
  timers: Timer[];
  deadLetters: DeadLetter[];
  notices: Notice[];
  counts: Map<string, NodeCounts>;
  /** Failed tasks whose place in a group a newer result has taken. */
  superseded: string[];
  /** Event time that nodes with event-time rules have reached. */
  streamTimes: Map<string, number>;
}

/** What an operation may do while a step runs. */
export interface StepContext {
  /** Milliseconds of wall clock of the input that is being stepped through. */
  readonly now: number;
  get(store: string, key: string): unknown;
  /** The entry's value as one that this step may change: copied on first use. */
  own<T>(store: string, key: string, copy: (value: T) => T): T | undefined;
  /** Writes an entry, or deletes it when `value` is undefined. */
  put(store: string, key: string, value: unknown, lookup?: string, refers?: number): void;
  /** Keys of entries that were written with this look-up text, in key order. */
  find(store: string, lookup: string): string[];
  record(ref: RecordRef): LogRecord | undefined;
  /** Sends a record from a node on: to its topic when it has one, and through its operations. Returns the output's index or -1. */
  forward(node: TopologyNode, record: LogRecord, branch?: string): number;
  /** Puts a joined table's change out to the topics that it is published to. */
  publishChange(table: TopologyNode, record: TableRecord): void;
  timer(node: TopologyNode, kind: TimerKind, key: string, due: number): void;
  /** Sets a record aside for a person, as one of this node: by `side`, where it joins two streams. */
  setAside(
    node: TopologyNode,
    record: LogRecord,
    why: Pick<DeadLetter, "code" | "message" | "side">,
    kind?: "group",
  ): void;
  supersede(taskId: string): void;
  notice(notice: Notice): void;
  /** The event time a node has seen; advanced by its records. */
  advanceEventTime(node: TopologyNode, timestamp: number): number;
  count(node: TopologyNode): NodeCounts;
}
