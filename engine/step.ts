import { closeWindow } from "./aggregate.ts";
import { KeyTypeError } from "./errors.ts";
import { closeGroup, fireGroup, forgetGroup, tableChanged } from "./group.ts";
import { releaseHeld } from "./join.ts";
import { operate } from "./operate.ts";
import { isLong } from "./partition.ts";
import type { DeadLetter, LogRecord, RecordRef, TableRecord } from "./records.ts";
import type {
  NodeCounts,
  Notice,
  StateAccess,
  StateWrite,
  StepContext,
  StepInput,
  StepResult,
  TimerKind,
} from "./step-types.ts";
import { closeWaiting } from "./stream-join.ts";
import { joinedTime, rowTimesStore, updateJoined } from "./table-join.ts";
import { isGroup, type Topology, type TopologyNode } from "./topology.ts";

interface Entry {
  value: unknown;
  lookup?: string;
  refers?: number;
  dirty: boolean;
  owned: boolean;
}

/** A step in progress: inputs are fed, effects gathered, nothing outside is touched. */
export class Step implements StepContext {
  readonly topology: Topology;
  readonly #state: StateAccess;
  readonly #entries = new Map<string, Map<string, Entry>>();
  #result = emptyResult();
  now = 0;

  constructor(topology: Topology, state: StateAccess) {
    this.topology = topology;
    this.#state = state;
  }

  /** Runs one input through the graph. Never throws for what a record holds: that becomes a dead letter. */
  feed(input: StepInput): void {
    const node = this.topology.nodes.get(input.node);
    if (node === undefined) return;
    this.now = input.now;
    if (input.kind === "record") {
      if (node.plan.type === "external-task") this.#spread(node, input.record);
      else this.#enter(node, input.record);
    } else if (input.kind === "inject") {
      const { type } = node.plan;
      if (type === "topic-stream") this.#enter(node, input.record);
      else if (type === "topic-table") this.#changeTable(node, input.record, input.elsewhere !== true);
      else operate(this, node, input.record, input.side);
    } else if (input.kind === "table") this.#changeTable(node, input.record, input.elsewhere !== true);
    else if (input.kind === "look") this.#lookAgain(node, input.key, input.elsewhere !== true);
    else if (input.kind === "timer") this.#fire(node, input.timer, input.key);
    else if (isGroup(node)) closeGroup(this, node, input.key);
    else if (node.operation !== undefined && "join" in node.operation) releaseHeld(this, node, input.key, true);
    else this.#closeOne(node, input.key);
  }

  /** Hands out what was gathered since the last call. State writes stay visible to later inputs. */
  take(): StepResult {
    const result = this.#result;
    for (const [store, entries] of this.#entries) {
      for (const [key, entry] of entries) {
        if (!entry.dirty) continue;
        const write: StateWrite = { store, key, value: entry.value };
        if (entry.lookup !== undefined) write.lookup = entry.lookup;
        if (entry.refers !== undefined) write.refers = entry.refers;
        result.writes.push(write);
      }
    }
    this.#entries.clear();
    this.#result = emptyResult();
    return result;
  }

  get(store: string, key: string): unknown {
    const entry = this.#entries.get(store)?.get(key);
    return entry === undefined ? this.#state.get(store, key) : entry.value;
  }

