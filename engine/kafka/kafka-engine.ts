import { type CloseSummary, closeSummary } from "../close-summary.ts";
import { NotFoundError, StoppedError } from "../errors.ts";
import type { EngineStats, Inspector } from "../inspect.ts";
import type { AppendRecord, AppendResult, LedgerEntry } from "../intake.ts";
import type { LeaseAnswer, LeaseProof, LeaseRequest } from "../lease-desk.ts";
import type { Lease } from "../leases.ts";
import { lockFolder } from "../lock.ts";
import type { Plan } from "../plan.ts";
import type { EngineRuntime } from "../runtime.ts";
import type { Sink } from "../sinks.ts";
import type { TaskLoad } from "../task-load.ts";
import type { Value } from "../template.ts";
import { type Broker, systemClock } from "./broker.ts";
import { type Command, type Letter, letterSchema } from "./command.ts";
import { KafkaIntake } from "./intake.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { firstOpen, Mirror } from "./mirror.ts";
import { type KafkaOptions, type KafkaRuntime, openKafka, type PlacedRecord } from "./open-kafka.ts";
import { type KafkaSurvey, PartitionSurvey } from "./partition-survey.ts";
import { settled } from "./settled.ts";
import { SinkFeed } from "./sink-feed.ts";
import type { TaskWorker } from "./task-worker.ts";
import { objectOf } from "./wire-record.ts";
import { defaultWorkerLimits } from "./worker-limits.ts";

export interface KafkaEngineOptions extends Omit<KafkaOptions, "plans"> {
  /** One workflow: each has a folder of its own. */
  plans: readonly [Plan];
  /** This process's folder: a copy of what the deployment does, for those who look. One process at a time has it. */
  dir: string;
  sinks?: readonly Sink[];
}

/**
 * Opens a deployment on Kafka as a whole, seen and steered from this process, which may also do a part of its work (`roles`). Of the others
 * any number may come and go.
 * @throws LockedError (engine/locked), KafkaPlanError, or what `openKafka` throws
 */
export async function openKafkaEngine(options: KafkaEngineOptions): Promise<KafkaEngine> {
  const unlock = lockFolder(options.dir);
  let runtime: KafkaRuntime | undefined;
  try {
    runtime = await openKafka(options);
    return await KafkaEngine.start(options, runtime, unlock);
  } catch (error) {
    await runtime?.stop(0);
    unlock();
    throw error;
  }
}

/** A deployment on Kafka, from one of its processes. */
export class KafkaEngine implements EngineRuntime {
  readonly #runtime: KafkaRuntime;
  readonly #tasks: TaskWorker | undefined;
  readonly #layout: Layout;
  readonly #mirror: Mirror;
  readonly #sinks: SinkFeed;
  readonly #intake: KafkaIntake;
  readonly #survey: PartitionSurvey;
  readonly #broker: Broker;
  readonly #unlock: () => void;
  readonly #stop = new AbortController();

  private constructor(
    runtime: KafkaRuntime,
    parts: {
      layout: Layout;
      mirror: Mirror;
      sinks: SinkFeed;
      intake: KafkaIntake;
      survey: PartitionSurvey;
      broker: Broker;
      unlock: () => void;
    },
  ) {
    this.#runtime = runtime;
    const [plan] = runtime.plans;
    this.#tasks = plan === undefined ? undefined : runtime.taskWorker(plan);
    this.#layout = parts.layout;
    this.#mirror = parts.mirror;
    this.#sinks = parts.sinks;
    this.#intake = parts.intake;
    this.#survey = parts.survey;
    this.#broker = parts.broker;
    this.#unlock = parts.unlock;
  }

