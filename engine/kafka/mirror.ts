import { statSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { type DatabaseOptions, databaseName, openDatabase } from "../database.ts";
import { Inspector } from "../inspect.ts";
import { fullName, type Plan } from "../plan.ts";
import { type Broker, type Clock, type Place, type Position, placeName, type Read, type RecordIn } from "./broker.ts";
import { type Layout, placesOf } from "./layout.ts";
import { MirrorTables } from "./mirror-tables.ts";

export interface MirrorOptions {
  /** A connection of its own: reading waits. */
  broker: Broker;
  clock: Clock;
  plan: Plan;
  layout: Layout;
  /** Where `engine.db` is kept, made when absent. */
  dir: string;
  database?: DatabaseOptions;
  onTrouble?: (error: unknown) => void;
}

type Take = (record: RecordIn, now: number) => void;

const reader = "mirror";
const snapshotMs = 500;
const lagMs = 1000;
const pruneMs = 60_000;
const eventsMs = 90 * 24 * 3600 * 1000;
const walBytes = 64 * 2 ** 20;

/**
 * What all processes of a deployment on Kafka have done, followed from its topics into an `engine.db` of this machine: tasks, dead letters,
 * counts, events, what connectors have taken in. Whoever looks into an engine's folder looks into this one. It is a copy: lost, it is made again.
 */
export class Mirror {
  readonly inspector: Inspector;
  readonly tables: MirrorTables;
  readonly #options: MirrorOptions;
  readonly #db: DatabaseSync;
  readonly #takes = new Map<string, Take>();
  readonly #positions = new Map<string, Position>();
  readonly #waiting = new Set<{ place: string; offset: number; go: () => void }>();
  readonly #stop = new AbortController();
  #ended: Promise<void> | undefined;
  #measuring: Promise<void> | undefined;
  #changed = false;
  #toldAt = 0;
  #lagAt = 0;
  #prunedAt = 0;

  constructor(options: MirrorOptions) {
    const { plan, layout, dir, database } = options;
    this.#options = options;
    this.#db = openDatabase(dir, database);
    this.inspector = new Inspector(this.#db);
    this.tables = new MirrorTables(this.#db, plan);
    const follow = (topic: string, partitions: number, take: (partition: number) => Take): void => {
      for (let partition = 0; partition < partitions; partition++) {
        const place = placeName({ topic, partition });
        this.#takes.set(place, take(partition));
        this.#positions.set(place, { topic, partition, offset: 0 });
      }
    };
    const { tables } = this;
    follow(layout.intake, 1, () => (record) => tables.entered(record));
    for (const { topic, partitions, store } of layout.tables)
      follow(topic, partitions, () => (record) => tables.row(store, record));
    for (const { node, requests, answers } of layout.tasks) {
      follow(requests, plan.partitions, (partition) => (record) => tables.tasks.requested(requests, partition, record));
      follow(answers, plan.partitions, () => (record) => tables.tasks.answered(node.id, record));
    }
    follow(layout.changelog, plan.partitions, (partition) => (record, now) => tables.changed(partition, record, now));
    follow(layout.deadLetters, plan.partitions, (partition) => (record) => tables.letter(partition, record));
    follow(layout.events, 1, () => (record) => tables.event(record));
    this.#transact(() => {
      tables.declare(plan, options.clock.now());
      for (const position of this.#positions.values())
        position.offset = tables.positionOf(reader, position.topic, position.partition) ?? 0;
    });
  }

  /** Begins to follow. */
  start(): void {
    this.#ended = this.#follow();
  }

  /** Places that it follows. */
  get places(): Place[] {
    return [...this.#positions.values()].map(({ topic, partition }) => ({ topic, partition }));
  }

  /** Resolves once everything before an offset has been taken in. */
  reached({ topic, partition }: Place, offset: number): Promise<void> {
    const place = placeName({ topic, partition });
    if ((this.#positions.get(place)?.offset ?? 0) >= offset) return Promise.resolve();
    return new Promise((go) => this.#waiting.add({ place, offset, go }));
  }

  /** Ends, and lets go of those who wait. */
  async stop(): Promise<void> {
    this.#stop.abort();
    for (const { go } of this.#waiting) go();
    await this.#ended;
    await this.#measuring;
    this.#db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    this.#db.close();
  }

  #transact(work: () => void): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#db.exec("COMMIT");
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      this.tables.reset();
      throw error;
    }
  }

  async #follow(): Promise<void> {
    const { broker, clock, onTrouble } = this.#options;
    const { signal } = this.#stop;
    let begun = false;
    while (!signal.aborted) {
      try {
        if (!begun) await this.#skipRemoved();
        begun = true;
        const reads = await broker.fetch([...this.#positions.values()], { maxWaitMs: 200, maxBytes: 4 * 2 ** 20 });
        if (signal.aborted) return;
        this.#take(reads);
        this.#tell();
        if (reads.length === 0) await clock.sleep(20, signal);
      } catch (error) {
        if (signal.aborted) return;
        onTrouble?.(error);
        begun = false;
        await clock.sleep(1000, signal);
      }
    }
  }

  /** What retention removed before it was read is not there to be read. */
  async #skipRemoved(): Promise<void> {
    const positions = [...this.#positions.values()];
    const starts = await this.#options.broker.starts(positions);
    for (const [index, position] of positions.entries())
      position.offset = Math.max(position.offset, starts[index] ?? 0);
  }

  #take(reads: readonly Read[]): void {
    const now = this.#options.clock.now();
    const fresh = reads.filter((read) => {
      const position = this.#positions.get(placeName(read));
      return position !== undefined && position.offset === read.from && read.next > read.from;
    });
    if (fresh.length === 0) return;
    this.#transact(() => {
      for (const read of fresh) {
        const take = this.#takes.get(placeName(read)) as Take;
        for (const record of read.records) take(record, now);
        this.tables.position(reader, read.topic, read.partition, read.next);
      }
      if (this.tables.counters.settle()) this.#changed = true;
    });
    for (const read of fresh) (this.#positions.get(placeName(read)) as Position).offset = read.next;
    for (const one of this.#waiting) {
      if ((this.#positions.get(one.place)?.offset ?? 0) < one.offset) continue;
      this.#waiting.delete(one);
      one.go();
    }
  }

  /** Now and then: how far readers are behind, a snapshot of the counts for those who watch, and what is old goes. */
  #tell(): void {
    const now = this.#options.clock.now();
    if (now - this.#lagAt >= lagMs && this.#measuring === undefined) {
      this.#lagAt = now;
      // beside the reading: offsets may be undecided for a while
      this.#measuring = this.#measureLag()
        .catch((error: unknown) => this.#options.onTrouble?.(error))
        .finally(() => {
          this.#measuring = undefined;
        });
    }
    if (this.#changed && now - this.#toldAt >= snapshotMs) {
      this.#toldAt = now;
      this.#changed = false;
      const { nodes, deadLetters } = this.inspector.stats(now);
      const brief = nodes.map(({ name, in: taken, out, failed, lag, open }) => ({
        name,
        in: taken,
        out,
        failed,
        lag,
        open,
      }));
      this.#transact(() => this.tables.note("counters", { nodes: brief, deadLetters }, now));
    }
    if (now - this.#prunedAt >= pruneMs) {
      this.#prunedAt = now;
      this.#transact(() => this.tables.prune(now, eventsMs));
      const size = statSync(join(this.#options.dir, `${databaseName}-wal`), { throwIfNoEntry: false })?.size ?? 0;
      if (size > walBytes) this.#db.exec("PRAGMA wal_checkpoint(PASSIVE)");
    }
  }

  async #measureLag(): Promise<void> {
    const { broker, layout, plan } = this.#options;
    const topics = [...layout.handlers.keys()].filter((topic) => plan.topics.some(({ name }) => name === topic));
    const places = placesOf(topics, plan.partitions);
    const tables = layout.tables.flatMap(({ topic, partitions }) => placesOf([topic], partitions));
    const [starts, ends, committed] = await Promise.all([
      broker.starts([...places, ...tables]),
      broker.ends([...places, ...tables]),
      broker.committed(layout.group, places, "leave-out"),
    ]);
    if (this.#stop.signal.aborted) return;
    this.#transact(() => {
      for (const [index, { topic, partition }] of places.entries()) {
        const first = starts[index] ?? 0;
        const at = Math.max(committed[index] ?? 0, first);
        const tasks = layout.tasks.filter(({ source }) => source === topic).map(({ name }) => name);
        const readers = [plan.dag, ...tasks].map((name) => ({ reader: name, at }));
        this.tables.reached(topic, partition, first, ends[index] ?? 0, readers);
      }
      for (const [index, { topic, partition }] of tables.entries()) {
        const first = starts[places.length + index] ?? 0;
        const seen = Array.from({ length: plan.partitions }, (_, one) => this.tables.seen(one, topic, partition));
        const at = Math.max(Math.min(...seen), first);
        this.tables.reached(topic, partition, first, ends[places.length + index] ?? 0, [{ reader: plan.dag, at }]);
      }
    });
  }
}

/** The full name of a plan's node whose groups, windows or held records are open, first in topological order. */
export function firstOpen(
  plan: Plan,
  open: ReadonlyMap<string, number>,
  skip: ReadonlySet<string>,
): string | undefined {
  return plan.nodes
    .map(({ id }) => fullName(plan.dag, id))
    .find((name) => !skip.has(name) && (open.get(name) ?? 0) > 0);
}
