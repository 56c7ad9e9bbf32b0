import { TaskTimeoutError } from "../errors.ts";
import { generationOf, taskIdentity } from "../identity.ts";
import type { TaskError } from "../leases.ts";
import type { DeadLetter, LogRecord } from "../records.ts";
import { defaultRetry, type ExternalTaskSpec, type RetryPolicy } from "../spec.ts";
import { isElsewhere, retryDelay, timeoutOf } from "../task-request.ts";
import type { Value } from "../template.ts";
import type { TaskPlace } from "./layout.ts";
import type { PartitionCounters } from "./partition-counters.ts";
import { type PartitionState, tasksStore } from "./partition-state.ts";
import type { TaskAnswer, TaskMessage } from "./task-message.ts";

/** What the ledger makes happen in the transaction. */
export interface LedgerEffects {
  /** A result, or a failure, flows on from the task's node. */
  emit(topic: string, record: LogRecord): void;
  request(topic: string, message: TaskMessage): void;
  deadLetter(letter: DeadLetter): void;
  /** Takes a dead letter of a task back. */
  settled(taskId: string): void;
  /** Hands a record to a partition that admits tasks. */
  passOn(topic: string, partition: number, record: LogRecord): void;
}

/** An unfinished task of this partition. */
interface OpenTask {
  state: "held" | "sent" | "retrying";
  /** Of one that is sent: a worker has said that it runs. */
  begun?: true;
  key: string;
  /** Attempts that have ended. */
  attempts: number;
  /** Attempts that it may have. */
  budget: number;
  input: Value;
  timestamp: number;
  /** Order of admission. */
  seq: number;
}

/** What is remembered of one that is over here, so that it runs once. A failed one keeps its input, to be run again by hand. */
type FinishedTask =
  | { state: "done" }
  /** It is another partition's. */
  | { state: "passed" }
  | { state: "failed"; key: string; attempts: number; input: Value; timestamp: number };

const rememberedMs = 7 * 24 * 3600 * 1000;
/** A request that nobody has begun for so long is made again: retention may have removed it by the time that workers come back. */
const resendMs = 3 * 24 * 3600 * 1000;

/**
 * The tasks of one node in one partition: each requested exactly once an attempt, ended by its first result. Retries, time limits and dead
 * letters are decided here, by the worker that owns the partition; whoever runs tasks only answers. Where `concurrency` is less than there are
 * partitions, the first so many admit one at a time each, and the others hand theirs to them.
 */
export class TaskLedger {
  readonly #place: TaskPlace;
  readonly #dag: string;
  readonly #spec: ExternalTaskSpec;
  readonly #retry: RetryPolicy;
  readonly #partition: number;
  /** Most tasks that are sent and not answered: this partition's share of `concurrency`. */
  readonly #most: number;
  /** The partition that admits this one's tasks, should it have no share itself. */
  readonly #admittedBy: number;
  readonly #state: PartitionState;
  readonly #counters: PartitionCounters;
  readonly #store: string;
  readonly #sent = new Set<string>();
  readonly #busy = new Set<string>();
  readonly #held = new Set<string>();
  #seq = 0;

  constructor(
    place: TaskPlace,
    dag: string,
    partition: number,
    partitions: number,
    state: PartitionState,
    counters: PartitionCounters,
  ) {
    this.#place = place;
    this.#dag = dag;
    this.#spec = place.node.spec as ExternalTaskSpec;
    this.#retry = this.#spec.retry ?? defaultRetry;
    this.#partition = partition;
    this.#state = state;
    this.#counters = counters;
    this.#store = tasksStore(dag, place.node.id);
    const { concurrency = Number.POSITIVE_INFINITY } = this.#spec;
    this.#most = Math.floor(concurrency / partitions) + (partition < concurrency % partitions ? 1 : 0);
    this.#admittedBy = partition % concurrency;
    const open = state.entries(this.#store).filter((entry): entry is [string, OpenTask] => isOpen(entry[1]));
    open.sort(([, a], [, b]) => a.seq - b.seq);
    for (const [taskId, task] of open) {
      this.#seq = Math.max(this.#seq, task.seq + 1);
      if (task.state === "sent") this.#occupy(taskId, task.key);
      else if (task.state === "held") this.#held.add(taskId);
    }
  }

  get name(): string {
    return this.#store;
  }

  /** Unfinished tasks. */
  get open(): number {
    return this.#state.entries(this.#store).reduce((count, [, task]) => count + (isOpen(task) ? 1 : 0), 0);
  }

  #occupy(taskId: string, key: string): void {
    this.#sent.add(taskId);
    this.#busy.add(key);
  }

