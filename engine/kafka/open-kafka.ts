import { randomUUID } from "node:crypto";
import { KafkaLeftError, KafkaUnavailableError, UnknownTopicError } from "../errors.ts";
import type { FunctionRegistry } from "../functions.ts";
import type { AppendRecord } from "../intake.ts";
import type { Plan } from "../plan.ts";
import type { DeadLetter, LogRecord } from "../records.ts";
import type { TaskServer } from "../task-server.ts";
import type { Value } from "../template.ts";
import { type Broker, systemClock } from "./broker.ts";
import { connectKafka } from "./client.ts";
import type { ClusterOptions } from "./cluster.ts";
import { ConfluentWire } from "./confluent-wire.ts";
import { type DeploymentNames, deployedBroker, topicOnKafka } from "./deployment-names.ts";
import { Ending } from "./ending.ts";
import { framedBroker, type Writers } from "./framed-broker.ts";
import { batchesOf, inputTopic } from "./intake-batches.ts";
import { formsOf, inputsOf, type KafkaTopicOptions, layoutOf, prepareTopics } from "./layout.ts";
import { registryClient } from "./registry-client.ts";
import type { HeldPlace } from "./stable-watch.ts";
import { holdStores } from "./store-guard.ts";
import { TaskWorker } from "./task-worker.ts";
import { objectOf, rowFromWire } from "./wire-record.ts";
import { Worker } from "./worker.ts";
import { defaultWorkerLimits, type WorkerLimits } from "./worker-limits.ts";

export interface KafkaOptions extends Omit<ClusterOptions, "ending"> {
  plans: readonly Plan[];
  functions?: FunctionRegistry;
  /** Handlers to run here. Without it no task runs in threads of this process. */
  tasks?: { module: string; threads: number; memoryMb?: number; youngMb?: number };
  /** What runs the tasks of nodes that name an executor; those of others are left to other processes. */
  executors?: Readonly<Record<string, TaskServer>>;
  /** What this process does: run plans, serve tasks, or neither (only append and read). Default: both. */
  roles?: readonly ("plans" | "tasks")[];
  /** Prefix of the consumer groups; all workers of one deployment have the same. Default: none. */
  application?: string;
  /** How topics are made and called: the same for all processes of a deployment. */
  topics?: KafkaTopicOptions;
  /** Schemas of records in Confluent's wire format. */
  registry?: RegistryOptions;
  limits?: Partial<WorkerLimits>;
  /** Told of trouble that the runtime survives, such as a broker that is away or another worker that has taken over. */
  onTrouble?: (error: unknown) => void;
}

/** Records in Confluent's wire format: those of input topics are read as the JSON that they mean. */
export interface RegistryOptions {
  /** "http://key:secret@host:8081". */
  address: string;
  /** Published topics whose nodes name a schema are written so, their schemas registered as "TOPIC-value". Default: plain JSON. */
  publishAs?: "avro" | "json";
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
 * @throws KafkaUnavailableError, KafkaRefusedError, KafkaPartitionsError, KafkaPlanError, PlanChangedError, UnknownFunctionError, or what the tasks module throws
 */
export async function openKafka(options: KafkaOptions): Promise<KafkaRuntime> {
  // what cannot run is said before anything is connected or made
  formsOf(options.plans);
  for (const plan of options.plans) layoutOf(plan, options.application, options.topics);
  const framing = await framingOf(options);
  const ending = new Ending();
  const connection = (): Promise<Broker> => connect({ ...options, ending }, framing);
  const runtime = new KafkaRuntime(options, connection, await connection(), ending);
  try {
    await runtime.start();
    return runtime;
  } catch (error) {
    await runtime.stop(0);
    throw error;
  }
}

/** A connection whose names are the plans' own, and whose records are JSON. */
async function connect(options: KafkaOptions & ClusterOptions, framing: Framing | undefined): Promise<Broker> {
  const names = namesOf(options);
  const forms = [...formsOf(options.plans)].map(([topic, form]) => [topicOnKafka(topic, names), form] as const);
  const broker = deployedBroker(await connectKafka(options, new Map(forms)), names);
  return framing === undefined ? broker : framedBroker(broker, framing.wire, framing.writers);
}

function namesOf({ plans, topics }: KafkaOptions): DeploymentNames {
  return { ...topics, inputs: new Set(plans.flatMap((plan) => [...inputsOf(plan)])) };
}

interface Framing {
  wire: ConfluentWire;
  writers: Writers;
}

/** Registers what is published, so that a schema that the registry refuses stops the start. */
async function framingOf(options: KafkaOptions): Promise<Framing | undefined> {
  const { registry, plans } = options;
  if (registry === undefined) return undefined;
  const wire = new ConfluentWire(registryClient(registry.address));
  const writers = new Map<string, (json: string) => Buffer>();
  if (registry.publishAs !== undefined) {
    const published = plans.flatMap(({ nodes, schemas = {} }) =>
      nodes.flatMap(({ type, topic, schema, inputs }) => {
        // What a publish node passes on is what its stream holds.
        const name = schema ?? nodes.find(({ id }) => id === inputs[0]?.node)?.schema;
        const named = name === undefined ? undefined : schemas[name];
        return type === "publish" && topic !== undefined && named !== undefined ? [{ topic, schema: named }] : [];
      }),
    );
    for (const { topic, schema } of published) {
      const subject = `${topicOnKafka(topic, namesOf(options))}-value`;
      writers.set(topic, await wire.writer(subject, registry.publishAs, schema));
    }
  }
  return { wire, writers };
}

/** A process's part in running plans on Kafka. */
export class KafkaRuntime {
  readonly plans: readonly Plan[];
  readonly #options: KafkaOptions;
  readonly #connect: () => Promise<Broker>;
  readonly #broker: Broker;
  readonly #brokers: Broker[] = [];
  readonly #workers: Worker[] = [];
  readonly #taskWorkers: TaskWorker[] = [];
  readonly #ending: Ending;

