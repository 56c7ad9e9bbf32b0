import { canonicalJson, digestOf } from "@artesian/data/hash.ts";
import { operationName } from "./operations.ts";
import type { Plan, PlanNode, PlanStore } from "./plan.ts";
import type { Value } from "./template.ts";

/** What determines what a store holds. */
export interface StoreIdentity {
  store: string;
  node: string;
  kind: PlanStore["kind"];
  /** What its own node says that its entries depend on. */
  own: Value;
  /** Digest of everything that feeds it, whatever nodes on the way are called. */
  feed: string;
  /** Digest of what each node on the way does, by id. */
  feeders: Readonly<Record<string, string>>;
}

/** The identity of every store of a plan. Times, limits, labels and what is done with incomplete groups determine no entry. */
export function storeIdentities(plan: Plan): StoreIdentity[] {
  const byId = new Map(plan.nodes.map((node) => [node.id, node]));
  const feeds = new Map<string, string>();
  const feedOf = (node: PlanNode): string => {
    const known = feeds.get(node.id);
    if (known !== undefined) return known;
    const inputs = node.inputs.map(({ node: from, branch }) => {
      const source = byId.get(from);
      return [source === undefined ? from : `${doing(source)} ${feedOf(source)}`, branch ?? ""];
    });
    const feed = digestOf({ inputs: inputs.map((input) => input.join(" ")).sort() });
    feeds.set(node.id, feed);
    return feed;
  };
  return plan.stores.map(({ name, node: id, kind }) => {
    const node = byId.get(id) as PlanNode;
    const feeders = [...upstream(node, byId)].map((one): [string, string] => [one.id, doing(one)]);
    return {
      store: name,
      node: id,
      kind,
      own: { ...ownOf(node, kind), ...(node.keys === undefined ? {} : { keys: node.keys }) },
      feed: feedOf(node),
      feeders: Object.fromEntries(feeders),
    };
  });
}

/** Nodes whose records reach a node, itself left out. */
function upstream(node: PlanNode, byId: ReadonlyMap<string, PlanNode>): Set<PlanNode> {
  const found = new Set<PlanNode>();
  const visit = (one: PlanNode): void => {
    for (const input of one.inputs) {
      const source = byId.get(input.node);
      if (source === undefined || found.has(source)) continue;
      found.add(source);
      visit(source);
    }
  };
  visit(node);
  return found;
}

/** Digest of what a node makes of its input. */
function doing(node: PlanNode): string {
  const { spec, operation } = node;
  if (spec.type === "external-task")
    return digestOf({ task: spec["task-name"], parameters: spec.parameters ?? {}, version: spec.version ?? null });
  if (spec.type === "stream-operation")
    return digestOf({ operation: operation ?? spec.function, version: spec.version ?? null });
  return digestOf({ topic: node.topic, key: node.key ?? null });
}

function ownOf(node: PlanNode, kind: PlanStore["kind"]): Value {
  const { operation } = node;
  const version = node.spec.version === undefined ? {} : { version: node.spec.version };
  if (operation === undefined) return { topic: node.topic ?? null };
  if ("group-complete" in operation) {
    const { by, member, collect, expect } = operation["group-complete"];
    // open groups are found again by the key of the row that they wait for
    const waitsFor =
      "table" in expect && expect.table !== undefined ? { table: expect.table, key: expect.key ?? null } : null;
    return { ...version, by, member, collect, waitsFor };
  }
  if ("dedupe" in operation) return { ...version, by: operation.dedupe.by };
  if ("join" in operation) return { ...version, table: operation.join.table, key: operation.join.key };
  if ("window" in operation) {
    const { graceMs: _, ...rule } = operation.window;
    return { ...version, ...rule };
  }
  if ("aggregate" in operation) return { ...version, ...operation.aggregate };
  const rule = Object.values(operation)[0];
  return { ...version, kind, operation: operationName(operation), rule: rule ?? null };
}

/** What happens to a store when a workflow changes. */
export type Fate =
  /** It was not there. */
  | "new"
  | "kept"
  /** Its entries stay; what they were made from comes from other nodes from now on. */
  | "mixed"
  /** Made again from a topic that is kept whole. */
  | "rebuilt"
  /** What it held is of no use any more. */
  | "lost";

export interface StoreChange {
  store: string;
  node: string;
  kind: PlanStore["kind"];
  fate: Fate;
  why: string;
}

/** What becomes of a store. @param topicIsKnown whether a table's topic may hold records already */
export function fateOf(
  before: StoreIdentity | undefined,
  after: StoreIdentity,
  topicIsKnown: boolean,
): Omit<StoreChange, "store" | "node"> {
  const { kind } = after;
  if (kind === "table") {
    if (before !== undefined && differences(before.own, after.own).length === 0)
      return { kind, fate: "kept", why: "it is read from the same topic" };
    if (before === undefined && !topicIsKnown) return { kind, fate: "new", why: "its topic is read from the start" };
    return { kind, fate: "rebuilt", why: `topic "${after.own.topic}" is read again from the start` };
  }
  if (kind === "table-join" && (before === undefined || before.kind === kind)) {
    const fate = before === undefined ? "new" : "kept";
    return { kind, fate, why: "its rows are held against those of its sides at every start" };
  }
  if (before === undefined) return { kind, fate: "new", why: "it begins empty and sees what comes from then on" };
  const changed =
    before.kind === kind
      ? differences(before.own, after.own)
      : [`it was the state of ${before.kind}, is that of ${kind}`];
  if (changed.length > 0) return { kind, fate: "lost", why: changed.join("; ") };
  if (before.feed === after.feed) return { kind, fate: "kept", why: "what it holds depends on nothing that changed" };
  const feeders = changedFeeders(before, after);
  return {
    kind,
    fate: "mixed",
    why: `its entries were made by what ${feeders.map((one) => `"${one}"`).join(", ")} did before`,
  };
}

function changedFeeders(before: StoreIdentity, after: StoreIdentity): string[] {
  const ids = new Set([...Object.keys(before.feeders), ...Object.keys(after.feeders)]);
  const changed = [...ids].filter((id) => before.feeders[id] !== after.feeders[id]).sort();
  return changed.length > 0 ? changed : ["the way its input takes"];
}

/** Where two values differ, in words: `by was ["plate"], is ["well"]`. */
export function differences(before: Value, after: Value): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => {
    const [was, is] = [before, after].map((side) => (side[name] === undefined ? undefined : canonicalJson(side[name])));
    if (was === is) return [];
    return [
      `${name} ${was === undefined ? "was not given" : `was ${was}`}, ${is === undefined ? "is not given" : `is ${is}`}`,
    ];
  });
}
