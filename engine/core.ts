import type { DatabaseSync } from "node:sqlite";
import { declarePlans } from "./declare-plans.ts";
import { defaultLimits, type EngineLimits } from "./engine-limits.ts";
import { type EngineTables, engineTables, resetTables } from "./engine-tables.ts";
import { DiskFullError, NotFoundError } from "./errors.ts";
import type { FunctionRegistry } from "./functions.ts";
import { type AppendRecord, type AppendResult, Intake, type LedgerEntry } from "./intake.ts";
import type { Completion, Demands, TaskCode } from "./leases.ts";
import { closeFirst, openCounts, tellJoined } from "./open-entries.ts";
import type { Plan } from "./plan.ts";
import type { LostState } from "./plan-change.ts";
import { TaskQueue } from "./queue.ts";
import type { LogRecord } from "./records.ts";
import { SourceReaders } from "./source-readers.ts";
import { StepEffects } from "./step-effects.ts";
import type { TaskLoad } from "./task-load.ts";
import type { Value } from "./template.ts";
import { topologyOf } from "./topology.ts";
import { isDiskFull, isSqliteError, transact } from "./transaction.ts";

export interface CoreOptions {
  db: DatabaseSync;
  plans: readonly Plan[];
  functions?: FunctionRegistry | undefined;
  /** Digest of the code behind a task name. */
  code?: (task: string) => TaskCode;
  limits?: Partial<EngineLimits> | undefined;
  /** What to do with state that a changed plan cannot go on with. Default "refuse". */
  lostState?: LostState | undefined;
  /** Names the folder in errors. */
  dir?: string;
  now: number;
}

export interface TickResult {
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

type Command = { run: (now: number) => unknown; done: (result: unknown) => void; failed: (error: unknown) => void };

/**
 * The embedded engine without its surroundings: synchronous, driven by `tick`, with the clock, the workers and the disk given to it.
 * One tick is one transaction: input, offsets, state, outputs, timers, tasks and results become durable together or not at all.
 */
export class EngineCore {
  readonly limits: EngineLimits;
  readonly tables: EngineTables;
  readonly #db: DatabaseSync;
  readonly #dir: string;
  readonly #effects: StepEffects;
  readonly #readers: SourceReaders;
  readonly #queue: TaskQueue;
  readonly #intake: Intake;
  #commands: Command[] = [];
  #completions: Completion[] = [];
  /** Joined tables are held against their sides once what was there at the start is read. */
  #joinsTold = false;

  constructor(options: CoreOptions) {
    const { db, plans, functions, now, lostState = "refuse" } = options;
    this.#db = db;
    this.#dir = options.dir ?? "this engine";
    this.limits = { ...defaultLimits, ...options.limits };
    this.tables = engineTables(db, plans, this.limits);
    const { sql, timers } = this.tables;
    this.#intake = new Intake(this.tables, plans);
    const topologies = plans.map((plan) => topologyOf(plan, functions));
    const supersede = (taskId: string): void => this.#queue.supersede(taskId);
    this.#effects = new StepEffects(this.tables, topologies, this.limits.maxRecordBytes, supersede);
    this.#readers = new SourceReaders(this.tables, this.#effects);
    const emit = (topic: string, record: LogRecord): void => this.#effects.emitResult(topic, record);
    const code = options.code ?? ((): TaskCode => ({ digest: "", version: "1" }));
    this.#queue = new TaskQueue(this.tables, emit, plans, code, this.limits, now * 1000);
    transact(db, () => {
      declarePlans(this.tables, plans, now, lostState);
      timers.postpone(now - Number(sql("SELECT at FROM clock").get()?.at ?? now));
      this.#load(now);
    });
  }

  #load(now: number): void {
    this.#effects.begin(now);
    this.#readers.load();
    this.#queue.load(now);
    this.#effects.flushResults();
  }

  /** Queues a worker's answer for the next tick. */
  complete(completion: Completion): void {
    this.#completions.push(completion);
  }

  /** Queues a change that runs within the next tick's transaction; `done` is told once it is durable. */
  command<T>(run: (now: number) => T, done: (result: T) => void, failed: (error: unknown) => void): void {
    this.#commands.push({ run, done: (result) => done(result as T), failed });
  }

  /** Notes something in the run's event log, with the next commit. */
  event(kind: string, data: Value): void {
    this.tables.events.note(kind, data);
  }

  get hasInput(): boolean {
    return this.#commands.length > 0 || this.#completions.length > 0;
  }

  /** Nothing to read, no task unfinished. */
  get idle(): boolean {
    return !this.hasInput && !this.#queue.busy && !this.#readers.unread;
  }

  /** What waits and runs, by task name. */
  loads(now: number): TaskLoad[] {
    return this.#queue.loads(now);
  }

