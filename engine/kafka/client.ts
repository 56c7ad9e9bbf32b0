import type * as Library from "@platformatic/kafka";
import {
  type Batch,
  type Broker,
  type DescribedMember,
  exactNumber,
  type FetchOptions,
  type Member,
  type MemberOptions,
  type Place,
  type Position,
  type Producer,
  placeName,
  type Read,
  type TopicForm,
  type TopicSpec,
} from "./broker.ts";
import { Cluster, type ClusterOptions, type KafkaLibrary, reasonsOf } from "./cluster.ts";
import { GroupMember } from "./group-member.ts";
import { decodeAssignment } from "./group-protocol.ts";
import { decodeBatches } from "./record-batch.ts";
import { TransactionalProducer, writeBatches } from "./transactional-producer.ts";

/**
 * Connects to Kafka. The wire is the library's (connections, TLS, SASL, requests); record batches, the choice of committed records,
 * group membership and transactions are here.
 * @param forms of topics, as Kafka calls them: everybody above knows text and event times
 * @throws KafkaUnavailableError (engine/kafka-unavailable) when no broker answers
 */
export async function connectKafka(options: ClusterOptions, forms?: ReadonlyMap<string, TopicForm>): Promise<Broker> {
  const library: KafkaLibrary = await import("@platformatic/kafka");
  const cluster = new Cluster(library, options, forms);
  await cluster.partitions([]);
  return new KafkaClient(cluster);
}

interface Outstanding {
  answer: Promise<Read[]>;
  done: Read[] | undefined;
  failed: unknown;
}

