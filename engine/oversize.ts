import { RecordTooLargeError } from "./errors.ts";
import type { Plan } from "./plan.ts";
import type { DeadLetter, LogRecord } from "./records.ts";

/** What becomes of a record that a node puts out and that is over the size limit. */
export interface Oversized {
  dag: string;
  letter: DeadLetter;
  /** What goes on in its place: a failure with its small fields, so that nothing behind it waits for ever. A published topic gets none. */
  rest: LogRecord | undefined;
}

/** The node that puts records into a topic, or reads them from it behind a repartition. */
function nodeOf(plans: readonly Plan[], topic: string): { dag: string; node: string; published: boolean } {
  for (const { dag, nodes } of plans) {
    for (const { id, type, topic: own, inputs } of nodes) {
      const writes = own === topic && type !== "topic-stream" && type !== "topic-table";
      if (writes || inputs.some(({ repartition }) => repartition === topic))
        return { dag, node: id, published: type === "publish" && writes };
    }
  }
  return { dag: plans[0]?.dag ?? "", node: topic, published: false };
}

/**
 * Sets a record aside that is over the size limit.
 * @param plans those of which one puts it out
 * @param sizeBytes of its value as JSON text
 */
export function setAsideOversized(
  plans: readonly Plan[],
  topic: string,
  record: LogRecord,
  sizeBytes: number,
  limitBytes: number,
): Oversized {
  const { dag, node, published } = nodeOf(plans, topic);
  const { code, message } = new RecordTooLargeError(`${dag}.${node}`, sizeBytes, limitBytes);
  const small = Object.entries(record.value).filter(([, one]) => one === null || typeof one !== "object");
  const value = Object.fromEntries(small);
  const { key, timestamp } = record;
  return {
    dag,
    letter: { kind: "record", node, key, value, timestamp, code, message },
    rest: published ? undefined : { ...record, value: { ...value, failed: [] }, failure: { code, message, node } },
  };
}
