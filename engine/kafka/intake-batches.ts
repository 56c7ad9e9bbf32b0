import { RecordTooLargeError, UnknownTopicError } from "../errors.ts";
import { type AppendRecord, type InputKeys, inputKeys, keyOf } from "../intake.ts";
import { partitionOf } from "../partition.ts";
import type { Plan } from "../plan.ts";
import type { Batch, RecordOut } from "./broker.ts";

/** Characters of one batch: a character may be three bytes, and brokers take a megabyte. */
const batchChars = 200_000;

/** An input topic of plans. */
export interface InputTopic extends InputKeys {
  partitions: number;
  /** The first workflow that reads it. */
  plan: Plan;
}

/** @throws UnknownTopicError (engine/unknown-topic) */
export function inputTopic(plans: readonly Plan[], topic: string): InputTopic {
  const inputs = plans.flatMap((plan) =>
    plan.topics.filter(({ kind }) => kind === "external" || kind === "table").map((one) => ({ ...one, plan })),
  );
  const found = inputs.filter(({ name }) => name === topic);
  const [first] = found;
  if (first === undefined) throw new UnknownTopicError(topic, [...new Set(inputs.map(({ name }) => name))].sort());
  const keyed = found.find(({ key }) => key !== undefined) ?? first;
  return { partitions: first.partitions, ...inputKeys(keyed), plan: first.plan };
}

/**
 * Records as they go to a topic's partitions, in rounds of batches that brokers take.
 * @throws KeyMismatchError, RecordTooLargeError before anything is written
 */
export function batchesOf(
  topic: string,
  input: InputTopic,
  records: readonly Omit<AppendRecord, "eventId">[],
  { now, maxRecordBytes }: { now: number; maxRecordBytes: number },
): Batch[][] {
  const byPartition = new Map<number, RecordOut[]>();
  for (const record of records) {
    const key = keyOf(topic, input, record);
    const text = record.value === null ? null : JSON.stringify(record.value);
    if (text !== null && text.length > maxRecordBytes)
      throw new RecordTooLargeError(topic, text.length, maxRecordBytes);
    const partition = partitionOf(key, input.partitions, input.keys);
    const list = byPartition.get(partition);
    const out = { key, value: text, timestamp: record.timestamp ?? now };
    if (list === undefined) byPartition.set(partition, [out]);
    else list.push(out);
  }
  const rounds: Batch[][] = [];
  while (byPartition.size > 0) {
    const round = [...byPartition].map(([partition, list]) => {
      let chars = 0;
      let count = 0;
      while (count < list.length && (count === 0 || chars < batchChars)) chars += list[count++]?.value?.length ?? 0;
      const taken = list.splice(0, count);
      if (list.length === 0) byPartition.delete(partition);
      return { topic, partition, records: taken };
    });
    rounds.push(round);
  }
  return rounds;
}
