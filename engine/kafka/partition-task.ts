import { partitionOf } from "../partition.ts";
import { fullName } from "../plan.ts";
import type { LogRecord, RecordRef, TableRecord } from "../records.ts";
import { Step } from "../step.ts";
import type { StepInput, StepResult } from "../step-types.ts";
import { firstSide } from "../table-join.ts";

import type { Topology, TopologyNode } from "../topology.ts";
import type { Place, Read, RecordIn } from "./broker.ts";
import { type Command, commandSchema } from "./command.ts";
import { HeldReads } from "./held-reads.ts";
import type { Handler, Layout } from "./layout.ts";
import type { Outbox } from "./outbox.ts";
import { PartitionCounters } from "./partition-counters.ts";
import { PartitionOutput } from "./partition-output.ts";
import { PartitionState } from "./partition-state.ts";
import { RedrivenLetters } from "./redriven-letters.ts";
import { SourceRecords } from "./source-records.ts";
import { TaskLedger } from "./task-ledger.ts";
import { taskAnswerSchema } from "./task-message.ts";
import { objectOf } from "./wire-record.ts";

/** What all partitions of a worker share. */
export interface TaskSurroundings {
  topology: Topology;
  layout: Layout;
  /** Rows of tables by store. */
  tables: ReadonlyMap<string, ReadonlyMap<string, unknown>>;
  maxRecordBytes: number;
  warmGroups: number;
  /** Reads records that were put out earlier. */
  recall(refs: readonly RecordRef[]): Promise<(LogRecord | undefined)[]>;
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
  readonly held: HeldReads;
  readonly #source: SourceRecords;
  readonly #counters: PartitionCounters;
  readonly #dag: string;
  readonly #redriven: RedrivenLetters;
  readonly #output: PartitionOutput;

  constructor(partition: number, around: TaskSurroundings) {
    this.partition = partition;
    this.#around = around;
    this.#dag = around.layout.dag;
    this.state = new PartitionState(around.topology.plan, around.tables, around.warmGroups);
    this.#counters = new PartitionCounters(this.#dag, this.state);
    this.#redriven = new RedrivenLetters(this.#dag, this.state);
    this.#output = new PartitionOutput(partition, around.topology.plan, around.layout, around.maxRecordBytes);
    this.held = new HeldReads(around.layout.timed);
    this.#source = new SourceRecords(partition, around.layout, this.#output);
  }

