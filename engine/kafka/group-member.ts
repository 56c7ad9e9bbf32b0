import type { CommittedPosition, Member, MemberIdentity, MemberOptions, Place } from "./broker.ts";
import { type Cluster, reasonsOf } from "./cluster.ts";
import {
  assign,
  assignorName,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from "./group-protocol.ts";

/** A member of a consumer group by the classic protocol, whose leader shares the partitions out (Kafka protocol guide, "Group Membership"). */
export class GroupMember implements Member {
  readonly #cluster: Cluster;
  readonly #options: MemberOptions;
  #topics: readonly string[];
  #memberId = "";
  #generation = -1;

  constructor(cluster: Cluster, options: MemberOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#topics = options.topics;
  }

  get identity(): MemberIdentity {
    return { group: this.#options.group, generation: this.#generation, memberId: this.#memberId };
  }

  #coordinator<T>(request: string, work: Parameters<Cluster["coordinated"]>[2]): Promise<T> {
    return this.#cluster.coordinated({ kind: "group", key: this.#options.group }, request, work) as Promise<T>;
  }

  async join(owned: readonly Place[], topics = this.#topics): Promise<{ generation: number; assigned: Place[] }> {
    this.#topics = topics;
    for (;;) {
      const assigned = await this.#joinOnce(owned);
      if (assigned !== undefined) return { generation: this.#generation, assigned };
    }
  }

  /** @returns undefined when the group began to rebalance anew meanwhile */
  async #joinOnce(owned: readonly Place[]): Promise<Place[] | undefined> {
    const { library } = this.#cluster;
    const { group, sessionTimeoutMs, rebalanceTimeoutMs } = this.#options;
    const metadata = encodeSubscription(this.#topics, owned);
    const joined = await this.#coordinator<Awaited<ReturnType<typeof library.joinGroupV9.api.async>>>(
      "JoinGroup",
      async (connection) => {
        const protocols = [{ name: assignorName, metadata }];
        const ask = (): ReturnType<typeof library.joinGroupV9.api.async> =>
          library.joinGroupV9.api.async(
            connection,
            group,
            sessionTimeoutMs,
            rebalanceTimeoutMs,
            this.#memberId,
            null,
            "consumer",
            protocols,
            null,
          );
        try {
          return await ask();
        } catch (error) {
          if (!reasonsOf(error).includes("MEMBER_ID_REQUIRED")) throw error;
          this.#memberId = memberIdOf(error);
          return ask();
        }
      },
    );
    this.#memberId = joined.memberId;
    this.#generation = joined.generationId;
    const assignments: { memberId: string; assignment: Buffer }[] = [];
    if (joined.leader === joined.memberId) {
      const members = joined.members.map((member) => ({
        memberId: member.memberId,
        ...decodeSubscription(member.metadata),
      }));
      const all = [...new Set(members.flatMap((member) => member.topics))].sort();
      const counts = await this.#cluster.partitions(all);
      const places = all.flatMap((topic, index) =>
        Array.from({ length: counts[index] ?? 0 }, (_, partition) => ({ topic, partition })),
      );
      for (const [memberId, given] of assign(places, members))
        assignments.push({ memberId, assignment: encodeAssignment(given) });
    }
    try {
      const { assignment } = await this.#coordinator<Awaited<ReturnType<typeof library.syncGroupV5.api.async>>>(
        "SyncGroup",
        (connection) =>
          library.syncGroupV5.api.async(
            connection,
            group,
            this.#generation,
            this.#memberId,
            null,
            "consumer",
            assignorName,
            assignments,
          ),
      );
      return decodeAssignment(assignment);
    } catch (error) {
      if (rebalancing(error)) return undefined;
      throw error;
    }
  }

  async heartbeat(): Promise<"stable" | "rebalancing"> {
    const { library } = this.#cluster;
    try {
      await this.#coordinator("Heartbeat", (connection) =>
        library.heartbeatV4.api.async(connection, this.#options.group, this.#generation, this.#memberId, null),
      );
      return "stable";
    } catch (error) {
      if (rebalancing(error)) return "rebalancing";
      throw error;
    }
  }

  async commitOffsets(offsets: readonly CommittedPosition[]): Promise<void> {
    const { library } = this.#cluster;
    const topics = [...Map.groupBy(offsets, ({ topic }) => topic)].map(([name, inTopic]) => ({
      name,
      partitions: inTopic.map(({ partition, offset, note = null }) => ({
        partitionIndex: partition,
        committedOffset: BigInt(offset),
        committedLeaderEpoch: -1,
        committedMetadata: note,
      })),
    }));
    await this.#coordinator("OffsetCommit", (connection) =>
      library.offsetCommitV8.api.async(connection, this.#options.group, this.#generation, this.#memberId, null, topics),
    );
  }

  async leave(): Promise<void> {
    if (this.#memberId === "") return;
    const { library } = this.#cluster;
    const memberId = this.#memberId;
    this.#memberId = "";
    await this.#coordinator("LeaveGroup", (connection) =>
      library.leaveGroupV5.api.async(connection, this.#options.group, [
        { memberId, groupInstanceId: null, reason: null },
      ]),
    );
  }
}

/** REBALANCE_IN_PROGRESS, as the library or the cluster reports it. */
function rebalancing(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return [...reasonsOf(error), ...reasonsOf(cause)].includes("REBALANCE_IN_PROGRESS");
}

function memberIdOf(error: unknown): string {
  const response = error instanceof Error && "response" in error ? error.response : undefined;
  const found = response !== null && typeof response === "object" && "memberId" in response ? response.memberId : "";
  return typeof found === "string" ? found : "";
}
