import { Worker } from "node:worker_threads";
import { threadOptions } from "@artesian/data/thread-options.ts";
import { TaskTimeoutError, WorkerLostError } from "./errors.ts";
import { type Completion, endingOf, type Lease, type TaskCode } from "./leases.ts";
import { attemptError, errorOf } from "./tasks.ts";
import type { FromWorker, ToWorker } from "./worker-entry.ts";

export interface ThreadOptions {
  /** URL of the module that exports `tasks`. */
  module: string;
  threads: number;
  /** Old-generation heap of a thread, MB. Default: Node's. */
  memoryMb?: number;
  /** Its young generation, MB: small where tasks stream large files, so that what they let go is collected early. Default: Node's. */
  youngMb?: number;
  /** Most tasks that a thread has at hand beside the one that it runs; 0 where another process could run them meanwhile. Default: what takes it a moment. */
  ahead?: number;
}

interface Slot {
  worker: Worker;
  leases: Map<string, Lease>;
  /** The task that runs now. */
  current: string | undefined;
  startedAt: number;
  timer: NodeJS.Timeout | undefined;
  /** Mean duration of its tasks, ms. */
  meanMs: number;
  closing: boolean;
}

/** Work that a thread should have at hand, ms: hides the commit between one task and the next. */
const aheadMs = 30;
const mostAhead = 128;
/** Starts of threads that may fail in a row. */
const mostBroken = 8;
/** Time that a handler has to let go (of child processes, say) once its signal is aborted. */
const lettingGoMs = 250;

/** Worker threads that run tasks, one at a time each, with a few handed out ahead. */
export class Threads {
  readonly #options: ThreadOptions;
  readonly #slots: Slot[] = [];
  readonly #answer: (completion: Completion) => void;
  readonly #trouble: (error: unknown) => void;
  #stopping = false;
  #brokenStarts = 0;

  constructor(options: ThreadOptions, answer: (completion: Completion) => void, trouble: (error: unknown) => void) {
    this.#options = options;
    this.#answer = answer;
    this.#trouble = trouble;
  }

