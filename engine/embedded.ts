import type { DatabaseSync } from "node:sqlite";
import { type CloseSummary, closeSummary } from "./close-summary.ts";
import { EngineCore } from "./core.ts";
import { type DatabaseOptions, openDatabase } from "./database.ts";
import type { EngineLimits } from "./engine-limits.ts";
import { DiskFullError, StoppedError } from "./errors.ts";
import type { FunctionRegistry } from "./functions.ts";
import { type EngineStats, Inspector } from "./inspect.ts";
import type { AppendRecord, AppendResult, LedgerEntry } from "./intake.ts";
import type { KafkaSurvey } from "./kafka/partition-survey.ts";
import type { LeaseAnswer, LeaseProof, LeaseRequest } from "./lease-desk.ts";
import type { Completion, Demands, Lease } from "./leases.ts";
import { lockFolder } from "./lock.ts";
import type { Plan } from "./plan.ts";
import type { LostState } from "./plan-change.ts";
import type { Retention } from "./retention.ts";
import { type Sink, SinkDriver } from "./sinks.ts";
import type { TaskLoad } from "./task-load.ts";
import type { TaskServer } from "./task-server.ts";
import { TaskServing } from "./task-serving.ts";
import { Upkeep } from "./upkeep.ts";

export interface EmbeddedOptions {
  /** The data folder, made when absent. One process at a time writes to it. */
  dir: string;
  plans: readonly Plan[];
  functions?: FunctionRegistry;
  /** Where the handlers are: `module` is the URL of a module that exports `tasks`. Without it, tasks wait. */
  tasks?: { module: string; threads: number; memoryMb?: number; youngMb?: number };
  /** What runs the tasks of nodes that name an executor. */
  executors?: Readonly<Record<string, TaskServer>>;
  sinks?: readonly Sink[];
  /** ms since 1970. Default Date.now. */
  clock?: () => number;
  limits?: Partial<EngineLimits>;
  retention?: Partial<Retention>;
  database?: DatabaseOptions;
  /** What to do with state that a changed plan cannot go on with. Default "refuse". */
  lostState?: LostState;
  /** Told of trouble that the runtime survives, such as a full disk or a failing sink. */
  onTrouble?: (error: unknown) => void;
}

/** Troubles in a row after which who waits for the end of a run is told. */
const patience = 5;

/**
 * Opens the embedded runtime: one process, one folder, everything durable.
 * @throws LockedError (engine/locked), NewerDatabaseError (engine/newer-database), UnknownTaskError (engine/unknown-task),
 *   UnknownExecutorError (engine/unknown-executor), IncompatiblePlanError (engine/incompatible-plan), PlanChangedError
 *   (engine/plan-changed), or what the tasks module throws
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Runtime> {
  const unlock = lockFolder(options.dir);
  try {
    const runtime = new Runtime(options, unlock);
    await runtime.start();
    return runtime;
  } catch (error) {
    unlock();
    throw error;
  }
}

/** A running engine. */
export class Runtime {
  readonly plans: readonly Plan[];
  readonly #options: EmbeddedOptions;
  readonly #clock: () => number;
  readonly #db: DatabaseSync;
  readonly #inspector: Inspector;
  readonly #serving: TaskServing;
  readonly #sinks: SinkDriver;
  readonly #upkeep: Upkeep;
  readonly #unlock: () => void;
  #core: EngineCore | undefined;
  #state: "running" | "stopping" | "stopped" = "running";
  #scheduled: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #idleWaiters: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  #sinksBehind = true;
  #troubles = 0;
  #quietUntil = 0;

