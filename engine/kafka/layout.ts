import { KafkaPartitionsError, KafkaPlanError } from "../errors.ts";
import type { KeyType } from "../partition.ts";
import { placement } from "../placement.ts";
import { fullName, type Plan, type PlanNode, usesEventTime } from "../plan.ts";
import { parseTemplate } from "../template.ts";
import { type JoinSide, joinSide } from "../topology.ts";
import type { Broker, Place, TopicForm, TopicSpec } from "./broker.ts";
import { topicOnKafka } from "./deployment-names.ts";

/** What happens to the records of a topic. */
export type Handler =
  /** They enter at a source: a stream, or a task's results. */
  | { kind: "source"; node: string; key?: string }
  /** They come through a repartition topic, on their way to a node. */
  | { kind: "arrival"; node: string; side?: JoinSide }
  /** They ask for a task. */
  | { kind: "request"; task: TaskPlace }
  /** Workers tell of a task. */
  | { kind: "answer"; task: TaskPlace }
  /** People ask for something: a retry, a dead letter sent again, the end of input. */
  | { kind: "command" };

/** The topics around an external task. */
export interface TaskPlace {
  node: PlanNode;
  /** `<dag>.<node>` */
  name: string;
  /** The topic whose records become tasks. */
  source: string;
  /** Where partitions that admit no tasks hand theirs to those that do; made only where `concurrency` is less than there are partitions. */
  admissions: string;
  /** Where workers read what is to be done. */
  requests: string;
  /** Where workers write how it went. */
  answers: string;
  /** Where results flow on from. */
  results: string;
  /** What `answers` is called on Kafka, where workers in other languages write. */
  reply: string;
}

/** A plan on Kafka: its topics, and what each is for. */
export interface Layout {
  dag: string;
  /** The consumer group; its assignment is in partitions of the changelog. */
  group: string;
  changelog: string;
  deadLetters: string;
  /** What people ask for; partition p is for whoever has partition p of the changelog. */
  commands: string;
  /** What is worth telling a person about, in one partition. */
  events: string;
  /** Which contents and event ids have entered, beside the input topics and named as they are. */
  intake: string;
  /** Which deployment this is and what code it computes by; kept for good. */
  deployment: string;
  partitions: number;
  topics: TopicSpec[];
  /** Partitions by topic. */
  partitionsOf: Map<string, number>;
  /** How keys lie, by topic, where it is not as text. */
  keysOf: Map<string, KeyType>;
  /** Topics whose records are taken in the order of their event times, as what they meet counts by it: those of one sub-topology each. */
  timed: string[][];
  /** Table topics with their stores: read whole by every worker. */
  tables: { topic: string; node: string; store: string; partitions: number }[];
  /** By topic; partition p of every one belongs to whoever has partition p of the changelog. */
  handlers: Map<string, Handler[]>;
  tasks: TaskPlace[];
}

/** How a deployment's topics are made, and called. */
export interface KafkaTopicOptions {
  /** Begins the names of all topics and groups. Default: nothing. */
  prefix?: string;
  /** Begins, after the prefix, the names of everything but input topics. Default: nothing. */
  shadow?: string;
  /** Copies of each topic. Default: the cluster's `default.replication.factor`. */
  replicationFactor?: number;
  /** How long records are kept, ms: of every topic but tables and state, at least as long as groups are remembered and a day. Default: eight days. */
  retentionMs?: number;
  /** Largest record, bytes. Default 900,000, which brokers take as they come; topics are made for more. */
  maxRecordBytes?: number;
}

const day = 24 * 3600 * 1000;
const week = 7 * day;
/** What brokers take without being told otherwise (`message.max.bytes`). */
const brokersTake = 1_000_000;

/** All partitions of topics that have so many each. */
export function placesOf(topics: readonly string[], partitions: number): Place[] {
  return topics.flatMap((topic) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition })));
}

/** Topics that a plan reads and does not write: their names are the same for every deployment of a prefix. */
export function inputsOf(plan: Plan): Set<string> {
  const inputs = plan.topics.flatMap(({ name, kind }) => (kind === "external" || kind === "table" ? [name] : []));
  return new Set([...inputs, `${plan.dag}-intake`]);
}

