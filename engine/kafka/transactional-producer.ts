import type * as Library from "@platformatic/kafka";
import { KafkaRefusedError } from "../errors.ts";
import {
  type Batch,
  exactNumber,
  type MemberIdentity,
  type Place,
  type Position,
  type Producer,
  placeName,
} from "./broker.ts";
import type { Cluster } from "./cluster.ts";
import { type BatchHead, encodeBatch } from "./record-batch.ts";

/** Kafka's transactional producer (KIP-98, with a group's generation as fence: KIP-447). */
export class TransactionalProducer implements Producer {
  readonly #cluster: Cluster;
  readonly #id: string;
  readonly #producerId: bigint;
  readonly #epoch: number;
  readonly #sequences = new Map<string, number>();

  private constructor(cluster: Cluster, id: string, producerId: bigint, epoch: number) {
    this.#cluster = cluster;
    this.#id = id;
    this.#producerId = producerId;
    this.#epoch = epoch;
  }

  static async open(cluster: Cluster, id: string, timeoutMs: number): Promise<TransactionalProducer> {
    const { library } = cluster;
    const { producerId, producerEpoch } = await cluster.coordinated(
      { kind: "transaction", key: id },
      "InitProducerId",
      (connection) => library.initProducerIdV4.api.async(connection, id, timeoutMs, -1n, -1),
    );
    return new TransactionalProducer(cluster, id, producerId, producerEpoch);
  }

  #coordinator<T>(request: string, work: (connection: Library.Connection) => Promise<T>): Promise<T> {
    return this.#cluster.coordinated({ kind: "transaction", key: this.#id }, request, work);
  }

  async begin(places: readonly Place[], group?: string): Promise<void> {
    const { library } = this.#cluster;
    const topics = [...Map.groupBy(places, ({ topic }) => topic)].map(([name, inTopic]) => ({
      name,
      partitions: [...new Set(inTopic.map(({ partition }) => partition))],
    }));
    const add = this.#coordinator("AddPartitionsToTxn", (connection) =>
      addPartitions(library, connection, this.#id, this.#producerId, this.#epoch, topics),
    );
    const offsets =
      group === undefined
        ? undefined
        : this.#coordinator("AddOffsetsToTxn", (connection) =>
            library.addOffsetsToTxnV3.api.async(connection, this.#id, this.#producerId, this.#epoch, group),
          );
    const settled = await Promise.allSettled([add, offsets]);
    for (const one of settled) if (one.status === "rejected") throw one.reason;
  }

  produce(batches: readonly Batch[]): Promise<number[]> {
    const head = ({ topic, partition, records }: Batch): BatchHead => {
      const name = placeName({ topic, partition });
      const sequence = this.#sequences.get(name) ?? 0;
      this.#sequences.set(name, (sequence + records.length) % 0x80000000);
      return { producerId: this.#producerId, producerEpoch: this.#epoch, sequence, transactional: true };
    };
    return writeBatches(this.#cluster, this.#id, batches, head);
  }

  async sendOffsets(member: MemberIdentity, offsets: readonly Position[]): Promise<void> {
    const { library } = this.#cluster;
    const topics = [...Map.groupBy(offsets, ({ topic }) => topic)].map(([name, inTopic]) => ({
      name,
      partitions: inTopic.map(({ partition, offset }) => ({
        partitionIndex: partition,
        committedOffset: BigInt(offset),
        committedLeaderEpoch: -1,
        committedMetadata: null,
      })),
    }));
    await this.#cluster.coordinated({ kind: "group", key: member.group }, "TxnOffsetCommit", (connection) =>
      library.txnOffsetCommitV3.api.async(
        connection,
        this.#id,
        member.group,
        this.#producerId,
        this.#epoch,
        member.generation,
        member.memberId,
        null,
        topics,
      ),
    );
  }

  commit(): Promise<void> {
    return this.#end(true);
  }

  abort(): Promise<void> {
    return this.#end(false);
  }

  async #end(committed: boolean): Promise<void> {
    const { library } = this.#cluster;
    await this.#coordinator("EndTxn", (connection) =>
      library.endTxnV3.api.async(connection, this.#id, this.#producerId, this.#epoch, committed),
    );
  }
}

