import { KafkaHungTransactionError } from "../errors.ts";
import type { FunctionRegistry } from "../functions.ts";
import type { Plan } from "../plan.ts";
import { type Topology, topologyOf } from "../topology.ts";
import type { Broker, Clock, Member, Position, Producer, Read } from "./broker.ts";
import { keepBeating } from "./heartbeats.ts";
import { type KafkaTopicOptions, type Layout, layoutOf, prepareTopics } from "./layout.ts";
import { Outbox } from "./outbox.ts";
import { PartitionTask } from "./partition-task.ts";
import { PresentInput } from "./present-input.ts";
import { ReadAhead } from "./read-ahead.ts";
import { recall } from "./recall.ts";
import { restore } from "./restore.ts";
import { type HeldPlace, StableWatch } from "./stable-watch.ts";
import { type RowChange, TableRows } from "./table-rows.ts";
import { splitRead } from "./time-order.ts";
import { defaultWorkerLimits, type WorkerLimits } from "./worker-limits.ts";

export interface WorkerOptions {
  broker: Broker;
  clock: Clock;
  plan: Plan;
  functions?: FunctionRegistry;
  /** Prefix of the consumer group, which is the workflow's name otherwise. */
  application?: string;
  /** How topics are made and called. */
  topics?: KafkaTopicOptions;
  /** Names this life of this worker to Kafka; no two at a time may share it. */
  id: string;
  limits?: Partial<WorkerLimits>;
  /** Told of what the worker survives. */
  onTrouble?: (error: unknown) => void;
}

/** Why serving ended. */
type Ending = "stopped" | "rebalancing";

/**
 * One worker of a plan. It joins the plan's group, restores the partitions that it is given, and runs them: input offsets, state and
 * outputs go into one transaction. While one transaction is written the next is already computed; whatever fails, everything computed is
 * dropped and restored from what was committed.
 */
