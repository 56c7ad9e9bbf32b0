import { KeyMismatchError } from "../errors.ts";
import { inexactInteger } from "../json.ts";
import { setAsideOversized } from "../oversize.ts";
import { partitionOf } from "../partition.ts";
import { fullName } from "../plan.ts";
import type { DeadLetter, LogRecord, RecordRef, TableRecord } from "../records.ts";
import { type NodeCounts, Step, type StepInput, type StepResult } from "../step.ts";
import { parseTemplate, type Template, type Value } from "../template.ts";
import type { Topology } from "../topology.ts";
import type { Read, RecordIn } from "./broker.ts";
import type { Handler, Layout } from "./layout.ts";
import type { Outbox } from "./outbox.ts";
import { PartitionState } from "./partition-state.ts";
import { type LedgerEffects, TaskLedger } from "./task-ledger.ts";
import { type TaskMessage, taskAnswerSchema } from "./task-message.ts";
import { fromWire, objectOf, toWire } from "./wire-record.ts";

/** What all partitions of a worker share. */
export interface TaskSurroundings {
  topology: Topology;
  layout: Layout;
  /** Rows of tables by store. */
  tables: ReadonlyMap<string, ReadonlyMap<string, Value>>;
  maxRecordBytes: number;
  /** Reads records that were put out earlier. */
  recall(refs: readonly RecordRef[]): Promise<(LogRecord | undefined)[]>;
  count(node: string, counts: NodeCounts): void;
}

interface SourcePosition {
  next: number;
  /** The end as last heard of. */
  stable: number;
}

/** Runs a plan over one partition: reads in, outputs and state changes out. */
export class PartitionTask {
  readonly partition: number;
  readonly state: PartitionState;
  readonly positions = new Map<string, SourcePosition>();
  readonly #around: TaskSurroundings;
  readonly #ledgers = new Map<string, TaskLedger>();
  readonly #keys = new Map<string, Template>();
  readonly #byEventTime: boolean;
  readonly #dag: string;
  #outbox: Outbox | undefined;
  #now = 0;

  constructor(partition: number, around: TaskSurroundings) {
    this.partition = partition;
    this.#around = around;
    this.#dag = around.layout.dag;
    this.state = new PartitionState(around.topology.plan, around.tables);
    this.#byEventTime = usesEventTime(around.topology);
    for (const [topic, handlers] of around.layout.handlers) {
      for (const handler of handlers)
        if (handler.kind === "source" && handler.key !== undefined) this.#keys.set(topic, parseTemplate(handler.key));
    }
  }