  /** A record of the source topic becomes a task, unless it is one already. Failures flow on. */
  request(record: LogRecord, now: number, effects: LedgerEffects): "requested" | "duplicate" | "failure" {
    const counts = this.#counters.of(this.#place.node.id);
    counts.in++;
    if (record.failure !== undefined) {
      effects.emit(this.#place.results, record);
      return "failure";
    }
    const generation = generationOf(record.value);
    const place = { dag: this.#dag, node: this.#place.node.id, key: record.key, generation };
    const { taskId } = taskIdentity(place, this.#spec, { digest: "", version: "1" }, record.value);
    if (this.#state.get(this.#store, taskId) !== undefined) {
      counts.duplicates++;
      return "duplicate";
    }
    const { key, value: input, timestamp } = record;
    const budget = this.#retry.attempts;
    this.#state.putTask(this.#store, taskId, {
      state: "held",
      key,
      attempts: 0,
      budget,
      input,
      timestamp,
      seq: this.#seq++,
    });
    this.#held.add(taskId);
    this.#sendHeld(now, effects);
    return "requested";
  }

  /** Goes on with what waited when state was written: its share may be another by now. */
  begin(now: number, effects: LedgerEffects): void {
    this.#sendHeld(now, effects);
  }

  /** Sends what may run: as many as the partition's share of `concurrency`, with `exclusive` one a key. */
  #sendHeld(now: number, effects: LedgerEffects): void {
    if (this.#most === 0) this.#passHeld(now, effects);
    for (const taskId of this.#held) {
      if (this.#sent.size >= this.#most) return;
      const task = this.#state.get(this.#store, taskId) as OpenTask;
      if (this.#spec.exclusive === "key" && this.#busy.has(task.key)) continue;
      this.#held.delete(taskId);
      this.#occupy(taskId, task.key);
      this.#send(taskId, task, now, effects);
    }
  }

  #passHeld(now: number, effects: LedgerEffects): void {
    for (const taskId of this.#held) {
      const { key, input: value, timestamp } = this.#state.get(this.#store, taskId) as OpenTask;
      effects.passOn(this.#place.admissions, this.#admittedBy, { key, value, timestamp });
      this.#remember(taskId, { state: "passed" }, now);
      this.#counters.of(this.#place.node.id).in--; // it comes in where it is admitted
    }
    this.#held.clear();
  }

  #send(taskId: string, { begun: _, ...task }: OpenTask, now: number, effects: LedgerEffects): void {
    this.#state.putTask(this.#store, taskId, { ...task, state: "sent" }, now + resendMs);
    effects.request(this.#place.requests, {
      taskId,
      attempt: task.attempts + 1,
      dag: this.#dag,
      node: this.#place.node.id,
      task: this.#spec["task-name"],
      key: task.key,
      input: task.input,
      parameters: (this.#spec.parameters ?? {}) as Value,
      resources: (this.#spec.resources ?? {}) as Value,
      timeoutMs: timeoutOf(this.#spec),
      priority: this.#spec.priority ?? 0,
      reply: { topic: this.#place.reply, partition: this.#partition },
    });
  }

  /** A worker's word. The first result of a task counts, of whichever attempt; a failure only if it is the newest attempt's. */
  answer(answer: TaskAnswer, now: number, effects: LedgerEffects): "ended" | "going-on" | "stale" {
    const task = this.#state.get(this.#store, answer.taskId);
    if (!isOpen(task)) return "stale";
    if (answer.outcome === "done") {
      this.#finish(answer.taskId, task, answer.result, now, effects);
      return "ended";
    }
    if (answer.attempt !== task.attempts + 1 || task.state !== "sent") return "stale";
    if (answer.outcome === "started") {
      this.#state.putTask(this.#store, answer.taskId, { ...task, begun: true }, now + this.#unheardMs);
      return "going-on";
    }
    if (answer.outcome === "preempted") {
      const { begun: _, ...waiting } = task;
      this.#state.putTask(this.#store, answer.taskId, waiting, now + resendMs);
      return "going-on";
    }
    const { code, message, retryable } = answer.error;
    this.#fail(answer.taskId, task, { code, message, ...(retryable === undefined ? {} : { retryable }) }, now, effects);
    return "ended";
  }

  /** How long a task that has begun may be unheard of. What an executor runs goes on without us: its request is made again, as of one not begun. */
  get #unheardMs(): number {
    return isElsewhere(this.#spec) ? resendMs : timeoutOf(this.#spec);
  }

  #finish(taskId: string, task: OpenTask, result: unknown, now: number, effects: LedgerEffects): void {
    if (result === null || typeof result !== "object" || Array.isArray(result)) {
      const found = JSON.stringify(result)?.slice(0, 60) ?? String(result);
      const message = `The handler returned ${found}; expected an object.`;
      this.#fail(taskId, task, { code: "engine/task-result", message, retryable: false }, now, effects);
      return;
    }
    this.#remember(taskId, { state: "done" }, now);
    const { key, input, timestamp } = task;
    effects.emit(this.#place.results, { key, value: { ...input, ...(result as Value) }, timestamp });
    const counts = this.#counters.of(this.#place.node.id);
    counts.done++;
    this.#counters.put(this.#place.node.id, now);
    this.#release(taskId, task.key, now, effects);
  }

  #remember(taskId: string, finished: FinishedTask, now: number): void {
    this.#state.putTask(this.#store, taskId, finished);
    this.#state.setDue(this.#store, taskId, "forget", now + rememberedMs);
  }

  #release(taskId: string, key: string, now: number, effects: LedgerEffects): void {
    this.#held.delete(taskId);
    if (this.#sent.delete(taskId)) this.#busy.delete(key);
    this.#sendHeld(now, effects);
  }

  #fail(taskId: string, task: OpenTask, error: TaskError, now: number, effects: LedgerEffects): void {
    const attempts = task.attempts + 1;
    const { key, input, timestamp } = task;
    if (error.retryable !== false && attempts < task.budget) {
      const past = attempts - (task.budget - this.#retry.attempts);
      const due = now + retryDelay(this.#retry, taskId, past);
      this.#state.putTask(this.#store, taskId, { ...task, state: "retrying", attempts }, due);
      this.#counters.of(this.#place.node.id).retried++;
      this.#release(taskId, key, now, effects);
      return;
    }
    const { code, message } = error;
    const node = this.#place.node.id;
    this.#remember(taskId, { state: "failed", key, attempts, input, timestamp }, now);
    effects.deadLetter({ kind: "task", node, key, value: input, timestamp, code, message, taskId });
    effects.emit(this.#place.results, { key, value: input, timestamp, failure: { code, message, node, taskId } });
    this.#release(taskId, key, now, effects);
  }

  /** A time has come: of the next attempt, of a limit, or of forgetting. */
  fire(taskId: string, now: number, effects: LedgerEffects): void {
    const task = this.#state.get(this.#store, taskId);
    if (!isOpen(task)) {
      this.#state.putTask(this.#store, taskId, undefined);
      return;
    }
    if (task.state === "retrying") {
      this.#state.putTask(this.#store, taskId, { ...task, state: "held" });
      this.#held.add(taskId);
      this.#sendHeld(now, effects);
    } else if (task.state === "sent" && (task.begun !== true || isElsewhere(this.#spec)))
      this.#send(taskId, task, now, effects);
    else if (task.state === "sent") {
      const { code, message } = new TaskTimeoutError(this.#spec["task-name"], timeoutOf(this.#spec));
      this.#fail(taskId, task, { code, message }, now, effects);
    }
  }

  /** Runs a failed task again, with a fresh budget, or a delayed one at once. Its earlier dead letter goes. */
  retry(taskId: string, now: number, effects: LedgerEffects): boolean {
    const task = this.#state.get(this.#store, taskId) as OpenTask | FinishedTask | undefined;
    if (task?.state === "retrying") {
      this.fire(taskId, now, effects);
      return true;
    }
    if (task?.state !== "failed") return false;
    const { key, attempts, input, timestamp } = task;
    const budget = attempts + this.#retry.attempts;
    this.#state.putTask(this.#store, taskId, {
      state: "held",
      key,
      attempts,
      budget,
      input,
      timestamp,
      seq: this.#seq++,
    });
    this.#held.add(taskId);
    effects.settled(taskId);
    this.#sendHeld(now, effects);
    return true;
  }

  /** A newer result has taken a failed task's place: nobody needs it any more. */
  supersede(taskId: string, now: number, effects: LedgerEffects): boolean {
    const task = this.#state.get(this.#store, taskId) as FinishedTask | undefined;
    if (task?.state !== "failed") return false;
    this.#remember(taskId, { state: "done" }, now);
    effects.settled(taskId);
    return true;
  }
}

function isOpen(task: unknown): task is OpenTask {
  return (
    task !== null &&
    typeof task === "object" &&
    "state" in task &&
    (task.state === "held" || task.state === "sent" || task.state === "retrying")
  );
}
