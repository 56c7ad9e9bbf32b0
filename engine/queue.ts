import type { EngineLimits } from "./engine-limits.ts";
import type { EngineTables } from "./engine-tables.ts";
import { generationOf, taskIdentity } from "./identity.ts";
import type { Completion, Lease, TaskCode, TaskError } from "./leases.ts";
import type { Plan } from "./plan.ts";
import type { DeadLetter, LogRecord, RecordRef } from "./records.ts";
import { countQueue, inLeaseOrder, leasableTasks, type TaskLoad, takeReady, taskLoads } from "./task-load.ts";
import { isElsewhere, retryDelay, type TaskNode, type TaskRequest, taskNodes, timeoutOf } from "./task-request.ts";
import { resultProblem } from "./task-result.ts";
import { TaskRows } from "./task-rows.ts";
import { TaskSources } from "./task-sources.ts";
import type { Value } from "./template.ts";

/**
 * The durable lease queue. Requests are records of a topic; a window of them per node is admitted as tasks, leased to workers, and
 * ended by exactly one result record under the request's key.
 */
export class TaskQueue {
  readonly #rows: TaskRows;
  readonly #sources: TaskSources;
  readonly #tables: EngineTables;
  readonly #emit: (topic: string, record: LogRecord) => void;
  readonly #limits: EngineLimits;
  readonly #code: (task: string) => TaskCode;
  readonly #nodes: TaskNode[];
  readonly #pending = new Map<string, TaskRequest>();
  #token: number;

  /**
   * @param emit puts a result into its topic, within the transaction
   * @param firstToken tokens of this session are larger: no lease of an earlier one can be taken for a new one
   */
  constructor(
    tables: EngineTables,
    emit: (topic: string, record: LogRecord) => void,
    plans: readonly Plan[],
    code: (task: string) => TaskCode,
    limits: EngineLimits,
    firstToken: number,
  ) {
    this.#rows = new TaskRows(tables);
    this.#sources = new TaskSources(tables.log, tables.offsets);
    this.#tables = tables;
    this.#emit = emit;
    this.#limits = limits;
    this.#code = code;
    this.#token = firstToken;
    this.#nodes = taskNodes(plans);
  }

  /** Reads unfinished tasks after a start. Those that were running have lost their worker and wait again. */
  load(now: number): void {
    this.#pending.clear();
    for (const node of this.#nodes) {
      node.ready = [];
      node.delayed.clear();
      node.unresolved = 0;
      node.running = 0;
      node.busyKeys.clear();
      for (const { request, running } of this.#rows.unfinished(node)) {
        this.#pending.set(request.taskId, request);
        node.unresolved++;
        if (running) this.#lose(request, now);
        else this.#enqueue(request);
      }
      this.#count(node);
    }
  }

