import { isDeepStrictEqual } from "node:util";
import { type Plan, type PlanNode, type PlanTopic, requestsTopic } from "./plan.ts";
import { type SchemaBreak, schemaBreaks } from "./schema-evolution.ts";
import { differences, fateOf, type StoreChange, storeIdentities } from "./store-identity.ts";
import type { Value } from "./template.ts";

export interface TopicChange {
  topic: string;
  change: "new" | "kept" | "changed" | "gone" | "refused";
  why: string;
}
export interface TaskChange {
  node: string;
  task: string;
  change: "new" | "kept" | "changed" | "gone";
  why: string;
}
export interface NodeChange {
  node: string;
  change: "added" | "removed" | "changed";
  /** What of it differs, in words. */
  what: string[];
}
export interface SchemaChange {
  node: string;
  before: string;
  after: string;
  /** Why records so far are not sound by the new one; none when they are. */
  breaks: SchemaBreak[];
}

/** What a change of a workflow does, before anything runs. */
export interface PlanDiff {
  dag: string;
  before: string;
  after: string;
  nodes: NodeChange[];
  stores: StoreChange[];
  topics: TopicChange[];
  tasks: TaskChange[];
  schemas: SchemaChange[];
}

/** Says what a new plan does to the state, topics and tasks of an old one. Pure; nodes are the same by their ids. */
export function diffPlans(before: Plan, after: Plan): PlanDiff {
  return {
    dag: after.dag,
    before: before.sha256,
    after: after.sha256,
    nodes: nodeChanges(before, after),
    stores: storeChanges(before, after),
    topics: topicChanges(before, after),
    tasks: taskChanges(before, after),
    schemas: schemaChanges(before, after),
  };
}

interface Pair {
  id: string;
  old: PlanNode | undefined;
  now: PlanNode | undefined;
}

function pairs(before: Plan, after: Plan): Pair[] {
  const olds = new Map(before.nodes.map((node) => [node.id, node]));
  const news = new Map(after.nodes.map((node) => [node.id, node]));
  return [...new Set([...olds.keys(), ...news.keys()])]
    .sort()
    .map((id) => ({ id, old: olds.get(id), now: news.get(id) }));
}

function nodeChanges(before: Plan, after: Plan): NodeChange[] {
  return pairs(before, after).flatMap(({ id, old, now }): NodeChange[] => {
    if (old === undefined) return [{ node: id, change: "added", what: [] }];
    if (now === undefined) return [{ node: id, change: "removed", what: [] }];
    const what = differences(flatSpec(old), flatSpec(now));
    return what.length === 0 ? [] : [{ node: id, change: "changed", what }];
  });
}

/** A node's document with the rules of its operation one level up, so that differences are short. */
function flatSpec({ spec, operation, schema }: PlanNode): Value {
  const { type, ...others } = spec;
  const value: Value = { type, ...others, ...(schema === undefined ? {} : { schema }) };
  if (operation === undefined) return value;
  const [[name, rule]] = Object.entries(operation) as [[string, unknown]];
  const isRules = rule !== null && typeof rule === "object" && !Array.isArray(rule);
  return { ...value, function: name, ...(isRules ? rule : { [name]: rule }) };
}

function storeChanges(before: Plan, after: Plan): StoreChange[] {
  const olds = new Map(storeIdentities(before).map((identity) => [identity.store, identity]));
  const topics = new Set(before.topics.map(({ name }) => name));
  const changes = storeIdentities(after).map((now): StoreChange => {
    const old = olds.get(now.store);
    olds.delete(now.store);
    return { store: now.store, node: now.node, ...fateOf(old, now, topics.has(String(now.own.topic))) };
  });
  const gone = [...olds.values()].map(({ store, node, kind }): StoreChange => {
    const why =
      kind === "table"
        ? "nothing looks it up any more"
        : "nothing goes on with its entries: what was open is never finished";
    return { store, node, kind, fate: "lost", why };
  });
  return [...changes, ...gone];
}

