import type { DatabaseSync } from "node:sqlite";
import { Counters } from "./counters.ts";
import { Names, type Statements, statements } from "./database.ts";
import { DiskFullError, IncompatiblePlanError, NotFoundError, RecordTooLargeError } from "./errors.ts";
import type { FunctionRegistry } from "./functions.ts";
import { type AppendRecord, type AppendResult, Intake, type LedgerEntry } from "./intake.ts";
import type { Completion, Lease, TaskCode } from "./leases.ts";
import { TopicLog } from "./log.ts";
import { setAsideOversized } from "./oversize.ts";
import { fullName, type Plan, usesEventTime } from "./plan.ts";
import { adoptPlan, type LostState } from "./plan-change.ts";
import { TaskQueue } from "./queue.ts";
import type { DeadLetter, LogRecord, RecordRef, TableRecord } from "./records.ts";
import { StateTables } from "./state.ts";
import { Step, type StepInput, type StepOutput } from "./step.ts";
import { firstSide } from "./table-join.ts";
import type { TaskLoad } from "./task-load.ts";
import type { TaskNode } from "./task-request.ts";
import type { Value } from "./template.ts";
import { TimerTable } from "./timers.ts";
import { type JoinSide, type Topology, topologyOf } from "./topology.ts";

export interface EngineLimits {
  /** Records that one transaction steps through. */
  batch: number;
  /** Tasks of a node that are admitted before they run. */
  window: number;
  /** State entries that memory holds; the others are read from the database. */
  cachedKeys: number;
  /** Members that an open group may have to be stored as one row. */
  wholeMembers: number;
  maxRecordBytes: number;
  lostAttempts: number;
}

export const defaultLimits: EngineLimits = {
  batch: 20_000,
  window: 1000,
  cachedKeys: 16_000,
  wholeMembers: 32,
  maxRecordBytes: 4 * 1024 * 1024,
  lostAttempts: 10,
};

export interface CoreOptions {
  db: DatabaseSync;
  plans: readonly Plan[];
  functions?: FunctionRegistry;
  /** Digest of the code behind a task name. */
  code?: (task: string) => TaskCode;
  limits?: Partial<EngineLimits>;
  /** What to do with state that a changed plan cannot go on with. Default "refuse". */
  lostState?: LostState;
  /** Names the folder in errors. */
  dir?: string;
  now: number;
}

export interface TickResult {
  leases: Lease[];
  /** Whether there is more to do at once. */
  more: boolean;
  /** When something is due by the wall clock, ms since 1970. */
  nextDue: number | undefined;
  /** Topics that have new records. */
  topics: Set<string>;
  /** Whether timers fired; more may be due. */
  fired: boolean;
  /** Whether anything was written. */
  changed: boolean;
}

/** Someone who takes tasks: as many as `slots`, of the nodes that `serves` takes, handed over once the tick is durable. */
export interface Demand {
  slots: number;
  serves(node: TaskNode): boolean;
  give(leases: readonly Lease[]): void;
}

/** Who takes tasks now, asked once what came is admitted. */
export type Demands = (leasable: (serves: (node: TaskNode) => boolean) => Map<string, number>) => readonly Demand[];

type Command = { run: (now: number) => unknown; done: (result: unknown) => void; failed: (error: unknown) => void };

interface Reader {
  topology: Topology;
  node: string;
  topic: string;
  table: boolean;
  byEventTime: boolean;
  offsets: number[];
}

/**
 * The embedded engine without its surroundings: synchronous, driven by `tick`, with the clock, the workers and the disk given to it.
 * One tick is one transaction: input, offsets, state, outputs, timers, tasks and results become durable together or not at all.
 */
export class EngineCore {
  readonly limits: EngineLimits;
  readonly sql: Statements;
  readonly log: TopicLog;
  readonly state: StateTables;
  readonly topologies: Topology[];
  readonly #db: DatabaseSync;
  readonly #dir: string;
  readonly #names: Names;
  readonly #counters: Counters;
  readonly #queue: TaskQueue;
  readonly #readers: Reader[] = [];
  readonly #intake: Intake;
  readonly #timers: TimerTable;
  readonly #results = new Map<string, { topic: string; records: LogRecord[] }>();
  #now: number;
  #commands: Command[] = [];
  #completions: Completion[] = [];
  #topics = new Set<string>();
  #events: { kind: string; data: Value }[] = [];
  /** Joined tables are held against their sides once what was there at the start is read. */
  #joinsChecked = false;