  /** Once state is restored: tasks go on, and what waited for table rows that are there by now is looked at. */
  async begin(outbox: Outbox, now: number): Promise<void> {
    this.state.finishRestore();
    const { layout, topology, tables } = this.#around;
    for (const task of layout.tasks) {
      const ledger = new TaskLedger(task, this.#dag, this.partition, layout.partitions, this.state);
      this.#ledgers.set(task.name, ledger);
    }
    for (const [table, dependants] of topology.dependants) {
      const rows = tables.get(fullName(this.#dag, table));
      const keys = new Set(dependants.flatMap(({ name }) => this.state.lookups(name)));
      for (const key of keys) {
        const value = rows?.get(key);
        if (value !== undefined) await this.changeTable(table, { key, value, timestamp: now }, outbox, now);
      }
    }
  }

  /** Whether everything that was there when last heard of has been read: only then deadlines count. */
  get caughtUp(): boolean {
    for (const { next, stable } of this.positions.values()) if (next < stable) return false;
    return true;
  }

  get openTasks(): number {
    let open = 0;
    for (const ledger of this.#ledgers.values()) open += ledger.open;
    return open;
  }

  /** Processes what was read of one of its topics. */
  async process(read: Read, outbox: Outbox, now: number): Promise<void> {
    this.#outbox = outbox;
    this.#now = now;
    for (const handler of this.#around.layout.handlers.get(read.topic) ?? []) await this.#handle(handler, read);
    const position = this.positions.get(read.topic);
    if (position !== undefined) {
      position.next = read.next;
      position.stable = Math.max(position.stable, read.stable);
    }
    if (read.next > read.from) this.#touch(read.topic, read.next);
  }

  /** Every transaction names an input position, so that Kafka can tell whether this worker still owns the partition. */
  #touch(topic: string, offset: number): void {
    this.#outbox?.advance({ topic, partition: this.partition, offset });
  }

  #touchAny(): void {
    for (const [topic, { next }] of this.positions) {
      this.#touch(topic, next);
      return;
    }
  }

  async #handle(handler: Handler, read: Read): Promise<void> {
    if (handler.kind === "source") await this.#steps(read, (record) => this.#fromSource(handler, read.topic, record));
    else if (handler.kind === "arrival") {
      await this.#steps(read, (one) => {
        const record = this.#readable(handler.node, read.topic, one);
        return record === undefined ? undefined : { kind: "inject", node: handler.node, record, now: this.#now };
      });
    } else if (handler.kind === "request") {
      const ledger = this.#ledgers.get(handler.task.name);
      for (const one of read.records) {
        const record = this.#readable(handler.task.node.id, read.topic, one);
        if (record !== undefined) ledger?.request(record, this.#effects);
      }
    } else {
      const ledger = this.#ledgers.get(handler.task.name);
      for (const { value } of read.records) {
        const answer = taskAnswerSchema.safeParse(value === null ? undefined : objectOf(value));
        if (answer.success) ledger?.answer(answer.data, this.#now, this.#effects);
      }
    }
  }

  #fromSource(handler: Handler & { kind: "source" }, topic: string, one: RecordIn): StepInput | undefined {
    const { node } = handler;
    const record = this.#readable(node, topic, one);
    if (record === undefined) return undefined;
    const template = this.#keys.get(topic);
    if (template !== undefined && record.failure === undefined) {
      const key = template.fill(record.value);
      if (key === undefined || partitionOf(key, this.#around.layout.partitions) !== this.partition) {
        const error = new KeyMismatchError(topic, record.key, `the partition of "${template.source}"`);
        this.#setAside(node, record, error.code, error.message);
        return undefined;
      }
      record.key = key;
    }
    return { kind: "record", node, record, now: this.#now };
  }

  #readable(node: string, topic: string, one: RecordIn): LogRecord | undefined {
    const record = fromWire(one);
    if (record !== undefined) return record;
    const text = one.value === null ? null : one.value.toString("utf8", 0, 2000);
    const wide = one.value === null ? undefined : inexactInteger(one.value.toString());
    const found =
      wide === undefined ? `${text === null ? "no value" : "no JSON object"}` : `the number ${wide}, beyond 2^53 - 1`;
    const expected = wide === undefined ? "one JSON object a record" : "such ids as text, or they become one another";
    const message = `Offset ${one.offset} of topic "${topic}" holds ${found}. Expected ${expected}.`;
    const poison = { key: one.key ?? "", value: { text }, timestamp: one.timestamp };
    this.#setAside(node, poison, "engine/unreadable-record", message);
    return undefined;
  }

  #setAside(node: string, { key, value, timestamp }: LogRecord, code: string, message: string): void {
    this.#deadLetter({ kind: "record", node, key, value, timestamp, code, message });
  }

  /** Steps through records; where event time counts, what it closes is closed before the next record is looked at. */
  async #steps(read: Read, input: (record: RecordIn) => StepInput | undefined): Promise<void> {
    const inputs = read.records.flatMap((record) => input(record) ?? []);
    if (!this.#byEventTime) {
      await this.#run(inputs);
      return;
    }
    for (const one of inputs) await this.#settle(await this.#run([one]));
  }

  async #settle(times: ReadonlyMap<string, number>): Promise<void> {
    for (const [node, reached] of times) {
      const store = fullName(this.#dag, node);
      for (let key = this.state.takeEventDue(store, reached); key !== undefined; ) {
        await this.#settle(await this.#run([{ kind: "timer", node, timer: "event", key, now: this.#now }]));
        key = this.state.takeEventDue(store, reached);
      }
    }
  }

  /** One step. Should it need records that lie on Kafka, these are fetched and the step, being pure, is run again. */
  async #run(inputs: readonly StepInput[]): Promise<Map<string, number>> {
    if (inputs.length === 0) return new Map();
    for (;;) {
      const step = new Step(this.#around.topology, this.state);
      for (const input of inputs) step.feed(input);
      const result = step.take();
      const missing = this.state.missing.splice(0);
      if (missing.length === 0) {
        this.state.forgetFetched();
        this.#apply(result);
        return result.streamTimes;
      }
      const found = await this.#around.recall(missing);
      for (const [index, ref] of missing.entries()) this.state.supply(ref, found[index]);
    }
  }

  #apply(result: StepResult): void {
    const records = result.outputs.map(({ record }) => record);
    const refs = result.outputs.map(({ topic, record, by }) => this.#emit(topic, record, by));
    this.state.write(this.#dag, result.writes, result.timers, refs, records);
    for (const letter of result.deadLetters) this.#deadLetter(letter);
    for (const taskId of result.superseded) {
      for (const ledger of this.#ledgers.values()) ledger.supersede(taskId, this.#effects);
      this.#settled(taskId);
    }
    for (const [node, counts] of result.counts) this.#around.count(fullName(this.#dag, node), counts);
  }

  /** Puts a record out. @returns its place; none for one over the size limit that a published topic does not get */
  #emit(topic: string, record: LogRecord, by?: string): RecordRef | undefined {
    const { layout, maxRecordBytes, topology } = this.#around;
    let out = record;
    let text = JSON.stringify(record.value);
    if (text.length > maxRecordBytes) {
      const { letter, rest } = setAsideOversized([topology.plan], topic, record, text.length, maxRecordBytes);
      this.#deadLetter(letter);
      if (rest === undefined) return undefined;
      out = rest;
      text = JSON.stringify(out.value);
    }
    return (this.#outbox as Outbox).addByKey(topic, layout.partitions, toWire(out, text, by));
  }

  #deadLetter(letter: DeadLetter): void {
    const { layout } = this.#around;
    const value = JSON.stringify({ ...letter, dag: this.#dag, at: this.#now });
    const out = { key: letter.taskId ?? letter.key, value, timestamp: letter.timestamp };
    this.#outbox?.addByKey(layout.deadLetters, layout.partitions, out);
  }

  #settled(taskId: string): void {
    const { layout } = this.#around;
    this.#outbox?.addByKey(layout.deadLetters, layout.partitions, { key: taskId, value: null, timestamp: this.#now });
  }

  readonly #effects: LedgerEffects = {
    emit: (topic, record) => void this.#emit(topic, record),
    request: (topic, message: TaskMessage) => {
      const out = { key: message.taskId, value: JSON.stringify(message), timestamp: this.#now };
      this.#outbox?.addByKey(topic, this.#around.layout.partitions, out);
    },
    deadLetter: (letter) => this.#deadLetter(letter),
    settled: (taskId) => this.#settled(taskId),
  };

  /** A table row has changed: what waits for it is looked at. */
  async changeTable(node: string, record: TableRecord, outbox: Outbox, now: number): Promise<void> {
    this.#outbox = outbox;
    this.#now = now;
    const sizeBefore = outbox.size;
    await this.#run([{ kind: "table", node, record, now }]);
    if (outbox.size > sizeBefore || this.state.changed) this.#touchAny();
  }

  /** Fires what is due by the wall clock, up to a number. @returns whether anything was */
  async fireDue(outbox: Outbox, now: number, most = 1000): Promise<boolean> {
    this.#outbox = outbox;
    this.#now = now;
    const inputs: StepInput[] = [];
    let fired = 0;
    for (; fired < most; fired++) {
      const due = this.state.takeDue(now);
      if (due === undefined) break;
      const { store, key, kind } = due;
      const ledger = [...this.#ledgers.values()].find(({ name }) => name === store);
      if (ledger !== undefined) ledger.fire(key, now, this.#effects);
      else inputs.push({ kind: "timer", node: store.slice(this.#dag.length + 1), timer: kind, key, now });
    }
    await this.#run(inputs);
    if (fired > 0) this.#touchAny();
    return fired > 0;
  }
}

function usesEventTime(topology: Topology): boolean {
  for (const { group, operation } of topology.nodes.values()) {
    if (group?.usesEventTime === true || (operation !== undefined && "window" in operation)) return true;
  }
  return false;
}