  constructor(options: KafkaOptions, connect: () => Promise<Broker>, broker: Broker, ending: Ending) {
    this.plans = options.plans;
    this.#options = options;
    this.#connect = connect;
    this.#broker = broker;
    this.#ending = ending;
    this.#brokers.push(broker);
  }

  /** Called once by `openKafka`. */
  async start(): Promise<void> {
    const { plans, functions, tasks, executors, application, topics, limits } = this.#options;
    const { roles = ["plans", "tasks"] } = this.#options;
    const { maxRecordBytes, sessionTimeoutMs, heartbeatMs } = { ...defaultWorkerLimits, ...limits };
    const id = randomUUID();
    const shared = {
      clock: systemClock,
      ...(application === undefined ? {} : { application }),
      ...(topics === undefined ? {} : { topics }),
      onTrouble: this.told,
    };
    for (const plan of plans) {
      if (roles.includes("plans")) {
        const broker = await this.connect();
        const layout = layoutOf(plan, application, topics);
        await prepareTopics(broker, layout);
        await holdStores(broker, layout, plan, systemClock.now());
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
      } else await prepareTopics(this.#broker, layoutOf(plan, application, topics));
      const hasTasks = plan.nodes.some(({ type }) => type === "external-task");
      if (roles.includes("tasks") && hasTasks) {
        const taskWorker = new TaskWorker({
          ...shared,
          broker: await this.connect(),
          plan,
          ...(tasks === undefined ? {} : { tasks }),
          ...(executors === undefined ? {} : { executors }),
          maxRecordBytes,
          sessionTimeoutMs,
          heartbeatMs,
        });
        this.#taskWorkers.push(taskWorker);
        await taskWorker.start();
      }
    }
  }

  /** Tells of trouble. In the end one line says that Kafka is away, in place of one for every request. */
  readonly told = (error: unknown): void => {
    if (this.#ending.hasBegun && error instanceof KafkaUnavailableError) return;
    this.#options.onTrouble?.(error);
  };

  /** Who serves the tasks of a plan here; undefined where this process serves none. */
  taskWorker(plan: Plan): TaskWorker | undefined {
    return this.#taskWorkers.find((worker) => worker.plan === plan);
  }

  /** Another connection, closed with this runtime: who waits for news needs one for itself. */
  async connect(): Promise<Broker> {
    const broker = await this.#connect();
    this.#brokers.push(broker);
    return broker;
  }

  /**
   * Appends records to an input topic, durable on all in-sync replicas when it resolves. Kafka keeps no event ids: what may be sent twice
   * is told apart by `group-complete` or `dedupe`.
   * @throws UnknownTopicError, KeyMismatchError, RecordTooLargeError before anything is written; KafkaUnavailableError
   */
  async append(topic: string, records: readonly Omit<AppendRecord, "eventId">[]): Promise<{ accepted: number }> {
    const limits = {
      now: Date.now(),
      maxRecordBytes: { ...defaultWorkerLimits, ...this.#options.limits }.maxRecordBytes,
    };
    for (const round of batchesOf(topic, inputTopic(this.plans, topic), records, limits))
      await this.#broker.append(round);
    return { accepted: records.length };
  }

  /** Committed records of a topic from an offset on; tombstones have a null value. Records that are no JSON objects are left out. */
  async readTopic(topic: string, partition: number, offset = 0, limit = 100): Promise<PlacedRecord[]> {
    const found: PlacedRecord[] = [];
    const [start = 0] = await this.#broker.starts([{ topic, partition }]);
    for (let at = Math.max(offset, start); found.length < limit; ) {
      const read = await this.#broker.readAt({ topic, partition, offset: at }, { maxWaitMs: 50, maxBytes: 2 ** 20 });
      if (read.next <= at) break;
      at = read.next;
      for (const record of read.records) {
        const placed = rowFromWire(record);
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
    const { deadLetters } = layoutOf(plan, this.#options.application, this.#options.topics);
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

  /** Waits for brokers that are away no longer than a moment, as `stop` will. */
  beginEnd(): void {
    this.#ending.begin();
  }

  /**
   * Finishes what is under way, gives partitions back, lets running tasks end within `graceMs`. Where Kafka does not answer, it is left to
   * whoever takes over, and said (engine/kafka-left).
   */
  async stop(graceMs = 5000): Promise<void> {
    this.beginEnd();
    await Promise.allSettled(this.#taskWorkers.map((worker) => worker.stop(graceMs)));
    await Promise.allSettled(this.#workers.map((worker) => worker.stop()));
    await Promise.allSettled(this.#brokers.map((broker) => broker.close()));
    if (!this.#ending.isAway) return;
    const sum = (parts: readonly { left: number }[]): number => parts.reduce((total, { left }) => total + left, 0);
    this.told(new KafkaLeftError(this.#options.brokers, sum(this.#workers), sum(this.#taskWorkers)));
  }
}