  #lose(pending: TaskRequest, now: number): void {
    pending.lost++;
    if (isElsewhere(pending.node.spec)) {
      this.#wait(pending, now);
      return;
    }
    const error: TaskError = { code: "engine/worker-lost", message: "The process ended while this task was running." };
    this.#rows.attempt(pending, "lost", { startedAt: pending.startedAt, endedAt: now, log: [] }, error);
    if (pending.lost >= this.#limits.lostAttempts) {
      const message = `The process ended ${pending.lost} times while this task was running; it may be the cause.`;
      this.#giveUp(pending, { ...error, message }, now);
    } else this.#wait(pending, now);
  }

  #wait(pending: TaskRequest, due: number): void {
    pending.due = due;
    pending.state = "waiting";
    this.#rows.wait(pending);
    this.#enqueue(pending);
  }

  #enqueue(pending: TaskRequest): void {
    if (pending.state === "retrying") pending.node.delayed.add(pending);
    else pending.node.ready.push(pending);
  }

  /** Whether anything is unfinished or still to be admitted. */
  get busy(): boolean {
    return this.#pending.size > 0 || this.#nodes.some((node) => this.#sources.backlog(node) > 0);
  }

  /** When the next delayed attempt is due; undefined when none is. */
  nextDue(): number | undefined {
    let next: number | undefined;
    for (const node of this.#nodes)
      for (const { due } of node.delayed) if (next === undefined || due < next) next = due;
    return next;
  }

  /** Takes requests from topics into the queue, as far as the windows allow. Returns whether a result came of it (cache, failure). */
  admit(now: number): boolean {
    let resulted = false;
    for (const node of this.#nodes) {
      const room = (): boolean => node.unresolved < this.#limits.window;
      const request = (record: LogRecord, ref: RecordRef): void => {
        if (this.#request(node, record, ref, now)) resulted = true;
      };
      if (this.#sources.take(node, room, request)) this.#count(node);
    }
    return resulted;
  }

  #request(node: TaskNode, record: LogRecord, ref: RecordRef, now: number): boolean {
    const counters = this.#tables.counters.of(node.name);
    counters.in++;
    if (record.failure !== undefined) {
      this.#emit(node.results, record);
      return true;
    }
    const { key } = record;
    const generation = generationOf(record.value);
    const place = { dag: node.dag, node: node.id, key, generation };
    const identity = taskIdentity(place, node.spec, this.#code(node.spec["task-name"]), record.value);
    const answer = this.#rows.recorded(node, identity.cacheKey);
    const seq = this.#rows.admit(node, identity, { key, generation, ref }, answer !== undefined, now);
    if (seq === undefined) {
      counters.duplicates++;
      return false;
    }
    if (answer !== undefined) {
      counters.cached++;
      counters.done++;
      this.#succeed(node, record, answer, now);
      return true;
    }
    const pending: TaskRequest = {
      seq,
      taskId: identity.taskId,
      node,
      key,
      ref,
      attempts: 0,
      budget: node.retry.attempts,
      lost: 0,
      due: now,
      cacheKey: identity.cacheKey,
      components: JSON.stringify(identity.components),
      admittedAt: now,
      startedAt: 0,
      token: 0,
      state: "waiting",
    };
    this.#pending.set(pending.taskId, pending);
    node.unresolved++;
    this.#enqueue(pending);
    return false;
  }

  #succeed(node: TaskNode, input: LogRecord, result: Value, now: number): void {
    this.#tables.counters.put(node.name, 1, now);
    const { key, timestamp } = input;
    this.#emit(node.results, { key, value: { ...input.value, ...result }, timestamp });
  }

  /** What waits and runs, by task name. */
  loads(now: number): TaskLoad[] {
    return taskLoads(this.#nodes, (node) => this.#sources.backlog(node), now);
  }

  /** How many tasks of a name could be leased now, of the nodes that `serves` takes. */
  leasable(now: number, serves: (node: TaskNode) => boolean): Map<string, number> {
    return leasableTasks(this.#nodes.filter(serves), now);
  }

  /** Hands out up to `slots` tasks of the nodes that `serves` takes: higher priority first, then nodes further down the graph, then the oldest. */
  lease(slots: number, now: number, serves: (node: TaskNode) => boolean): Lease[] {
    const leases: Lease[] = [];
    if (slots <= 0) return leases;
    const start = (pending: TaskRequest): boolean => {
      const lease = this.#start(pending, now);
      if (lease !== undefined) leases.push(lease);
      return lease !== undefined;
    };
    for (const node of inLeaseOrder(this.#nodes.filter(serves)))
      if (takeReady(node, slots - leases.length, now, start)) this.#count(node);
    return leases;
  }

  #start(pending: TaskRequest, now: number): Lease | undefined {
    const { node } = pending;
    const input = this.#input(pending);
    if (input === undefined) {
      const message = "The input record was removed by retention before the task ran.";
      this.#giveUp(pending, { code: "engine/input-expired", message }, now);
      return undefined;
    }
    pending.state = "running";
    pending.startedAt = now;
    pending.token = ++this.#token;
    node.running++;
    if (node.spec.exclusive === "key") node.busyKeys.add(pending.key);
    this.#rows.start(pending);
    return {
      taskId: pending.taskId,
      token: pending.token,
      dag: node.dag,
      node: node.id,
      task: node.spec["task-name"],
      key: pending.key,
      attempt: pending.attempts + 1,
      input: input.value,
      parameters: (node.spec.parameters ?? {}) as Value,
      resources: (node.spec.resources ?? {}) as Value,
      priority: node.spec.priority ?? 0,
      timeoutMs: timeoutOf(node.spec),
    };
  }

  #input(pending: TaskRequest): LogRecord | undefined {
    return this.#tables.log.record(pending.ref) ?? this.#rows.letter(pending.taskId);
  }

  /** Takes a worker's answer. A stale one (another lease has been given out, or the task is finished) changes nothing. */
  complete(completion: Completion, now: number): boolean {
    const pending = this.#pending.get(completion.taskId);
    if (pending === undefined || pending.state !== "running" || pending.token !== completion.token) return false;
    const { node } = pending;
    node.running--;
    node.busyKeys.delete(pending.key);
    if (completion.outcome === "returned") this.#wait(pending, now);
    else if (completion.outcome === "preempted") {
      pending.lost++;
      this.#rows.attempt(pending, "preempted", completion, completion.error);
      this.#wait(pending, now);
    } else if (completion.outcome === "done") this.#finish(pending, completion, completion.result, now);
    else this.#fail(pending, completion, completion.error, now);
    this.#count(node);
    return true;
  }

  #finish(pending: TaskRequest, completion: Completion, result: unknown, now: number): void {
    const { node } = pending;
    const error = resultProblem(result, this.#limits.maxRecordBytes);
    const input = this.#input(pending);
    if (error !== undefined || input === undefined) {
      const message = "The input record was removed by retention while the task ran.";
      this.#fail(pending, completion, error ?? { code: "engine/input-expired", message, retryable: false }, now);
      return;
    }
    pending.attempts++;
    this.#rows.attempt(pending, "done", completion);
    this.#rows.finish(pending, completion, result, now);
    this.#tables.counters.of(node.name).done++;
    this.#resolve(pending);
    this.#succeed(node, input, result as Value, now);
  }

  #fail(pending: TaskRequest, completion: Completion, error: TaskError, now: number): void {
    const { node, taskId, budget } = pending;
    pending.attempts++;
    this.#rows.attempt(pending, "failed", completion, error);
    if (error.retryable === false || pending.attempts >= budget) {
      this.#giveUp(pending, error, now);
      return;
    }
    pending.state = "retrying";
    pending.due = now + retryDelay(node.retry, taskId, pending.attempts - (budget - node.retry.attempts));
    this.#tables.counters.of(node.name).retried++;
    this.#rows.delay(pending, error);
    this.#enqueue(pending);
  }

  #giveUp(pending: TaskRequest, error: TaskError, now: number): void {
    const { node, taskId } = pending;
    const { key, value, timestamp } = this.#input(pending) ?? { key: pending.key, value: {}, timestamp: now };
    const { code, message } = error;
    this.#rows.giveUp(pending, error, now);
    const letter: DeadLetter = { kind: "task", node: node.id, key, value, timestamp, code, message, taskId };
    this.#tables.letters.put(node.dag, letter, now);
    this.#tables.counters.of(node.name).failed++;
    this.#resolve(pending);
    const failure = { code, message, node: node.id, taskId };
    this.#emit(node.results, { key, value, timestamp, failure });
    this.#tables.events.note("task-failed", { dag: node.dag, node: node.id, key, taskId, code, message });
  }

  #resolve(pending: TaskRequest): void {
    this.#pending.delete(pending.taskId);
    pending.node.unresolved--;
  }

  /**
   * Puts a failed task back into the queue with a fresh budget of attempts, or lets a delayed one run now.
   * @returns false when the task is neither failed nor waiting for its next attempt
   */
  retry(taskId: string, now: number): boolean {
    const waiting = this.#pending.get(taskId);
    if (waiting !== undefined) {
      if (waiting.state === "retrying") waiting.due = now;
      return waiting.state === "retrying";
    }
    const pending = this.#rows.failed(taskId, this.#nodes);
    if (pending === undefined) return false;
    const { node } = pending;
    pending.budget = pending.attempts + node.retry.attempts;
    pending.due = now;
    this.#rows.again(pending);
    this.#tables.counters.of(node.name).failed--;
    this.#pending.set(taskId, pending);
    node.unresolved++;
    this.#enqueue(pending);
    this.#count(node);
    return true;
  }

  /** A failed task whose place a newer result has taken (its input came again, mended) needs nobody any more. */
  supersede(taskId: string): void {
    const node = this.#rows.supersede(taskId);
    if (node !== undefined) this.#tables.counters.of(node).failed--;
  }

  #count(node: TaskNode): void {
    countQueue(node, this.#tables.counters.of(node.name));
  }

  /** Forgets what memory holds, after a transaction was rolled back. */
  reset(): void {
    this.#pending.clear();
  }
}