  /**
   * Starts the threads and asks the module what its tasks' code is.
   * @throws the error of the module when it cannot be loaded
   */
  async start(): Promise<Record<string, TaskCode>> {
    for (let index = 0; index < this.#options.threads; index++) this.#slots.push(this.#open());
    const [first] = this.#slots;
    if (first === undefined) return {};
    return new Promise((resolve, reject) => {
      const listen = (message: FromWorker): void => {
        if (message.kind === "described") resolve(message.tasks);
        else if (message.kind === "unusable") reject(errorOf(message.error));
        else return;
        first.worker.off("message", listen);
      };
      first.worker.on("message", listen);
      post(first, { kind: "describe" });
    });
  }

  #open(): Slot {
    const { module, memoryMb, youngMb } = this.#options;
    const resourceLimits = {
      ...(memoryMb === undefined ? {} : { maxOldGenerationSizeMb: memoryMb }),
      ...(youngMb === undefined ? {} : { maxYoungGenerationSizeMb: youngMb }),
    };
    const worker = new Worker(new URL("./worker-entry.ts", import.meta.url), {
      workerData: { module },
      resourceLimits,
      ...threadOptions(),
    });
    const slot: Slot = {
      worker,
      leases: new Map(),
      current: undefined,
      startedAt: 0,
      timer: undefined,
      meanMs: aheadMs,
      closing: false,
    };
    worker.on("message", (message: FromWorker) => this.#hear(slot, message));
    worker.on("error", (error) => this.#lost(slot, error instanceof Error ? error.message : String(error)));
    worker.on("exit", (code) => this.#lost(slot, `exit code ${code}`));
    return slot;
  }

  /** How many more leases the threads can take now. */
  get free(): number {
    if (this.#stopping) return 0;
    return this.#slots.reduce((sum, slot) => sum + Math.max(0, this.#depthOf(slot) - slot.leases.size), 0);
  }

  #depthOf(slot: Slot): number {
    return 1 + Math.min(this.#options.ahead ?? mostAhead, Math.max(1, Math.ceil(aheadMs / Math.max(0.1, slot.meanMs))));
  }

  give(leases: readonly Lease[]): void {
    for (const lease of leases) {
      let best: Slot | undefined;
      for (const slot of this.#slots) {
        if (!slot.closing && (best === undefined || loadOf(slot) < loadOf(best))) best = slot;
      }
      if (best === undefined) {
        this.#return(lease);
        continue;
      }
      best.leases.set(lease.taskId, lease);
      const { taskId, token, task, attempt, input, parameters } = lease;
      post(best, { kind: "run", taskId, token, task, attempt, input, parameters });
    }
  }

  #return(lease: Lease): void {
    const now = Date.now();
    this.#answer({ ...endingOf(lease, now, now), outcome: "returned" });
  }

  #hear(slot: Slot, message: FromWorker): void {
    if (message.kind === "described") return;
    if (message.kind === "unusable") {
      this.#lost(slot, message.error.message);
      return;
    }
    if (message.kind === "beat") {
      if (slot.current === message.taskId) slot.timer?.refresh();
      return;
    }
    const lease = slot.leases.get(message.taskId);
    if (lease === undefined || lease.token !== message.token) return;
    if (message.kind === "started") {
      slot.current = message.taskId;
      slot.startedAt = message.at;
      clearTimeout(slot.timer);
      slot.timer = setTimeout(() => this.#expire(slot, lease), lease.timeoutMs);
      slot.timer.unref();
      return;
    }
    this.#brokenStarts = 0;
    clearTimeout(slot.timer);
    slot.current = undefined;
    slot.leases.delete(message.taskId);
    slot.meanMs += (message.endedAt - message.startedAt - slot.meanMs) / 8;
    this.#answer(message);
  }

  /** A task's time is up: its thread is stopped, tasks handed out ahead go back unused, a new thread takes its place. */
  #expire(slot: Slot, lease: Lease): void {
    if (slot.current !== lease.taskId) return;
    this.#fail(slot, lease, new TaskTimeoutError(lease.task, lease.timeoutMs));
    this.#replace(slot);
  }

  /** A thread ended by itself (out of memory, process.exit in a handler): its running task has failed. */
  #lost(slot: Slot, reason: string): void {
    if (slot.closing) return;
    const lease = slot.current === undefined ? undefined : slot.leases.get(slot.current);
    if (lease === undefined) this.#brokenStarts++;
    else this.#fail(slot, lease, new WorkerLostError(lease.task, reason));
    this.#replace(slot);
  }

  #fail(slot: Slot, lease: Lease, cause: Error): void {
    slot.leases.delete(lease.taskId);
    const ending = endingOf(lease, slot.startedAt, Date.now());
    this.#answer({ ...ending, outcome: "failed", error: attemptError(cause) });
  }

  #replace(slot: Slot): void {
    slot.closing = true;
    clearTimeout(slot.timer);
    for (const lease of slot.leases.values()) this.#return(lease);
    slot.leases.clear();
    post(slot, { kind: "abort" });
    setTimeout(() => void slot.worker.terminate(), lettingGoMs).unref();
    const place = this.#slots.indexOf(slot);
    if (this.#stopping || place < 0) return;
    if (this.#brokenStarts > mostBroken) {
      this.#slots.splice(place, 1);
      this.#trouble(
        new WorkerLostError("any", `${mostBroken} starts in a row ended before a task did; this thread is given up`),
      );
      return;
    }
    this.#slots[place] = this.#open();
  }

  /** Lets running tasks end within `graceMs`, hands the others back, stops the threads. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    const until = Date.now() + graceMs;
    while (Date.now() < until && this.#slots.some((slot) => slot.current !== undefined)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    for (const slot of this.#slots) {
      slot.closing = true;
      clearTimeout(slot.timer);
      for (const lease of slot.leases.values()) this.#return(lease);
      slot.leases.clear();
    }
    if (this.#slots.some((slot) => slot.current !== undefined)) {
      for (const slot of this.#slots) post(slot, { kind: "abort" });
      await new Promise((resolve) => setTimeout(resolve, lettingGoMs));
    }
    await Promise.all(this.#slots.map((slot) => slot.worker.terminate()));
    this.#slots.length = 0;
  }
}

function post(slot: Slot, message: ToWorker): void {
  slot.worker.postMessage(message);
}

function loadOf(slot: Slot): number {
  return slot.leases.size * slot.meanMs;
}
