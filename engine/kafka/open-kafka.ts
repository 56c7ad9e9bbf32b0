import { randomUUID } from "node:crypto";
import { KeyMismatchError, RecordTooLargeError, UnknownTopicError } from "../errors.ts";
import type { FunctionRegistry } from "../functions.ts";
import type { AppendRecord } from "../intake.ts";
import { partitionOf } from "../partition.ts";
import type { Plan } from "../plan.ts";
import type { DeadLetter, LogRecord } from "../records.ts";
import { parseTemplate, type Value } from "../template.ts";
import { type Broker, type RecordOut, systemClock } from "./broker.ts";
import { connectKafka } from "./client.ts";
import type { ClusterOptions } from "./cluster.ts";
import { layoutOf, prepareTopics } from "./layout.ts";
import type { HeldPlace } from "./stable-watch.ts";
import { TaskWorker } from "./task-worker.ts";
import { fromWire, objectOf } from "./wire-record.ts";
import { defaultWorkerLimits, Worker, type WorkerLimits } from "./worker.ts";

export interface KafkaOptions extends ClusterOptions {
  plans: readonly Plan[];
  functions?: FunctionRegistry;
  /** Handlers to run here. Without it this process serves no tasks: others do. */
  tasks?: { module: string; threads: number; memoryMb?: number; youngMb?: number };
  /** What this process does: run plans, serve tasks, or neither (only append and read). Default: plans, and tasks when there are handlers. */
  roles?: readonly ("plans" | "tasks")[];
  /** Prefix of the consumer groups; all workers of one deployment have the same. Default: none. */
  application?: string;
  limits?: Partial<WorkerLimits>;
  /** Told of trouble that the runtime survives, such as a broker that is away or another worker that has taken over. */
  onTrouble?: (error: unknown) => void;
}

export interface KafkaWorkerStats {
  dag: string;
  state: string;
  /** Partitions that this process runs now. */
  partitions: number[];
  /** Records written and input positions advanced in this life. */
  records: number;
  transactions: number;
  stateEntries: number;
  openTasks: number;
  /** Records that are there and not read. */
  lag: number;
  /** Partitions whose committed records end at an open transaction that has stood for long (`limits.heldBackMs`): somebody's producer hangs. */
  heldBack: HeldPlace[];
}

/** A record of Kafka with its place. */
export type PlacedRecord = LogRecord & { offset: number };

/**
 * Opens the Kafka runtime in this process. Any number of processes may open the same plans: they share the partitions, and take over from
 * one another.
 * @throws KafkaUnavailableError, KafkaRefusedError, KafkaPartitionsError, KafkaPlanError, UnknownFunctionError, or what the tasks module throws
 */
export async function openKafka(options: KafkaOptions): Promise<KafkaRuntime> {
  // what cannot run is said before anything is connected or made
  for (const plan of options.plans) layoutOf(plan, options.application);
  const broker = await connectKafka(options);
  const runtime = new KafkaRuntime(options, broker);
  try {
    await runtime.start();
    return runtime;
  } catch (error) {
    await runtime.stop(0);
    throw error;
  }
}

/** A process's part in running plans on Kafka. */
export class KafkaRuntime {
  readonly plans: readonly Plan[];
  readonly #options: KafkaOptions;
  readonly #broker: Broker;
  readonly #brokers: Broker[] = [];
  readonly #workers: Worker[] = [];
  readonly #taskWorkers: TaskWorker[] = [];

  constructor(options: KafkaOptions, broker: Broker) {
    this.plans = options.plans;
    this.#options = options;
    this.#broker = broker;
    this.#brokers.push(broker);
  }

