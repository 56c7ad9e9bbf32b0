import { KafkaRefusedError } from "../errors.ts";
import type { KeyType } from "../partition.ts";

/** A partition of a topic. */
export interface Place {
  topic: string;
  partition: number;
}

/** How a topic's records lie on Kafka, where it is not as everybody above has them. */
export interface TopicForm {
  keys?: KeyType | undefined;
  /** Event times that are older, ms, lie in a header, and the time of writing in their place: Kafka removes records by it. */
  longAgoMs?: number;
}

/** A record to be written. Text is UTF-8 on the wire, bytes are as they are; a null value is a tombstone. */
export interface RecordOut {
  key: string | null;
  value: string | Buffer | null;
  /** Event time, ms since 1970. */
  timestamp: number;
  headers?: Readonly<Record<string, string>>;
}

/** A record as read: its value stays bytes until somebody looks. */
export interface RecordIn {
  offset: number;
  key: string | null;
  value: Buffer | null;
  timestamp: number;
  headers?: Readonly<Record<string, string>>;
  /** What it holds in place of what can be read, and what was expected. */
  unreadable?: readonly [found: string, expected: string];
}

export interface Position extends Place {
  offset: number;
}

/** What one partition gave: committed records only, in order. */
export interface Read extends Place {
  /** Where this read began. */
  from: number;
  records: RecordIn[];
  /** The position after it; beyond the last record where aborted records and markers follow. */
  next: number;
  /** The last stable offset: nothing before it is undecided. */
  stable: number;
  /** The high watermark: the offset after the last record, decided or not. */
  end: number;
}

/** A position of a group, with what its member wrote beside it. */
export interface CommittedPosition extends Position {
  /** At most 4,096 bytes where brokers are not told otherwise (`offset.metadata.max.bytes`). */
  note?: string;
}

export interface FetchOptions {
  maxWaitMs: number;
  maxBytes: number;
}

export interface TopicSpec {
  name: string;
  partitions: number;
  /** Copies of it; default: the cluster's. */
  replicationFactor?: number;
  config?: Readonly<Record<string, string>>;
}

/** Records of one partition, written together. */
export interface Batch extends Place {
  records: readonly RecordOut[];
}

export interface MemberIdentity {
  group: string;
  generation: number;
  memberId: string;
}

/** Membership of a consumer group whose assigned units are partitions of `topics`. */
export interface Member {
  readonly identity: MemberIdentity;
  /**
   * Joins, or joins again after "rebalancing".
   * @param owned what this member still has state for: it keeps these when the balance allows
   * @param topics what it subscribes to from now on; default: what it did before
   * @throws FencedError when the coordinator no longer knows this member
   */
  join(owned: readonly Place[], topics?: readonly string[]): Promise<{ generation: number; assigned: Place[] }>;
  /** @throws FencedError when this member has been put out of the group */
  heartbeat(): Promise<"stable" | "rebalancing">;
  /** Commits offsets outside a transaction. @throws FencedError */
  commitOffsets(offsets: readonly CommittedPosition[]): Promise<void>;
  leave(): Promise<void>;
}

export interface MemberOptions {
  group: string;
  topics: readonly string[];
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
}

/**
 * One transactional producer. Its transaction is begin → produce … → sendOffsets → commit or abort; every step throws FencedError once
 * a newer producer of the id or a newer generation of the group has taken its place.
 */
export interface Producer {
  /** Opens a transaction over partitions, and over a group's offsets where input is read. */
  begin(places: readonly Place[], group?: string): Promise<void>;
  /** Writes; resolves with the offset of each batch's first record. */
  produce(batches: readonly Batch[]): Promise<number[]>;
  sendOffsets(member: MemberIdentity, offsets: readonly Position[]): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
}

/** A member of a group, as the group's coordinator tells of it. */
export interface DescribedMember {
  memberId: string;
  clientId: string;
  /** The address that it has connected from. */
  host: string;
  assigned: Place[];
}

/** What the runtime needs of Kafka: the real client and the simulation both are one. */
export interface Broker {
  /** Partition counts, undefined for topics that do not exist. */
  partitions(topics: readonly string[]): Promise<(number | undefined)[]>;
  /** Makes topics; those that exist stay as they are. */
  createTopics(topics: readonly TopicSpec[]): Promise<void>;
  /** Reads what is committed, waiting up to `maxWaitMs` for something. Places without news may be left out. */
  fetch(positions: readonly Position[], options: FetchOptions): Promise<Read[]>;
  /** Reads on from one position, beside whatever `fetch` is waiting for. */
  readAt(position: Position, options: FetchOptions): Promise<Read>;
  /** High watermarks: the offset after the last record, decided or not. */
  ends(places: readonly Place[]): Promise<number[]>;
  /** Last stable offsets: nothing before them is undecided. */
  stables(places: readonly Place[]): Promise<number[]>;
  /** First offsets that are still there. */
  starts(places: readonly Place[]): Promise<number[]>;
  /**
   * A group's offsets; -1 where there is none.
   * @param undecided those of open transactions are awaited by who is to go on from there, and left out by who only looks (default: await)
   */
  committed(group: string, places: readonly Place[], undecided?: "await" | "leave-out"): Promise<number[]>;
  /** The same, awaiting what is undecided, with what was written beside them: "" where there is nothing. */
  committedNotes(group: string, places: readonly Place[]): Promise<{ offset: number; note: string }[]>;
  /** Who is in a group and has what; nobody has anything while it moves. */
  describeGroup(group: string): Promise<{ isMoving: boolean; members: DescribedMember[] }>;
  /** Makes the id's earlier producer, and its open transaction, void. */
  openProducer(transactionalId: string, transactionTimeoutMs: number): Promise<Producer>;
  openMember(options: MemberOptions): Member;
  /** Writes outside transactions, durable when it resolves. */
  append(batches: readonly Batch[]): Promise<number[]>;
  close(): Promise<void>;
}

/**
 * An offset or time of the wire as a number: from here on nothing is 64 bits wide.
 * @throws KafkaRefusedError (engine/kafka-refused) for one that a number cannot hold exactly
 */
export function exactNumber(wide: bigint): number {
  const number = Number(wide);
  if (Number.isSafeInteger(number)) return number;
  throw new KafkaRefusedError("reading", `the offset or time ${wide}, which is beyond 2^53 - 1`);
}

/** Time, so that the simulation has its own. */
export interface Clock {
  now(): number;
  /** Resolves after `ms`, or early when the signal is aborted; after 0 once others have had their turn. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: Date.now,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      if (ms <= 0) {
        setImmediate(resolve);
        return;
      }
      const timer = setTimeout(done, ms);
      signal?.addEventListener("abort", done);
    }),
};

/** A place as a text, to be a key of maps. */
export function placeName({ topic, partition }: Place): string {
  return `${topic}\u0000${partition}`;
}
