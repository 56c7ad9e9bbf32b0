import { decodeGroup, encodeGroup, type GroupState } from "../group-state.ts";
import { fullName, type Plan } from "../plan.ts";
import type { LogRecord, RecordRef } from "../records.ts";
import type { StateAccess, StateWrite, Timer, TimerKind } from "../step-types.ts";
import type { Value } from "../template.ts";
import type { RecordIn, RecordOut } from "./broker.ts";
import { DueHeap } from "./due-heap.ts";

/** An entry of a store, and when it is to be looked at again. Never changed once it is written, but for `value` and `packed`. */
interface Entry {
  value: unknown;
  /** The value as stored, in its place once memory is to be saved. */
  packed: string | undefined;
  lookup: string | undefined;
  due: Readonly<Partial<Record<TimerKind, number>>>;
}

/** A change that the changelog has yet to hear of. */
type Change = { store: string; entry: Entry } | { text: string } | undefined;

/** Finished groups whose members stay in memory, for duplicates that come soon after. */
const unpackedGroups = 4096;
const wholeMembers = 32;

/**
 * The state of one partition, in memory, and its changes for the changelog. Changes are made at once; whoever fails to commit them drops
 * the whole state and restores it.
 */
export class PartitionState implements StateAccess {
  readonly #tables: ReadonlyMap<string, ReadonlyMap<string, unknown>>;
  readonly #groups = new Set<string>();
  readonly #stores = new Map<string, Map<string, Entry>>();
  readonly #lookups = new Map<string, Map<string, Set<string>>>();
  readonly #wall = new DueHeap();
  readonly #event = new Map<string, DueHeap>();
  #changes = new Map<string, Change>();
  #finished: { store: string; key: string }[] = [];
  /** Records that were put out and are not on Kafka yet, by the place that they will have. */
  readonly #unplaced = new Map<RecordRef, LogRecord>();
  readonly #fetched = new Map<string, LogRecord | undefined>();
  /** Records that a step asked for and that are to be fetched before it is run again. */
  readonly missing: RecordRef[] = [];

  constructor(plan: Plan, tables: ReadonlyMap<string, ReadonlyMap<string, unknown>>) {
    this.#tables = tables;
    for (const { name, kind } of plan.stores) if (kind === "group") this.#groups.add(name);
    for (const { id, type } of plan.nodes)
      if (type === "external-task") this.#stores.set(tasksStore(plan.dag, id), new Map());
  }

  get(store: string, key: string): unknown {
    const table = this.#tables.get(store);
    if (table !== undefined) return table.get(key);
    const entry = this.#stores.get(store)?.get(key);
    return entry === undefined ? undefined : this.#valueOf(store, entry);
  }