  /** The entry's value as one that this step may change: copied on first use. */
  own<T>(store: string, key: string, copy: (value: T) => T): T | undefined {
    const entry = this.#entries.get(store)?.get(key);
    if (entry?.owned === true) return entry.value as T | undefined;
    const value = (entry === undefined ? this.#state.get(store, key) : entry.value) as T | undefined;
    return value === undefined ? undefined : copy(value);
  }

  put(store: string, key: string, value: unknown, lookup?: string, refers?: number): void {
    let entries = this.#entries.get(store);
    if (entries === undefined) {
      entries = new Map();
      this.#entries.set(store, entries);
    }
    const entry: Entry = { value, dirty: true, owned: true };
    if (lookup !== undefined) entry.lookup = lookup;
    if (refers !== undefined) entry.refers = refers;
    entries.set(key, entry);
  }

  find(store: string, lookup: string): string[] {
    const entries = this.#entries.get(store);
    const found = this.#state.find(store, lookup).filter((key) => entries?.get(key)?.dirty !== true);
    for (const [key, entry] of entries ?? []) if (entry.dirty && entry.lookup === lookup) found.push(key);
    return found.sort();
  }

  record(ref: RecordRef): LogRecord | undefined {
    return this.#state.record(ref);
  }

  /** Sends a record from a node on: to its topic when it has one, and through its operations. Returns the output's index or -1. */
  forward(node: TopologyNode, record: LogRecord, branch?: string): number {
    const counts = this.count(node);
    counts.out++;
    if (record.failure !== undefined) counts.failed++;
    let index = -1;
    const { type } = node.plan;
    if (
      node.topic !== undefined &&
      (type === "stream-operation" || (type === "publish" && record.failure === undefined))
    ) {
      index = this.#result.outputs.push({ node: node.id, topic: node.topic, record }) - 1;
    }
    this.#spread(node, record, branch);
    return index;
  }

  #spread(node: TopologyNode, record: LogRecord, branch?: string): void {
    for (const edge of node.children) {
      if (edge.branch !== undefined && edge.branch !== branch && record.failure === undefined) continue;
      const by = edge.via?.by.fill(record.value) ?? record.key;
      // what can lie nowhere by its key is told of here, by the node that it was meant for
      if (edge.via !== undefined && (edge.to.plan.keys !== "long" || record.failure !== undefined || isLong(by))) {
        this.#result.outputs.push({ node: edge.to.id, topic: edge.via.topic, record, by });
        continue;
      }
      this.count(edge.to).in++;
      operate(this, edge.to, record, edge.side);
    }
  }

  /** Puts a joined table's change out to the topics that it is published to. */
  publishChange(table: TopologyNode, record: TableRecord): void {
    this.count(table).out++;
    for (const { to } of table.children) {
      this.count(to).in++;
      this.count(to).out++;
      this.#result.outputs.push({ node: to.id, topic: to.topic ?? "", record });
    }
  }

  timer(node: TopologyNode, kind: TimerKind, key: string, due: number): void {
    this.#result.timers.push({ node: node.id, kind, key, due });
  }

  setAside(
    node: TopologyNode,
    { key, value, timestamp }: LogRecord,
    why: Pick<DeadLetter, "code" | "message" | "side">,
    kind: DeadLetter["kind"] = "record",
  ): void {
    this.#result.deadLetters.push({ kind, node: node.id, key, value, timestamp, ...why });
  }

  supersede(taskId: string): void {
    this.#result.superseded.push(taskId);
  }

  notice(notice: Notice): void {
    this.#result.notices.push(notice);
  }

  /** The event time a node has seen; advanced by its records. */
  advanceEventTime(node: TopologyNode, timestamp: number): number {
    const known = this.#result.streamTimes.get(node.id) ?? (this.get(timeStore(node), "") as number | undefined) ?? 0;
    if (timestamp <= known) return known;
    this.#result.streamTimes.set(node.id, timestamp);
    this.put(timeStore(node), "", timestamp);
    return timestamp;
  }

  count(node: TopologyNode): NodeCounts {
    let counts = this.#result.counts.get(node.id);
    if (counts === undefined) {
      counts = { in: 0, out: 0, failed: 0, duplicates: 0, opened: 0, closed: 0, incomplete: 0, revised: 0 };
      this.#result.counts.set(node.id, counts);
    }
    return counts;
  }