  constructor(options: CoreOptions) {
    this.#db = options.db;
    this.#dir = options.dir ?? "this engine";
    this.limits = { ...defaultLimits, ...options.limits };
    this.sql = statements(options.db);
    this.#names = new Names(this.sql);
    this.log = new TopicLog(this.sql, this.#names, this.limits.maxRecordBytes);
    this.state = new StateTables(this.sql, this.#names, this.log, options.plans, this.limits);
    this.#counters = new Counters(this.sql, this.#names);
    this.#intake = new Intake(this.sql, this.#names, this.log, options.plans);
    this.#timers = new TimerTable(this.sql, this.#names);
    this.topologies = options.plans.map((plan) => topologyOf(plan, options.functions));
    const effects = {
      emit: (topic: string, _node: string, record: LogRecord): void => this.#emitResult(topic, record),
      deadLetter: (dag: string, letter: DeadLetter): void => this.#deadLetter(dag, letter, this.#now),
      event: (kind: string, data: Value): void => this.event(kind, data),
    };
    const code = options.code ?? ((): TaskCode => ({ digest: "", version: "1" }));
    this.#queue = new TaskQueue(
      { sql: this.sql, names: this.#names, log: this.log, counters: this.#counters, effects },
      options.plans,
      code,
      { ...this.limits, firstToken: options.now * 1000 },
    );
    this.#now = options.now;
    this.#transact(() => {
      this.#declare(options.plans, options.now, options.lostState ?? "refuse");
      this.#timers.postpone(options.now - this.#lastTick(options.now));
      this.#load(options.now);
    });
  }

  #declare(plans: readonly Plan[], now: number, lostState: LostState): void {
    for (const plan of plans) {
      for (const topic of plan.topics) {
        if (topic.kind === "repartition") continue;
        const partitions = this.log.declare(topic.name, topic.partitions);
        if (partitions !== topic.partitions) {
          throw new IncompatiblePlanError(
            `Topic "${topic.name}"`,
            `${partitions} partitions`,
            String(topic.partitions),
          );
        }
      }
      const change = adoptPlan(this.sql, this.#names, plan, lostState);
      if (change !== undefined) this.event("plan-changed", { ...change });
      this.sql(
        "INSERT INTO plans (dag, sha256, plan, at) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET sha256 = excluded.sha256, plan = excluded.plan, at = excluded.at",
      ).run(plan.dag, plan.sha256, JSON.stringify(plan), now);
    }
  }

