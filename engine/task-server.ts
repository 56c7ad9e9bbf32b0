import type { Completion, Lease, TaskCode } from "./leases.ts";
import type { Value } from "./template.ts";

/** What a task server is started with. */
export interface TaskServerStart {
  /** The task nodes that name it. */
  tasks: readonly { task: string; parameters: Value }[];
  /** Takes the one answer to each lease; a second one, or one under an older token, changes nothing. */
  answer(completion: Completion): void;
}

/** Something that runs tasks outside of the runtime's threads, such as an executor. Nodes name it by `executor`. */
export interface TaskServer {
  /** Called once, before anything is given. Returns what code is behind task names. */
  start(given: TaskServerStart): Promise<Record<string, TaskCode>>;
  /** How many more leases it takes now. */
  readonly free: number;
  give(leases: readonly Lease[]): void;
  /** Lets go of leases that another process has taken over: what they stand for goes on, and is not answered from here. */
  release?(leases: readonly Pick<Lease, "taskId" | "token">[]): void;
  /** Answers what is still held as returned within `graceMs`, and takes no more. */
  stop(graceMs: number): Promise<void>;
}
