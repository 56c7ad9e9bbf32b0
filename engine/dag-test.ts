import type { DagTest, TestStep } from "./dag-test-document.ts";
import { type Disappointment, judge } from "./dag-test-expect.ts";
import type { FunctionRegistry } from "./functions.ts";
import { InterruptedDatabase, Interruption } from "./interrupted-database.ts";
import type { Lease } from "./leases.ts";
import type { Plan } from "./plan.ts";
import type { TaskRegistry } from "./tasks.ts";
import { TestDriver } from "./test-driver.ts";

/** How a case went. */
export interface CaseResult {
  name: string;
  ok: boolean;
  /** Lives that it was tried in: more than one where it crashes everywhere. */
  lives: number;
  /** The step that failed, from 1. */
  step?: number;
  /** Of a life that crashed after this many writes of each step. */
  crashedAfter?: number;
  problem?: string;
  /** Expected against got, line by line. */
  diff?: string[];
}

export interface DagTestOptions {
  plan: Plan;
  functions?: FunctionRegistry;
  tasks?: TaskRegistry;
  /** Every case as if it said `crash-everywhere`. */
  crashEverywhere?: boolean;
}

const mostWrites = 500;

/**
 * Runs the cases of a test, each with an engine of its own in memory. A case that crashes everywhere is lived once as written, then once for
 * every number of writes after which a step can be cut off: each step of that life dies there, comes back and is done again, and everything
 * expected must be so all the same.
 */
export async function runDagTest(test: DagTest, options: DagTestOptions): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const [name, given] of Object.entries(test.cases)) {
    const steps = Array.isArray(given) ? given : given.steps;
    const everywhere =
      options.crashEverywhere === true || (!Array.isArray(given) && given["crash-everywhere"] === true);
    let result = await live(name, steps, test, options, undefined);
    for (let writes = 0; everywhere && result.ok && writes < mostWrites; writes++) {
      const crashed = await live(name, steps, test, options, writes);
      result = { ...crashed, lives: writes + 2 };
      if (crashed.crashes === 0) break;
    }
    const { crashes: _, ...told } = result;
    results.push(told);
  }
  return results;
}

/** One life of a case. */
async function live(
  name: string,
  steps: readonly TestStep[],
  test: DagTest,
  options: DagTestOptions,
  crashAfter: number | undefined,
): Promise<CaseResult & { crashes: number }> {
  const life = new Life(test, options, crashAfter);
  const about = { name, lives: 1, ...(crashAfter === undefined ? {} : { crashedAfter: crashAfter }) };
  for (const [index, step] of steps.entries()) {
    const failed = await life.take(step, index);
    if (failed !== undefined) return { ...about, ok: false, crashes: life.crashes, step: index + 1, ...failed };
  }
  return { name, lives: 1, ok: true, crashes: life.crashes };
}

/** An engine in memory that a script is played to. */
class Life {
  crashes = 0;
  readonly #db = InterruptedDatabase.create();
  readonly #driver: TestDriver;
  readonly #crashAfter: number | undefined;
  #leases: Lease[] = [];
  /** How much of the clock's last move died with the process, which comes back at the time that it had reached. */
  #undoneMs = 0;
  /** The task whose answer was under way when the process died. */
  #answered: string | undefined;

  constructor({ start }: DagTest, { plan, functions, tasks }: DagTestOptions, crashAfter: number | undefined) {
    this.#crashAfter = crashAfter;
    this.#driver = new TestDriver([plan], {
      db: this.#db,
      ...(functions === undefined ? {} : { functions }),
      ...(tasks === undefined ? {} : { tasks }),
      ...(start === undefined ? {} : { now: start }),
    });
  }

  async take(step: TestStep, index: number): Promise<Disappointment | undefined> {
    if ("expect" in step) return judge(this.#driver, step.expect);
    if ("crash" in step) {
      this.#restart();
      return undefined;
    }
    if (this.#crashAfter !== undefined) this.#db.countdown = this.#crashAfter;
    try {
      return await this.#do(step, index, false);
    } catch (error) {
      if (!(error instanceof Interruption)) return unmet(error);
      this.crashes++;
      this.#restart();
      return await this.#do(step, index, true).catch(unmet);
    } finally {
      this.#db.countdown = Number.POSITIVE_INFINITY;
    }
  }

  #restart(): void {
    this.#db.countdown = Number.POSITIVE_INFINITY;
    if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
    const reached = Number(this.#db.prepare("SELECT at FROM clock").get()?.at ?? this.#driver.now);
    this.#undoneMs = this.#driver.now - reached;
    this.#leases = [];
    this.#driver.crash(reached);
  }

  /** @param again the process died in the middle: whoever asked for it asks once more */
  async #do(
    step: Exclude<TestStep, { expect: unknown } | { crash: true }>,
    index: number,
    again: boolean,
  ): Promise<Disappointment | undefined> {
    const driver = this.#driver;
    if ("push" in step) return this.#push(step, index);
    if ("advance" in step) driver.advance(again ? this.#undoneMs : step.advance);
    else if ("task" in step) return this.#answer(step);
    else if ("run-tasks" in step) {
      for (const lease of this.#leases.splice(0)) await driver.run(lease);
      await driver.runTasks();
    } else if ("close-input" in step) await driver.closeInput();
    else driver.redrive(step.redrive);
    return undefined;
  }

  #push(step: Extract<TestStep, { push: string }>, index: number): Disappointment | undefined {
    const { push, value, key, time, refused } = step;
    let thrown: unknown;
    try {
      this.#driver.push(push, value, {
        eventId: `step ${index}`,
        ...(key === undefined ? {} : { key }),
        ...(time === undefined ? {} : { timestamp: time }),
      });
    } catch (error) {
      if (error instanceof Interruption) throw error;
      thrown = error;
    }
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : undefined;
    if (code === refused) return undefined;
    if (thrown === undefined)
      return { problem: `The record was taken, expected it to be refused with ${refused}.`, diff: [] };
    return refused === undefined ? unmet(thrown) : { problem: `Refused with ${code}, expected ${refused}.`, diff: [] };
  }

  /** Plays the worker of one task, the one that was requested first. */
  #answer(step: Extract<TestStep, { task: string }>): Disappointment | undefined {
    const { task, key } = step;
    const isIt = (one: { task: string; key: string }): boolean =>
      one.task === task && (key === undefined || one.key === key);
    this.#leases.push(...this.#driver.lease(1000));
    const lease = this.#leases.find(isIt);
    if (lease === undefined) {
      const open = this.#leases.map((one) => `${one.task} of ${one.key}`);
      const there = open.length === 0 ? "No task waits" : `These wait: ${open.join(", ")}`;
      // the answer was durable before the process died
      if (this.#answered === `${task}\u0000${key ?? ""}`) return undefined;
      return {
        problem: `There is no task "${task}"${key === undefined ? "" : ` of "${key}"`} to be answered. ${there}.`,
        diff: [],
      };
    }
    this.#answered = `${task}\u0000${key ?? ""}`;
    this.#leases.splice(this.#leases.indexOf(lease), 1);
    if ("result" in step) this.#driver.complete(lease, step.result);
    else this.#driver.fail(lease, Object.assign(new Error(step.error.message), step.error));
    this.#answered = undefined;
    return undefined;
  }
}

function unmet(error: unknown): Disappointment {
  const code = error instanceof Error && "code" in error ? ` [${String(error.code)}]` : "";
  return { problem: `${error instanceof Error ? error.message : String(error)}${code}`, diff: [] };
}