  #enter(node: TopologyNode, record: LogRecord): void {
    this.count(node).in++;
    if (record.failure === undefined && (this.#breaksSchema(node, record) || this.#breaksKey(node, record))) return;
    this.forward(node, record);
  }

  /** Sets a record aside that is not what its source's schema says: nothing that follows could rely on it. */
  #breaksSchema(node: TopologyNode, record: TableRecord): boolean {
    const { value } = record;
    const violation = value === null ? undefined : node.violation?.(value);
    if (violation === undefined || value === null) return false;
    const message = `A record of topic "${node.topic}" breaks schema "${node.plan.schema}" at ${violation.path}: ${violation.problem}. Correct who writes it, or the schema, then re-drive.`;
    this.count(node).failed++;
    this.setAside(node, { ...record, value }, { code: "engine/schema-violation", message });
    return true;
  }

  #breaksKey(node: TopologyNode, record: LogRecord): boolean {
    if (!node.keepsKey || isLong(record.key)) return false;
    this.count(node).failed++;
    const { code, message } = new KeyTypeError(node.id, record.key);
    this.setAside(node, record, { code, message });
    return true;
  }

  #changeTable(table: TopologyNode, record: TableRecord, owned: boolean): void {
    const { key, value, timestamp } = record;
    this.count(table).in++;
    if (this.#breaksSchema(table, record)) return;
    this.put(table.name, key, value ?? undefined);
    if (table.isSide) this.put(rowTimesStore(table.name), key, value === null ? undefined : timestamp);
    this.#rowChanged(table, key, timestamp, owned);
  }

  /** Has all that depends on a table's row look at it again: groups, held records, tables that are joined from it. */
  #rowChanged(table: TopologyNode, key: string, timestamp: number, owned: boolean): void {
    for (const dependant of this.topology.dependants.get(table.id) ?? []) {
      const { operation } = dependant;
      if (isGroup(dependant) && dependant.group.table === table.id) tableChanged(this, dependant, key);
      else if (operation !== undefined && "join" in operation && operation.join.wait)
        releaseHeld(this, dependant, key, false);
      else if (dependant.sides !== undefined) this.#look(dependant, key, timestamp, owned);
    }
  }

  /** A change that nobody told has the time of the rows as they are, or of the clock when there are none. */
  #lookAgain(table: TopologyNode, key: string, owned: boolean): void {
    const rowsAt = joinedTime(this, table, key, 0);
    this.#look(table, key, rowsAt === 0 ? this.now : rowsAt, owned);
  }

  #look(table: TopologyNode, key: string, changedAt: number, owned: boolean): void {
    const timestamp = joinedTime(this, table, key, changedAt);
    if (table.sides !== undefined && owned) {
      this.count(table).in++;
      updateJoined(this, table, key, timestamp);
    }
    this.#rowChanged(table, key, timestamp, owned);
  }

  #fire(node: TopologyNode, timer: TimerKind, key: string): void {
    if (timer === "forget") {
      if (isGroup(node)) forgetGroup(this, node, key);
      else this.put(node.name, key, undefined);
    } else if (isGroup(node)) fireGroup(this, node, key, timer);
    else this.#closeOne(node, key);
  }

  #closeOne(node: TopologyNode, key: string): void {
    const { operation } = node;
    if (operation !== undefined && "stream-join" in operation) closeWaiting(this, node, operation["stream-join"], key);
    else closeWindow(this, node, key);
  }
}

function timeStore(node: TopologyNode): string {
  return `${node.name}~time`;
}

function emptyResult(): StepResult {
  return {
    outputs: [],
    writes: [],
    timers: [],
    deadLetters: [],
    notices: [],
    superseded: [],
    counts: new Map(),
    streamTimes: new Map(),
  };
}

/**
 * The core: what one input does to a workflow. Pure and deterministic; a function of the graph that throws yields a dead letter.
 * Runtimes that have many inputs at hand feed them to one `Step` and take its effects once.
 */
export function step(topology: Topology, state: StateAccess, input: StepInput): StepResult {
  const one = new Step(topology, state);
  one.feed(input);
  return one.take();
}
