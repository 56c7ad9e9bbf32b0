import type { Counters } from "./counters.ts";
import type { Names, Statements } from "./database.ts";
import { generationOf, taskIdentity } from "./identity.ts";
import type { Completion, Lease, TaskCode, TaskError } from "./leases.ts";
import type { TopicLog } from "./log.ts";
import type { Plan } from "./plan.ts";
import type { DeadLetter, LogRecord, RecordRef } from "./records.ts";
import { requestOf, retryDelay, type TaskNode, type TaskRequest, taskNodes } from "./task-request.ts";
import type { Value } from "./template.ts";

/** What the queue makes happen elsewhere in the transaction. */
export interface QueueEffects {
  emit(topic: string, node: string, record: LogRecord): void;
  deadLetter(dag: string, letter: DeadLetter): void;
  event(kind: string, data: Value): void;
}

/** What an autoscaler asks of a task name. */
export interface TaskLoad {
  task: string;
  /** Not begun: requested, waiting, or waiting for another attempt. */
  waiting: number;
  running: number;
  /** Of the one that was admitted first and has not begun, ms; 0 when there is none. */
  oldestAgeMs: number;
}

export interface QueueLimits {
  /** Tasks of a node that are taken from its topic into the queue before they run. */
  window: number;
  /** Starts of a task that may end with the whole process before it is set aside. */
  lostAttempts: number;
  maxRecordBytes: number;
  /** Tokens of this session are larger: no lease of an earlier one can be taken for a new one. */
  firstToken: number;
}

/**
 * The durable lease queue. Requests are records of a topic; a window of them per node is admitted as tasks, leased to workers, and
 * ended by exactly one result record under the request's key.
 */
export class TaskQueue {
  readonly #sql: Statements;
  readonly #names: Names;
  readonly #log: TopicLog;
  readonly #counters: Counters;
  readonly #effects: QueueEffects;
  readonly #limits: QueueLimits;
  readonly #code: (task: string) => TaskCode;
  readonly #nodes: TaskNode[];
  readonly #pending = new Map<string, TaskRequest>();
  #token = 0;

