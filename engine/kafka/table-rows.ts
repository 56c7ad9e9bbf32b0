import type { TableRecord } from "../records.ts";
import { rowTimesStore } from "../table-join.ts";
import type { Topology } from "../topology.ts";
import { type Broker, type Place, type Position, placeName, type Read } from "./broker.ts";
import type { Layout } from "./layout.ts";
import { objectOf } from "./wire-record.ts";

/** How far a partition of a table has been read. */
interface TablePosition {
  place: Place;
  node: string;
  store: string;
  next: number;
}

/** A change of a table's rows, for partitions to look at what depends on it. */
export interface RowChange {
  node: string;
  record: TableRecord;
  /** The row breaks its table's schema: whoever runs the first partition sets it aside. */
  isBroken: boolean;
}

/** Rows of a plan's table topics, whole in every worker, and how far they have been read. */
export class TableRows {
  /** By store; where other tables are joined from them, their event times too. */
  readonly rows = new Map<string, Map<string, unknown>>();
  /** Newest rows that break their table's schema, by place and key: whoever takes the first partition over may have to tell of them. */
  readonly #broken = new Map<string, { change: RowChange; place: Place; offset: number }>();
  readonly #topology: Topology;
  readonly #positions = new Map<string, TablePosition>();

  constructor(layout: Layout, topology: Topology) {
    this.#topology = topology;
    for (const { store, topic, node, partitions } of layout.tables) {
      this.rows.set(store, new Map());
      if (topology.nodes.get(node)?.isSide === true) this.rows.set(rowTimesStore(store), new Map());
      for (let partition = 0; partition < partitions; partition++) {
        const place = { topic, partition };
        this.#positions.set(placeName(place), { place, node, store, next: 0 });
      }
    }
  }

  /** Where reading goes on. */
  get positions(): Position[] {
    return [...this.#positions.values()].map(({ place, next }) => ({ ...place, offset: next }));
  }

  /** How far a partition of a table has been read. */
  next(place: Place): number {
    return this.#positions.get(placeName(place))?.next ?? 0;
  }

  has(place: Place): boolean {
    return this.#positions.has(placeName(place));
  }

  /**
   * Reads to the ends that tables have now.
   * @returns false when it came to an end before
   */
  async load(
    broker: Broker,
    given: {
      fetch(positions: readonly Position[]): Promise<Read[]>;
      changed(change: RowChange): Promise<void>;
      isOver(): boolean;
    },
  ): Promise<boolean> {
    const tables = [...this.#positions.values()];
    if (tables.length === 0) return true;
    const places = tables.map(({ place }) => place);
    const starts = await broker.starts(places);
    const ends = await broker.ends(places);
    for (const [index, table] of tables.entries()) table.next = Math.max(table.next, starts[index] ?? 0);
    const behind = (): Position[] =>
      tables.flatMap(({ place, next }, index) => (next < (ends[index] ?? 0) ? [{ ...place, offset: next }] : []));
    for (let rest = behind(); rest.length > 0; rest = behind()) {
      if (given.isOver()) return false;
      for (const read of await given.fetch(rest)) await this.take(read, given.changed);
    }
    return true;
  }

  /** Takes rows in, one after the other, and tells of each. */
  async take(read: Read, changed: (change: RowChange) => Promise<void>): Promise<void> {
    const table = this.#positions.get(placeName(read));
    if (table === undefined || table.next !== read.from) return;
    const { node, store } = table;
    const violation = this.#topology.nodes.get(node)?.violation;
    for (const { offset, key, value, timestamp } of read.records) {
      table.next = offset + 1;
      const row = value === null ? null : objectOf(value);
      if (key === null || row === undefined) continue;
      // a row that breaks its table's schema stays what it was
      const isBroken = row !== null && violation?.(row) !== undefined;
      if (!isBroken) {
        this.#set(store, key, row);
        this.#set(rowTimesStore(store), key, row === null ? null : timestamp);
      }
      const change = { node, record: { key, value: row, timestamp }, isBroken };
      const name = `${placeName(read)}\u0000${key}`;
      if (isBroken) this.#broken.set(name, { change, place: table.place, offset });
      else this.#broken.delete(name);
      await changed(change);
    }
    table.next = read.next;
  }

  /** Rows that break their table's schema and lie where somebody has not looked yet. */
  brokenFrom(seen: (place: Place) => number): RowChange[] {
    return [...this.#broken.values()].flatMap(({ change, place, offset }) => (offset < seen(place) ? [] : [change]));
  }

  #set(store: string, key: string, row: unknown): void {
    const rows = this.rows.get(store);
    if (row === null) rows?.delete(key);
    else rows?.set(key, row);
  }
}
