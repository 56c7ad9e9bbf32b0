import { Bell } from "./bell.ts";
import { type Broker, type Clock, type Member, type Place, placeName, type RecordIn } from "./broker.ts";
import { keepBeating } from "./heartbeats.ts";
import type { RequestLog } from "./request-log.ts";

export interface RequestReaderOptions {
  broker: Broker;
  clock: Clock;
  /** The group that shares requests out. */
  group: string;
  log: RequestLog;
  sessionTimeoutMs: number;
  heartbeatMs: number;
  /** Topics whose requests are wanted now; while there are none this process is no member. */
  topics(): readonly string[];
  hasRoom(topic: string): boolean;
  admit(place: Place, record: RecordIn): void;
  /** Something was read, or partitions went to others. */
  changed(): void;
  /** Ends what runs here; this process is a member until then, so that who takes over finds nothing of it begun. */
  close(): Promise<void>;
  onTrouble(error: unknown): void;
}

/** How long nobody looks for topics that are wanted unless it is rung for, ms. */
const idleMs = 30_000;
const fetchBytes = 4 * 2 ** 20;

/** A member of the group that shares requests out: joins while topics are wanted, reads, says how far requests are answered. */
export class RequestReader {
  readonly #options: RequestReaderOptions;
  readonly #bell: Bell;

  constructor(options: RequestReaderOptions) {
    this.#options = options;
    this.#bell = new Bell(options.clock);
  }

  /** Other topics may be wanted, or there may be room again. */
  ring(): void {
    this.#bell.ring();
  }

  /** Lives until the signal says so, whatever Kafka does meanwhile. */
  async live(signal: AbortSignal): Promise<void> {
    const { broker, clock, group, log, sessionTimeoutMs, topics, close, onTrouble } = this.#options;
    while (!signal.aborted) {
      if (topics().length === 0) {
        await this.#bell.wait(idleMs);
        continue;
      }
      const member = broker.openMember({ group, topics: topics(), sessionTimeoutMs, rebalanceTimeoutMs: 60_000 });
      try {
        while (!signal.aborted && topics().length > 0) {
          const wanted = topics();
          const { assigned } = await member.join(log.places, wanted);
          await this.#take(assigned);
          await this.#read(member, wanted, signal);
        }
        if (signal.aborted) await this.#whileMember(member, close);
        await member.commitOffsets(log.committable());
        await member.leave();
      } catch (error) {
        if (signal.aborted) return;
        onTrouble(error);
        await clock.sleep(500, signal);
      }
      await this.#take([]);
    }
  }

  async #whileMember(member: Member, work: () => Promise<void>): Promise<void> {
    const { clock, heartbeatMs: everyMs } = this.#options;
    const beating = keepBeating(member, { clock, everyMs, wake: () => {} });
    await work();
    await beating.end();
  }

  /** Goes on with partitions that it had, begins others where the group has committed, and leaves those that others have now. */
  async #take(assigned: readonly Place[]): Promise<void> {
    const { broker, group, log, changed } = this.#options;
    log.keepOnly(assigned);
    changed();
    const fresh = assigned.filter((place) => !log.has(placeName(place)));
    if (fresh.length === 0) return;
    const committed = await broker.committedNotes(group, fresh);
    const starts = await broker.starts(fresh);
    for (const [index, place] of fresh.entries())
      log.begin(place, committed[index] ?? { offset: -1, note: "" }, starts[index] ?? 0);
  }

  /** Reads until the group is shared out anew, other topics are wanted, or this process ends. */
  async #read(member: Member, wanted: readonly string[], signal: AbortSignal): Promise<void> {
    const { clock, log, heartbeatMs, topics } = this.#options;
    let isFetching = false;
    let failed: unknown;
    let beatenAt = clock.now();
    while (!signal.aborted) {
      if (failed !== undefined) throw failed;
      const fetching = isFetching ? undefined : this.#fetch();
      if (fetching !== undefined) {
        isFetching = true;
        fetching
          .catch((error: unknown) => {
            failed = error;
          })
          .finally(() => {
            isFetching = false;
            this.#bell.ring();
          });
      }
      if (clock.now() - beatenAt >= heartbeatMs) {
        beatenAt = clock.now();
        await member.commitOffsets(log.committable());
        if ((await member.heartbeat()) === "rebalancing") return;
      }
      if (topics().join() !== wanted.join()) return;
      await this.#bell.wait(heartbeatMs);
    }
  }

  /** Asks for what there is room for; undefined when there is none. */
  #fetch(): Promise<void> | undefined {
    const { broker, log, hasRoom, admit, changed } = this.#options;
    const positions = log.positions(hasRoom);
    if (positions.length === 0) return undefined;
    return broker.fetch(positions, { maxWaitMs: 500, maxBytes: fetchBytes }).then((reads) => {
      for (const read of reads) for (const record of log.take(read)) admit(read, record);
      changed();
    });
  }
}
