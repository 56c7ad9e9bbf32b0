import type * as Library from "@platformatic/kafka";
import { KafkaFencedError, KafkaRefusedError, KafkaUnavailableError } from "../errors.ts";
import { type Place, placeName, type TopicForm } from "./broker.ts";
import type { Ending } from "./ending.ts";
import type { Codec } from "./record-batch.ts";

export type KafkaLibrary = typeof Library;
type Connection = Library.Connection;
type Metadata = Awaited<ReturnType<typeof Library.metadataV12.api.async>>;

export interface ClusterOptions {
  /** "host:port", any of the cluster's. */
  brokers: readonly string[];
  clientId?: string;
  tls?: Library.ConnectionOptions["tls"];
  sasl?: Library.SASLOptions;
  /** How long a request is tried again while Kafka elects, moves or restarts, ms. Default 60,000. */
  patienceMs?: number;
  /** Tells of this process's end, from which on patience is short. */
  ending?: Ending;
}

/** Each purpose has connections of its own: a broker answers one connection in order, and a fetch may wait. */
export type Purpose = "admin" | "fetch" | "read" | "produce" | "group" | "transaction";

export type Coordinated = { kind: "group" | "transaction"; key: string };

const fencing = new Set([
  "INVALID_PRODUCER_EPOCH",
  "PRODUCER_FENCED",
  "INVALID_PRODUCER_ID_MAPPING",
  "INVALID_TXN_STATE",
  "UNKNOWN_PRODUCER_ID",
  "OUT_OF_ORDER_SEQUENCE_NUMBER",
  "TRANSACTION_COORDINATOR_FENCED",
  "TRANSACTION_ABORTABLE",
  "ILLEGAL_GENERATION",
  "UNKNOWN_MEMBER_ID",
  "FENCED_INSTANCE_ID",
]);
const stale = new Set([
  "NOT_LEADER_OR_FOLLOWER",
  "LEADER_NOT_AVAILABLE",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "FENCED_LEADER_EPOCH",
  "UNKNOWN_LEADER_EPOCH",
  "UNKNOWN_TOPIC_ID",
]);
const moved = new Set(["NOT_COORDINATOR", "COORDINATOR_NOT_AVAILABLE", "COORDINATOR_LOAD_IN_PROGRESS"]);
const passing = new Set([
  "CONCURRENT_TRANSACTIONS",
  "UNSTABLE_OFFSET_COMMIT",
  "NOT_ENOUGH_REPLICAS",
  "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
  "REQUEST_TIMED_OUT",
  "KAFKA_STORAGE_ERROR",
  "NETWORK_EXCEPTION",
  "OFFSET_NOT_AVAILABLE",
  "REPLICA_NOT_AVAILABLE",
]);

/** Kafka's own names of what a request failed with; empty for a failure of the network. */
export function reasonsOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = "apiId" in error && typeof error.apiId === "string" ? [error.apiId] : [];
  const inner = error instanceof AggregateError ? error.errors.flatMap(reasonsOf) : [];
  return [...own, ...inner];
}

/** A cluster as a client sees it: who leads, who coordinates, a connection for each purpose. */
export class Cluster {
  readonly library: KafkaLibrary;
  readonly codec: Codec;
  readonly #options: ClusterOptions;
  readonly #forms: ReadonlyMap<string, TopicForm>;
  readonly #connections = new Map<string, Connection>();
  readonly #nodes = new Map<number, { host: string; port: number }>();
  readonly #leaders = new Map<string, number>();
  readonly #partitions = new Map<string, number>();
  readonly #coordinators = new Map<string, { host: string; port: number }>();
  #closed = false;

  constructor(library: KafkaLibrary, options: ClusterOptions, forms: ReadonlyMap<string, TopicForm> = new Map()) {
    this.library = library;
    this.#options = options;
    this.#forms = forms;
    this.codec = {
      crc32c: (bytes) => library.crc32c(bytes as Buffer),
      decompress: (bytes, kind) => {
        const algorithm = library.compressionsAlgorithmsByBitmask[kind as 1];
        if (algorithm === undefined) throw new KafkaRefusedError("reading", `an unknown compression, ${kind}`);
        return algorithm.decompressSync(bytes);
      },
    };
  }

  /** How a topic's records lie. */
  formOf(topic: string): TopicForm | undefined {
    return this.#forms.get(topic);
  }

  get brokers(): readonly string[] {
    return this.#options.brokers;
  }

  async #connect(purpose: string, host: string, port: number): Promise<Connection> {
    const name = `${purpose} ${host}:${port}`;
    const known = this.#connections.get(name);
    if (known?.isConnected() === true) return known;
    if (this.#closed) throw new KafkaUnavailableError(this.brokers, "the connection has been closed");
    const { clientId = "artesian", tls, sasl } = this.#options;
    const connection = new this.library.Connection(clientId, {
      connectTimeout: 5000,
      requestTimeout: 120_000,
      maxInflights: 32,
      ...(tls === undefined ? {} : { tls }),
      ...(sasl === undefined ? {} : { sasl }),
    });
    connection.on("error", () => {});
    await connection.connect(host, port);
    // two may have connected at once: the later one serves, both are closed at the end
    if (known !== undefined) void known.close().catch(() => {});
    this.#connections.set(name, connection);
    return connection;
  }

