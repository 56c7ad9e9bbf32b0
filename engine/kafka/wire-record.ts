import { inexactInteger } from "../json.ts";
import type { Failure, LogRecord } from "../records.ts";
import type { Value } from "../template.ts";
import type { RecordIn, RecordOut } from "./broker.ts";

/**
 * A record as it lies on Kafka: key and JSON value in plain sight, a failure as the header `failure`. A record on its way through a
 * repartition topic lies under the key of its new place and keeps its own in the header `key`.
 */
export function toWire(record: LogRecord, value: string, by?: string): RecordOut {
  const { key, timestamp, failure } = record;
  const out: RecordOut = { key: by ?? key, value, timestamp };
  if (failure !== undefined || (by !== undefined && by !== key)) {
    out.headers = {
      ...(failure === undefined ? {} : { failure: JSON.stringify(failure) }),
      ...(by === undefined || by === key ? {} : { key }),
    };
  }
  return out;
}

/** Reads a record back; undefined when its value is no JSON object, as a foreign producer may write. */
export function fromWire({ key, value, timestamp, headers, unreadable }: RecordIn): LogRecord | undefined {
  const parsed = value === null || unreadable !== undefined ? undefined : objectOf(value);
  if (parsed === undefined) return undefined;
  const record: LogRecord = { key: headers?.key ?? key ?? "", value: parsed, timestamp };
  const failure = headers?.failure === undefined ? undefined : objectOf(Buffer.from(headers.failure));
  if (failure !== undefined && isFailure(failure)) record.failure = failure;
  return record;
}

function isFailure(failure: Value): failure is Value & Failure {
  return [failure.code, failure.message, failure.node].every((part) => typeof part === "string");
}

/** Reads a record of any topic back, tables too: a tombstone is a record whose value is null, as in the embedded engine's log. */
export function rowFromWire(record: RecordIn): LogRecord | undefined {
  const { key, value, timestamp } = record;
  return value === null ? { key: key ?? "", value: value as Value | null as Value, timestamp } : fromWire(record);
}

/** The JSON object that bytes hold, if they hold one and every whole number in it can be kept exactly. */
export function objectOf(bytes: Buffer): Value | undefined {
  try {
    const text = bytes.toString();
    const parsed: unknown = JSON.parse(text);
    if (inexactInteger(text) !== undefined) return undefined;
    return parsed !== null && typeof parsed === "object" && !Array.isArray(parsed) ? (parsed as Value) : undefined;
  } catch {
    return undefined;
  }
}