/**
 * How the topics of plans lie on Kafka, where it is not as everybody has them. Kafka would remove at once what is about long ago; what is
 * published keeps its own times for as long as may be, since others read it.
 * @throws KafkaPlanError (engine/kafka-plan) when a workflow takes for text what another takes for numbers
 */
export function formsOf(plans: readonly Plan[]): Map<string, TopicForm> {
  const forms = new Map<string, TopicForm>();
  const topics = plans.flatMap((plan) => plan.topics);
  const published = new Set(topics.flatMap(({ name, kind }) => (kind === "published" ? [name] : [])));
  const longAgoMs = (topic: string): number => (published.has(topic) ? week : day);
  const known = new Map<string, { plan: Plan; keys: KeyType | undefined }>();
  for (const plan of plans) {
    for (const { id, type } of plan.nodes)
      if (type === "external-task") forms.set(`${fullName(plan.dag, id)}-admissions`, { longAgoMs: day });
    for (const { name, kind, keys } of plan.topics) {
      forms.set(name, { keys, ...(kind === "table" ? {} : { longAgoMs: longAgoMs(name) }) });
      const other = known.get(name);
      known.set(name, { plan, keys });
      if (other === undefined || other.keys === keys) continue;
      const [long, text] = keys === "long" ? [plan, other.plan] : [other.plan, plan];
      const node = text.nodes.find(({ topic }) => topic === name)?.id ?? name;
      const why = `it takes the keys of topic "${name}" for text, and workflow "${long.dag}" for whole numbers of 64 bits. Give both the same "key-schema".`;
      throw new KafkaPlanError(node, why);
    }
  }
  return forms;
}

/**
 * Lays a plan out on Kafka.
 * @throws KafkaPlanError (engine/kafka-plan) for what cannot hold across machines
 */
export function layoutOf(plan: Plan, application?: string, options: KafkaTopicOptions = {}): Layout {
  const byId = new Map(plan.nodes.map((node) => [node.id, node]));
  for (const node of plan.nodes) checkNode(node, byId);
  const layout: Layout = {
    dag: plan.dag,
    group: application === undefined ? plan.dag : `${application}-${plan.dag}`,
    changelog: `${plan.dag}-changelog`,
    deadLetters: `${plan.dag}-dead-letters`,
    commands: `${plan.dag}-commands`,
    events: `${plan.dag}-events`,
    intake: `${plan.dag}-intake`,
    deployment: `${plan.dag}-deployment`,
    partitions: plan.partitions,
    topics: [],
    partitionsOf: new Map(),
    keysOf: new Map(),
    timed: [],
    tables: [],
    handlers: new Map(),
    tasks: [],
  };
  const inputs = inputsOf(plan);
  const kept = { "retention.ms": String(Math.max(leastRetention(plan), options.retentionMs ?? 0)) };
  const handle = (topic: string, handler: Handler): void => {
    const known = layout.handlers.get(topic);
    if (known === undefined) layout.handlers.set(topic, [handler]);
    else known.push(handler);
  };
  for (const { name, kind, partitions, key, keys, compacted } of plan.topics) {
    if (keys !== undefined) layout.keysOf.set(name, keys);
    const isTable = kind === "table" || compacted === true;
    const config = isTable ? { "cleanup.policy": "compact" } : kept;
    layout.topics.push({ name, partitions, config });
    if (kind === "table") continue;
    for (const node of plan.nodes) {
      if (node.topic !== name) continue;
      if (node.type === "topic-stream")
        handle(name, { kind: "source", node: node.id, ...(key === undefined ? {} : { key }) });
      if (node.type === "external-task") handle(name, { kind: "source", node: node.id });
    }
  }
  for (const node of plan.nodes) {
    const name = fullName(plan.dag, node.id);
    if (node.type === "topic-table") {
      const topic = node.topic ?? "";
      const { partitions = 1 } = plan.topics.find((one) => one.name === topic) ?? {};
      layout.tables.push({ topic, node: node.id, store: name, partitions });
    }
    const arrivals = new Map(
      node.inputs.flatMap((input) =>
        input.repartition === undefined ? [] : [[input.repartition, joinSide(node.operation, input)] as const],
      ),
    );
    for (const [topic, side] of arrivals)
      handle(topic, { kind: "arrival", node: node.id, ...(side === undefined ? {} : { side }) });
    if (node.spec.type !== "external-task") continue;
    const task: TaskPlace = {
      node,
      name,
      source: byId.get(node.inputs[0]?.node ?? "")?.topic ?? "",
      admissions: `${name}-admissions`,
      requests: `${name}-requests`,
      answers: `${name}-answers`,
      results: node.topic ?? "",
      reply: topicOnKafka(`${name}-answers`, { ...options, inputs }),
    };
    layout.tasks.push(task);
    layout.topics.push(
      { name: task.requests, partitions: plan.partitions, config: kept },
      { name: task.answers, partitions: plan.partitions, config: kept },
    );
    handle(task.source, { kind: "request", task });
    if ((node.spec.concurrency ?? plan.partitions) < plan.partitions) {
      layout.topics.push({ name: task.admissions, partitions: plan.partitions, config: kept });
      handle(task.admissions, { kind: "request", task });
    }
    handle(task.answers, { kind: "answer", task });
  }
  for (const { nodes, sources } of plan.subTopologies) {
    if (nodes.some((id) => usesEventTime(byId.get(id))))
      layout.timed.push(sources.filter((topic) => layout.handlers.has(topic)));
  }
  layout.topics.push(
    { name: layout.changelog, partitions: plan.partitions, config: { "cleanup.policy": "compact" } },
    { name: layout.deadLetters, partitions: plan.partitions, config: { "retention.ms": "-1" } },
    { name: layout.commands, partitions: plan.partitions, config: kept },
    { name: layout.events, partitions: 1, config: { "retention.ms": String(30 * day) } },
    { name: layout.intake, partitions: 1, config: { "cleanup.policy": "compact" } },
    { name: layout.deployment, partitions: 1, config: { "retention.ms": "-1" } },
  );
  handle(layout.commands, { kind: "command" });
  layout.topics = layout.topics.map((topic) => made(topic, options));
  for (const topic of layout.topics) layout.partitionsOf.set(topic.name, topic.partitions);
  return layout;
}

