import type { Value } from "./template.ts";

/** Why a record carries no result: its first cause and where that happened. */
export interface Failure {
  code: string;
  message: string;
  node: string;
  taskId?: string;
}

/** A record of a topic. `timestamp` is event time in milliseconds since 1970. */
export interface LogRecord {
  key: string;
  value: Value;
  timestamp: number;
  failure?: Failure;
}

/** A record of a table topic; a null value deletes its key. */
export interface TableRecord {
  key: string;
  value: Value | null;
  timestamp: number;
}

/** Where a record is kept. */
export interface RecordRef {
  topic: string;
  partition: number;
  offset: number;
}

/** A record set aside for a person: what was to happen at which node, and the first cause. */
export interface DeadLetter {
  kind: "task" | "record" | "group";
  node: string;
  key: string;
  value: Value;
  timestamp: number;
  code: string;
  message: string;
  taskId?: string;
  /** Of a join of two streams: the side that the record came by. */
  side?: "left" | "right" | undefined;
}