/** AddPartitionsToTxn, version 3: the newest that clients may send (4 and up are for brokers among themselves). */
function addPartitions(
  library: Cluster["library"],
  connection: Library.Connection,
  transactionalId: string,
  producerId: bigint,
  epoch: number,
  topics: readonly { name: string; partitions: readonly number[] }[],
): Promise<void> {
  const create = (): Library.Writer =>
    library.Writer.create()
      .appendString(transactionalId)
      .appendInt64(producerId)
      .appendInt16(epoch)
      .appendArray([...topics], (writer, { name, partitions }) => {
        writer.appendString(name).appendArray([...partitions], (inner, index) => inner.appendInt32(index), true, false);
      })
      .appendTaggedFields();
  const parse = (_id: number, _key: number, _version: number, reader: Library.Reader): undefined => {
    reader.readInt32();
    for (let left = reader.readUnsignedVarInt() - 1; left > 0; left--) {
      reader.readString();
      for (let inTopic = reader.readUnsignedVarInt() - 1; inTopic > 0; inTopic--) {
        reader.readInt32();
        const failure = reader.readInt16();
        reader.readTaggedFields();
        // OPERATION_NOT_ATTEMPTED only says that another partition's failure counts
        if (failure !== 0 && failure !== 55) throw new library.ProtocolError(failure);
      }
      reader.readTaggedFields();
    }
  };
  return new Promise((resolve, reject) => {
    connection.send(24, 3, create, parse, true, true, (error) => {
      if (error === null || error === undefined) resolve();
      else reject(error);
    });
  });
}

/**
 * Writes batches at their leaders, all at once, with acks of all replicas. A batch keeps its sequence numbers when it is sent again, so
 * that an idempotent producer writes it once.
 */
export async function writeBatches(
  cluster: Cluster,
  transactionalId: string | null,
  batches: readonly Batch[],
  head: (batch: Batch) => BatchHead,
): Promise<number[]> {
  const encoded = batches.map((batch) => ({
    topic: batch.topic,
    partition: batch.partition,
    bytes: encodeBatch(batch.records, head(batch), cluster.codec, cluster.formOf(batch.topic)),
  }));
  const placed = new Map<string, number>();
  await cluster.atLeaders("Produce", batches, async () => {
    const byLeader = new Map<number, typeof encoded>();
    for (const one of encoded) {
      if (placed.has(placeName(one))) continue;
      const leader = await cluster.leaderOf(one);
      const list = byLeader.get(leader);
      if (list === undefined) byLeader.set(leader, [one]);
      else list.push(one);
    }
    const sent = [...byLeader].map(async ([leader, list]) => {
      const connection = await cluster.node(leader, "produce");
      await produceTo(cluster, connection, transactionalId, list, placed);
    });
    const failed = (await Promise.allSettled(sent)).find((one) => one.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  });
  return batches.map((batch) => placed.get(placeName(batch)) ?? -1);
}

interface Encoded extends Place {
  bytes: Buffer;
}

function produceTo(
  cluster: Cluster,
  connection: Library.Connection,
  transactionalId: string | null,
  batches: readonly Encoded[],
  placed: Map<string, number>,
): Promise<void> {
  const { library } = cluster;
  const topics = [...Map.groupBy(batches, ({ topic }) => topic)];
  const create = (): Library.Writer =>
    library.Writer.create()
      .appendString(transactionalId)
      .appendInt16(-1)
      .appendInt32(30_000)
      .appendArray(topics, (writer, [topic, inTopic]) => {
        writer.appendString(topic).appendArray(inTopic, (inner, { partition, bytes }) => {
          inner
            .appendInt32(partition)
            .appendUnsignedVarInt(bytes.length + 1)
            .append(bytes);
        });
      })
      .appendTaggedFields();
  const parse = (_id: number, _key: number, _version: number, reader: Library.Reader): undefined => {
    let failure = 0;
    for (let left = reader.readUnsignedVarInt() - 1; left > 0; left--) {
      const topic = reader.readString();
      for (let inTopic = reader.readUnsignedVarInt() - 1; inTopic > 0; inTopic--) {
        const partition = reader.readInt32();
        const code = reader.readInt16();
        const base = exactNumber(reader.readInt64());
        reader.readInt64();
        reader.readInt64();
        for (let errors = reader.readUnsignedVarInt() - 1; errors > 0; errors--) {
          reader.readInt32();
          reader.readNullableString();
          reader.readTaggedFields();
        }
        reader.readNullableString();
        reader.readTaggedFields();
        if (code === 0) placed.set(placeName({ topic, partition }), base);
        else failure = code;
      }
      reader.readTaggedFields();
    }
    if (failure === 10) throw new KafkaRefusedError("Produce", "MESSAGE_TOO_LARGE");
    if (failure !== 0) throw new library.ProtocolError(failure);
  };
  return new Promise((resolve, reject) => {
    connection.send(0, 9, create, parse, true, true, (error) => {
      if (error === null || error === undefined) resolve();
      else reject(error);
    });
  });
}