  /** A connection to whichever of the given addresses or known nodes answers. */
  async #anyone(): Promise<Connection> {
    const given = this.brokers.map((address) => {
      const colon = address.lastIndexOf(":");
      return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
    });
    let last: unknown;
    for (const { host, port } of [...given, ...this.#nodes.values()]) {
      try {
        return await this.#connect("admin", host, port);
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }

  async #refresh(topics: readonly string[]): Promise<void> {
    const connection = await this.#anyone();
    const { brokers, topics: found } = await this.#metadata(connection, topics);
    for (const { nodeId, host, port } of brokers) this.#nodes.set(nodeId, { host, port });
    for (const { name, errorCode, partitions } of found) {
      if (name === null || name === undefined || errorCode !== 0) continue;
      this.#partitions.set(name, partitions.length);
      for (const { partitionIndex, leaderId } of partitions)
        this.#leaders.set(placeName({ topic: name, partition: partitionIndex }), leaderId);
    }
  }

  /** Metadata of topics, also when some of them do not exist. */
  async #metadata(connection: Connection, topics: readonly string[]): Promise<Metadata> {
    try {
      return await this.library.metadataV12.api.async(connection, [...topics], false, false);
    } catch (error) {
      const response = error instanceof Error && "response" in error ? error.response : undefined;
      if (response !== null && typeof response === "object" && "topics" in response && "brokers" in response)
        return response as Metadata;
      throw error;
    }
  }

  async partitions(topics: readonly string[]): Promise<(number | undefined)[]> {
    await this.#patiently("Metadata", () => this.#refresh(topics));
    return topics.map((topic) => this.#partitions.get(topic));
  }

  async leaderOf(place: Place): Promise<number> {
    const known = this.#leaders.get(placeName(place));
    if (known !== undefined && known >= 0) return known;
    await this.#refresh([place.topic]);
    const found = this.#leaders.get(placeName(place));
    if (found === undefined || found < 0) throw named("LEADER_NOT_AVAILABLE");
    return found;
  }

  forgetLeaders(places: readonly Place[]): void {
    for (const place of places) this.#leaders.delete(placeName(place));
  }

  async node(id: number, purpose: Purpose): Promise<Connection> {
    const at = this.#nodes.get(id);
    if (at === undefined) throw named("LEADER_NOT_AVAILABLE");
    return this.#connect(purpose, at.host, at.port);
  }

  /** The connection that requests of any broker may take. */
  anyone<T>(request: string, work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.#patiently(request, async () => work(await this.#anyone()));
  }

  /** Runs a request at a group's or transactional id's coordinator, following it when it moves. */
  coordinated<T>(
    { kind, key }: Coordinated,
    request: string,
    work: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    const name = `${kind} ${key}`;
    return this.#patiently(
      request,
      async () => {
        let at = this.#coordinators.get(name);
        if (at === undefined) {
          const { coordinators } = await this.library.findCoordinatorV6.api.async(
            await this.#anyone(),
            kind === "group" ? 0 : 1,
            [key],
          );
          const [found] = coordinators;
          if (found === undefined || found.errorCode !== 0) throw named("COORDINATOR_NOT_AVAILABLE");
          at = { host: found.host, port: found.port };
          this.#coordinators.set(name, at);
        }
        return work(await this.#connect(`${kind} ${key}`, at.host, at.port));
      },
      () => this.#coordinators.delete(name),
    );
  }

  /** Runs a request for places at each one's leader, again where leadership has moved. */
  atLeaders<T>(request: string, places: readonly Place[], work: () => Promise<T>): Promise<T> {
    return this.#patiently(request, work, () => this.forgetLeaders(places));
  }

  /**
   * Tries until it works, Kafka refuses, or patience ends.
   * @throws KafkaFencedError, KafkaRefusedError, KafkaUnavailableError
   */
  #patiently<T>(request: string, work: () => Promise<T>, again: () => void = () => {}): Promise<T> {
    const { ending } = this.#options;
    const answer = this.#tryOn(request, work, again);
    return ending === undefined
      ? answer
      : ending.within(answer, () => new KafkaUnavailableError(this.brokers, `${request} got no answer`));
  }

  async #tryOn<T>(request: string, work: () => Promise<T>, again: () => void): Promise<T> {
    const until = performance.now() + (this.#options.patienceMs ?? 60_000);
    for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 500)) {
      try {
        return await work();
      } catch (error) {
        const reasons = reasonsOf(error);
        const [first] = reasons;
        const fenced = reasons.find((reason) => fencing.has(reason));
        if (fenced !== undefined) throw new KafkaFencedError(request, fenced);
        if (error instanceof KafkaFencedError || error instanceof KafkaRefusedError) throw error;
        const known = reasons.every((reason) => stale.has(reason) || moved.has(reason) || passing.has(reason));
        if (first !== undefined && !known) throw new KafkaRefusedError(request, reasons.join(", "), error);
        if (!(error instanceof Error) || (first === undefined && !isNetwork(error))) throw error;
        if (this.#closed || this.#options.ending?.isAway || performance.now() > until)
          throw new KafkaUnavailableError(this.brokers, `${request} got no answer (${first ?? error.message})`, error);
        if (!reasons.some((reason) => passing.has(reason))) again();
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const open = [...this.#connections.values()];
    this.#connections.clear();
    const closed = Promise.allSettled(open.map((connection) => connection.close()));
    // what is still to be sent to a broker that is away would never be
    if (this.#options.ending?.isAway) for (const { socket } of open) socket.destroy();
    await closed;
  }
}

function isNetwork(error: Error): boolean {
  const code = "code" in error ? String(error.code) : "";
  return (
    code === "PLT_KFK_NETWORK" || code === "PLT_KFK_TIMEOUT" || code.startsWith("E") || code === "PLT_KFK_MULTIPLE"
  );
}

/** An error as the library would give it. */
function named(apiId: string): Error {
  return Object.assign(new Error(apiId), { apiId });
}
