import type {
  AnyTable,
  BuiltDag,
  DagBuilder,
  JoinedTable,
  NodeOptions,
  PublishOptions,
  Stream,
  Table,
  TopicOptions,
} from "./builder-types.ts";
import { DuplicateNodeError } from "./errors.ts";
import type { Aggregator, RegisteredFunction } from "./functions.ts";
import type { OperationDocument } from "./operations.ts";
import type { DagDocument, NodeDocument } from "./spec.ts";
import { keyTemplateOf } from "./template.ts";

/** What a builder has gathered so far. */
interface Draft {
  name: string;
  graph: Record<string, NodeDocument>;
  functions: Record<string, RegisteredFunction>;
}

/**
 * Begins a DAG whose types flow: `dag("plates").stream<Image>("images").groupComplete("sites", …)`. What is built is the document that
 * one would write by hand, with functions under `dag/node`.
 * @param settings what else the document says: version, partitions, description, schemas
 * @throws DuplicateNodeError (engine/duplicate-node) from the call that names a node twice
 * @example
 * const plates = dag("plates");
 * plates.stream<{ plate: string }>("images").aggregate("counts", { by: ["plate"], count: "images" }).publish("out", "plate_counts");
 * const { document, functions } = plates.build();
 */
export function dag(name: string, settings: Omit<DagDocument, "name" | "graph"> = {}): DagBuilder {
  const draft: Draft = { name, graph: {}, functions: {} };
  return {
    stream: <T extends object>(topic: string, options?: TopicOptions<T>) =>
      streamOf<T>(draft, addTopic(draft, "topic-stream", topic, options)),
    table: <Row extends object>(topic: string, options?: TopicOptions<Row>): Table<Row> => ({
      node: addTopic(draft, "topic-table", topic, options),
    }),
    joinTables: (node: string, left: AnyTable, right: AnyTable, rule: object, options?: NodeOptions) =>
      joinedTable(draft, node, left, right, rule, options),
    build: (): BuiltDag => ({
      document: { name, ...settings, graph: { ...draft.graph } },
      functions: { ...draft.functions },
    }),
  };
}

function add(draft: Draft, id: string, node: NodeDocument): string {
  if (Object.hasOwn(draft.graph, id)) throw new DuplicateNodeError(draft.name, id);
  draft.graph[id] = node;
  return id;
}

function addTopic<T>(
  draft: Draft,
  type: "topic-stream" | "topic-table",
  topic: string,
  { node = topic, key, ...options }: TopicOptions<T> = {},
): string {
  const template = key === undefined ? undefined : keyTemplateOf(key).source;
  return add(draft, node, {
    type,
    "topic-name": topic,
    ...(template === undefined ? {} : { key: template }),
    ...options,
  });
}

function joinedTable<Row>(
  draft: Draft,
  node: string,
  left: AnyTable,
  right: AnyTable,
  rule: object,
  options?: NodeOptions,
): JoinedTable<Row> {
  const inputs = [left.node, right.node];
  const join = { "table-join": { left: left.node, right: right.node, ...rule } } as OperationDocument;
  add(draft, node, { type: "stream-operation", inputs, function: join, ...options });
  return {
    node,
    publish: (id, topic, given) => {
      add(draft, id, { type: "publish", "topic-name": topic, stream: node, ...given });
    },
  };
}

type OwnFunction = (...given: never[]) => unknown;
type Fold = Aggregator & Record<string, unknown>;

const isFold = (rule: object): rule is Fold => "add" in rule && typeof rule.add === "function";

function streamOf<T>(draft: Draft, name: string): Stream<T> {
  const operation = <U>(
    node: string,
    verb: string,
    rule: unknown,
    { tables = [], ...options }: NodeOptions & { tables?: readonly AnyTable[] } = {},
    others: readonly AnyTable[] = [],
  ): Stream<U> => {
    const inputs = [name, ...[...others, ...tables].map((one) => one.node)];
    const given = { [verb]: rule } as OperationDocument;
    return streamOf<U>(draft, add(draft, node, { type: "stream-operation", inputs, function: given, ...options }));
  };
  /** A function's name; one that was written in place is registered. */
  const nameOf = (node: string, given: string | OwnFunction | Aggregator): string => {
    if (typeof given === "string") return given;
    const path = `${draft.name}/${node}`;
    if (!Object.hasOwn(draft.graph, node)) draft.functions[path] = given as RegisteredFunction;
    return path;
  };
  /** An operation that is a rule, or a function by its name or in place. */
  const ruled = (verb: string) => (node: string, given: unknown, options?: NodeOptions) => {
    const isOwn = typeof given === "string" || typeof given === "function";
    return operation(node, verb, isOwn ? nameOf(node, given as string | OwnFunction) : given, options);
  };
  /** The rule of an aggregate or window as data: a fold's functions are registered. */
  const folded = (node: string, rule: object): Record<string, unknown> => {
    if (!isFold(rule)) return { ...rule };
    const { initial, add: adds, ...others } = rule;
    return { ...others, function: nameOf(node, { initial, add: adds }) };
  };
  const stream = {
    node: name,
    map: ruled("map"),
    filter: ruled("filter"),
    filterBy: ruled("filter"),
    flatMap: ruled("flat-map"),
    rekey: (node: string, key: string | readonly string[], options?: NodeOptions) =>
      operation(node, "rekey", typeof key === "string" ? key : [...key], options),
    branch: (node: string, branches: object, options?: NodeOptions) => {
      operation(node, "branch", branches, options);
      return Object.fromEntries(Object.keys(branches).map((branch) => [branch, streamOf(draft, `${node}:${branch}`)]));
    },
    merge: (node: string, others: AnyTable | readonly AnyTable[], options?: NodeOptions) =>
      operation(node, "merge", {}, options, "node" in others ? [others] : others),
    dedupe: (node: string, rule: object, options?: NodeOptions) => operation(node, "dedupe", { ...rule }, options),
    aggregate: (node: string, rule: object, options?: NodeOptions) =>
      operation(node, "aggregate", folded(node, rule), options),
    window: (node: string, rule: object, options?: NodeOptions) =>
      operation(node, "window", folded(node, rule), options),
    join: (node: string, table: AnyTable, rule: object, options?: NodeOptions) =>
      operation(node, "join", { table: table.node, ...rule }, options, [table]),
    joinStream: (node: string, right: AnyTable, rule: object, options?: NodeOptions) =>
      operation(node, "stream-join", { left: name, right: right.node, ...rule }, options, [right]),
    groupComplete: (node: string, { expect, ...rule }: { expect: object }, options?: NodeOptions) => {
      const table = "table" in expect ? (expect.table as AnyTable | undefined) : undefined;
      const named = table === undefined ? expect : { ...expect, table: table.node };
      return operation(node, "group-complete", { ...rule, expect: named }, options, table === undefined ? [] : [table]);
    },
    task: (node: string, task: string, options?: object) =>
      streamOf(draft, add(draft, node, { type: "external-task", stream: name, "task-name": task, ...options })),
    publish: (node: string, topic: string, options?: PublishOptions) => {
      add(draft, node, { type: "publish", "topic-name": topic, stream: name, ...options });
    },
  };
  return stream as unknown as Stream<T>;
}