/** A topic as it is to be made. A character of text is three bytes at most. */
function made(topic: TopicSpec, { replicationFactor, maxRecordBytes = 0 }: KafkaTopicOptions): TopicSpec {
  const large = maxRecordBytes > brokersTake ? { "max.message.bytes": String(3 * maxRecordBytes) } : {};
  return {
    ...topic,
    ...(replicationFactor === undefined ? {} : { replicationFactor }),
    config: { ...topic.config, ...large },
  };
}

/** Finished groups are read back from the topics they were emitted to: these keep records as long as groups are remembered, a week at least. */
function leastRetention(plan: Plan): number {
  const kept = plan.nodes.map(({ operation }) =>
    operation !== undefined && "group-complete" in operation ? operation["group-complete"].retentionMs : 0,
  );
  return Math.max(week, ...kept) + day;
}

function checkNode(node: PlanNode, byId: ReadonlyMap<string, PlanNode>): void {
  const { operation } = node;
  if (operation !== undefined && "dedupe" in operation) {
    const { by } = operation.dedupe;
    for (const input of node.inputs) {
      const template = placement(input.node, byId)?.template;
      const paths = template === undefined ? undefined : parseTemplate(template).paths;
      if (paths?.every((path) => by.includes(path)) === true) continue;
      throw new KafkaPlanError(
        node.id,
        `it tells duplicates by ${by.join(", ")}, yet ${template === undefined ? `"${input.node}" has no key of fields` : `records lie in partitions by "${template}"`}, so that duplicates may reach different workers. Give the topic a "key" whose fields are all among "by".`,
      );
    }
  }
}

/**
 * Makes the plan's topics where they are absent.
 * @throws KafkaPartitionsError (engine/kafka-partitions) when one is there with another number of partitions
 */
export async function prepareTopics(broker: Broker, layout: Layout): Promise<void> {
  const counts = await broker.partitions(layout.topics.map(({ name }) => name));
  const absent: TopicSpec[] = [];
  for (const [index, topic] of layout.topics.entries()) {
    const found = counts[index];
    if (found === undefined) absent.push(topic);
    else if (found !== topic.partitions) throw new KafkaPartitionsError(topic.name, found, topic.partitions);
  }
  await broker.createTopics(absent);
}