  /** Called once by `openKafkaEngine`. */
  static async start(options: KafkaEngineOptions, runtime: KafkaRuntime, unlock: () => void): Promise<KafkaEngine> {
    const { dir, sinks = [], application, topics, limits } = options;
    const [plan] = options.plans;
    const layout = layoutOf(plan, application, topics);
    const shared = { clock: systemClock, onTrouble: runtime.told };
    const mirror = new Mirror({ ...shared, broker: await runtime.connect(), plan, layout, dir });
    const feed = new SinkFeed({ ...shared, broker: await runtime.connect(), sinks });
    const broker = await runtime.connect();
    const intake = new KafkaIntake({
      broker,
      clock: systemClock,
      plans: [plan],
      ledger: {
        hasEntered: (topic, id) => mirror.tables.hasEntered(topic, id),
        reached: (offset) => mirror.reached({ topic: layout.intake, partition: 0 }, offset),
      },
      maxRecordBytes: { ...defaultWorkerLimits, ...limits }.maxRecordBytes,
    });
    const survey = new PartitionSurvey({ broker: await runtime.connect(), clock: systemClock, layout });
    mirror.start();
    feed.start();
    const engine = new KafkaEngine(runtime, { layout, mirror, sinks: feed, intake, survey, broker, unlock });
    await engine.note("run-started", { dags: [{ dag: plan.dag, sha256: plan.sha256 }] });
    void survey.watch(engine.#stop.signal);
    return engine;
  }

  get #inspector(): Inspector {
    return this.#mirror.inspector;
  }

  append(topic: string, records: readonly AppendRecord[], ledger: readonly LedgerEntry[] = []): Promise<AppendResult> {
    return this.#intake.append(topic, records, ledger);
  }

  /** Resolves once nothing is unread anywhere, no task is unfinished, and this process's sinks and copy are at the end. */
  async drain(): Promise<void> {
    await settled({
      broker: this.#broker,
      clock: systemClock,
      layout: this.#layout,
      mirror: this.#mirror,
      sinks: this.#sinks,
      signal: this.#stop.signal,
    });
  }

  /** Ends a bounded run: drains, closes what is still open as its rule says, upstream first, and drains again. */
  async closeInput(): Promise<CloseSummary> {
    const [plan] = this.#runtime.plans;
    const skip = new Set<string>();
    for (;;) {
      await this.drain();
      const name = plan === undefined ? undefined : firstOpen(plan, this.#mirror.tables.openCounts(), skip);
      if (name === undefined) break;
      skip.add(name);
      await this.#command({ kind: "close", node: name.slice(this.#layout.dag.length + 1) });
    }
    const summary = closeSummary(this.stats(), this.#mirror.tables.openCounts());
    const { openGroups: _, ...told } = summary;
    await this.note("run-drained", told);
    await this.drain();
    return summary;
  }

  /** Tells every partition, in the order of what was asked. */
  async #command(command: Command): Promise<void> {
    const { commands, partitions } = this.#layout;
    const record = { key: command.kind, value: JSON.stringify(command), timestamp: Date.now() };
    await this.#broker.append(
      Array.from({ length: partitions }, (_, partition) => ({ topic: commands, partition, records: [record] })),
    );
  }

  stats(): EngineStats {
    return this.#inspector.stats(Date.now());
  }

  tasks(...query: Parameters<Inspector["tasks"]>): ReturnType<Inspector["tasks"]> {
    return this.#inspector.tasks(...query);
  }

  task(taskId: string): ReturnType<Inspector["task"]> {
    return this.#inspector.task(taskId);
  }

  why(taskId: string): ReturnType<Inspector["why"]> {
    return this.#inspector.why(taskId);
  }

  deadLetters(...query: Parameters<Inspector["deadLetters"]>): ReturnType<Inspector["deadLetters"]> {
    return this.#inspector.deadLetters(...query);
  }

  topics(): string[] {
    return this.#inspector.topics();
  }

  partitions(topic: string): Promise<{ partition: number; first: number; next: number }[]> {
    return this.#runtime.partitions(topic);
  }

  readTopic(topic: string, partition: number, offset = 0, limit = 100): Promise<PlacedRecord[]> {
    return this.#runtime.readTopic(topic, partition, offset, limit);
  }

  table(name: string): ReturnType<Inspector["table"]> {
    return this.#inspector.table(name);
  }

  events(after = 0, limit = 500): ReturnType<Inspector["events"]> {
    return this.#inspector.events(after, limit);
  }