  /** Called once by `openKafka`. */
  async start(): Promise<void> {
    const { plans, functions, tasks, application, limits, onTrouble } = this.#options;
    const { roles = tasks === undefined ? ["plans"] : ["plans", "tasks"] } = this.#options;
    const id = randomUUID();
    const shared = {
      clock: systemClock,
      ...(application === undefined ? {} : { application }),
      ...(onTrouble === undefined ? {} : { onTrouble }),
    };
    for (const plan of plans) {
      if (roles.includes("plans")) {
        const broker = await this.#connect();
        const worker = new Worker({
          ...shared,
          broker,
          plan,
          id,
          ...(functions === undefined ? {} : { functions }),
          ...(limits === undefined ? {} : { limits }),
        });
        this.#workers.push(worker);
        await worker.start();
      } else await prepareTopics(this.#broker, layoutOf(plan, application));
      if (roles.includes("tasks") && tasks !== undefined) {
        const taskWorker = new TaskWorker({ ...shared, broker: await this.#connect(), plan, tasks });
        this.#taskWorkers.push(taskWorker);
        await taskWorker.start();
      }
    }
  }

  async #connect(): Promise<Broker> {
    const broker = await connectKafka(this.#options);
    this.#brokers.push(broker);
    return broker;
  }

  /**
   * Appends records to an input topic, durable on all in-sync replicas when it resolves. Kafka keeps no event ids: what may be sent twice
   * is told apart by `group-complete` or `dedupe`.
   * @throws UnknownTopicError, KeyMismatchError, RecordTooLargeError before anything is written; KafkaUnavailableError
   */
  async append(topic: string, records: readonly Omit<AppendRecord, "eventId">[]): Promise<{ accepted: number }> {
    const inputs = this.plans.flatMap(({ topics }) =>
      topics.filter(({ kind }) => kind === "external" || kind === "table"),
    );
    const found = inputs.filter(({ name }) => name === topic);
    const [first] = found;
    if (first === undefined) throw new UnknownTopicError(topic, [...new Set(inputs.map(({ name }) => name))].sort());
    const source = found.find(({ key }) => key !== undefined)?.key;
    const template = source === undefined ? undefined : parseTemplate(source);
    const { maxRecordBytes } = { ...defaultWorkerLimits, ...this.#options.limits };
    const now = Date.now();
    const byPartition = new Map<number, RecordOut[]>();
    for (const { key: given, value, timestamp = now } of records) {
      const made = template === undefined || value === null ? given : template.fill(value);
      if (made === undefined || (given !== undefined && given !== made))
        throw new KeyMismatchError(
          topic,
          given,
          source === undefined ? "a key" : `what "${source}" makes of the fields`,
        );
      const text = value === null ? null : JSON.stringify(value);
      if (text !== null && text.length > maxRecordBytes)
        throw new RecordTooLargeError(topic, text.length, maxRecordBytes);
      const partition = partitionOf(made, first.partitions);
      const list = byPartition.get(partition);
      const record = { key: made, value: text, timestamp };
      if (list === undefined) byPartition.set(partition, [record]);
      else list.push(record);
    }
    // brokers take batches of a megabyte
    while (byPartition.size > 0) {
      const batches = [...byPartition].map(([partition, list]) => {
        let chars = 0;
        let count = 0;
        while (count < list.length && (count === 0 || chars < 200_000)) chars += list[count++]?.value?.length ?? 0;
        const taken = list.splice(0, count);
        if (list.length === 0) byPartition.delete(partition);
        return { topic, partition, records: taken };
      });
      await this.#broker.append(batches);
    }
    return { accepted: records.length };
  }

  /** Committed records of a topic from an offset on. Records that are no JSON objects are left out. */
  async readTopic(topic: string, partition: number, offset = 0, limit = 100): Promise<PlacedRecord[]> {
    const found: PlacedRecord[] = [];
    const [start = 0] = await this.#broker.starts([{ topic, partition }]);
    for (let at = Math.max(offset, start); found.length < limit; ) {
      const read = await this.#broker.readAt({ topic, partition, offset: at }, { maxWaitMs: 50, maxBytes: 2 ** 20 });
      if (read.next <= at) break;
      at = read.next;
      for (const record of read.records) {
        const placed = fromWire(record);
        if (placed !== undefined && found.length < limit) found.push({ ...placed, offset: record.offset });
      }
    }
    return found;
  }

  /** @throws UnknownTopicError (engine/unknown-topic) when Kafka has no such topic */
  async partitions(topic: string): Promise<{ partition: number; first: number; next: number }[]> {
    const [count] = await this.#broker.partitions([topic]);
    if (count === undefined)
      throw new UnknownTopicError(
        topic,
        this.plans.flatMap((plan) => plan.topics.map(({ name }) => name)),
      );
    const places = Array.from({ length: count }, (_, partition) => ({ topic, partition }));
    const [starts, ends] = [await this.#broker.starts(places), await this.#broker.ends(places)];
    return places.map(({ partition }) => ({ partition, first: starts[partition] ?? 0, next: ends[partition] ?? 0 }));
  }

  /** Dead letters of a plan that nothing has settled since, in the order of their places. */
  async deadLetters(dag: string): Promise<(DeadLetter & { at: number })[]> {
    const plan = this.plans.find((one) => one.dag === dag);
    if (plan === undefined) return [];
    const { deadLetters } = layoutOf(plan, this.#options.application);
    const open: (DeadLetter & { at: number })[] = [];
    for (const { partition, first, next } of await this.partitions(deadLetters)) {
      for (let at = first; at < next; ) {
        const read = await this.#broker.readAt(
          { topic: deadLetters, partition, offset: at },
          { maxWaitMs: 50, maxBytes: 2 ** 20 },
        );
        if (read.next <= at) break;
        at = read.next;
        for (const { key, value } of read.records) {
          const letter =
            value === null ? undefined : (objectOf(value) as (Value & DeadLetter & { at: number }) | undefined);
          if (letter !== undefined) open.push(letter);
          else if (value === null) {
            for (let index = open.length - 1; index >= 0; index--)
              if (open[index]?.taskId === key) open.splice(index, 1);
          }
        }
      }
    }
    return open;
  }

  /** What this process does now; other processes have their own. */
  stats(): { workers: KafkaWorkerStats[]; tasks: { waiting: number; running: number; done: number }[] } {
    const workers = this.#workers.map((worker) => ({ dag: worker.layout.dag, ...worker.status }));
    return { workers, tasks: this.#taskWorkers.map(({ status }) => status) };
  }

  /** Finishes what is under way, gives partitions back, lets running tasks end within `graceMs`. */
  async stop(graceMs = 5000): Promise<void> {
    await Promise.allSettled(this.#taskWorkers.map((worker) => worker.stop(graceMs)));
    await Promise.allSettled(this.#workers.map((worker) => worker.stop()));
    await Promise.allSettled(this.#brokers.map((broker) => broker.close()));
  }
}
