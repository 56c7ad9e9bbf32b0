import type { EngineTables } from "./engine-tables.ts";
import { RecordTooLargeError } from "./errors.ts";
import { setAsideOversized } from "./oversize.ts";
import { fullName } from "./plan.ts";
import type { LogRecord, RecordRef, TableRecord } from "./records.ts";
import { Step } from "./step.ts";
import type { StepOutput } from "./step-types.ts";
import type { Topology, TopologyNode } from "./topology.ts";

type Output = LogRecord | TableRecord;

/** Brings what steps have done, and what tasks have answered, into the tables of one transaction. */
export class StepEffects {
  readonly topologies: readonly Topology[];
  readonly #tables: EngineTables;
  readonly #maxRecordBytes: number;
  readonly #supersede: (taskId: string) => void;
  readonly #results = new Map<string, LogRecord[]>();
  /** Topics that have new records in this transaction. */
  topics = new Set<string>();
  now = 0;

  constructor(
    tables: EngineTables,
    topologies: readonly Topology[],
    maxRecordBytes: number,
    supersede: (taskId: string) => void,
  ) {
    this.#tables = tables;
    this.topologies = topologies;
    this.#maxRecordBytes = maxRecordBytes;
    this.#supersede = supersede;
  }

  begin(now: number): void {
    this.now = now;
    this.topics = new Set();
  }

  /** Forgets results that were not written, after a transaction was rolled back. */
  reset(): void {
    this.#results.clear();
  }

  step(topology: Topology): Step {
    return new Step(topology, this.#tables.state);
  }

  /** Writes a step's effects and closes what its event time has passed, before the next record is looked at. */
  settle(topology: Topology, step: Step): void {
    const times = this.apply(topology, step);
    for (const [node, reached] of times) {
      const due = this.#tables.timers.takeEventDue(fullName(topology.plan.dag, node), reached);
      for (const { keys } of due)
        for (const key of keys) step.feed({ kind: "timer", node, timer: "event", key, now: this.now });
      if (due.length > 0) this.settle(topology, step);
    }
  }

  /** Writes a step's effects. @returns how far event time has come, by node */
  apply(topology: Topology, step: Step): Map<string, number> {
    const { dag } = topology.plan;
    const { state, timers, letters, events, counters } = this.#tables;
    const result = step.take();
    state.write(result.writes, this.#place(result.outputs));
    timers.write(dag, result.timers);
    for (const letter of result.deadLetters) letters.put(dag, letter, this.now);
    for (const { kind, node, key, message } of result.notices) events.note(kind, { dag, node, key, message });
    for (const taskId of result.superseded) this.#supersede(taskId);
    for (const [node, counts] of result.counts) counters.add(fullName(dag, node), counts, this.now);
    return result.streamTimes;
  }

  /** Steps at a node given by its full name; nothing happens when its workflow is not run here. */
  stepAt(name: string, work: (step: Step, node: TopologyNode) => void): void {
    const topology = this.topologies.find((one) => name.startsWith(`${one.plan.dag}.`));
    const node = topology?.nodes.get(name.slice(topology.plan.dag.length + 1));
    if (topology === undefined || node === undefined) return;
    const step = this.step(topology);
    work(step, node);
    this.settle(topology, step);
  }

  /** Keeps a task's result until `flushResults`, so that many are appended together. */
  emitResult(topic: string, record: LogRecord): void {
    const pending = this.#results.get(topic);
    if (pending === undefined) this.#results.set(topic, [record]);
    else pending.push(record);
  }

  flushResults(): void {
    for (const [topic, records] of this.#results) this.#append(topic, records);
    this.#results.clear();
  }

  #place(outputs: readonly StepOutput[]): (RecordRef | undefined)[] {
    const refs: (RecordRef | undefined)[] = new Array(outputs.length);
    const byTopic = new Map<string, { indices: number[]; records: Output[] }>();
    for (const [index, { topic, record }] of outputs.entries()) {
      const known = byTopic.get(topic);
      if (known === undefined) byTopic.set(topic, { indices: [index], records: [record] });
      else {
        known.indices.push(index);
        known.records.push(record);
      }
    }
    for (const [topic, { indices, records }] of byTopic) {
      const placed = this.#append(topic, records);
      for (const [at, index] of indices.entries()) refs[index] = placed[at];
    }
    return refs;
  }

  /** @returns the place of each record; none for one over the size limit that a published topic does not get */
  #append(topic: string, records: readonly Output[]): (RecordRef | undefined)[] {
    const { log } = this.#tables;
    this.topics.add(topic);
    try {
      return log.append(topic, records, this.now);
    } catch (error) {
      if (!(error instanceof RecordTooLargeError)) throw error;
      const fitting = records.map((record) => this.#fitting(topic, record));
      const kept = fitting.filter((record) => record !== undefined);
      const placed = log.append(topic, kept, this.now);
      let next = 0;
      return fitting.map((record) => (record === undefined ? undefined : placed[next++]));
    }
  }

  #fitting(topic: string, record: Output): Output | undefined {
    const { value } = record;
    if (value === null) return record;
    const sizeBytes = JSON.stringify(value).length;
    const limit = this.#maxRecordBytes;
    if (sizeBytes <= limit) return record;
    const plans = this.topologies.map(({ plan }) => plan);
    const { dag, letter, rest } = setAsideOversized(plans, topic, { ...record, value }, sizeBytes, limit);
    this.#tables.letters.put(dag, letter, this.now);
    return rest;
  }
}
