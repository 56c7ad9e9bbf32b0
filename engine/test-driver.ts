import type { DatabaseSync } from "node:sqlite";
import { EngineCore } from "./core.ts";
import { openDatabase } from "./database.ts";
import type { EngineLimits } from "./engine-limits.ts";
import type { FunctionRegistry } from "./functions.ts";
import {
  type DeadLetterRow,
  type EngineStats,
  Inspector,
  type TaskDetail,
  type TaskQuery,
  type TaskRow,
} from "./inspect.ts";
import type { AppendResult } from "./intake.ts";
import { type Completion, endingOf, type Lease } from "./leases.ts";
import { fullName, type Plan } from "./plan.ts";
import type { LostState } from "./plan-change.ts";
import type { LogRecord } from "./records.ts";
import { type TaskRegistry, taskError } from "./tasks.ts";
import type { Value } from "./template.ts";

export interface TestDriverOptions {
  functions?: FunctionRegistry;
  tasks?: TaskRegistry;
  /** Where the clock starts, ms since 1970. Default 2026-01-01. */
  now?: number;
  limits?: Partial<EngineLimits>;
  /** What to do with state that a changed plan cannot go on with. Default "refuse". */
  lostState?: LostState;
  /** A database of one's own, to be looked at or broken by a test. */
  db?: DatabaseSync;
}

export interface PushOptions {
  /** Needed unless the topic declares a key template. Default: the record's position. */
  key?: string;
  timestamp?: number;
  eventId?: string;
}

/** What came of something that was asked of the engine, once it has settled. */
interface Asked<T> {
  result?: T;
  refused?: unknown;
}

/**
 * Runs a workflow in memory for tests: push records, move the clock, run tasks by hand or all at once, read topics and stores, crash
 * and resume. It is the embedded engine itself over a database in memory, so that what holds here holds there.
 */
export class TestDriver {
  readonly plans: readonly Plan[];
  readonly inspector: Inspector;
  readonly #options: TestDriverOptions;
  readonly db: DatabaseSync;
  #core: EngineCore;
  #now: number;
  #pushed = 0;

  constructor(plans: readonly Plan[], options: TestDriverOptions = {}) {
    this.plans = plans;
    this.#options = options;
    this.db = options.db ?? openDatabase(undefined);
    this.#now = options.now ?? Date.UTC(2026, 0, 1);
    this.#core = this.#open();
    this.inspector = new Inspector(this.db);
  }