  #valueOf(store: string, entry: Entry): unknown {
    if (entry.packed === undefined) return entry.value;
    const stored: unknown = JSON.parse(entry.packed);
    if (!this.#groups.has(store)) {
      entry.value = stored;
      entry.packed = undefined;
      return stored;
    }
    const group = decodeGroup(stored);
    // an open group is worked on: it stays as it is now; a finished one is mostly left alone
    if (group.emitted === undefined) {
      entry.value = group;
      entry.packed = undefined;
    }
    return group;
  }

  find(store: string, lookup: string): string[] {
    return [...(this.#lookups.get(store)?.get(lookup) ?? [])].sort();
  }

  /** Table keys that open entries of a store wait for. */
  lookups(store: string): string[] {
    return [...(this.#lookups.get(store)?.keys() ?? [])].sort();
  }

  /** Open entries of a store, in key order. */
  open(store: string): string[] {
    return [...(this.#lookups.get(store)?.values() ?? [])].flatMap((keys) => [...keys]).sort();
  }

  entries(store: string): [string, unknown][] {
    const found = this.#stores.get(store);
    return found === undefined ? [] : [...found].map(([key, entry]) => [key, this.#valueOf(store, entry)]);
  }

  get size(): number {
    let size = 0;
    for (const entries of this.#stores.values()) size += entries.size;
    return size;
  }

  record(ref: RecordRef): LogRecord | undefined {
    const unplaced = this.#unplaced.get(ref);
    if (unplaced !== undefined) return unplaced;
    const name = refName(ref);
    if (this.#fetched.has(name)) return this.#fetched.get(name);
    this.missing.push(ref);
    return undefined;
  }

  /** Gives what was missing; undefined when retention removed it. */
  supply(ref: RecordRef, record: LogRecord | undefined): void {
    this.#fetched.set(refName(ref), record);
  }

  /** Forgets what was fetched for a step that is done with it. */
  forgetFetched(): void {
    this.#fetched.clear();
  }

  /** Lets go of records that have their place on Kafka by now. */
  forgetPlaced(): void {
    for (const ref of this.#unplaced.keys()) if (ref.offset >= 0) this.#unplaced.delete(ref);
  }

  /**
   * Takes a step's changes in.
   * @param refs places of its outputs, by index; offsets may still be open
   * @param records the outputs themselves
   */
  write(
    dag: string,
    writes: readonly StateWrite[],
    timers: readonly Timer[],
    refs: readonly (RecordRef | undefined)[],
    records: readonly LogRecord[],
  ): void {
    for (const write of writes) this.#put(write, refs, records);
    for (const { node, kind, key, due } of timers) this.setDue(fullName(dag, node), key, kind, due);
  }

  #put(
    { store, key, value, lookup, refers }: StateWrite,
    refs: readonly (RecordRef | undefined)[],
    records: readonly LogRecord[],
  ): void {
    // tables are the worker's, read by all of its partitions
    if (this.#tables.has(store)) return;
    const entries = this.#storeOf(store);
    const before = entries.get(key);
    if (value === undefined) {
      if (before === undefined) return;
      this.#unlink(store, key, before.lookup);
      if (this.#groups.has(store)) this.#dropMembers(store, key, this.#valueOf(store, before) as GroupState);
      entries.delete(key);
      this.#changes.set(entryName(store, key), undefined);
      return;
    }
    if (refers !== undefined) {
      const ref = refs[refers] as RecordRef;
      (value as GroupState).emitted = ref;
      this.#unplaced.set(ref, records[refers] as LogRecord);
    }
    if (this.#groups.has(store)) this.#spread(store, key, value as GroupState);
    const entry: Entry = { value, packed: undefined, lookup, due: before?.due ?? {} };
    this.#unlink(store, key, before?.lookup);
    this.#link(store, key, lookup);
    entries.set(key, entry);
    this.#changes.set(entryName(store, key), { store, entry });
    if (refers !== undefined) this.#finished.push({ store, key });
  }

  /** A large open group is one change for itself and one for each member that changed, so that a member costs the same however many there are. */
  #spread(store: string, key: string, group: GroupState): void {
    if (group.emitted !== undefined || group.members.size <= wholeMembers) {
      if (group.spread) this.#dropMembers(store, key, group);
      group.spread = false;
    } else {
      for (const member of group.spread ? group.changed : group.members.keys()) {
        const value = group.members.get(member);
        this.#changes.set(
          memberName(store, key, member),
          value === undefined ? undefined : { text: JSON.stringify(value) },
        );
      }
      group.spread = true;
    }
    group.changed.clear();
  }

  #dropMembers(store: string, key: string, group: GroupState): void {
    if (!group.spread) return;
    for (const member of new Set([...group.members.keys(), ...group.changed]))
      this.#changes.set(memberName(store, key, member), undefined);
  }

  #storeOf(store: string): Map<string, Entry> {
    let entries = this.#stores.get(store);
    if (entries === undefined) {
      entries = new Map();
      this.#stores.set(store, entries);
    }
    return entries;
  }

  #link(store: string, key: string, lookup: string | undefined): void {
    if (lookup === undefined) return;
    let byLookup = this.#lookups.get(store);
    if (byLookup === undefined) {
      byLookup = new Map();
      this.#lookups.set(store, byLookup);
    }
    const keys = byLookup.get(lookup);
    if (keys === undefined) byLookup.set(lookup, new Set([key]));
    else keys.add(key);
  }

  #unlink(store: string, key: string, lookup: string | undefined): void {
    if (lookup === undefined) return;
    const byLookup = this.#lookups.get(store);
    const keys = byLookup?.get(lookup);
    keys?.delete(key);
    if (keys?.size === 0) byLookup?.delete(lookup);
  }

  /** Writes an entry of a task's store, or deletes it; what it was due for is over. */
  putTask(store: string, key: string, value: unknown, due?: number): void {
    const entry = this.#stores.get(store)?.get(key);
    if (entry !== undefined) this.#stores.get(store)?.set(key, { ...entry, due: {} });
    this.#put({ store, key, value }, [], []);
    if (value !== undefined && due !== undefined) this.setDue(store, key, "wall", due);
  }

  /** Asks for an entry to be looked at; the latest word for each kind of clock holds. */
  setDue(store: string, key: string, kind: TimerKind, due: number): void {
    const entries = this.#stores.get(store);
    const entry = entries?.get(key);
    if (entries === undefined || entry === undefined) return;
    const next: Entry = { ...entry, due: { ...entry.due, [kind]: due } };
    entries.set(key, next);
    this.#changes.set(entryName(store, key), { store, entry: next });
    this.#schedule(store, key, kind, due);
  }

  #schedule(store: string, key: string, kind: TimerKind, due: number): void {
    if (kind !== "event") {
      this.#wall.push({ due, store, key });
      return;
    }
    let heap = this.#event.get(store);
    if (heap === undefined) {
      heap = new DueHeap();
      this.#event.set(store, heap);
    }
    heap.push({ due, store, key });
  }

  /** Takes an entry whose wall-clock time or retention has come. */
  takeDue(now: number): { store: string; key: string; kind: "wall" | "forget" } | undefined {
    for (let first = this.#wall.take(now); first !== undefined; first = this.#wall.take(now)) {
      const { store, key, due } = first;
      const known = this.#stores.get(store)?.get(key)?.due;
      if (known?.wall === due) return { store, key, kind: "wall" };
      if (known?.forget === due) return { store, key, kind: "forget" };
    }
    return undefined;
  }

  takeEventDue(store: string, reached: number): string | undefined {
    const heap = this.#event.get(store);
    for (let first = heap?.take(reached); first !== undefined; first = heap?.take(reached)) {
      if (this.#stores.get(store)?.get(first.key)?.due.event === first.due) return first.key;
    }
    return undefined;
  }

  get nextDue(): number | undefined {
    return this.#wall.next;
  }

  get changed(): boolean {
    return this.#changes.size > 0;
  }

  /** Hands out the changes since the last call; they are encoded once the outputs they refer to have their places. */
  takeChanges(): () => RecordOut[] {
    const changes = this.#changes;
    const finished = this.#finished;
    this.#changes = new Map();
    this.#finished = [];
    return () => {
      const records: RecordOut[] = [];
      for (const [key, change] of changes) {
        const value =
          change === undefined ? null : "text" in change ? change.text : this.#encode(change.store, change.entry);
        records.push({ key, value, timestamp: 0 });
      }
      this.#pack(finished);
      return records;
    };
  }

  #encode(store: string, { value, packed, lookup, due }: Entry): string {
    const head = [lookup ?? null, due.wall ?? null, due.event ?? null, due.forget ?? null];
    const body = packed ?? JSON.stringify(this.#groups.has(store) ? encodeGroup(value as GroupState) : value);
    return `${JSON.stringify(head)}\n${body}`;
  }

  readonly #recent: { store: string; key: string }[] = [];

  /** Keeps memory bounded by open groups: finished ones become text after a while. */
  #pack(finished: readonly { store: string; key: string }[]): void {
    this.#recent.push(...finished);
    if (this.#recent.length < 2 * unpackedGroups) return;
    for (const { store, key } of this.#recent.splice(0, this.#recent.length - unpackedGroups)) {
      const entry = this.#stores.get(store)?.get(key);
      const group = entry?.value as GroupState | undefined;
      if (entry === undefined || group?.emitted === undefined || group.emitted.offset < 0) continue;
      entry.packed = JSON.stringify(encodeGroup(group));
      entry.value = undefined;
    }
  }

  /** Reads the changelog, in order; `finishRestore` follows. */
  restore({ key, value }: RecordIn): void {
    const name = key ?? "";
    const end = name.indexOf("\u0000");
    const store = name.slice(0, end);
    const rest = name.slice(end + 1);
    const mark = this.#groups.has(store) ? rest.indexOf("\u0000m") : -1;
    if (mark >= 0) {
      const group = `${store}\u0000${rest.slice(0, mark)}`;
      const members = this.#members.get(group) ?? new Map<string, string>();
      this.#members.set(group, members);
      if (value === null) members.delete(rest.slice(mark + 2));
      else members.set(rest.slice(mark + 2), value.toString());
      return;
    }
    const entries = this.#storeOf(store);
    if (value === null) {
      entries.delete(rest);
      return;
    }
    const line = value.indexOf(10);
    const [lookup, wall, event, forget] = JSON.parse(value.toString("utf8", 0, line)) as (string | number | null)[];
    const due: Partial<Record<TimerKind, number>> = {};
    if (typeof wall === "number") due.wall = wall;
    if (typeof event === "number") due.event = event;
    if (typeof forget === "number") due.forget = forget;
    const packed = value.toString("utf8", line + 1);
    entries.set(rest, { value: undefined, packed, lookup: typeof lookup === "string" ? lookup : undefined, due });
  }

  readonly #members = new Map<string, Map<string, string>>();

  finishRestore(): void {
    for (const [store, entries] of this.#stores) {
      for (const [key, entry] of entries) {
        this.#link(store, key, entry.lookup);
        for (const kind of ["wall", "event", "forget"] as const) {
          const due = entry.due[kind];
          if (due !== undefined) this.#schedule(store, key, kind, due);
        }
      }
    }
    for (const [name, members] of this.#members) {
      const end = name.indexOf("\u0000");
      const entry = this.#stores.get(name.slice(0, end))?.get(name.slice(end + 1));
      if (entry === undefined) continue;
      const group = this.#valueOf(name.slice(0, end), entry) as GroupState;
      if (!group.spread) continue;
      for (const [member, text] of members) group.members.set(member, JSON.parse(text) as Value);
    }
    this.#members.clear();
  }
}

/** Where a task node's unfinished tasks are kept. */
export function tasksStore(dag: string, node: string): string {
  return `${fullName(dag, node)}~tasks`;
}

function entryName(store: string, key: string): string {
  return `${store}\u0000${key}`;
}

function memberName(store: string, key: string, member: string): string {
  return `${store}\u0000${key}\u0000m${member}`;
}

function refName({ topic, partition, offset }: RecordRef): string {
  return `${topic}\u0000${partition}\u0000${offset}`;
}
