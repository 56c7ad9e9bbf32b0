import { KafkaFencedError, KafkaRefusedError } from "../errors.ts";
import { partitionOf } from "../partition.ts";
import { type Batch, type Broker, type Clock, type Place, type RecordOut, systemClock } from "./broker.ts";
import { connectKafka } from "./client.ts";
import type { ClusterOptions } from "./cluster.ts";

/** A record that its topic has once: its key names what it tells. */
export interface OnceRecord extends RecordOut {
  key: string;
  value: string;
}

export interface OnceOptions {
  topic: string;
  records: readonly OnceRecord[];
  clock?: Clock;
  signal?: AbortSignal;
}

const transactionMs = 30_000;
const againMs = 200;
const mostLost = 20;
/** Characters of one batch, well below what brokers take (`message.max.bytes`). */
const batchChars = 300_000;

/**
 * Appends the records whose keys a topic does not have yet, each key once, whoever appends the same at the same time. All who append to a topic
 * share one transactional id, so a newer one voids an older one's open transaction (KIP-98); what is there is read after that, committed records
 * only, and nobody else can commit between that reading and our commit. Whoever was voided looks again. The topic is made with one partition and
 * kept compacted, which by unique keys loses nothing.
 * @returns how many of the records entered by this call
 * @throws KafkaUnavailableError (engine/kafka-unavailable), KafkaRefusedError (engine/kafka-refused)
 */
export async function appendOnce(broker: Broker, options: OnceOptions): Promise<{ accepted: number }> {
  const { topic, records, clock = systemClock, signal } = options;
  if ((await broker.partitions([topic]))[0] === undefined)
    await broker.createTopics([{ name: topic, partitions: 1, config: { "cleanup.policy": "compact" } }]);
  const [partitions = 1] = await broker.partitions([topic]);
  const places = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
  const missing = (known: ReadonlySet<string>): OnceRecord[] => [
    ...new Map(records.filter(({ key }) => !known.has(key)).map((record) => [record.key, record])).values(),
  ];
  const look = (isWhole: boolean): Promise<Set<string>> => keysOf(broker, places, { clock, signal, isWhole });
  // Nobody is voided for nothing.
  if (missing(await look(false)).length === 0) return { accepted: 0 };
  for (let round = 0; ; round++) {
    signal?.throwIfAborted();
    try {
      const producer = await broker.openProducer(`${topic}-once`, transactionMs);
      const fresh = missing(await look(true));
      if (fresh.length === 0) return { accepted: 0 };
      const batches = batchesOf(topic, partitions, fresh);
      await producer.begin(batches);
      for (const batch of batches) await producer.produce([batch]);
      await producer.commit();
      return { accepted: fresh.length };
    } catch (error) {
      if (!isLost(error) || (round >= mostLost && !(error instanceof KafkaFencedError))) throw error;
      // Another is at it, and would be voided by us in turn: each waits a little longer than the last time, none as long as another.
      await clock.sleep(againMs * Math.min(round + 1, 10) * (0.5 + Math.random()), signal);
    }
  }
}

/**
 * Whether the outcome is to be read from the topic: another has taken over, or the coordinator failed within itself, as Kafka 4.4's does when a
 * transaction ends while it is being voided (IllegalStateException, told as UNKNOWN_SERVER_ERROR).
 */
function isLost(error: unknown): boolean {
  return (
    error instanceof KafkaFencedError ||
    (error instanceof KafkaRefusedError && error.reason.includes("UNKNOWN_SERVER_ERROR"))
  );
}

/** The same on a connection of its own. */
export async function appendOnceToKafka(cluster: ClusterOptions, options: OnceOptions): Promise<{ accepted: number }> {
  const broker = await connectKafka(cluster);
  try {
    return await appendOnce(broker, options);
  } finally {
    await broker.close();
  }
}

/** Keys of committed records up to what is there now; `isWhole`: a transaction that is not decided yet is waited for. */
async function keysOf(
  broker: Broker,
  places: readonly Place[],
  { clock, signal, isWhole }: { clock: Clock; signal: AbortSignal | undefined; isWhole: boolean },
): Promise<Set<string>> {
  const keys = new Set<string>();
  const [starts, ends] = [await broker.starts(places), await broker.ends(places)];
  for (const [i, place] of places.entries()) {
    for (let at = starts[i] ?? 0; at < (ends[i] ?? 0); ) {
      signal?.throwIfAborted();
      const read = await broker.readAt({ ...place, offset: at }, { maxWaitMs: 100, maxBytes: 2 ** 20 });
      for (const { key } of read.records) if (key !== null) keys.add(key);
      if (read.next <= at) {
        if (!isWhole) break;
        await clock.sleep(againMs, signal);
      }
      at = Math.max(at, read.next);
    }
  }
  return keys;
}

function batchesOf(topic: string, partitions: number, records: readonly OnceRecord[]): Batch[] {
  const batches: Batch[] = [];
  for (const [partition, list] of Map.groupBy(records, ({ key }) => partitionOf(key, partitions))) {
    let [part, chars]: [OnceRecord[], number] = [[], 0];
    for (const record of list) {
      if (part.length > 0 && chars + record.value.length > batchChars) {
        batches.push({ topic, partition, records: part });
        [part, chars] = [[], 0];
      }
      part.push(record);
      chars += record.value.length;
    }
    batches.push({ topic, partition, records: part });
  }
  return batches;
}