  #open(): EngineCore {
    const { functions, limits, tasks, lostState } = this.#options;
    return new EngineCore({
      db: this.db,
      plans: this.plans,
      now: this.#now,
      code: (task) => ({ digest: task, version: tasks?.[task]?.version ?? "1" }),
      functions,
      limits,
      lostState,
    });
  }

  get now(): number {
    return this.#now;
  }

  /** Appends a record and runs everything that follows, tasks excepted. @throws what a runtime's `append` rejects with */
  push(topic: string, value: Value | null, options: PushOptions = {}): void {
    const asked = this.append(topic, value, options);
    this.settle();
    if ("refused" in asked) throw asked.refused;
  }

  /** Queues a record; nothing happens before `settle`. Returns what will hold the refusal, should there be one. */
  append(topic: string, value: Value | null, options: PushOptions = {}): Asked<AppendResult> {
    const keyed = this.plans.some((plan) => plan.topics.some((one) => one.name === topic && one.key !== undefined));
    const key = options.key ?? (keyed ? undefined : String(this.#pushed));
    this.#pushed++;
    const { timestamp = this.#now, eventId } = options;
    const record = {
      value,
      timestamp,
      ...(key === undefined ? {} : { key }),
      ...(eventId === undefined ? {} : { eventId }),
    };
    return this.#ask((core, now) => core.append(topic, [record], [], now));
  }

  #ask<T>(run: (core: EngineCore, now: number) => T): Asked<T> {
    const asked: Asked<T> = {};
    const core = this.#core;
    core.command(
      (now) => run(core, now),
      (result) => {
        asked.result = result;
      },
      (error) => {
        asked.refused = error;
      },
    );
    return asked;
  }

  /** Runs until nothing is unread. */
  settle(): void {
    while (this.#core.tick(this.#now).more) {}
  }

  /** Moves the clock and fires what is due. */
  advance(ms: number): void {
    this.#now += ms;
    for (let result = this.#core.tick(this.#now); result.more || result.fired; ) result = this.#core.tick(this.#now);
  }

  /** Leases up to `max` tasks, for tests that play the worker. */
  lease(max = 1): Lease[] {
    const leases: Lease[] = [];
    const give = (taken: readonly Lease[]): void => void leases.push(...taken);
    this.#core.tick(this.#now, () => [{ slots: max, serves: () => true, give }]);
    return leases;
  }

  complete(lease: Lease, result: unknown, log: string[] = []): void {
    this.#answer({ ...endingOf(lease, this.#now, this.#now, log), outcome: "done", result });
  }

  fail(lease: Lease, thrown: unknown, log: string[] = []): void {
    this.#answer({ ...endingOf(lease, this.#now, this.#now, log), outcome: "failed", error: taskError(thrown) });
  }

  #answer(completion: Completion): void {
    this.#core.complete(completion);
    this.settle();
  }

  /** Runs all tasks that are waiting, and those that follow from them, with the handlers of `tasks`. Failed attempts wait for `advance`. */
  async runTasks(): Promise<void> {
    for (;;) {
      const leases = this.lease(16);
      if (leases.length === 0) return;
      for (const lease of leases) await this.run(lease);
    }
  }

  /** Runs one leased task with its handler. */
  async run(lease: Lease): Promise<void> {
    const handler = this.#options.tasks?.[lease.task];
    const log: string[] = [];
    const { taskId, attempt, parameters } = lease;
    const signal = new AbortController().signal;
    const context = {
      taskId,
      attempt,
      parameters,
      signal,
      log: (line: string) => void log.push(line),
      heartbeat: () => {},
    };
    let result: unknown;
    try {
      if (handler === undefined) throw new Error(`The test has no handler for task "${lease.task}".`);
      result = await handler.run(lease.input, context);
    } catch (error) {
      this.fail(lease, error, log);
      return;
    }
    this.complete(lease, result, log);
  }

  /** Ends the input: what is still open closes as its rule says, upstream first, tasks included. */
  async closeInput(): Promise<void> {
    const skip = new Set<string>();
    for (;;) {
      await this.runTasks();
      const closed = this.#ask((core) => core.closeFirst(skip));
      this.settle();
      if (closed.result === undefined) return;
      skip.add(closed.result);
    }
  }

  /**
   * Throws away everything in memory, as a crash does, and opens again on what was committed.
   * @param at when it comes back, ms since 1970. Default now
   */
  crash(at = this.#now): void {
    this.#now = at;
    if (this.db.isTransaction) this.db.exec("ROLLBACK");
    this.#core = this.#open();
    this.settle();
  }

  /** All records of a topic, by partition and offset. */
  read(topic: string): LogRecord[] {
    return this.inspector
      .partitions(topic)
      .flatMap(({ partition, first, next }) => this.inspector.readTopic(topic, partition, first, next - first));
  }

  /** What a node's store holds, by key. */
  store(node: string): Map<string, unknown> {
    const plan = this.plans.find((one) => one.nodes.some(({ id }) => id === node));
    const kind = plan?.stores.find((store) => store.node === node)?.kind;
    const name = plan === undefined ? node : fullName(plan.dag, node);
    const rows = this.inspector.table(name);
    if (kind !== "group") return rows;
    const keys = [...rows.keys()].filter((key) => !key.includes("\u0000"));
    return new Map(keys.map((key) => [key, this.#core.tables.state.get(name, key)]));
  }

  stats(): EngineStats {
    return this.inspector.stats(this.#now);
  }

  tasks(query?: TaskQuery): TaskRow[] {
    return this.inspector.tasks(query);
  }

  task(taskId: string): TaskDetail | undefined {
    return this.inspector.task(taskId);
  }

  deadLetters(): DeadLetterRow[] {
    return this.inspector.deadLetters({ limit: 10_000 });
  }

  /** @throws NotFoundError (engine/not-found) */
  redrive(id: number | "all"): void {
    const asked = this.#ask((core, now) => core.redrive(id, now));
    this.settle();
    if ("refused" in asked) throw asked.refused;
  }
}

/** A test driver for one plan or several that share topics. */
export function testDriver(plans: Plan | readonly Plan[], options: TestDriverOptions = {}): TestDriver {
  return new TestDriver("dag" in plans ? [plans] : plans, options);
}