  /** Which contents of a path connectors of the deployment have taken in. */
  async ledger(source: string): Promise<Map<string, { sha256: string; sizeBytes: number; mtimeMs: number }>> {
    const place = { topic: this.#layout.intake, partition: 0 };
    const [end = 0] = await this.#broker.ends([place]);
    await this.#mirror.reached(place, end);
    return this.#inspector.ledger(source);
  }

  /** Adds to the deployment's event log. */
  async note(kind: string, data: Record<string, unknown>): Promise<void> {
    const record = { key: kind, value: JSON.stringify({ kind, data }), timestamp: Date.now() };
    await this.#broker.append([{ topic: this.#layout.events, partition: 0, records: [record] }]);
  }

  /** Runs a failed task again, or a delayed one at once. @throws NotFoundError (engine/not-found) */
  async retry(taskId: string): Promise<void> {
    const state = this.task(taskId)?.state;
    if (state !== "failed" && state !== "retrying") throw new NotFoundError("failed or delayed task", taskId);
    await this.#command({ kind: "retry", taskId });
  }

  /** Re-drives one dead letter or all. Returns how many. @throws NotFoundError (engine/not-found) */
  async redrive(id: number | "all"): Promise<number> {
    const ids = id === "all" ? this.#openLetters() : [id];
    for (const one of ids) await this.#redriveOne(one);
    return ids.length;
  }

  #openLetters(): number[] {
    const found: number[] = [];
    for (let after = 0; ; ) {
      const page = this.deadLetters({ limit: 500, after });
      found.push(...page.flatMap((letter) => (letter.state === "open" ? [letter.id] : [])));
      if (page.length < 500) return found;
      after = page.at(-1)?.id ?? 0;
    }
  }

  async #redriveOne(id: number): Promise<void> {
    const [row] = this.deadLetters({ limit: 1, after: id - 1 });
    const at = this.#mirror.tables.placeOfLetter(id);
    const found = row?.id === id && row.state === "open" ? await this.#letterAt(at) : undefined;
    if (found === undefined) throw new NotFoundError("open dead letter", String(id));
    const { letter, key } = found;
    if (letter.taskId !== undefined) await this.retry(letter.taskId);
    else await this.#command({ kind: "redrive", letter, key, at });
  }

  async #letterAt(at: { partition: number; offset: number }): Promise<{ letter: Letter; key: string } | undefined> {
    const place = { topic: this.#layout.deadLetters, ...at };
    const { records } = await this.#broker.readAt(place, { maxWaitMs: 100, maxBytes: 1 });
    const [first] = records;
    if (first?.offset !== at.offset || first.value === null) return undefined;
    const letter = letterSchema.safeParse(objectOf(first.value));
    return letter.success ? { letter: letter.data, key: first.key ?? "" } : undefined;
  }

  /** Task names that workers may lease from this process. */
  leasedNames(): string[] {
    return this.#tasks?.leasedNames() ?? [];
  }

  /** Leases tasks to a worker, of the partitions that this process has its share of while somebody asks. @throws StoppedError */
  async lease(request: LeaseRequest): Promise<Lease[]> {
    return this.#serving.lease(request);
  }

  leave(ticket: string): void {
    this.#tasks?.leave(ticket);
  }

  heartbeat(proofs: readonly LeaseProof[]): boolean[] {
    return this.#serving.heartbeat(proofs);
  }

  async answer(answers: readonly LeaseAnswer[]): Promise<boolean[]> {
    return this.#serving.answer(answers);
  }

  get #serving(): TaskWorker {
    if (this.#tasks === undefined || this.#stop.signal.aborted) throw new StoppedError();
    return this.#tasks;
  }

  /** Who has which partition, what waits there and what holds it back; within a moment, brokers or not. */
  survey(): Promise<KafkaSurvey> {
    return this.#survey.answer();
  }

  /** What waits and runs, by task name. */
  load(): TaskLoad[] {
    const names = new Map(
      this.#layout.tasks.map(({ node, name }) => [name, "task-name" in node.spec ? node.spec["task-name"] : node.id]),
    );
    const loads = new Map<string, TaskLoad>();
    for (const { name, tasks } of this.stats().nodes) {
      const task = names.get(name);
      if (task === undefined || tasks === undefined) continue;
      const load = loads.get(task) ?? { task, waiting: 0, running: 0, oldestAgeMs: 0 };
      load.waiting += tasks.waiting + tasks.retrying;
      load.running += tasks.running;
      load.oldestAgeMs = Math.max(load.oldestAgeMs, tasks.oldestAgeMs);
      loads.set(task, load);
    }
    return [...loads.values()];
  }

  async stop(graceMs = 5000): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    const until = systemClock.now() + graceMs;
    this.#runtime.beginEnd();
    await this.note("run-stopped", {} as Value).catch(() => {}); // a cluster that is away must not keep a process from ending
    await this.#sinks.stop();
    await this.#mirror.stop();
    await this.#runtime.stop(Math.max(0, until - systemClock.now()));
    this.#unlock();
  }
}