  /** Once state is restored: tasks go on, and what waited for table rows that are there by now is looked at. */
  async begin(outbox: Outbox, now: number): Promise<void> {
    this.state.finishRestore();
    this.#counters.load();
    const { layout, topology } = this.#around;
    for (const task of layout.tasks) {
      const ledger = new TaskLedger(task, this.#dag, this.partition, layout.partitions, this.state, this.#counters);
      this.#ledgers.set(task.name, ledger);
      await this.#unread(outbox, now, () => ledger.begin(now, this.#output));
    }
    for (const node of topology.nodes.values()) {
      const dependants = topology.dependants.get(node.id) ?? [];
      const keys = new Set(dependants.flatMap(({ name }) => this.state.lookups(name)));
      for (const key of this.#joinedKeys(node)) keys.add(key);
      for (const key of keys) {
        const elsewhere = !this.#owns(key);
        await this.#lookAgain({ kind: "look", node: node.id, key, now, elsewhere }, outbox, now);
      }
    }
  }

  /** Keys whose joined rows this partition puts out: rows may have changed while nobody did. */
  #joinedKeys(node: TopologyNode): string[] {
    if (node.sides === undefined) return [];
    const rows = this.#around.tables.get(firstSide(node).name)?.keys() ?? [];
    const known = this.state.entries(node.name).map(([key]) => key);
    return [...new Set([...rows, ...known])].filter((key) => this.#owns(key));
  }

  /** Of what every partition sees, who puts the consequences out: the partition of the key. */
  #owns(key: string): boolean {
    return partitionOf(key, this.#around.layout.partitions) === this.partition;
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

  /** Keeps a read until its time comes. */
  hold(read: Read): void {
    this.held.add(read);
    const position = this.positions.get(read.topic);
    if (position !== undefined) position.stable = Math.max(position.stable, read.stable);
  }

  /** Processes what is the earliest of what is held. @returns whether there was anything */
  async processHeld(most: number, outbox: Outbox, now: number): Promise<boolean> {
    const hasMore = (topic: string): boolean => {
      const position = this.positions.get(topic);
      return position !== undefined && position.next < position.stable;
    };
    const read = this.held.take(most, hasMore);
    if (read !== undefined) await this.process(read, outbox, now);
    return read !== undefined;
  }

  /** Processes what was read of one of its topics. */
  async process(read: Read, outbox: Outbox, now: number): Promise<void> {
    this.#output.into(outbox, now);
    for (const handler of this.#around.layout.handlers.get(read.topic) ?? []) await this.#handle(handler, read);
    const position = this.positions.get(read.topic);
    if (position !== undefined) {
      position.next = read.next;
      position.stable = Math.max(position.stable, read.stable);
    }
    if (read.next > read.from) this.#output.touch(read.topic, read.next);
  }

  #touchAny(): void {
    for (const [topic, { next }] of this.positions) {
      this.#output.touch(topic, next);
      return;
    }
  }

  async #handle(handler: Handler, read: Read): Promise<void> {
    if (handler.kind === "source") {
      await this.#steps(read, (one) => {
        const record = this.#source.given(handler.node, read.topic, one);
        return record === undefined ? undefined : { kind: "record", node: handler.node, record, now: this.#output.now };
      });
    } else if (handler.kind === "arrival") {
      await this.#steps(read, (one) => {
        const record = this.#source.readable(handler.node, read.topic, one);
        if (record === undefined) return undefined;
        const { node, side } = handler;
        return { kind: "inject", node, record, now: this.#output.now, ...(side === undefined ? {} : { side }) };
      });
    } else if (handler.kind === "request") {
      const ledger = this.#ledgers.get(handler.task.name);
      for (const one of read.records) {
        const record = this.#source.readable(handler.task.node.id, read.topic, one);
        if (record !== undefined) ledger?.request(record, this.#output.now, this.#output);
      }
    } else if (handler.kind === "command") {
      for (const { value } of read.records) {
        const command = commandSchema.safeParse(value === null ? undefined : objectOf(value));
        if (command.success) await this.#obey(command.data);
      }
    } else {
      const ledger = this.#ledgers.get(handler.task.name);
      for (const { value } of read.records) {
        const answer = taskAnswerSchema.safeParse(value === null ? undefined : objectOf(value));
        if (answer.success) ledger?.answer(answer.data, this.#output.now, this.#output);
      }
    }
  }

  /** What a person asked for. Every partition is told; the one whose concern it is does it. */
  async #obey(command: Command): Promise<void> {
    if (command.kind === "retry") {
      for (const ledger of this.#ledgers.values()) ledger.retry(command.taskId, this.#output.now, this.#output);
      return;
    }
    if (command.kind === "close") {
      const { node } = command;
      const open = this.state.open(fullName(this.#dag, node));
      await this.#run(open.map((key) => ({ kind: "close", node, key, now: this.#output.now })));
      return;
    }
    const { letter, key: letterKey, at } = command;
    if (letter.partition !== this.partition) return;
    if (!this.#redriven.add(at, this.#output.now)) return;
    this.#output.takeBack(letterKey, at);
    const { node, key, value, timestamp } = letter;
    const record = { key, value, timestamp };
    const table = this.#around.layout.tables.find((one) => one.node === node);
    // rows are every worker's: it goes to all of them, as if it came now
    if (table !== undefined) this.#output.emit(table.topic, record);
    else if (letter.kind === "record") {
      const side = letter.side === undefined ? {} : { side: letter.side };
      await this.#settle(await this.#run([{ kind: "inject", node, record, now: this.#output.now, ...side }]));
    } else
      await this.#stepped((step) => {
        const target = this.#around.topology.nodes.get(node);
        step.now = this.#output.now;
        if (target !== undefined) step.forward(target, record);
      });
  }

  /** Steps through records; where event time counts, what it closes is closed before the next record is looked at. */
  async #steps(read: Read, input: (record: RecordIn) => StepInput | undefined): Promise<void> {
    const inputs = read.records.flatMap((record) => input(record) ?? []);
    if (!this.held.has(read.topic)) {
      await this.#run(inputs);
      return;
    }
    for (const one of inputs) await this.#settle(await this.#run([one]));
  }

  async #settle(times: ReadonlyMap<string, number>): Promise<void> {
    for (const [node, reached] of times) {
      const store = fullName(this.#dag, node);
      for (let key = this.state.takeEventDue(store, reached); key !== undefined; ) {
        await this.#settle(await this.#run([{ kind: "timer", node, timer: "event", key, now: this.#output.now }]));
        key = this.state.takeEventDue(store, reached);
      }
    }
  }

  /** One step. Should it need records that lie on Kafka, these are fetched and the step, being pure, is run again. */
  async #run(inputs: readonly StepInput[]): Promise<Map<string, number>> {
    if (inputs.length === 0) return new Map();
    return this.#stepped((step) => {
      for (const input of inputs) step.feed(input);
    });
  }

  async #stepped(work: (step: Step) => void): Promise<Map<string, number>> {
    for (;;) {
      const step = new Step(this.#around.topology, this.state);
      work(step);
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
    // only groups ask for what they put out, and they put out no tombstones
    const records = result.outputs.map(({ record }) => record as LogRecord);
    const refs = result.outputs.map(({ topic, record, by }) => this.#output.emit(topic, record, by));
    this.state.write(this.#dag, result.writes, result.timers, refs, records);
    for (const letter of result.deadLetters) this.#output.deadLetter(letter);
    for (const { kind, node, key, message } of result.notices)
      this.#output.event(kind, { dag: this.#dag, node, key, message });
    for (const taskId of result.superseded) {
      for (const ledger of this.#ledgers.values()) ledger.supersede(taskId, this.#output.now, this.#output);
      this.#output.settled(taskId);
    }
    for (const [node, counts] of result.counts) this.#counters.add(node, counts, this.#output.now);
  }

  /** How far a table has been looked at, as the state says. */
  seenUpTo({ topic, partition }: Place): number {
    return Number(this.state.get(seenStore(this.#dag), `${topic}/${partition}`) ?? 0);
  }

  /** Says in the state how far a table has been looked at, so that others can tell when all is done. */
  seen(place: Place, next: number, outbox: Outbox): void {
    if (this.seenUpTo(place) === next) return;
    const key = `${place.topic}/${place.partition}`;
    this.#output.into(outbox, this.#output.now);
    this.state.putTask(seenStore(this.#dag), key, next);
    this.#touchAny();
  }

  /** Has the state say what was counted; called once for each transaction, last. */
  settleCounts(): void {
    this.#counters.write();
  }

  /** A table row has changed: what waits for it is looked at. */
  async changeTable(node: string, record: TableRecord, outbox: Outbox, now: number): Promise<void> {
    await this.#lookAgain({ kind: "table", node, record, now, elsewhere: !this.#owns(record.key) }, outbox, now);
  }

  async #lookAgain(input: StepInput, outbox: Outbox, now: number): Promise<void> {
    await this.#unread(outbox, now, async () => this.#settle(await this.#run([input])));
  }

  /** Does what no record that is read asks for. */
  async #unread(outbox: Outbox, now: number, work: () => void | Promise<void>): Promise<void> {
    this.#output.into(outbox, now);
    const sizeBefore = outbox.size;
    await work();
    if (outbox.size > sizeBefore || this.state.changes > 0) this.#touchAny();
  }

  /**
   * Fires what is due by the wall clock, up to a number.
   * @param upTo until when it may close what is open
   * @returns whether anything was
   */
  async fireDue(outbox: Outbox, now: number, upTo: number, most = 1000): Promise<boolean> {
    this.#output.into(outbox, now);
    const inputs: StepInput[] = [];
    let fired = 0;
    for (; fired < most; fired++) {
      const due = this.state.takeDue(now, upTo);
      if (due === undefined) break;
      const { store, key, kind } = due;
      const ledger = [...this.#ledgers.values()].find(({ name }) => name === store);
      if (ledger !== undefined) ledger.fire(key, now, this.#output);
      else if (store === this.#redriven.store) this.#redriven.forget(key);
      else inputs.push({ kind: "timer", node: store.slice(this.#dag.length + 1), timer: kind, key, now });
    }
    await this.#settle(await this.#run(inputs));
    if (fired > 0) this.#touchAny();
    return fired > 0;
  }
}

/** How far a partition has looked at table topics. */
export function seenStore(dag: string): string {
  return `${dag}~seen`;
}
