import { mkdirSync } from "node:fs";
import type { KafkaEngineOptions, KafkaOptions, KafkaTopicOptions, Plan, TaskServer } from "@artesian/engine";
import { machineName } from "@artesian/executors";
import { type DagExecutors, dagExecutors } from "./dag-executors.ts";
import { registeredIn } from "./dag-runtime.ts";
import { dataFolder } from "./data-folder.ts";
import { storeSink } from "./store-sink.ts";
import { planOf, type Workflow, type WorkflowName, workflows } from "./workflow.ts";

/** Where a deployment on Kafka is, the same for all of its processes; plain JSON. */
export interface KafkaPlace extends Pick<KafkaTopicOptions, "prefix" | "shadow" | "replicationFactor" | "retentionMs"> {
  /** "host:port" of some brokers. */
  brokers: string[];
  /** In place of the workflow's own number. */
  partitions?: number;
  /** Schemas of records in Confluent's wire format. */
  registry?: NonNullable<KafkaOptions["registry"]>;
}

/** What the runtime thread of a workflow on Kafka is told; plain data. */
export type KafkaSettings = {
  /** The data folder. */
  dir: string;
  runId: string;
  /** Threads for tasks; 0: others carry tasks out, by threads or executors. */
  workers: number;
  kafka: KafkaPlace;
} & (
  | {
      /** A workflow of the product, with its tasks and rows. */
      workflow: WorkflowName;
    }
  | {
      /** One of one's own, with the addresses of modules that export `tasks` and `functions`. */
      plan: Plan;
      tasks?: string;
      functions?: string;
      /** Where its executors are configured, and what is relative to it. */
      executors?: Omit<DagExecutors, "dir">;
    }
);

/** Where Kafka is, how a workflow's topics are made there, and how its records are written. */
export function kafkaConnection(
  { brokers, partitions: _, registry, ...place }: KafkaPlace,
  workflow?: WorkflowName,
): Pick<KafkaOptions, "brokers" | "registry"> & { topics: KafkaTopicOptions } {
  const { maxRecordBytes }: Partial<Workflow> = workflow === undefined ? {} : workflows[workflow];
  const topics = { ...place, ...(maxRecordBytes === undefined ? {} : { maxRecordBytes }) };
  return { brokers, topics, ...(registry === undefined ? {} : { registry }) };
}

/** What a process needs to work on a workflow of the product on Kafka: all of it but the pages. */
export function kafkaWorkerOptions(
  workflow: WorkflowName,
  objects: string,
  threads: number,
  kafka: KafkaPlace,
): KafkaOptions & { plans: readonly [Plan] } {
  const { tasksModule, youngMb, maxRecordBytes }: Workflow = workflows[workflow];
  const tasks = new URL(tasksModule);
  tasks.searchParams.set("objects", objects);
  return {
    ...kafkaConnection(kafka, workflow),
    plans: [planOf(workflow, kafka.partitions)],
    ...(threads === 0 ? {} : { tasks: { module: tasks.href, threads, ...(youngMb === undefined ? {} : { youngMb }) } }),
    ...(maxRecordBytes === undefined ? {} : { limits: { maxRecordBytes } }),
  };
}

/** Executors as one of several processes and machines serves them. @throws ExecutorConfigError (executors/config) */
export function sharedExecutors(plan: Plan, place: DagExecutors): Record<string, TaskServer> {
  return dagExecutors(plan, place, { machine: machineName() });
}

/** Everything the engine needs to run a workflow on Kafka with its results in a data folder. */
export async function runtimeOptions(settings: KafkaSettings): Promise<KafkaEngineOptions> {
  const { dir, runId, workers, kafka } = settings;
  mkdirSync(dir, { recursive: true });
  if ("plan" in settings) {
    const { plan, tasks, functions, executors } = settings;
    return {
      ...kafkaConnection(kafka),
      plans: [plan],
      dir: dataFolder(dir, plan.dag).engine,
      ...(functions === undefined ? {} : { functions: await registeredIn(functions) }),
      ...(tasks === undefined || workers === 0 ? {} : { tasks: { module: tasks, threads: workers } }),
      ...(executors === undefined || workers === 0 ? {} : { executors: sharedExecutors(plan, { dir, ...executors }) }),
    };
  }
  const { workflow } = settings;
  const folder = dataFolder(dir, workflow);
  return {
    ...kafkaWorkerOptions(workflow, folder.objects, workers, kafka),
    dir: folder.engine,
    sinks: [storeSink(workflow, workflows[workflow].rows(), folder, runId)],
  };
}