function topicChanges(before: Plan, after: Plan): TopicChange[] {
  const olds = new Map(before.topics.map((topic) => [topic.name, topic]));
  const changes = after.topics.map((now): TopicChange => {
    const old = olds.get(now.name);
    olds.delete(now.name);
    const { name: topic } = now;
    if (old === undefined)
      return {
        topic,
        change: "new",
        why: `${now.kind}, ${now.partitions} partition${now.partitions === 1 ? "" : "s"}`,
      };
    if (old.partitions !== now.partitions)
      return {
        topic,
        change: "refused",
        why: `has ${old.partitions} partitions, the workflow asks for ${now.partitions}: start under another name, or keep the number`,
      };
    const what = differences(keyedAs(old), keyedAs(now));
    if (what.length === 0) return { topic, change: "kept", why: "" };
    return { topic, change: "changed", why: `${what.join("; ")}; records so far stay as they are` };
  });
  const gone = [...olds.keys()].map((topic): TopicChange => {
    const kind = olds.get(topic)?.kind;
    const why =
      kind === "external" || kind === "table"
        ? "nothing reads it any more"
        : "nothing is written to it any more; its records stay";
    return { topic, change: "gone", why };
  });
  return [...changes, ...gone];
}

function keyedAs({ kind, key, keys }: PlanTopic): Value {
  return { kind, key: key ?? null, "key-schema": keys ?? "string" };
}

function taskChanges(before: Plan, after: Plan): TaskChange[] {
  return pairs(before, after).flatMap(({ id, old, now }): TaskChange[] => {
    const was = old?.spec.type === "external-task" ? old.spec : undefined;
    const is = now?.spec.type === "external-task" ? now.spec : undefined;
    if (is === undefined) {
      if (was === undefined) return [];
      const why = "tasks that wait stay where they are; its results stay in its topic";
      return [{ node: id, task: was["task-name"], change: "gone", why }];
    }
    const task = is["task-name"];
    const source = now === undefined ? "" : requestsTopic(after, now);
    if (was === undefined)
      return [
        {
          node: id,
          task,
          change: "new",
          why: `takes topic "${source}" from its start; equal work is answered from the cache`,
        },
      ];
    const sourceBefore = old === undefined ? "" : requestsTopic(before, old);
    const identity = differences(identityOf(was), identityOf(is));
    const why: string[] = [];
    if (source !== sourceBefore) why.push(`takes topic "${source}" from its start, in place of "${sourceBefore}"`);
    if (identity.length > 0) why.push(`${identity.join("; ")}: what comes is computed anew, results so far stay`);
    if (why.length > 0) return [{ node: id, task, change: "changed", why: why.join("; ") }];
    const isRunOtherwise = !isDeepStrictEqual({ ...was, ...unsaid }, { ...is, ...unsaid });
    return [{ node: id, task, change: "kept", why: isRunOtherwise ? "run otherwise, to the same results" : "" }];
  });
}

const unsaid = { label: undefined, description: undefined, stream: undefined };

/** What makes a task's identity. */
function identityOf(spec: PlanNode["spec"] & { type: "external-task" }): Value {
  return {
    task: spec["task-name"],
    parameters: spec.parameters ?? {},
    version: spec.version ?? null,
    cache: spec.cache ?? null,
  };
}

function schemaChanges(before: Plan, after: Plan): SchemaChange[] {
  return pairs(before, after).flatMap(({ id, old, now }): SchemaChange[] => {
    if (old?.schema === undefined || now?.schema === undefined) return [];
    const [was, is] = [before.schemas?.[old.schema], after.schemas?.[now.schema]];
    if (was === undefined || is === undefined || (old.schema === now.schema && isDeepStrictEqual(was, is))) return [];
    return [{ node: id, before: old.schema, after: now.schema, breaks: schemaBreaks(was, is) }];
  });
}

/** What may be refused of a change: from what only stops mixing of old and new to what loses something. */
export const severities = ["lost", "mixed", "rebuilt", "refused", "breaks"] as const;
export type Severity = (typeof severities)[number];

/** Which of these a change does. */
export function severitiesOf({ stores, topics, schemas }: PlanDiff): Severity[] {
  const found = new Set<Severity>();
  for (const { fate } of stores) if (fate === "lost" || fate === "mixed" || fate === "rebuilt") found.add(fate);
  if (topics.some(({ change }) => change === "refused")) found.add("refused");
  if (schemas.some(({ breaks }) => breaks.length > 0)) found.add("breaks");
  return severities.filter((severity) => found.has(severity));
}
