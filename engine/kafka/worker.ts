import { KafkaHungTransactionError } from "../errors.ts";
import type { FunctionRegistry } from "../functions.ts";
import type { Plan } from "../plan.ts";
import type { LogRecord, RecordRef, TableRecord } from "../records.ts";
import { rowTimesStore } from "../table-join.ts";
import { type Topology, topologyOf } from "../topology.ts";
import {
  type Broker,
  type Clock,
  type Member,
  type Place,
  type Position,
  type Producer,
  placeName,
  type Read,
} from "./broker.ts";
import { type KafkaTopicOptions, type Layout, layoutOf, prepareTopics } from "./layout.ts";
import { Outbox } from "./outbox.ts";
import { PartitionTask } from "./partition-task.ts";
import { type HeldPlace, StableWatch } from "./stable-watch.ts";
import { splitRead } from "./time-order.ts";
import { fromWire, objectOf } from "./wire-record.ts";

export interface WorkerLimits {
  /** Records that are stepped through before others have their turn. */
  chunk: number;
  /** Records of a transaction before reading waits for it. */
  batch: number;
  /** Least time from one transaction's begin to the next, ms: under load the transaction itself takes longer. */
  commitMs: number;
  maxRecordBytes: number;
  fetchBytes: number;
  fetchWaitMs: number;
  heartbeatMs: number;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  /** After so long Kafka aborts the transaction of a worker that hangs, ms; until then others wait for it. */
  transactionTimeoutMs: number;
  /** How long the last stable offset of a partition may stand before its end until it is told of as held back, ms. */
  heldBackMs: number;
}

export const defaultWorkerLimits: WorkerLimits = {
  chunk: 2000,
  batch: 50_000,
  commitMs: 20,
  maxRecordBytes: 900_000,
  fetchBytes: 8 * 2 ** 20,
  fetchWaitMs: 500,
  heartbeatMs: 1000,
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 60_000,
  transactionTimeoutMs: 15_000,
  heldBackMs: 30_000,
};

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

/** How far a partition of a table has been read. */
interface TablePosition {
  place: Place;
  node: string;
  store: string;
  next: number;
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
  /** Rows by store; where other tables are joined from them, their event times too. */
  readonly #tables = new Map<string, Map<string, unknown>>();
  readonly #tablePositions = new Map<string, TablePosition>();
  readonly #tasks = new Map<number, PartitionTask>();
  readonly #stop = new AbortController();
  #outbox = new Outbox();
  #watch: StableWatch;
  #wake: () => void = () => {};
  #committed = 0;
  #transactions = 0;
  #state: "starting" | "joining" | "restoring" | "running" | "stopped" = "starting";
  #ended: Promise<void> | undefined;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#limits = { ...defaultWorkerLimits, ...options.limits };
    this.layout = layoutOf(options.plan, options.application, options.topics);
    this.#watch = new StableWatch(this.#limits.heldBackMs);
    this.#topology = topologyOf(options.plan, options.functions, { repartition: true });
    for (const { store, topic, node, partitions } of this.layout.tables) {
      this.#tables.set(store, new Map());
      if (this.#topology.nodes.get(node)?.isSide === true) this.#tables.set(rowTimesStore(store), new Map());
      for (let partition = 0; partition < partitions; partition++) {
        const place = { topic, partition };
        this.#tablePositions.set(placeName(place), { place, node, store, next: 0 });
      }
    }
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

  get #stopping(): boolean {
    return this.#stop.signal.aborted;
  }

