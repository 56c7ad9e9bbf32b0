import type { Broker, Clock } from "./broker.ts";
import { type Layout, placesOf } from "./layout.ts";
import { StableWatch } from "./stable-watch.ts";

/** A partition of a deployment: partition p of every topic that it reads belongs to whoever has it. */
export interface PartitionShare {
  partition: number;
  /** Who has it, as the group's coordinator says; undefined while nobody has. */
  worker?: { memberId: string; clientId: string; host: string };
  /** Records that are there and not read, over all topics. */
  lag: number;
  /** How far last stable offsets lie from the ends, over all topics: what committed readers do not get yet. */
  undecided: number;
  /** The topic in which an open transaction has kept the last stable offset where it is for longest, ten seconds at least. */
  held?: { topic: string; offset: number; since: number };
}

/** What is known of a deployment's partitions. Times are ms since 1970. */
export interface KafkaSurvey {
  /** When Kafka said so; undefined before it has said anything. */
  asOf?: number;
  /** Since when it has not answered, with what it said in place of an answer. */
  away?: { since: number; reason?: string };
  /** Workers came or went, and partitions are being shared out. */
  isMoving: boolean;
  /** None before Kafka has said anything. */
  partitions: PartitionShare[];
}

/** An answer holds so long, ms. */
const freshMs = 2000;
/** So long somebody who asks waits for a new one, ms. */
const answerMs = 200;
/** Kafka is away when it has not answered for so long, ms. */
const awayMs = 3000;
/** Between looks while nobody asks, ms. */
const everyMs = 10_000;
/** A transaction of a worker that runs ends long before, ms. */
const heldMs = 10_000;

/** Tells who has which partition, what waits there and what holds it back, from what Kafka itself says. */
export class PartitionSurvey {
  readonly #broker: Broker;
  readonly #clock: Clock;
  readonly #layout: Layout;
  readonly #watch = new StableWatch(heldMs);
  #known: Pick<KafkaSurvey, "asOf" | "isMoving" | "partitions"> = { isMoving: false, partitions: [] };
  #looking: Promise<void> | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #unanswered: { since: number; reason?: string } | undefined;

  constructor(options: { broker: Broker; clock: Clock; layout: Layout }) {
    this.#broker = options.broker;
    this.#clock = options.clock;
    this.#layout = options.layout;
  }

  /** Looks now and then until the signal comes, so that it is known since when something stands, whenever somebody asks. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#begin();
      await this.#clock.sleep(everyMs, signal);
    }
  }

  /** What is known now. It is there within a moment, brokers or not. */
  async answer(): Promise<KafkaSurvey> {
    if (this.#clock.now() - this.#lookedAt >= freshMs) this.#begin();
    if (this.#looking !== undefined) await Promise.race([this.#looking, this.#clock.sleep(answerMs)]);
    const away = this.#unanswered;
    const isAway = away !== undefined && (away.reason !== undefined || this.#clock.now() - away.since >= awayMs);
    return { ...this.#known, ...(isAway ? { away: { ...away } } : {}) };
  }

  #begin(): void {
    if (this.#looking !== undefined) return;
    const now = this.#clock.now();
    this.#lookedAt = now;
    this.#unanswered ??= { since: now };
    this.#looking = this.#look(now).then(
      (known) => {
        this.#known = known;
        this.#unanswered = undefined;
        this.#looking = undefined;
      },
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.#unanswered = { since: this.#unanswered?.since ?? now, reason };
        this.#looking = undefined;
      },
    );
  }

  /** Ends first: what was there then and is read and decided by now is neither lag nor held back. */
  async #look(now: number): Promise<Pick<KafkaSurvey, "asOf" | "isMoving" | "partitions">> {
    const { group, changelog, handlers, partitions } = this.#layout;
    const inputs = placesOf([...handlers.keys()], partitions);
    const places = [...inputs, ...placesOf([changelog], partitions)];
    const ends = await this.#broker.ends(places);
    const [stables, starts, committed, { isMoving, members }] = await Promise.all([
      this.#broker.stables(places),
      this.#broker.starts(inputs),
      this.#broker.committed(group, inputs, "leave-out"),
      this.#broker.describeGroup(group),
    ]);
    const shares = Array.from({ length: partitions }, (_, partition) => ({ partition, lag: 0, undecided: 0 }));
    for (const [index, { topic, partition }] of places.entries()) {
      const share = shares[partition];
      if (share === undefined) continue;
      const end = ends[index] ?? 0;
      const stable = stables[index] ?? end;
      this.#watch.observe({ topic, partition, stable, end }, now);
      share.undecided += Math.max(0, end - stable);
      if (index < inputs.length) share.lag += Math.max(0, end - Math.max(starts[index] ?? 0, committed[index] ?? 0));
    }
    const held = this.#watch.held(now).sort((a, b) => b.forMs - a.forMs);
    return {
      asOf: now,
      isMoving,
      partitions: shares.map((share) => {
        const has = members.find(({ assigned }) =>
          assigned.some(({ topic, partition }) => topic === changelog && partition === share.partition),
        );
        const stands = held.find(({ partition }) => partition === share.partition);
        return {
          ...share,
          ...(has === undefined ? {} : { worker: { memberId: has.memberId, clientId: has.clientId, host: has.host } }),
          ...(stands === undefined
            ? {}
            : { held: { topic: stands.topic, offset: stands.stable, since: now - stands.forMs } }),
        };
      }),
    };
  }
}