  /**
   * One transaction: takes what has come, steps until nothing is unread or the batch is full, hands out tasks.
   * @param demands who takes tasks, asked once what came is admitted
   * @throws DiskFullError (engine/disk-full) after rolling back; appends are refused, workers' answers are kept for the next tick
   */
  tick(now: number, demands: Demands = () => []): TickResult {
    const commands = this.#commands;
    const completions = this.#completions;
    this.#commands = [];
    this.#completions = [];
    this.#effects.begin(now);
    const answers: (() => void)[] = [];
    let budget = this.limits.batch;
    let leased = 0;
    let fired = false;
    try {
      transact(this.#db, () => {
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
        this.#effects.flushResults();
        budget = this.#readers.consume(budget);
        if (!this.#joinsTold && !this.#readers.unread) {
          tellJoined(this.#effects, this.tables.state);
          this.#joinsTold = true;
        }
        fired = !this.#readers.unread && this.#fireTimers(now);
        if (fired) budget = this.#readers.consume(budget);
        while (this.#queue.admit(now)) {
          this.#effects.flushResults();
          budget = this.#readers.consume(budget);
          if (budget <= 0) break;
        }
        for (const demand of demands((serves) => this.#queue.leasable(now, serves))) {
          const taken = this.#queue.lease(demand.slots, now, demand.serves);
          if (taken.length === 0) continue;
          leased += taken.length;
          answers.push(() => demand.give(taken));
        }
        this.#effects.flushResults();
        this.tables.events.flush(now);
        this.tables.counters.flush();
        this.tables.sql("INSERT OR REPLACE INTO clock (id, at) VALUES (1, ?)").run(now);
      });
    } catch (error) {
      this.#recover(now);
      this.#completions = [...completions, ...this.#completions];
      const given = isDiskFull(error) ? new DiskFullError(this.#dir) : error;
      for (const command of commands) command.failed(given);
      throw given;
    }
    for (const answer of answers) answer();
    const { topics } = this.#effects;
    const changed = topics.size > 0 || commands.length > 0 || completions.length > 0 || leased > 0;
    return { more: this.#readers.unread || this.hasInput, nextDue: this.#nextDue(), topics, fired, changed };
  }

  /** After a rollback memory holds what never happened: everything is read again. Leased tasks keep running; their answers find no lease and they run again. */
  #recover(now: number): void {
    resetTables(this.tables);
    this.#queue.reset();
    this.#effects.reset();
    this.#joinsTold = false;
    try {
      transact(this.#db, () => this.#load(now));
    } catch (error) {
      if (!isDiskFull(error)) throw error;
    }
  }

  /** Fires wall-clock timers that are due; called only when all input is consumed, so that a restart expires nothing that is merely unread. */
  #fireTimers(now: number): boolean {
    const due = this.tables.timers.takeDue(now);
    for (const { name, kind, keys } of due) {
      this.#effects.stepAt(name, (step, { id }) => {
        for (const key of keys) step.feed({ kind: "timer", node: id, timer: kind, key, now });
      });
    }
    return due.length > 0;
  }

  #nextDue(): number | undefined {
    const dues = [this.tables.timers.nextDue(), this.#queue.nextDue()].filter((due) => due !== undefined);
    return dues.length === 0 ? undefined : Math.min(...dues);
  }

  /**
   * Takes records in. Call within `command`.
   * @throws UnknownTopicError, KeyMismatchError, RecordTooLargeError
   */
  append(topic: string, records: readonly AppendRecord[], ledger: readonly LedgerEntry[], now: number): AppendResult {
    const result = this.#intake.append(topic, records, ledger, now);
    if (result.accepted > 0) this.#effects.topics.add(topic);
    return result;
  }

  /** Takes a worker's answer that somebody waits for. Call within `command`. @returns false when its lease is not the newest */
  settle(completion: Completion, now: number): boolean {
    return this.#queue.complete(completion, now);
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
    const letters = this.tables.letters.open(id);
    if (letters.length === 0 && id !== "all") throw new NotFoundError("open dead letter", String(id));
    for (const { id: letter, kind, node, record, taskId, side } of letters) {
      if (taskId !== undefined) {
        this.retry(taskId, now);
        continue;
      }
      this.tables.letters.remove(letter);
      this.#effects.stepAt(node, (step, target) => {
        const place = { node: target.id, record, now, ...(side === undefined ? {} : { side }) };
        if (kind === "record") step.feed({ kind: "inject", ...place });
        else step.forward(target, record);
      });
    }
    return letters.length;
  }

  /**
   * Ends one node's open groups, windows or held records, the first in topological order that has any. Call within `command`.
   * @param skip nodes whose groups stay open by their rule
   * @returns the node's full name, or undefined when nothing is open
   */
  closeFirst(skip: ReadonlySet<string>): string | undefined {
    return closeFirst(this.#effects, this.tables.state, skip);
  }

  /** Open groups, windows and held keys by node. */
  openCounts(): Map<string, number> {
    return openCounts(this.#effects, this.tables.state);
  }
}