/** Kafka itself as a `Broker`. */
class KafkaClient implements Broker {
  readonly #cluster: Cluster;
  readonly #outstanding = new Map<number, Outstanding>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  partitions(topics: readonly string[]): Promise<(number | undefined)[]> {
    return this.#cluster.partitions(topics);
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    if (topics.length === 0) return;
    const { library } = this.#cluster;
    const asked = topics.map(({ name, partitions, replicationFactor = -1, config = {} }) => ({
      name,
      numPartitions: partitions,
      replicationFactor,
      assignments: [],
      configs: Object.entries(config).map(([key, value]) => ({ name: key, value })),
    }));
    await this.#cluster.anyone("CreateTopics", async (connection) => {
      try {
        await library.createTopicsV7.api.async(connection, asked, 30_000, false);
      } catch (error) {
        const reasons = reasonsOf(error);
        if (reasons.length === 0 || reasons.some((reason) => reason !== "TOPIC_ALREADY_EXISTS")) throw error;
      }
    });
    // a topic is there before every broker knows it
    for (let tries = 0; tries < 100; tries++) {
      const found = await this.#cluster.partitions(topics.map(({ name }) => name));
      if (found.every((count) => count !== undefined)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async fetch(positions: readonly Position[], options: FetchOptions): Promise<Read[]> {
    return this.#cluster.atLeaders("Fetch", positions, () => this.#fetchOnce(positions, options));
  }

  /** One request a leader at a time; what a slower leader answers is handed out by a later call, if it is still wanted then. */
  async #fetchOnce(positions: readonly Position[], options: FetchOptions): Promise<Read[]> {
    const wanted = new Map(positions.map((position) => [placeName(position), position.offset]));
    const byLeader = new Map<number, Position[]>();
    for (const position of positions) {
      const leader = await this.#cluster.leaderOf(position);
      const list = byLeader.get(leader);
      if (list === undefined) byLeader.set(leader, [position]);
      else list.push(position);
    }
    const collect = (): Read[] => {
      const reads: Read[] = [];
      for (const [leader, one] of this.#outstanding) {
        if (one.done === undefined && one.failed === undefined) continue;
        this.#outstanding.delete(leader);
        if (one.failed !== undefined) throw one.failed;
        for (const read of one.done ?? []) if (wanted.get(placeName(read)) === read.from) reads.push(read);
      }
      return reads;
    };
    const early = collect();
    for (const [leader, list] of byLeader) {
      if (!this.#outstanding.has(leader)) this.#outstanding.set(leader, this.#ask(leader, list, options));
    }
    if (early.length > 0) return early;
    for (;;) {
      const pending = [...this.#outstanding.values()].map(({ answer }) => answer.catch(() => []));
      if (pending.length === 0) return [];
      await Promise.race(pending);
      const reads = collect();
      if (reads.length > 0 || this.#outstanding.size === 0) return reads;
    }
  }

  #ask(leader: number, positions: readonly Position[], options: FetchOptions): Outstanding {
    const answer = this.#cluster
      .node(leader, "fetch")
      .then((connection) => fetchFrom(this.#cluster, connection, positions, options));
    const one: Outstanding = { answer, done: undefined, failed: undefined };
    answer.then(
      (reads) => {
        one.done = reads;
      },
      (error: unknown) => {
        one.failed = error;
      },
    );
    return one;
  }

  readAt(position: Position, options: FetchOptions): Promise<Read> {
    return this.#cluster.atLeaders("Fetch", [position], async () => {
      const connection = await this.#cluster.node(await this.#cluster.leaderOf(position), "read");
      const [read] = await fetchFrom(this.#cluster, connection, [position], options);
      return (
        read ?? {
          topic: position.topic,
          partition: position.partition,
          from: position.offset,
          records: [],
          next: position.offset,
          stable: position.offset,
          end: position.offset,
        }
      );
    });
  }

  ends(places: readonly Place[]): Promise<number[]> {
    return this.#offsets(places, -1n);
  }

  stables(places: readonly Place[]): Promise<number[]> {
    return this.#offsets(places, -1n, this.#cluster.library.FetchIsolationLevels.READ_COMMITTED);
  }

  starts(places: readonly Place[]): Promise<number[]> {
    return this.#offsets(places, -2n);
  }

  async #offsets(places: readonly Place[], timestamp: bigint, isolation = 0): Promise<number[]> {
    const { library } = this.#cluster;
    return this.#cluster.atLeaders("ListOffsets", places, async () => {
      const found = new Map<string, number>();
      const byLeader = new Map<number, Place[]>();
      for (const place of places) {
        const leader = await this.#cluster.leaderOf(place);
        byLeader.set(leader, [...(byLeader.get(leader) ?? []), place]);
      }
      for (const [leader, list] of byLeader) {
        const connection = await this.#cluster.node(leader, "produce");
        const topics = [...Map.groupBy(list, ({ topic }) => topic)].map(([name, inTopic]) => ({
          name,
          partitions: inTopic.map(({ partition }) => ({
            partitionIndex: partition,
            currentLeaderEpoch: -1,
            timestamp,
          })),
        }));
        const answer = await library.listOffsetsV7.api.async(connection, -1, isolation, topics);
        for (const { name, partitions } of answer.topics) {
          for (const { partitionIndex, offset } of partitions)
            found.set(placeName({ topic: name, partition: partitionIndex }), exactNumber(offset));
        }
      }
      return places.map((place) => found.get(placeName(place)) ?? 0);
    });
  }

  async committed(
    group: string,
    places: readonly Place[],
    undecided: "await" | "leave-out" = "await",
  ): Promise<number[]> {
    return (await this.#committed(group, places, undecided)).map(({ offset }) => offset);
  }

  committedNotes(group: string, places: readonly Place[]): Promise<{ offset: number; note: string }[]> {
    return this.#committed(group, places, "await");
  }

  #committed(
    group: string,
    places: readonly Place[],
    undecided: "await" | "leave-out",
  ): Promise<{ offset: number; note: string }[]> {
    const { library } = this.#cluster;
    const topics = [...Map.groupBy(places, ({ topic }) => topic)].map(([name, inTopic]) => ({
      name,
      partitionIndexes: inTopic.map(({ partition }) => partition),
    }));
    return this.#cluster.coordinated({ kind: "group", key: group }, "OffsetFetch", async (connection) => {
      const asked = [{ groupId: group, memberId: null, memberEpoch: -1, topics }];
      const { groups } = await library.offsetFetchV9.api.async(connection, asked, undecided === "await");
      const found = new Map<string, { offset: number; note: string }>();
      for (const { name, partitions } of groups[0]?.topics ?? []) {
        for (const { partitionIndex, committedOffset, metadata } of partitions) {
          const place = placeName({ topic: name, partition: partitionIndex });
          found.set(place, { offset: exactNumber(committedOffset), note: metadata ?? "" });
        }
      }
      return places.map((place) => found.get(placeName(place)) ?? { offset: -1, note: "" });
    });
  }

  describeGroup(group: string): Promise<{ isMoving: boolean; members: DescribedMember[] }> {
    const { library } = this.#cluster;
    return this.#cluster.coordinated({ kind: "group", key: group }, "DescribeGroups", async (connection) => {
      const { groups } = await library.describeGroupsV5.api.async(connection, [group], false);
      const members = (groups[0]?.members ?? []).map(({ memberId, clientId, clientHost, memberAssignment }) => {
        const host = clientHost.replace(/^\//, ""); // as Java writes an address without a name
        return { memberId, clientId, host, assigned: decodeAssignment(memberAssignment) };
      });
      return { isMoving: groups[0]?.groupState.endsWith("Rebalance") ?? false, members };
    });
  }

  openProducer(transactionalId: string, transactionTimeoutMs: number): Promise<Producer> {
    return TransactionalProducer.open(this.#cluster, transactionalId, transactionTimeoutMs);
  }

  openMember(options: MemberOptions): Member {
    return new GroupMember(this.#cluster, options);
  }

  append(batches: readonly Batch[]): Promise<number[]> {
    const head = () => ({ producerId: -1n, producerEpoch: -1, sequence: -1, transactional: false });
    return writeBatches(this.#cluster, null, batches, head);
  }

  async close(): Promise<void> {
    await this.#cluster.close();
  }
}

async function fetchFrom(
  cluster: Cluster,
  connection: Library.Connection,
  positions: readonly Position[],
  { maxWaitMs, maxBytes }: FetchOptions,
): Promise<Read[]> {
  const asked = new Map(positions.map((position) => [placeName(position), position.offset]));
  const topics = [...Map.groupBy(positions, ({ topic }) => topic)].map(([topic, inTopic]) => ({
    // a name in this version, whatever the library calls it
    topicId: topic,
    partitions: inTopic.map(({ partition, offset }) => ({
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: BigInt(offset),
      lastFetchedEpoch: -1,
      partitionMaxBytes: Math.max(65_536, Math.floor(maxBytes / 4)),
    })),
  }));
  const { library } = cluster;
  const create = (): Library.Writer =>
    library.fetchV12.createRequest(
      maxWaitMs,
      1,
      maxBytes,
      library.FetchIsolationLevels.READ_COMMITTED,
      0,
      -1,
      topics,
      [],
      "",
    );
  const parse = (_id: number, _key: number, _version: number, reader: Library.Reader): Read[] => {
    const reads: Read[] = [];
    reader.readInt32();
    const failure = reader.readInt16();
    reader.readInt32();
    if (failure !== 0) throw new library.ProtocolError(failure);
    for (let left = reader.readUnsignedVarInt() - 1; left > 0; left--) {
      const topic = reader.readString();
      for (let inTopic = reader.readUnsignedVarInt() - 1; inTopic > 0; inTopic--) {
        const read = readPartition(cluster, reader, topic, asked);
        if (read !== undefined) reads.push(read);
      }
      reader.readTaggedFields();
    }
    return reads;
  };
  return new Promise((resolve, reject) => {
    connection.send(1, 12, create, parse, true, true, (error, reads) => {
      if (error === null || error === undefined) resolve(reads as Read[]);
      else reject(error);
    });
  });
}

function readPartition(
  cluster: Cluster,
  reader: Library.Reader,
  topic: string,
  asked: ReadonlyMap<string, number>,
): Read | undefined {
  const partition = reader.readInt32();
  const failure = reader.readInt16();
  const end = exactNumber(reader.readInt64());
  const stable = exactNumber(reader.readInt64());
  reader.readInt64();
  const aborted: { producerId: bigint; firstOffset: number }[] = [];
  for (let left = reader.readUnsignedVarInt() - 1; left > 0; left--) {
    aborted.push({ producerId: reader.readInt64(), firstOffset: exactNumber(reader.readInt64()) });
    reader.readTaggedFields();
  }
  reader.readInt32();
  const size = reader.readUnsignedVarInt() - 1;
  const bytes = size > 0 ? reader.buffer.slice(reader.position, reader.position + size) : undefined;
  if (size > 0) reader.skip(size);
  reader.readTaggedFields();
  if (failure !== 0) throw new cluster.library.ProtocolError(failure);
  const from = asked.get(placeName({ topic, partition })) ?? 0;
  if (bytes === undefined) return { topic, partition, from, records: [], next: from, stable, end };
  const { records, next } = decodeBatches(bytes, { from, aborted, codec: cluster.codec, form: cluster.formOf(topic) });
  return { topic, partition, from, records, next, stable, end };
}