  constructor(options: EmbeddedOptions, unlock: () => void) {
    this.plans = options.plans;
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
    this.#unlock = unlock;
    this.#db = openDatabase(options.dir, options.database);
    this.#inspector = new Inspector(this.#db);
    this.#sinks = new SinkDriver(options.sinks ?? [], this.#inspector);
    this.#upkeep = new Upkeep({
      db: this.#db,
      dir: options.dir,
      plans: options.plans,
      inspector: this.#inspector,
      retention: options.retention ?? {},
      wanted: (topic, partition) => this.#sinks.wanted(topic, partition),
      onTrouble: (error) => options.onTrouble?.(error),
    });
    this.#serving = new TaskServing(options, (completion) => this.#answer(completion));
  }

  #answer(completion: Completion): void {
    this.#core?.complete(completion);
    this.#wake();
  }

  /** Called once by `openEmbedded`. */
  async start(): Promise<void> {
    try {
      const code = await this.#serving.start();
      const { plans, functions, limits, lostState, dir } = this.#options;
      this.#core = new EngineCore({
        db: this.#db,
        plans,
        dir,
        now: this.#clock(),
        code: (task) => code[task] ?? { digest: "", version: "1" },
        functions,
        limits,
        lostState,
      });
      this.#core.event("run-started", { dags: plans.map((plan) => ({ dag: plan.dag, sha256: plan.sha256 })) });
      this.#wake();
    } catch (error) {
      await this.#serving.stop(0);
      this.#db.close();
      throw error;
    }
  }

  get #running(): EngineCore {
    if (this.#core === undefined || this.#state !== "running") throw new StoppedError();
    return this.#core;
  }

  #wake(): void {
    if (this.#state === "stopped" || this.#scheduled !== undefined) return;
    const wait = this.#quietUntil - this.#clock();
    if (wait > 0) {
      this.#sleep(wait);
      return;
    }
    this.#scheduled = setImmediate(() => {
      this.#scheduled = undefined;
      this.#tick();
    });
  }

  #sleep(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#wake(), Math.min(Math.max(ms, 1), 60_000));
  }

  #tick(): void {
    const core = this.#core;
    if (core === undefined || this.#state === "stopped") return;
    clearTimeout(this.#timer);
    const now = this.#clock();
    this.#upkeep.snapshot(core, now);
    let wake = false;
    let nextDue: number | undefined;
    try {
      for (const completion of this.#serving.desk.expire(now)) core.complete(completion);
      const demands: Demands = (leasable) => (this.#state === "running" ? this.#serving.demands(now, leasable) : []);
      const result = core.tick(now, demands);
      this.#serving.desk.endWaits(now);
      if (result.changed) this.#upkeep.noteChange();
      if (result.topics.size > 0) this.#sinksBehind = true;
      wake = result.more || result.fired;
      nextDue = Math.min(result.nextDue ?? Number.POSITIVE_INFINITY, this.#serving.desk.nextDue);
      this.#upkeep.checkpoint();
      if (this.#sinksBehind) this.#sinksBehind = this.#sinks.deliver();
      if (this.#sinksBehind) wake = true;
      this.#troubles = 0;
    } catch (error) {
      this.#troubled(error, now);
      return;
    }
    if (!wake) this.#upkeep.prune(core, now);
    if (!wake && core.idle && !this.#sinksBehind) {
      for (const { resolve } of this.#idleWaiters.splice(0)) resolve();
    }
    if (wake || core.hasInput) this.#wake();
    else this.#sleep(Math.min((nextDue ?? Number.POSITIVE_INFINITY) - now, this.#upkeep.restMs));
  }

  /** What the runtime survives: it says so once, waits a moment, and tries again. Who waits for the end of a run is told after a few tries. */
  #troubled(error: unknown, now: number): void {
    if (this.#troubles++ === 0 || !(error instanceof DiskFullError)) this.#options.onTrouble?.(error);
    if (this.#troubles >= patience && !(error instanceof DiskFullError)) {
      for (const { reject } of this.#idleWaiters.splice(0)) reject(error);
    }
    this.#quietUntil = now + 1000;
    this.#sinksBehind = true;
    this.#wake();
  }

  /**
   * Appends records to a topic. They are on disk when the promise resolves.
   * @param ledger marks of a connector that become durable with the records
   * @throws UnknownTopicError, KeyMismatchError, RecordTooLargeError, DiskFullError, StoppedError
   */
  append(topic: string, records: readonly AppendRecord[], ledger: readonly LedgerEntry[] = []): Promise<AppendResult> {
    return this.#command((core, now) => core.append(topic, records, ledger, now));
  }

  #command<T>(run: (core: EngineCore, now: number) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const core = this.#running;
      core.command((now) => run(core, now), resolve, reject);
      this.#wake();
    });
  }

  /**
   * Leases tasks to a worker: of nodes that say `"executor": "lease"`, and of those that say nothing where there is no tasks module.
   * @returns at most `max` leases, none when there was no task within `waitMs`
   */
  lease(request: LeaseRequest): Promise<Lease[]> {
    void this.#running;
    const leases = this.#serving.desk.wait(request, this.#clock());
    this.#wake();
    return leases;
  }

  /** Ends the wait of a worker that has gone. */
  leave(ticket: string): void {
    this.#serving.desk.leave(ticket);
  }

  /** Puts off the timeouts of leases. @returns for each whether it is still held: a worker drops what is not */
  heartbeat(proofs: readonly LeaseProof[]): boolean[] {
    return proofs.map((proof) => this.#serving.desk.heartbeat(proof, this.#clock()));
  }

  /** Ends leases; they are on disk when the promise resolves. @returns for each whether it counts: a stale one changes nothing */
  async answer(answers: readonly LeaseAnswer[]): Promise<boolean[]> {
    void this.#running;
    const closed = answers.map((answer) => this.#serving.desk.close(answer, this.#clock()));
    return this.#command((core, now) => closed.map((one) => one !== undefined && core.settle(one, now)));
  }

  /** What waits and runs, by task name: of all nodes, whoever serves them. */
  load(): TaskLoad[] {
    return this.#running.loads(this.#clock());
  }

  /** Nothing: this engine is not on Kafka. */
  survey(): KafkaSurvey | undefined {
    return undefined;
  }

  /** Task names that workers may lease. */
  leasedNames(): string[] {
    return this.#serving.leasedNames();
  }

  /** Resolves once nothing is unread, no task is unfinished (delayed attempts included), and sinks are at their topics' ends. */
  drain(): Promise<void> {
    return new Promise((resolve, reject) => {
      void this.#running;
      this.#idleWaiters.push({ resolve, reject });
      this.#wake();
    });
  }

  /** Ends a bounded run: drains, closes what is still open as its rule says, upstream first, and drains again. */
  async closeInput(): Promise<CloseSummary> {
    const skip = new Set<string>();
    for (;;) {
      await this.drain();
      const closed = await this.#command((core) => core.closeFirst(skip));
      if (closed === undefined) break;
      skip.add(closed);
    }
    await this.drain();
    const summary = closeSummary(this.stats(), await this.#command((core) => core.openCounts()));
    const { openGroups: _, ...told } = summary;
    await this.#command((core) => core.event("run-drained", told));
    await this.drain();
    return summary;
  }

  stats(): EngineStats {
    return this.#inspector.stats(this.#clock());
  }

  readonly tasks: Inspector["tasks"] = (query) => this.#inspector.tasks(query);
  readonly task: Inspector["task"] = (taskId) => this.#inspector.task(taskId);
  readonly why: Inspector["why"] = (taskId) => this.#inspector.why(taskId);
  readonly deadLetters: Inspector["deadLetters"] = (query) => this.#inspector.deadLetters(query);
  readonly topics: Inspector["topics"] = () => this.#inspector.topics();
  readonly partitions: Inspector["partitions"] = (topic) => this.#inspector.partitions(topic);
  readonly readTopic: Inspector["readTopic"] = (...place) => this.#inspector.readTopic(...place);
  readonly table: Inspector["table"] = (name) => this.#inspector.table(name);
  readonly events: Inspector["events"] = (...range) => this.#inspector.events(...range);
  /** Which contents of a path a connector has taken in. */
  readonly ledger: Inspector["ledger"] = (source) => this.#inspector.ledger(source);

  /** Adds to the run's event log, durable when it resolves. */
  note(kind: string, data: Record<string, unknown>): Promise<void> {
    return this.#command((core) => core.event(kind, data));
  }

  /** Runs a failed task again, or a delayed one at once. @throws NotFoundError (engine/not-found) */
  retry(taskId: string): Promise<void> {
    return this.#command((core, now) => core.retry(taskId, now));
  }

  /** Re-drives one dead letter or all. Returns how many. @throws NotFoundError (engine/not-found) */
  redrive(id: number | "all"): Promise<number> {
    return this.#command((core, now) => core.redrive(id, now));
  }

  /**
   * Stops: running tasks may end within `graceMs`, others are handed back without using an attempt, everything is committed, the folder is free.
   * @param graceMs default 5000
   */
  async stop(graceMs = 5000): Promise<void> {
    if (this.#state !== "running") return;
    this.#state = "stopping";
    await this.#serving.stop(graceMs);
    for (const completion of this.#serving.desk.stop(this.#clock())) this.#core?.complete(completion);
    const core = this.#core;
    if (core !== undefined) {
      core.event("run-stopped", {});
      try {
        const now = this.#clock();
        while (core.tick(now).more) {}
        while (this.#sinks.deliver()) {}
        this.#db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      } catch (error) {
        this.#options.onTrouble?.(error);
      }
    }
    this.#state = "stopped";
    if (this.#scheduled !== undefined) clearImmediate(this.#scheduled);
    clearTimeout(this.#timer);
    for (const { reject } of this.#idleWaiters.splice(0)) reject(new StoppedError());
    this.#sinks.close();
    this.#db.close();
    this.#unlock();
  }
}