  #lastTick(now: number): number {
    return Number(this.sql("SELECT at FROM clock").get()?.at ?? now);
  }

  #load(now: number): void {
    this.#readers.length = 0;
    for (const topology of this.topologies) {
      const consumer = this.#names.id(topology.plan.dag);
      const byEventTime = topology.plan.nodes.some(usesEventTime);
      for (const [topic, node] of topology.sources) {
        const offsets = new Array<number>(this.log.partitions(topic)).fill(0);
        const rows = this.sql("SELECT partition, next FROM offsets WHERE consumer = ? AND topic = ?").all(
          consumer,
          this.#names.id(topic),
        );
        for (const row of rows) offsets[Number(row.partition)] = Number(row.next);
        this.#readers.push({
          topology,
          node: node.id,
          topic,
          table: node.plan.type === "topic-table",
          byEventTime,
          offsets,
        });
      }
    }
    this.#readers.sort((a, b) => Number(b.table) - Number(a.table));
    this.#queue.load(now);
    this.#flushResults(now);
  }

  /** Queues records for the next tick; `done` is called once they are durable. */
  append(
    topic: string,
    records: readonly AppendRecord[],
    ledger: readonly LedgerEntry[],
    done: (result: AppendResult) => void,
    failed: (error: unknown) => void,
  ): void {
    const run = (now: number): AppendResult => {
      const result = this.#intake.append(topic, records, ledger, now);
      if (result.accepted > 0) this.#topics.add(topic);
      return result;
    };
    this.#commands.push({ run, done: (result) => done(result as AppendResult), failed });
  }

  /** Queues a worker's answer for the next tick. */
  complete(completion: Completion): void {
    this.#completions.push(completion);
  }

  /** Queues an answer that somebody waits for: true when it was taken, false when its lease is not the newest. */
  settle(completion: Completion): Promise<boolean> {
    return new Promise((resolve, reject) =>
      this.command((now) => this.#queue.complete(completion, now), resolve, reject),
    );
  }

  /** Queues a change that runs within the next tick's transaction. */
  command<T>(run: (now: number) => T, done: (result: T) => void, failed: (error: unknown) => void): void {
    this.#commands.push({ run, done: (result) => done(result as T), failed });
  }

  /** Notes something in the run's event log, with the next commit. */
  event(kind: string, data: Value): void {
    this.#events.push({ kind, data });
  }

  get hasInput(): boolean {
    return this.#commands.length > 0 || this.#completions.length > 0;
  }

  /** Nothing to read, no task unfinished. */
  get idle(): boolean {
    return !this.hasInput && !this.#queue.busy && !this.#unread();
  }

  /** What waits and runs, by task name. */
  loads(now: number): TaskLoad[] {
    return this.#queue.loads(now);
  }

  /**
   * One transaction: takes what has come, steps until nothing is unread or the batch is full, hands out tasks.
   * @param wanted how many tasks of any node, to be found in the result; or who takes which
   * @throws DiskFullError (engine/disk-full) after rolling back; appends are refused, workers' answers are kept for the next tick
   */
  tick(now: number, wanted: number | Demands): TickResult {
    const commands = this.#commands;
    const completions = this.#completions;
    this.#commands = [];
    this.#completions = [];
    this.#topics = new Set();
    this.#now = now;
    const answers: (() => void)[] = [];
    let budget = this.limits.batch;
    let leases: Lease[] = [];
    let fired = false;
    try {
      this.#transact(() => {
        for (const command of commands) {
          try {
            const result = command.run(now);
            answers.push(() => command.done(result));
          } catch (error) {
            if (isSqliteError(error)) throw error;
            answers.push(() => command.failed(error));
          }
        }
        for (const completion of completions) this.#queue.complete(completion, now);
        this.#flushResults(now);
        budget = this.#consume(now, budget);
        if (!this.#joinsChecked && !this.#unread()) this.#checkJoins(now);
        fired = !this.#unread() && this.#fireTimers(now);
        if (fired) budget = this.#consume(now, budget);
        while (this.#queue.admit(now)) {
          this.#flushResults(now);
          budget = this.#consume(now, budget);
          if (budget <= 0) break;
        }
        if (typeof wanted === "number") leases = this.#queue.lease(wanted, now);
        else
          for (const demand of wanted((serves) => this.#queue.leasable(now, serves))) {
            const taken = this.#queue.lease(demand.slots, now, demand.serves);
            if (taken.length === 0) continue;
            leases.push(...taken);
            answers.push(() => demand.give(taken));
          }
        this.#flushResults(now);
        this.#flushEvents(now);
        this.#counters.flush();
        this.sql("INSERT OR REPLACE INTO clock (id, at) VALUES (1, ?)").run(now);
      });
    } catch (error) {
      this.#recover(now);
      this.#completions = [...completions, ...this.#completions];
      const given = isDiskFull(error) ? new DiskFullError(this.#dir) : error;
      for (const command of commands) command.failed(given);
      throw given;
    }
    for (const answer of answers) answer();
    const changed = this.#topics.size > 0 || commands.length > 0 || completions.length > 0 || leases.length > 0;
    return {
      leases,
      more: this.#unread() || this.hasInput,
      nextDue: this.#nextDue(),
      topics: this.#topics,
      fired,
      changed,
    };
  }

  #transact(work: () => void): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#db.exec("COMMIT");
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /** After a rollback memory holds what never happened: everything is read again. Leased tasks keep running; their answers find no lease and they run again. */
  #recover(now: number): void {
    this.#names.reset();
    this.log.reset();
    this.state.reset();
    this.#counters.reset();
    this.#queue.reset();
    this.#joinsChecked = false;
    this.#results.clear();
    this.#events = [];
    try {
      this.#transact(() => this.#load(now));
    } catch (error) {
      if (!isDiskFull(error)) throw error;
    }
  }

  #unread(): boolean {
    for (const { topic, offsets } of this.#readers) {
      for (let partition = 0; partition < offsets.length; partition++) {
        if ((offsets[partition] ?? 0) < this.log.end(topic, partition)) return true;
      }
    }
    return false;
  }

  #consume(now: number, budget: number): number {
    let left = budget;
    let progressed = true;
    while (progressed && left > 0) {
      progressed = false;
      for (const reader of this.#readers) {
        if (reader.byEventTime && !reader.table) continue;
        for (let partition = 0; partition < reader.offsets.length && left > 0; partition++) {
          const read = this.#consumePartition(reader, partition, now, left, Number.POSITIVE_INFINITY);
          left -= read;
          if (read > 0) progressed = true;
        }
      }
      for (const topology of this.topologies) {
        const read = left > 0 ? this.#consumeInTimeOrder(topology, now, left) : 0;
        left -= read;
        if (read > 0) progressed = true;
      }
    }
    return left;
  }

  /** Where event time decides what is late, the earliest record of all partitions goes first: no partition runs ahead of another. */
  #consumeInTimeOrder(topology: Topology, now: number, most: number): number {
    const readers = this.#readers.filter((one) => one.topology === topology && one.byEventTime && !one.table);
    let read = 0;
    while (read < most) {
      let first: { reader: Reader; partition: number; timestamp: number } | undefined;
      let until = Number.POSITIVE_INFINITY;
      for (const reader of readers) {
        for (let partition = 0; partition < reader.offsets.length; partition++) {
          const [head] = this.log.read(reader.topic, partition, reader.offsets[partition] ?? 0).records;
          if (head === undefined) continue;
          if (first === undefined || head.timestamp < first.timestamp) {
            if (first !== undefined) until = Math.min(until, first.timestamp);
            first = { reader, partition, timestamp: head.timestamp };
          } else until = Math.min(until, head.timestamp);
        }
      }
      if (first === undefined) break;
      read += this.#consumePartition(first.reader, first.partition, now, most - read, until);
    }
    return read;
  }

  /** Steps through a partition's records up to the first that is later than `until`. */
  #consumePartition(reader: Reader, partition: number, now: number, most: number, until: number): number {
    const { topology, topic, node, table, byEventTime } = reader;
    const from = reader.offsets[partition] ?? 0;
    const end = this.log.end(topic, partition);
    let next = from;
    const step = new Step(topology, this.state);
    let early = true;
    while (early && next < end && next - from < most) {
      const { base, records } = this.log.read(topic, partition, next);
      next = base;
      for (const record of records) {
        early = record.timestamp <= until;
        if (!early) break;
        next++;
        const input: StepInput = table ? { kind: "table", node, record, now } : { kind: "record", node, record, now };
        step.feed(input);
        if (byEventTime) this.#settleEventTime(topology, step, now);
      }
    }
    if (next === from) return 0;
    this.#apply(topology, step, now);
    reader.offsets[partition] = next;
    this.sql(
      "INSERT INTO offsets (consumer, topic, partition, next) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET next = excluded.next",
    ).run(this.#names.id(topology.plan.dag), this.#names.id(topic), partition, next);
    return next - from;
  }

  /** Writes a step's effects and closes what its event time has passed, before the next record is looked at. */
  #settleEventTime(topology: Topology, step: Step, now: number): void {
    const times = this.#apply(topology, step, now);
    for (const [node, reached] of times) {
      const due = this.#timers.takeEventDue(fullName(topology.plan.dag, node), reached);
      for (const { keys } of due) for (const key of keys) step.feed({ kind: "timer", node, timer: "event", key, now });
      if (due.length > 0) this.#settleEventTime(topology, step, now);
    }
  }

  #apply(topology: Topology, step: Step, now: number): Map<string, number> {
    const { dag } = topology.plan;
    const result = step.take();
    const byTopic = new Map<string, number[]>();
    for (const [index, output] of result.outputs.entries()) {
      const indices = byTopic.get(output.topic);
      if (indices === undefined) byTopic.set(output.topic, [index]);
      else indices.push(index);
    }
    const refs: (RecordRef | undefined)[] = new Array(result.outputs.length);
    for (const [topic, indices] of byTopic) {
      const records = indices.map((index) => (result.outputs[index] as StepOutput).record);
      const placed = this.#appendOutputs(topic, records, now);
      for (const [at, index] of indices.entries()) refs[index] = placed[at];
      this.#topics.add(topic);
    }
    this.state.write(result.writes, refs);
    this.#timers.write(dag, result.timers);
    for (const letter of result.deadLetters) this.#deadLetter(dag, letter, now);
    for (const { kind, node, key, message } of result.notices) this.event(kind, { dag, node, key, message });
    for (const taskId of result.superseded) this.#queue.supersede(taskId);
    for (const [node, counts] of result.counts) this.#counters.add(fullName(dag, node), counts, now);
    return result.streamTimes;
  }

  /** @returns the place of each record; none for one over the size limit that a published topic does not get */
  #appendOutputs(topic: string, records: (LogRecord | TableRecord)[], now: number): (RecordRef | undefined)[] {
    try {
      return this.log.append(topic, records, now);
    } catch (error) {
      if (!(error instanceof RecordTooLargeError)) throw error;
      const fitting = records.map((record) => this.#fitting(topic, record));
      const kept = fitting.filter((record) => record !== undefined);
      const placed = this.log.append(topic, kept, now);
      let next = 0;
      return fitting.map((record) => (record === undefined ? undefined : placed[next++]));
    }
  }

  #fitting(topic: string, record: LogRecord | TableRecord): LogRecord | TableRecord | undefined {
    const { value } = record;
    if (value === null) return record;
    const sizeBytes = JSON.stringify(value).length;
    const limit = this.limits.maxRecordBytes;
    if (sizeBytes <= limit) return record;
    const plans = this.topologies.map(({ plan }) => plan);
    const { dag, letter, rest } = setAsideOversized(plans, topic, { ...record, value }, sizeBytes, limit);
    this.#deadLetter(dag, letter, this.#now);
    return rest;
  }

  /** Tells changes of joined rows that nobody told: of a join that is new, or of a side that was read again. */
  #checkJoins(now: number): void {
    for (const topology of this.topologies) {
      for (const table of topology.nodes.values()) {
        if (table.sides === undefined) continue;
        const step = new Step(topology, this.state);
        const keys = new Set([...this.state.keys(firstSide(table).name), ...this.state.keys(table.name)]);
        for (const key of keys) step.feed({ kind: "look", node: table.id, key, now });
        this.#apply(topology, step, now);
      }
    }
    this.#joinsChecked = true;
  }

  /** Fires wall-clock timers that are due; called only when all input is consumed, so that a restart expires nothing that is merely unread. */
  #fireTimers(now: number): boolean {
    const due = this.#timers.takeDue(now);
    for (const { name, kind, keys } of due) {
      this.#stepAt(name, now, (step, node) => {
        for (const key of keys) step.feed({ kind: "timer", node, timer: kind, key, now });
      });
    }
    return due.length > 0;
  }

  /** Steps at a node given by its full name; nothing happens when its workflow is not run here. */
  #stepAt(name: string, now: number, work: (step: Step, node: string, topology: Topology) => void): void {
    const topology = this.topologies.find((one) => name.startsWith(`${one.plan.dag}.`));
    if (topology === undefined) return;
    const step = new Step(topology, this.state);
    work(step, name.slice(topology.plan.dag.length + 1), topology);
    this.#settleEventTime(topology, step, now);
  }

  #nextDue(): number | undefined {
    const dues = [this.#timers.nextDue(), this.#queue.nextDue()].filter((due) => due !== undefined);
    return dues.length === 0 ? undefined : Math.min(...dues);
  }

  #emitResult(topic: string, record: LogRecord): void {
    const pending = this.#results.get(topic);
    if (pending === undefined) this.#results.set(topic, { topic, records: [record] });
    else pending.records.push(record);
  }

  #flushResults(now: number): void {
    for (const { topic, records } of this.#results.values()) {
      this.#appendOutputs(topic, records, now);
      this.#topics.add(topic);
    }
    this.#results.clear();
  }

  #flushEvents(now: number): void {
    const insert = this.sql("INSERT INTO run_events (at, kind, data) VALUES (?, ?, ?)");
    for (const { kind, data } of this.#events) insert.run(now, kind, JSON.stringify(data));
    this.#events = [];
  }

  #deadLetter(dag: string, letter: DeadLetter, now: number): void {
    this.sql(
      "INSERT INTO dead_letters (kind, node, key, value, timestamp, task, code, message, at, state, side) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?)",
    ).run(
      letter.kind,
      this.#names.id(fullName(dag, letter.node)),
      letter.key,
      JSON.stringify(letter.value),
      letter.timestamp,
      letter.taskId ?? null,
      letter.code,
      letter.message,
      now,
      letter.side ?? null,
    );
    if (letter.kind !== "task")
      this.event("dead-letter", {
        dag,
        node: letter.node,
        key: letter.key,
        code: letter.code,
        message: letter.message,
      });
  }

  /**
   * Runs a failed task again, with a fresh budget of attempts. Call within `command`.
   * @throws NotFoundError (engine/not-found)
   */
  retry(taskId: string, now: number): void {
    if (!this.#queue.retry(taskId, now)) throw new NotFoundError("failed or delayed task", taskId);
  }

  /**
   * Re-drives a dead letter: a task runs again, a record enters its node again, an incomplete group is emitted as it is. Call within `command`.
   * @returns how many were re-driven
   * @throws NotFoundError (engine/not-found)
   */
  redrive(id: number | "all", now: number): number {
    const letters =
      id === "all"
        ? this.sql(
            "SELECT d.*, n.name AS node_name FROM dead_letters d JOIN names n ON n.id = d.node WHERE d.state = 'open' ORDER BY d.id",
          ).all()
        : this.sql(
            "SELECT d.*, n.name AS node_name FROM dead_letters d JOIN names n ON n.id = d.node WHERE d.id = ? AND d.state = 'open'",
          ).all(id);
    if (letters.length === 0 && id !== "all") throw new NotFoundError("open dead letter", String(id));
    for (const row of letters) {
      if (row.task !== null) {
        this.retry(String(row.task), now);
        continue;
      }
      this.sql("DELETE FROM dead_letters WHERE id = ?").run(Number(row.id));
      const { key, value, timestamp } = row;
      const record: LogRecord = {
        key: String(key),
        value: JSON.parse(String(value)) as Value,
        timestamp: Number(timestamp),
      };
      this.#stepAt(String(row.node_name), now, (step, node, topology) => {
        const target = topology.nodes.get(node);
        const side = row.side === null ? {} : { side: row.side as JoinSide };
        if (row.kind === "record") step.feed({ kind: "inject", node, record, now, ...side });
        else if (target !== undefined) step.forward(target, record);
      });
    }
    return letters.length;
  }

  /**
   * Ends one node's open groups, windows or held records, the first in topological order that has any. Call within `command`.
   * @param skip nodes whose groups stay open by their rule
   * @returns the node's full name, or undefined when nothing is open
   */
  closeFirst(skip: ReadonlySet<string>, now: number): string | undefined {
    for (const topology of this.topologies) {
      for (const { id, operation } of topology.plan.nodes) {
        if (operation === undefined) continue;
        const name = fullName(topology.plan.dag, id);
        if (skip.has(name)) continue;
        let keys = this.state.open(name, 1000);
        if (keys.length === 0) continue;
        while (keys.length > 0) {
          const step = new Step(topology, this.state);
          for (const key of keys) step.feed({ kind: "close", node: id, key, now });
          this.#apply(topology, step, now);
          keys = this.state.open(name, 1000, keys.at(-1));
        }
        return name;
      }
    }
    return undefined;
  }

  /** Open groups, windows and held keys by node. */
  openCounts(): Map<string, number> {
    const open = new Map<string, number>();
    for (const topology of this.topologies) {
      for (const store of topology.plan.stores) {
        const row = this.sql("SELECT count(*) AS n FROM state WHERE store = ? AND lookup IS NOT NULL").get(
          this.#names.id(store.name),
        );
        if (Number(row?.n) > 0) open.set(store.name, Number(row?.n));
      }
    }
    return open;
  }
}

function isSqliteError(error: unknown): error is Error & { errcode: number } {
  return error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR";
}

/** SQLITE_FULL (13) and write errors of the file system (SQLITE_IOERR_WRITE). */
function isDiskFull(error: unknown): boolean {
  return isSqliteError(error) && ((error.errcode & 0xff) === 13 || error.errcode === 778);
}
