import type { Batch, Broker, Producer, Read } from "./broker.ts";
import type { ConfluentWire } from "./confluent-wire.ts";

/** Writes of a topic's records, by topic. */
export type Writers = ReadonlyMap<string, (json: string) => Buffer>;

/** A broker that reads records in Confluent's wire format as JSON, and writes those of chosen topics in it; everybody above knows JSON alone. */
export function framedBroker(broker: Broker, wire: ConfluentWire, writers: Writers): Broker {
  const read = async (reads: Read[]): Promise<Read[]> => {
    for (const { records } of reads) await wire.read(records);
    return reads;
  };
  const framed = (batches: readonly Batch[]): readonly Batch[] => batches.map((batch) => framedBatch(batch, writers));
  const producer = (one: Producer): Producer => ({
    begin: (places, group) => one.begin(places, group),
    produce: (batches) => one.produce(framed(batches)),
    sendOffsets: (member, offsets) => one.sendOffsets(member, offsets),
    commit: () => one.commit(),
    abort: () => one.abort(),
  });
  return {
    partitions: (topics) => broker.partitions(topics),
    createTopics: (topics) => broker.createTopics(topics),
    fetch: async (positions, options) => read(await broker.fetch(positions, options)),
    readAt: async (position, options) => {
      const one = await broker.readAt(position, options);
      await read([one]);
      return one;
    },
    ends: (places) => broker.ends(places),
    stables: (places) => broker.stables(places),
    starts: (places) => broker.starts(places),
    committed: (group, places, undecided) => broker.committed(group, places, undecided),
    committedNotes: (group, places) => broker.committedNotes(group, places),
    describeGroup: (group) => broker.describeGroup(group),
    openProducer: async (id, timeoutMs) => producer(await broker.openProducer(id, timeoutMs)),
    openMember: (options) => broker.openMember(options),
    append: (batches) => broker.append(framed(batches)),
    close: () => broker.close(),
  };
}

function framedBatch(batch: Batch, writers: Writers): Batch {
  const write = writers.get(batch.topic);
  if (write === undefined) return batch;
  const records = batch.records.map((record) =>
    typeof record.value === "string" ? { ...record, value: write(record.value) } : record,
  );
  return { ...batch, records };
}