export class Worker {
  readonly layout: Layout;
  readonly #options: WorkerOptions;
  readonly #limits: WorkerLimits;
  readonly #topology: Topology;
  readonly #tables: TableRows;
  readonly #tasks = new Map<number, PartitionTask>();
  readonly #stop = new AbortController();
  #outbox = new Outbox();
  #watch: StableWatch;
  #wake: () => void = () => {};
  #committed = 0;
  /** Of the transaction that is being written. */
  #writing = 0;
  #left = 0;
  #transactions = 0;
  #state: "starting" | "joining" | "restoring" | "running" | "stopped" = "starting";
  #ended: Promise<void> | undefined;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#limits = { ...defaultWorkerLimits, ...options.limits };
    this.layout = layoutOf(options.plan, options.application, options.topics);
    this.#watch = new StableWatch(this.#limits.heldBackMs);
    this.#topology = topologyOf(options.plan, options.functions, { repartition: true });
    this.#tables = new TableRows(this.layout, this.#topology);
  }

  /**
   * Makes the topics and begins to work, until `stop`.
   * @throws KafkaPartitionsError, KafkaPlanError, KafkaUnavailableError, KafkaRefusedError
   */
  async start(): Promise<void> {
    await prepareTopics(this.#options.broker, this.layout);
    this.#ended = this.#live();
  }

  /** Finishes the transaction that is under way, leaves the group. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#ended;
  }

  get status(): {
    state: string;
    partitions: number[];
    records: number;
    transactions: number;
    stateEntries: number;
    openTasks: number;
    lag: number;
    heldBack: HeldPlace[];
  } {
    const tasks = [...this.#tasks.values()];
    let lag = 0;
    for (const { positions } of tasks)
      for (const { next, stable } of positions.values()) lag += Math.max(0, stable - next);
    return {
      state: this.#state,
      partitions: [...this.#tasks.keys()].sort((a, b) => a - b),
      records: this.#committed,
      transactions: this.#transactions,
      stateEntries: tasks.reduce((sum, { state }) => sum + state.size, 0),
      openTasks: tasks.reduce((sum, task) => sum + task.openTasks, 0),
      lag,
      heldBack: this.#watch.held(this.#options.clock.now()),
    };
  }

  /** Records that were computed and not committed when this worker ended. */
  get left(): number {
    return this.#left;
  }

  get #stopping(): boolean {
    return this.#stop.signal.aborted;
  }

  async #live(): Promise<void> {
    for (let failures = 0; !this.#stopping; ) {
      const began = this.#options.clock.now();
      try {
        await this.#session();
      } catch (error) {
        if (this.#stopping) {
          this.#left = this.#writing + this.#outbox.size;
          break;
        }
        this.#options.onTrouble?.(error);
        failures = this.#options.clock.now() - began > 30_000 ? 0 : failures + 1;
        await this.#options.clock.sleep(Math.min(100 * 2 ** failures, 5000), this.#stop.signal);
      } finally {
        this.#drop();
      }
    }
    this.#state = "stopped";
  }

  /** Everything that is in memory and may not be what was committed. */
  #drop(): void {
    this.#tasks.clear();
    this.#writing = 0;
    this.#outbox = new Outbox();
    this.#watch = new StableWatch(this.#limits.heldBackMs);
  }

  /** From a fresh producer and membership until something takes them away. */
  async #session(): Promise<void> {
    const { broker, id } = this.#options;
    const { sessionTimeoutMs, rebalanceTimeoutMs, transactionTimeoutMs } = this.#limits;
    const { group, changelog } = this.layout;
    this.#state = "joining";
    const producer = await broker.openProducer(`${group}-${id}`, transactionTimeoutMs);
    const member = broker.openMember({ group, topics: [changelog], sessionTimeoutMs, rebalanceTimeoutMs });
    try {
      let generation = -1;
      while (!this.#stopping) {
        const owned = [...this.#tasks.keys()].map((partition) => ({ topic: changelog, partition }));
        this.#state = "joining";
        const joined = await member.join(owned);
        // a generation that passed without this member may have given its partitions to another, which has gone on from there
        if (joined.generation !== generation + 1) this.#drop();
        generation = joined.generation;
        const ending = await this.#serve(member, producer, new Set(joined.assigned.map(({ partition }) => partition)));
        if (ending === "stopped") break;
      }
      await member.leave();
    } catch (error) {
      // members that are no longer any need not leave, and a producer that is void cannot abort
      await Promise.allSettled([producer.abort(), this.#stopping ? member.leave() : undefined]);
      throw error;
    }
  }

  /** Restores what it is given and runs it, the membership kept alive meanwhile, until one of these comes to an end. */
  async #serve(member: Member, producer: Producer, assigned: ReadonlySet<number>): Promise<Ending> {
    const { clock } = this.#options;
    const beats = keepBeating(member, { clock, everyMs: this.#limits.heartbeatMs, wake: () => this.#wake() });
    const must = (): Ending | undefined => {
      const ending = beats.ending();
      return this.#stopping ? "stopped" : ending;
    };
    try {
      for (const partition of this.#tasks.keys()) if (!assigned.has(partition)) this.#tasks.delete(partition);
      this.#state = "restoring";
      const fresh = [...assigned].filter((partition) => !this.#tasks.has(partition)).sort((a, b) => a - b);
      const isOver = (): boolean => must() !== undefined;
      const fetch = async (positions: readonly Position[]): Promise<Read[]> =>
        this.#watched(await this.#fetch(positions));
      const { broker } = this.#options;
      const loaded = await this.#tables.load(broker, { fetch, isOver, changed: (row) => this.#changeTable(row) });
      const tasks = fresh.map((partition) => new PartitionTask(partition, this.#around));
      const restored = loaded && (await restore(tasks, { broker, layout: this.layout, fetch, isOver }));
      if (!restored) return must() ?? "rebalancing";
      for (const task of tasks) {
        await task.begin(this.#outbox, clock.now());
        if (task.partition === 0)
          for (const { node, record } of this.#tables.brokenFrom((place) => task.seenUpTo(place)))
            await task.changeTable(node, record, this.#outbox, clock.now());
        this.#tasks.set(task.partition, task);
      }
      this.#seeTables(this.#tables.positions);
      this.#state = "running";
      this.#watch = new StableWatch(this.#limits.heldBackMs);
      return await this.#run(member, producer, must);
    } finally {
      await beats.end();
    }
  }

  async #changeTable({ node, record, isBroken }: RowChange): Promise<void> {
    for (const task of this.#tasks.values())
      if (!isBroken || task.partition === 0)
        await task.changeTable(node, record, this.#outbox, this.#options.clock.now());
  }

  #seeTables(positions: readonly Position[]): void {
    for (const position of positions)
      for (const task of this.#tasks.values()) task.seen(position, position.offset, this.#outbox);
  }

  #fetch(positions: readonly Position[]): Promise<Read[]> {
    const { fetchWaitMs, fetchBytes } = this.#limits;
    return this.#options.broker.fetch(positions, { maxWaitMs: fetchWaitMs, maxBytes: fetchBytes });
  }

  get #around(): ConstructorParameters<typeof PartitionTask>[1] {
    return {
      topology: this.#topology,
      layout: this.layout,
      tables: this.#tables.rows,
      maxRecordBytes: this.#limits.maxRecordBytes,
      warmGroups: this.#limits.warmGroups,
      recall: (refs) => recall(this.#options.broker, refs),
    };
  }

  /** Reads, steps and commits, the three at once, until something ends it; then commits what is computed. */
  async #run(member: Member, producer: Producer, must: () => Ending | undefined): Promise<Ending> {
    const { clock } = this.#options;
    const { chunk, batch, commitMs } = this.#limits;
    for (const task of this.#tasks.values()) task.held.clear();
    let committing: Promise<void> | undefined;
    let failed: unknown;
    let woken = false;
    let begun = Number.NEGATIVE_INFINITY;
    let release: () => void = () => {};
    this.#wake = () => {
      woken = true;
      release();
    };
    const fail = (error: unknown): void => {
      failed ??= error;
      this.#wake();
    };
    const present = new PresentInput(this.#options.broker, this.layout, this.#options.plan.subTopologies.length);
    const ask = (now: number): void => {
      present.ask(now, (place) => this.#tables.next(place)).then(() => this.#wake(), fail);
    };
    const reads = new ReadAhead({
      positions: this.#positions(),
      fetch: async (positions) => this.#watched(await this.#fetch(positions)),
      isFull: ({ topic, partition }) => this.#tasks.get(partition)?.held.isFull(topic) === true,
      wake: () => this.#wake(),
      fail,
    });
    const commit = (): void => {
      begun = clock.now();
      committing = this.#commit(member, producer).then(() => {
        committing = undefined;
        this.#wake();
      }, fail);
    };
    try {
      for (;;) {
        if (failed !== undefined) throw failed;
        const ending = must();
        if (ending !== undefined) {
          await committing;
          if (failed !== undefined) throw failed;
          await this.#commit(member, producer);
          return ending;
        }
        woken = false;
        reads.refill();
        const full = this.#outbox.size + this.#changes >= batch;
        let worked = false;
        if (!full) {
          worked = await this.#take(reads, chunk);
          if (!worked) worked = await this.#fire(present, ask);
        }
        const waitMs = begun + commitMs - clock.now();
        if (committing === undefined && !this.#outbox.empty && (waitMs <= 0 || full)) commit();
        if (worked) await clock.sleep(0);
        else if (!woken) {
          const due = this.#nextDue(clock.now(), present);
          const pause = committing === undefined && !this.#outbox.empty ? Math.min(due, waitMs) : due;
          const until = new AbortController();
          release = () => until.abort();
          await clock.sleep(Math.max(1, pause), until.signal);
          release = () => {};
        }
      }
    } finally {
      this.#wake = () => {};
      // a transaction must not go on behind the back of what comes next
      await committing;
    }
  }

  /** Says once of each partition that an open transaction holds it back. */
  #watched(reads: Read[]): Read[] {
    const now = this.#options.clock.now();
    for (const read of reads) this.#watch.observe(read, now);
    for (const { topic, partition, stable, end, forMs } of this.#watch.news(now))
      this.#options.onTrouble?.(new KafkaHungTransactionError(topic, partition, stable, end, forMs));
    return reads;
  }

  #positions(): Position[] {
    const inputs = [...this.#tasks.values()].flatMap(({ partition, positions }) =>
      [...positions].map(([topic, { next }]) => ({ topic, partition, offset: next })),
    );
    return [...this.#tables.positions, ...inputs];
  }

  /** Steps through a chunk of what was read: tables first, then what was held until its time came. */
  async #take(reads: ReadAhead, chunk: number): Promise<boolean> {
    const { clock } = this.#options;
    const rows = reads.takeFirst((place) => this.#tables.has(place));
    if (rows !== undefined) {
      await this.#tables.take(rows, (row) => this.#changeTable(row));
      this.#seeTables(this.#tables.positions);
      return true;
    }
    for (const task of this.#tasks.values()) if (await task.processHeld(chunk, this.#outbox, clock.now())) return true;
    const read = reads.take();
    if (read === undefined) return false;
    const task = this.#tasks.get(read.partition);
    if (task?.held.has(read.topic) === true) {
      task.hold(read);
      return true;
    }
    let now = read;
    if (read.records.length > chunk) {
      const [first, rest] = splitRead(read, chunk);
      reads.putBack(rest);
      now = first;
    }
    await task?.process(now, this.#outbox, clock.now());
    return true;
  }

  /** Fires what is due; what the clock would close waits until all that was there when it came due is read, here and elsewhere. */
  async #fire(present: PresentInput, ask: (now: number) => void): Promise<boolean> {
    const now = this.#options.clock.now();
    let fired = false;
    for (const task of this.#tasks.values()) {
      if (!task.caughtUp) continue;
      const { nextDue = Number.POSITIVE_INFINITY, nextClosing = Number.POSITIVE_INFINITY } = task.state;
      if (nextClosing <= now && nextClosing > present.upTo && present.isTime(now)) ask(now);
      if (nextDue > now && nextClosing > present.upTo) continue;
      if (await task.fireDue(this.#outbox, now, present.upTo)) fired = true;
    }
    return fired;
  }

  #nextDue(now: number, present: PresentInput): number {
    let next = 60_000;
    for (const { state, caughtUp } of this.#tasks.values()) {
      if (!caughtUp) continue;
      if (state.nextDue !== undefined) next = Math.min(next, state.nextDue - now);
      if (state.nextClosing !== undefined) next = Math.min(next, Math.max(state.nextClosing - now, present.pause(now)));
    }
    return next;
  }

  /** State changes that the next transaction will write. */
  get #changes(): number {
    let changes = 0;
    for (const { state } of this.#tasks.values()) changes += state.changes;
    return changes;
  }

  async #commit(member: Member, producer: Producer): Promise<void> {
    const outbox = this.#outbox;
    if (outbox.empty) return;
    this.#outbox = new Outbox();
    for (const task of this.#tasks.values()) {
      const { partition, state } = task;
      task.settleCounts();
      if (state.changes > 0) outbox.change(partition, state.takeChanges(), () => state.forgetPlaced());
    }
    this.#writing = outbox.size;
    await outbox.commit(producer, member.identity, this.layout.changelog);
    this.#writing = 0;
    this.#committed += outbox.size;
    this.#transactions++;
  }
}