  constructor(
    parts: { sql: Statements; names: Names; log: TopicLog; counters: Counters; effects: QueueEffects },
    plans: readonly Plan[],
    code: (task: string) => TaskCode,
    limits: QueueLimits,
  ) {
    this.#sql = parts.sql;
    this.#names = parts.names;
    this.#log = parts.log;
    this.#counters = parts.counters;
    this.#effects = parts.effects;
    this.#limits = limits;
    this.#code = code;
    this.#token = limits.firstToken;
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
      const rows = this.#sql(
        `SELECT t.*, n.name AS topic_name FROM tasks t JOIN names n ON n.id = t.topic
         WHERE t.node = ? AND t.state IN ('waiting', 'running', 'retrying') ORDER BY t.seq`,
      ).all(this.#names.id(node.name));
      for (const row of rows) {
        const pending = requestOf(row, node);
        this.#pending.set(pending.taskId, pending);
        node.unresolved++;
        if (row.state === "running") this.#lose(pending, now);
        else this.#enqueue(pending);
      }
      this.#count(node);
    }
  }

  #lose(pending: TaskRequest, now: number): void {
    pending.lost++;
    if (isElsewhere(pending.node)) {
      this.#wait(pending, now);
      return;
    }
    const error: TaskError = { code: "engine/worker-lost", message: "The process ended while this task was running." };
    this.#recordAttempt(pending, "lost", pending.startedAt, now, error, []);
    if (pending.lost >= this.#limits.lostAttempts) {
      const message = `The process ended ${pending.lost} times while this task was running; it may be the cause.`;
      this.#giveUp(pending, { ...error, message }, now);
    } else this.#wait(pending, now);
  }

  #wait(pending: TaskRequest, due: number): void {
    pending.due = due;
    pending.state = "waiting";
    this.#sql("UPDATE tasks SET state = 'waiting', due = ?, lost = ? WHERE seq = ?").run(
      due,
      pending.lost,
      pending.seq,
    );
    this.#enqueue(pending);
  }

  #enqueue(pending: TaskRequest): void {
    if (pending.state === "retrying") pending.node.delayed.add(pending);
    else pending.node.ready.push(pending);
  }

  /** Whether anything is unfinished or still to be admitted. */
  get busy(): boolean {
    return this.#pending.size > 0 || this.#nodes.some((node) => this.#backlog(node) > 0);
  }

  /** Tasks that are leased now. */
  get running(): number {
    return this.#nodes.reduce((sum, node) => sum + node.running, 0);
  }

  /** When the next delayed attempt is due; undefined when none is. */
  nextDue(): number | undefined {
    let next: number | undefined;
    for (const node of this.#nodes)
      for (const { due } of node.delayed) if (next === undefined || due < next) next = due;
    return next;
  }

  #backlog(node: TaskNode): number {
    let backlog = 0;
    for (let partition = 0; partition < this.#log.partitions(node.source); partition++) {
      backlog += this.#log.end(node.source, partition) - this.#offset(node, partition);
    }
    return backlog;
  }

  readonly #offsets = new Map<string, number>();

  #offset(node: TaskNode, partition: number): number {
    const place = `${node.name}\u0000${partition}`;
    let offset = this.#offsets.get(place);
    if (offset === undefined) {
      const row = this.#sql("SELECT next FROM offsets WHERE consumer = ? AND topic = ? AND partition = ?").get(
        this.#names.id(node.name),
        this.#names.id(node.source),
        partition,
      );
      offset = Number(row?.next ?? 0);
      this.#offsets.set(place, offset);
    }
    return offset;
  }

  #advance(node: TaskNode, partition: number, next: number): void {
    this.#offsets.set(`${node.name}\u0000${partition}`, next);
    this.#sql(
      "INSERT INTO offsets (consumer, topic, partition, next) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET next = excluded.next",
    ).run(this.#names.id(node.name), this.#names.id(node.source), partition, next);
  }

  /** Takes requests from topics into the queue, as far as the windows allow. Returns whether a result came of it (cache, failure). */
  admit(now: number): boolean {
    let resulted = false;
    for (const node of this.#nodes) {
      let changed = false;
      for (let partition = 0; partition < this.#log.partitions(node.source); partition++) {
        let next = this.#offset(node, partition);
        const before = next;
        while (node.unresolved < this.#limits.window && next < this.#log.end(node.source, partition)) {
          const { base, records } = this.#log.read(node.source, partition, next);
          next = base;
          for (const record of records) {
            if (node.unresolved >= this.#limits.window) break;
            if (this.#request(node, record, { topic: node.source, partition, offset: next }, now)) resulted = true;
            next++;
          }
        }
        if (next !== before) {
          this.#advance(node, partition, next);
          changed = true;
        }
      }
      if (changed) this.#count(node);
    }
    return resulted;
  }

  #request(node: TaskNode, record: LogRecord, ref: RecordRef, now: number): boolean {
    const counters = this.#counters.of(node.name);
    counters.in++;
    if (record.failure !== undefined) {
      this.#effects.emit(node.results, node.name, record);
      return true;
    }
    const generation = generationOf(record.value);
    const place = { dag: node.dag, node: node.id, key: record.key, generation };
    const identity = taskIdentity(place, node.spec, this.#code(node.spec["task-name"]), record.value);
    const components = JSON.stringify(identity.components);
    const hit =
      node.spec.cache === false
        ? undefined
        : this.#sql("SELECT result FROM results WHERE cache_key = ?").get(identity.cacheKey);
    const made = this.#sql(
      `INSERT OR IGNORE INTO tasks (id, node, key, generation, topic, partition, at_offset, state, attempts, budget, lost, due, cache_key,
       components, cached, admitted_at, finished_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 0, ?, ?, ?, ?, ?, ?)`,
    ).run(
      identity.taskId,
      this.#names.id(node.name),
      record.key,
      generation,
      this.#names.id(ref.topic),
      ref.partition,
      ref.offset,
      hit === undefined ? "waiting" : "done",
      node.retry.attempts,
      now,
      identity.cacheKey,
      components,
      hit === undefined ? 0 : 1,
      now,
      hit === undefined ? null : now,
    );
    if (made.changes === 0) {
      counters.duplicates++;
      return false;
    }
    if (hit !== undefined) {
      counters.cached++;
      counters.done++;
      this.#succeed(node, record, JSON.parse(String(hit.result)) as Value, now);
      return true;
    }
    const pending: TaskRequest = {
      seq: Number(made.lastInsertRowid),
      taskId: identity.taskId,
      node,
      key: record.key,
      ref,
      attempts: 0,
      budget: node.retry.attempts,
      lost: 0,
      due: now,
      cacheKey: identity.cacheKey,
      components,
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
    this.#counters.put(node.name, 1, now);
    this.#effects.emit(node.results, node.name, {
      key: input.key,
      value: { ...input.value, ...result },
      timestamp: input.timestamp,
    });
  }

  /** What waits and runs, by task name. */
  loads(now: number): TaskLoad[] {
    const loads = new Map<string, TaskLoad>();
    for (const node of this.#nodes) {
      const task = node.spec["task-name"];
      const load = loads.get(task) ?? { task, waiting: 0, running: 0, oldestAgeMs: 0 };
      loads.set(task, load);
      load.waiting += node.ready.length + node.delayed.size + this.#backlog(node);
      load.running += node.running;
      for (const pending of [node.ready[0], ...node.delayed])
        if (pending !== undefined) load.oldestAgeMs = Math.max(load.oldestAgeMs, now - pending.admittedAt);
    }
    return [...loads.values()];
  }

  /** How many tasks of a name could be leased now, of the nodes that `serves` takes. */
  leasable(now: number, serves: (node: TaskNode) => boolean): Map<string, number> {
    const counts = new Map<string, number>();
    for (const node of this.#nodes) {
      if (!serves(node)) continue;
      let ready = node.ready.length;
      for (const { due } of node.delayed) if (due <= now) ready++;
      const room = (node.spec.concurrency ?? Number.POSITIVE_INFINITY) - node.running;
      const task = node.spec["task-name"];
      counts.set(task, (counts.get(task) ?? 0) + Math.max(0, Math.min(ready, room)));
    }
    return counts;
  }

  /** Hands out up to `slots` tasks of the nodes that `serves` takes: higher priority first, then nodes further down the graph, then the oldest. */
  lease(slots: number, now: number, serves: (node: TaskNode) => boolean = () => true): Lease[] {
    const leases: Lease[] = [];
    if (slots <= 0) return leases;
    const nodes = this.#nodes
      .filter(serves)
      .sort((a, b) => (b.spec.priority ?? 0) - (a.spec.priority ?? 0) || b.order - a.order);
    for (const node of nodes) {
      for (const pending of node.delayed) {
        if (pending.due > now) continue;
        node.delayed.delete(pending);
        pending.state = "waiting";
        node.ready.unshift(pending);
      }
      const most = node.spec.concurrency ?? Number.POSITIVE_INFINITY;
      let taken = 0;
      const held: TaskRequest[] = [];
      while (leases.length < slots && node.running < most && taken < node.ready.length) {
        const pending = node.ready[taken] as TaskRequest;
        taken++;
        if (node.busyKeys.has(pending.key)) {
          held.push(pending);
          continue;
        }
        const lease = this.#start(pending, now);
        if (lease !== undefined) leases.push(lease);
      }
      if (taken === held.length) continue;
      node.ready.splice(0, taken, ...held);
      this.#count(node);
    }
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
    this.#sql("UPDATE tasks SET state = 'running', started_at = ? WHERE seq = ?").run(now, pending.seq);
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
      timeoutMs: node.spec.timeout ?? (isElsewhere(node) ? Number.POSITIVE_INFINITY : 600_000),
    };
  }

  #input(pending: TaskRequest): LogRecord | undefined {
    const record = this.#log.record(pending.ref);
    if (record !== undefined) return record;
    const row = this.#sql("SELECT key, value, timestamp FROM dead_letters WHERE task = ?").get(pending.taskId);
    if (row === undefined) return undefined;
    return { key: String(row.key), value: JSON.parse(String(row.value)) as Value, timestamp: Number(row.timestamp) };
  }

  /** Takes a worker's answer. A stale one (another lease has been given out, or the task is finished) changes nothing. */
  complete(completion: Completion, now: number): boolean {
    const pending = this.#pending.get(completion.taskId);
    if (pending === undefined || pending.state !== "running" || pending.token !== completion.token) return false;
    const { node } = pending;
    node.running--;
    node.busyKeys.delete(pending.key);
    if (completion.outcome === "returned") {
      this.#wait(pending, now);
    } else if (completion.outcome === "preempted") {
      pending.lost++;
      const { startedAt, endedAt, error, log } = completion;
      this.#recordAttempt(pending, "preempted", startedAt, endedAt, error, log);
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
      const gone = {
        code: "engine/input-expired",
        message: "The input record was removed by retention while the task ran.",
      };
      this.#fail(pending, completion, error ?? { ...gone, retryable: false }, now);
      return;
    }
    pending.attempts++;
    this.#recordAttempt(pending, "done", completion.startedAt, completion.endedAt, undefined, completion.log);
    this.#sql(
      "UPDATE tasks SET state = 'done', attempts = ?, started_at = ?, finished_at = ?, code = NULL, message = NULL WHERE seq = ?",
    ).run(pending.attempts, completion.startedAt, completion.endedAt, pending.seq);
    if (node.spec.cache !== false) {
      this.#sql(
        "INSERT OR IGNORE INTO results (cache_key, task, name, components, result, at) VALUES (?, ?, ?, ?, ?, ?)",
      ).run(pending.cacheKey, pending.taskId, node.spec["task-name"], pending.components, JSON.stringify(result), now);
    }
    this.#sql("DELETE FROM dead_letters WHERE task = ?").run(pending.taskId);
    this.#counters.of(node.name).done++;
    this.#resolve(pending);
    this.#succeed(node, input, result as Value, now);
  }

  #fail(pending: TaskRequest, completion: Completion, error: TaskError, now: number): void {
    pending.attempts++;
    this.#recordAttempt(pending, "failed", completion.startedAt, completion.endedAt, error, completion.log);
    if (error.retryable === false || pending.attempts >= pending.budget) {
      this.#giveUp(pending, error, now);
      return;
    }
    pending.state = "retrying";
    pending.due =
      now +
      retryDelay(pending.node.retry, pending.taskId, pending.attempts - (pending.budget - pending.node.retry.attempts));
    this.#counters.of(pending.node.name).retried++;
    this.#sql("UPDATE tasks SET state = 'retrying', attempts = ?, due = ?, code = ?, message = ? WHERE seq = ?").run(
      pending.attempts,
      pending.due,
      error.code,
      error.message,
      pending.seq,
    );
    this.#enqueue(pending);
  }

  #giveUp(pending: TaskRequest, error: TaskError, now: number): void {
    const { node, taskId } = pending;
    const input = this.#input(pending) ?? { key: pending.key, value: {}, timestamp: now };
    const failure = { code: error.code, message: error.message, node: node.id, taskId };
    this.#sql(
      "UPDATE tasks SET state = 'failed', attempts = ?, lost = ?, finished_at = ?, code = ?, message = ? WHERE seq = ?",
    ).run(pending.attempts, pending.lost, now, error.code, error.message, pending.seq);
    const { key, value, timestamp } = input;
    this.#sql("DELETE FROM dead_letters WHERE task = ?").run(taskId);
    this.#effects.deadLetter(node.dag, {
      kind: "task",
      node: node.id,
      key,
      value,
      timestamp,
      code: error.code,
      message: error.message,
      taskId,
    });
    this.#counters.of(node.name).failed++;
    this.#resolve(pending);
    this.#effects.emit(node.results, node.name, { key, value, timestamp, failure });
    this.#effects.event("task-failed", {
      dag: node.dag,
      node: node.id,
      key,
      taskId,
      code: error.code,
      message: error.message,
    });
  }

  #resolve(pending: TaskRequest): void {
    this.#pending.delete(pending.taskId);
    pending.node.unresolved--;
  }

  #recordAttempt(
    pending: TaskRequest,
    outcome: string,
    startedAt: number,
    endedAt: number,
    error: TaskError | undefined,
    log: string[],
  ): void {
    this.#sql(
      "INSERT OR REPLACE INTO attempts (task, attempt, outcome, started_at, ended_at, error, log) VALUES (?, ?, ?, ?, ?, ?, ?)",
    ).run(
      pending.seq,
      pending.attempts + pending.lost,
      outcome,
      startedAt,
      endedAt,
      error === undefined ? null : JSON.stringify(error),
      log.length === 0 ? null : log.join("\n"),
    );
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
    const row = this.#sql(
      "SELECT t.*, n.name AS node_name, p.name AS topic_name FROM tasks t JOIN names n ON n.id = t.node JOIN names p ON p.id = t.topic WHERE t.id = ? AND t.state = 'failed'",
    ).get(taskId);
    const node = this.#nodes.find((one) => one.name === row?.node_name);
    if (row === undefined || node === undefined) return false;
    const pending = requestOf(row, node);
    pending.budget = pending.attempts + node.retry.attempts;
    pending.due = now;
    this.#sql("UPDATE tasks SET state = 'waiting', budget = ?, due = ?, finished_at = NULL WHERE seq = ?").run(
      pending.budget,
      now,
      pending.seq,
    );
    this.#sql("UPDATE dead_letters SET state = 'redriven' WHERE task = ?").run(taskId);
    this.#counters.of(node.name).failed--;
    this.#pending.set(taskId, pending);
    node.unresolved++;
    this.#enqueue(pending);
    this.#count(node);
    return true;
  }

  /** A failed task whose place a newer result has taken (its input came again, mended) needs nobody any more. */
  supersede(taskId: string): void {
    const row = this.#sql(
      "SELECT n.name FROM tasks t JOIN names n ON n.id = t.node WHERE t.id = ? AND t.state = 'failed'",
    ).get(taskId);
    if (row === undefined) return;
    this.#sql(
      "UPDATE tasks SET state = 'done', message = 'Superseded by a newer result. ' || message WHERE id = ?",
    ).run(taskId);
    this.#sql("DELETE FROM dead_letters WHERE task = ?").run(taskId);
    this.#counters.of(String(row.name)).failed--;
  }

  #count(node: TaskNode): void {
    const counters = this.#counters.of(node.name);
    counters.waiting = node.ready.length;
    counters.running = node.running;
    counters.retrying = node.delayed.size;
    let oldest = 0;
    for (const pending of [node.ready[0], ...node.delayed]) {
      if (pending !== undefined && (oldest === 0 || pending.admittedAt < oldest)) oldest = pending.admittedAt;
    }
    counters.oldestAt = oldest;
  }

  reset(): void {
    this.#offsets.clear();
    this.#pending.clear();
  }
}

/** Run by an executor: what it runs outlives this process and is found again. */
function isElsewhere({ executor }: TaskNode): boolean {
  return executor !== undefined && executor !== "thread" && executor !== "lease";
}

function resultProblem(result: unknown, limit: number): TaskError | undefined {
  const retryable = false;
  if (result === null || typeof result !== "object" || Array.isArray(result)) {
    const found = JSON.stringify(result)?.slice(0, 60) ?? String(result);
    return { code: "engine/task-result", message: `The handler returned ${found}; expected an object.`, retryable };
  }
  const sizeBytes = JSON.stringify(result).length;
  if (sizeBytes <= limit) return undefined;
  const message = `The result has ${sizeBytes} bytes, the limit is ${limit}. Put the data into the object store and return its pointer.`;
  return { code: "engine/record-too-large", message, retryable };
}