  async #live(): Promise<void> {
    for (let failures = 0; !this.#stopping; ) {
      const began = this.#options.clock.now();
      try {
        await this.#session();
      } catch (error) {
        if (this.#stopping) break;
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

  /** Keeps the membership alive while `work` runs; `ended` says that the work must come to an end. */
  async #serve(member: Member, producer: Producer, assigned: ReadonlySet<number>): Promise<Ending> {
    const { clock } = this.#options;
    const over = new AbortController();
    const turn: { ending: Ending | undefined; lost: unknown } = { ending: undefined, lost: undefined };
    const beat = async (): Promise<void> => {
      while (!over.signal.aborted) {
        await clock.sleep(this.#limits.heartbeatMs, over.signal);
        if (over.signal.aborted) return;
        try {
          if ((await member.heartbeat()) === "rebalancing") turn.ending = "rebalancing";
        } catch (error) {
          turn.lost = error;
        }
        if (turn.ending !== undefined || turn.lost !== undefined) {
          this.#wake();
          return;
        }
      }
    };
    const beating = beat();
    const must = (): Ending | undefined => {
      if (turn.lost !== undefined) throw turn.lost;
      return this.#stopping ? "stopped" : turn.ending;
    };
    try {
      for (const partition of this.#tasks.keys()) if (!assigned.has(partition)) this.#tasks.delete(partition);
      this.#state = "restoring";
      const fresh = [...assigned].filter((partition) => !this.#tasks.has(partition)).sort((a, b) => a - b);
      const early = (await this.#loadTables(must)) ?? (await this.#restore(fresh, must));
      if (early !== undefined) return early;
      for (const { place, next } of this.#tablePositions.values()) this.#seeTable(place, next);
      this.#state = "running";
      this.#watch = new StableWatch(this.#limits.heldBackMs);
      return await this.#run(member, producer, must);
    } finally {
      over.abort();
      await beating;
    }
  }

  /** Reads table topics to the end that they have now; later changes are read with the rest. */
  async #loadTables(must: () => Ending | undefined): Promise<Ending | undefined> {
    const tables = [...this.#tablePositions.values()];
    if (tables.length === 0) return undefined;
    const { broker } = this.#options;
    const places = tables.map(({ place }) => place);
    const starts = await broker.starts(places);
    const ends = await broker.ends(places);
    for (const [index, table] of tables.entries()) table.next = Math.max(table.next, starts[index] ?? 0);
    const behind = (): Position[] =>
      tables.flatMap(({ place, next }, index) => (next < (ends[index] ?? 0) ? [{ ...place, offset: next }] : []));
    for (let rest = behind(); rest.length > 0; rest = behind()) {
      const ending = must();
      if (ending !== undefined) return ending;
      for (const read of await this.#fetch(rest)) await this.#takeTable(read);
    }
    return undefined;
  }

  /** Takes rows in, one after the other, and has every partition look at what depends on them. @returns whether it was a table's read */
  async #takeTable(read: Read): Promise<boolean> {
    const table = this.#tablePositions.get(placeName(read));
    if (table === undefined) return false;
    if (table.next !== read.from) return true;
    const violation = this.#topology.nodes.get(table.node)?.violation;
    for (const { offset, key, value, timestamp } of read.records) {
      table.next = offset + 1;
      const row = value === null ? null : objectOf(value);
      if (key === null || row === undefined) continue;
      // a row that breaks its table's schema stays what it was: every worker reads it, who runs the first partition sets it aside
      const isBroken = row !== null && violation?.(row) !== undefined;
      if (!isBroken) {
        this.#setRow(table.store, key, row);
        this.#setRow(rowTimesStore(table.store), key, row === null ? null : timestamp);
      }
      const record: TableRecord = { key, value: row, timestamp };
      for (const task of this.#tasks.values())
        if (!isBroken || task.partition === 0)
          await task.changeTable(table.node, record, this.#outbox, this.#options.clock.now());
    }
    table.next = read.next;
    return true;
  }

  #setRow(store: string, key: string, row: unknown): void {
    const rows = this.#tables.get(store);
    if (row === null) rows?.delete(key);
    else rows?.set(key, row);
  }

  #seeTable(place: Place, next: number): void {
    for (const task of this.#tasks.values()) task.seen(place, next, this.#outbox);
  }

  #fetch(positions: readonly Position[]): Promise<Read[]> {
    const { fetchWaitMs, fetchBytes } = this.#limits;
    return this.#options.broker.fetch(positions, { maxWaitMs: fetchWaitMs, maxBytes: fetchBytes });
  }

  /** Brings partitions to where they were committed: offsets first (which waits for open transactions), then state up to the high watermark. */
  async #restore(partitions: readonly number[], must: () => Ending | undefined): Promise<Ending | undefined> {
    if (partitions.length === 0) return undefined;
    const { broker, clock } = this.#options;
    const { group, changelog, handlers } = this.layout;
    const inputs = partitions.flatMap((partition) => [...handlers.keys()].map((topic) => ({ topic, partition })));
    const committed = await broker.committed(group, inputs);
    const starts = await broker.starts(inputs);
    const known = await broker.ends(inputs);
    const logs = partitions.map((partition) => ({ topic: changelog, partition }));
    const ends = await broker.ends(logs);
    const positions = await broker.starts(logs);
    const tasks = partitions.map((partition) => new PartitionTask(partition, this.#around));
    for (;;) {
      const rest = logs.flatMap((place, index) => {
        const offset = positions[index] as number;
        return offset < (ends[index] as number) ? [{ ...place, offset }] : [];
      });
      if (rest.length === 0) break;
      const ending = must();
      if (ending !== undefined) return ending;
      for (const read of await this.#fetch(rest)) {
        const index = partitions.indexOf(read.partition);
        if (read.topic !== changelog || read.from !== positions[index]) continue;
        for (const record of read.records) tasks[index]?.state.restore(record);
        positions[index] = read.next;
      }
    }
    for (const task of tasks) {
      for (const [index, { topic, partition }] of inputs.entries()) {
        if (partition !== task.partition) continue;
        const next = Math.max(committed[index] as number, starts[index] as number);
        task.positions.set(topic, { next, stable: known[index] as number });
      }
      await task.begin(this.#outbox, clock.now());
      this.#tasks.set(task.partition, task);
    }
    return undefined;
  }

  get #around(): ConstructorParameters<typeof PartitionTask>[1] {
    return {
      topology: this.#topology,
      layout: this.layout,
      tables: this.#tables,
      maxRecordBytes: this.#limits.maxRecordBytes,
      recall: (refs) => this.#recall(refs),
    };
  }

  /** Records that lie on Kafka; undefined for those that retention has removed. */
  async #recall(refs: readonly RecordRef[]): Promise<(LogRecord | undefined)[]> {
    const found: (LogRecord | undefined)[] = [];
    for (const { topic, partition, offset } of refs) {
      const [start = 0] = await this.#options.broker.starts([{ topic, partition }]);
      if (offset < start) {
        found.push(undefined);
        continue;
      }
      // what was put out lies within a transaction whose marker may still be on its way
      let record: LogRecord | undefined;
      for (let tries = 0; tries < 100; tries++) {
        const read = await this.#options.broker.readAt({ topic, partition, offset }, { maxWaitMs: 100, maxBytes: 1 });
        if (read.next <= offset) continue;
        const [first] = read.records;
        if (first?.offset === offset) record = fromWire(first);
        break;
      }
      found.push(record);
    }
    return found;
  }

  /** Reads, steps and commits, the three at once, until something ends it; then commits what is computed. */
  async #run(member: Member, producer: Producer, must: () => Ending | undefined): Promise<Ending> {
    const { clock } = this.#options;
    const { chunk, batch, commitMs } = this.#limits;
    const queue: Read[] = [];
    for (const task of this.#tasks.values()) task.release();
    const ahead = this.#positions();
    let fetching = false;
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
    const fetch = (): void => {
      const wanted = [...ahead.values()].filter(({ topic, partition }) => !this.#isFull(topic, partition));
      if (wanted.length === 0) return;
      fetching = true;
      this.#fetch(wanted).then((reads) => {
        fetching = false;
        this.#watchStable(reads);
        for (const read of reads) {
          const position = ahead.get(placeName(read));
          if (position === undefined || position.offset !== read.from) continue;
          position.offset = read.next;
          queue.push(read);
        }
        this.#wake();
      }, fail);
    };
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
        if (!fetching && queue.length < ahead.size) fetch();
        const full = this.#outbox.size >= batch;
        let worked = false;
        if (!full) {
          worked = await this.#take(queue, chunk);
          if (!worked) worked = await this.#fire();
        }
        const waitMs = begun + commitMs - clock.now();
        if (committing === undefined && !this.#outbox.empty && (waitMs <= 0 || full)) commit();
        if (worked) await clock.sleep(0);
        else if (!woken) {
          const due = this.#nextDue(clock.now());
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
  #watchStable(reads: readonly Read[]): void {
    const now = this.#options.clock.now();
    for (const read of reads) this.#watch.observe(read, now);
    for (const { topic, partition, stable, end, forMs } of this.#watch.news(now))
      this.#options.onTrouble?.(new KafkaHungTransactionError(topic, partition, stable, end, forMs));
  }

  #isFull(topic: string, partition: number): boolean {
    return this.#tasks.get(partition)?.isFull(topic) === true;
  }

  #positions(): Map<string, Position> {
    const positions = new Map<string, Position>();
    for (const { place, next } of this.#tablePositions.values())
      positions.set(placeName(place), { ...place, offset: next });
    for (const { partition, positions: inputs } of this.#tasks.values()) {
      for (const [topic, { next }] of inputs) {
        const place = { topic, partition };
        positions.set(placeName(place), { ...place, offset: next });
      }
    }
    return positions;
  }

  /** Steps through a chunk of what was read: tables first, then what was held until its time came. */
  async #take(queue: Read[], chunk: number): Promise<boolean> {
    const { clock } = this.#options;
    const table = queue.findIndex((read) => this.#tablePositions.has(placeName(read)));
    if (table < 0) {
      for (const task of this.#tasks.values())
        if (await task.processHeld(chunk, this.#outbox, clock.now())) return true;
    }
    const [read] = table < 0 ? queue.splice(0, 1) : queue.splice(table, 1);
    if (read === undefined) return false;
    if (await this.#takeTable(read)) {
      const { place, next } = this.#tablePositions.get(placeName(read)) ?? { place: read, next: read.next };
      this.#seeTable(place, next);
      return true;
    }
    const task = this.#tasks.get(read.partition);
    if (task?.isTimed(read.topic) === true) {
      task.hold(read);
      return true;
    }
    let now = read;
    if (read.records.length > chunk) {
      const [first, rest] = splitRead(read, chunk);
      queue.unshift(rest);
      now = first;
    }
    await task?.process(now, this.#outbox, clock.now());
    return true;
  }

  async #fire(): Promise<boolean> {
    const now = this.#options.clock.now();
    let fired = false;
    for (const task of this.#tasks.values()) {
      if ((task.state.nextDue ?? Number.POSITIVE_INFINITY) > now || !task.caughtUp) continue;
      if (await task.fireDue(this.#outbox, now)) fired = true;
    }
    return fired;
  }

  #nextDue(now: number): number {
    let next = 60_000;
    for (const { state, caughtUp } of this.#tasks.values()) {
      if (caughtUp && state.nextDue !== undefined) next = Math.min(next, state.nextDue - now);
    }
    return next;
  }

  async #commit(member: Member, producer: Producer): Promise<void> {
    const outbox = this.#outbox;
    if (outbox.empty) return;
    this.#outbox = new Outbox();
    for (const task of this.#tasks.values()) {
      const { partition, state } = task;
      task.settleCounts();
      if (state.changed) outbox.change(partition, state.takeChanges(), () => state.forgetPlaced());
    }
    await outbox.commit(producer, member.identity, this.layout.changelog);
    this.#committed += outbox.size;
    this.#transactions++;
  }
}
