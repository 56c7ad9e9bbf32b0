import type { LogRecord, RecordRef } from "../records.ts";
import type { Broker } from "./broker.ts";
import { fromWire } from "./wire-record.ts";

/** Records that lie on Kafka; undefined for those that retention has removed. */
export async function recall(broker: Broker, refs: readonly RecordRef[]): Promise<(LogRecord | undefined)[]> {
  const found: (LogRecord | undefined)[] = [];
  for (const { topic, partition, offset } of refs) {
    const [start = 0] = await broker.starts([{ topic, partition }]);
    if (offset < start) {
      found.push(undefined);
      continue;
    }
    // what was put out lies within a transaction whose marker may still be on its way
    let record: LogRecord | undefined;
    for (let tries = 0; tries < 100; tries++) {
      const read = await broker.readAt({ topic, partition, offset }, { maxWaitMs: 100, maxBytes: 1 });
      if (read.next <= offset) continue;
      const [first] = read.records;
      if (first?.offset === offset) record = fromWire(first);
      break;
    }
    found.push(record);
  }
  return found;
}
