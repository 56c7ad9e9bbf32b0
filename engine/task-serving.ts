import { InvalidSpecError, UnknownExecutorError, UnknownTaskError } from "./errors.ts";
import { LeaseDesk } from "./lease-desk.ts";
import type { Completion, Demand, Demands, Lease, TaskCode } from "./leases.ts";
import type { Plan } from "./plan.ts";
import type { ExternalTaskSpec } from "./spec.ts";
import type { TaskServer } from "./task-server.ts";
import type { Value } from "./template.ts";
import { type ThreadOptions, Threads } from "./threads.ts";

export interface TaskServingOptions {
  plans: readonly Plan[];
  tasks?: ThreadOptions | undefined;
  executors?: Readonly<Record<string, TaskServer>> | undefined;
  onTrouble?: ((error: unknown) => void) | undefined;
  /** Other processes serve as well: what nobody here carries out is left to them, in place of being refused. */
  others?: boolean;
}

interface Place {
  plan: Plan;
  id: string;
  spec: ExternalTaskSpec;
}

/** Who carries out the tasks of a runtime: worker threads, executors, and workers that lease at its desk. */
export class TaskServing {
  readonly desk = new LeaseDesk((node) => this.leases(node.spec));
  readonly #nodes: readonly Place[];
  readonly #threads: Threads | undefined;
  readonly #executors: readonly (readonly [name: string, server: TaskServer])[];
  readonly #others: boolean;
  #code: Readonly<Record<string, TaskCode>> = {};
  readonly #answer: (completion: Completion) => void;

  constructor(
    { plans, tasks, executors = {}, onTrouble, others = false }: TaskServingOptions,
    answer: (completion: Completion) => void,
  ) {
    this.#nodes = plans.flatMap((plan) =>
      plan.nodes.flatMap(({ id, spec }) => (spec.type === "external-task" ? [{ plan, id, spec }] : [])),
    );
    this.#executors = Object.entries(executors);
    this.#others = others;
    this.#answer = answer;
    this.#threads = tasks === undefined ? undefined : new Threads(tasks, answer, (error) => onTrouble?.(error));
  }

  /** Who serves a node: what it names; else threads where there are any, and workers that lease otherwise. */
  #serverOf(executor: string | undefined): string {
    return executor ?? (this.#threads === undefined ? "lease" : "thread");
  }

  /**
   * Starts whoever serves, once nothing that a node asks for would be left aside.
   * @returns the code behind each task name that somebody here carries out
   * @throws UnknownExecutorError (engine/unknown-executor), InvalidSpecError (engine/invalid-spec), UnknownTaskError (engine/unknown-task),
   *   or what the tasks module throws
   */
  async start(): Promise<Record<string, TaskCode>> {
    this.#checkExecutors();
    const code = (await this.#threads?.start()) ?? {};
    this.#code = { ...code };
    if (!this.#others) this.#checkTasks(code);
    for (const [name, server] of this.#executors) {
      const tasks = this.#nodes.flatMap(({ spec }) =>
        spec.executor === name ? [{ task: spec["task-name"], parameters: (spec.parameters ?? {}) as Value }] : [],
      );
      Object.assign(code, await server.start({ tasks, answer: this.#answer }));
    }
    return code;
  }

  #checkTasks(code: Readonly<Record<string, TaskCode>>): void {
    if (this.#threads === undefined) return;
    for (const { spec } of this.#nodes) {
      if (this.#serverOf(spec.executor) === "thread" && code[spec["task-name"]] === undefined)
        throw new UnknownTaskError(spec["task-name"], Object.keys(code).sort());
    }
  }

  #checkExecutors(): void {
    const known = this.#executors.map(([name]) => name).sort();
    for (const { plan, id, spec } of this.#nodes) {
      const server = this.#serverOf(spec.executor);
      if (!this.#others && server !== "thread" && server !== "lease" && !known.includes(server))
        throw new UnknownExecutorError(`${plan.dag}.${id}`, server, known);
      if (server === "thread" && spec.resources !== undefined) {
        const problem = "threads share what the process has and reserve nothing; name an executor, or leave it out";
        throw new InvalidSpecError(plan.dag, `graph.${id}.resources`, problem);
      }
    }
  }

  /** Who takes tasks now, and how many. */
  demands(now: number, leasable: Parameters<Demands>[0]): Demand[] {
    const demand = (name: string, server: { free: number; give(leases: readonly Lease[]): void }): Demand => ({
      slots: server.free,
      serves: (node) => this.#serverOf(node.spec.executor) === name,
      give: (leases) => server.give(leases),
    });
    return [
      ...(this.#threads === undefined ? [] : [demand("thread", this.#threads)]),
      ...this.#executors.map(([name, server]) => demand(name, server)),
      ...this.desk.demands(now, leasable),
    ];
  }

  /** Whether worker threads or an executor here carry a node's tasks out. */
  carriesOut({ executor, "task-name": task }: ExternalTaskSpec): boolean {
    const server = this.#serverOf(executor);
    return server === "thread" ? this.#code[task] !== undefined : this.#executors.some(([name]) => name === server);
  }

  /** Whether workers may lease a node's tasks. */
  leases({ executor }: ExternalTaskSpec): boolean {
    return this.#serverOf(executor) === "lease";
  }

  /** Lets go of what another process has taken over. */
  release(leases: readonly Pick<Lease, "taskId" | "token">[]): void {
    for (const [, server] of this.#executors) server.release?.(leases);
  }

  /** Task names that workers may lease. */
  leasedNames(): string[] {
    const names = this.#nodes.flatMap(({ spec }) => (this.leases(spec) ? [spec["task-name"]] : []));
    return [...new Set(names)].sort();
  }

  /** Lets running tasks end within `graceMs`, hands the others back. */
  async stop(graceMs: number): Promise<void> {
    await Promise.all([this.#threads?.stop(graceMs), ...this.#executors.map(([, server]) => server.stop(graceMs))]);
  }
}
