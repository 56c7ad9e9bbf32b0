import type { GroupState } from "../group-state.ts";
import { fullName, type Plan } from "../plan.ts";
import type { LogRecord, RecordRef } from "../records.ts";
import type { StateAccess, StateWrite, Timer, TimerKind } from "../step-types.ts";
import type { Value } from "../template.ts";
import type { RecordIn, RecordOut } from "./broker.ts";
import { DueTimes } from "./due-times.ts";
import { LookupIndex } from "./lookup-index.ts";
import { type Entry, EntryReader, encodeEntry, entryName, memberName, noTimes, pack, unpack } from "./state-entry.ts";
import { type WarmGroup, WarmGroups, warmGroups } from "./warm-groups.ts";

/** A change that the changelog has yet to hear of. */
type Change = { store: string; entry: Entry } | { text: string } | undefined;

const wholeMembers = 32;

/**
 * The state of one partition, in memory, and its changes for the changelog. Changes are made at once; whoever fails to commit them drops
 * the whole state and restores it.
 */
export class PartitionState implements StateAccess {
  readonly #tables: ReadonlyMap<string, ReadonlyMap<string, unknown>>;
  readonly #groups = new Set<string>();
  readonly #stores = new Map<string, Map<string, Entry>>();
  readonly #lookups = new LookupIndex();
  readonly #times = new DueTimes();
  readonly #open: WarmGroups;
  readonly #done: WarmGroups;
  #changes = new Map<string, Change>();
  #finished: WarmGroup[] = [];
  /** Records that were put out and are not on Kafka yet, by the place that they will have. */
  readonly #unplaced = new Map<RecordRef, LogRecord>();
  readonly #fetched = new Map<string, LogRecord | undefined>();
  /** Records that a step asked for and that are to be fetched before it is run again. */
  readonly missing: RecordRef[] = [];

  constructor(plan: Plan, tables: ReadonlyMap<string, ReadonlyMap<string, unknown>>, warm = warmGroups) {
    this.#tables = tables;
    this.#open = new WarmGroups(warm);
    this.#done = new WarmGroups(warm);
    for (const { name, kind } of plan.stores) if (kind === "group") this.#groups.add(name);
    for (const { id, type } of plan.nodes)
      if (type === "external-task") this.#stores.set(tasksStore(plan.dag, id), new Map());
  }

  get(store: string, key: string): unknown {
    const table = this.#tables.get(store);
    if (table !== undefined) return table.get(key);
    const entry = this.#stores.get(store)?.get(key);
    return entry === undefined ? undefined : this.#valueOf(store, key, entry);
  }

  #valueOf(store: string, key: string, entry: Entry): unknown {
    if (entry.packed === undefined) return entry.value;
    const isGroup = this.#groups.has(store);
    const value = unpack(entry.packed, isGroup);
    // an open group is worked on: it stays as it is now for a while; a finished one is mostly left alone
    if (isGroup && (value as GroupState).emitted !== undefined) return value;
    entry.value = value;
    entry.packed = undefined;
    if (isGroup) this.#cool(this.#open.add({ store, key, group: value as GroupState }));
    return value;
  }

  /** Makes text of groups that nobody has touched for a while. */
  #cool(cold: readonly WarmGroup[]): void {
    for (const { store, key, group } of cold) {
      const entry = this.#stores.get(store)?.get(key);
      if (entry === undefined || entry.value !== group) continue;
      // a large open group's members are not in its text, a finished one's place may still be open
      if (group.emitted === undefined ? group.spread : group.emitted.offset < 0) continue;
      entry.packed = pack(group, true);
      entry.value = undefined;
    }
  }

  find(store: string, lookup: string): string[] {
    return this.#lookups.find(store, lookup);
  }

  /** Table keys that open entries of a store wait for. */
  lookups(store: string): string[] {
    return this.#lookups.lookups(store);
  }

  /** Open entries of a store, in key order. */
  open(store: string): string[] {
    return this.#lookups.open(store);
  }

  entries(store: string): [string, unknown][] {
    const found = this.#stores.get(store);
    return found === undefined ? [] : [...found].map(([key, entry]) => [key, this.#valueOf(store, key, entry)]);
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
      this.#lookups.unlink(store, key, before.lookup);
      if (this.#groups.has(store)) this.#dropMembers(store, key, this.#valueOf(store, key, before) as GroupState);
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
    const entry: Entry = { value, packed: undefined, lookup, due: before?.due ?? noTimes };
    this.#lookups.unlink(store, key, before?.lookup);
    this.#lookups.link(store, key, lookup);
    entries.set(key, entry);
    this.#changes.set(entryName(store, key), { store, entry });
    if (!this.#groups.has(store)) return;
    const warm = { store, key, group: value as GroupState };
    if (refers !== undefined) this.#finished.push(warm);
    else if (warm.group.emitted === undefined) this.#cool(this.#open.add(warm));
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

  /** Writes an entry of a task's store, or deletes it; what it was due for is over. */
  putTask(store: string, key: string, value: unknown, due?: number): void {
    const entry = this.#stores.get(store)?.get(key);
    if (entry !== undefined) this.#stores.get(store)?.set(key, { ...entry, due: noTimes });
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
    this.#times.schedule(store, key, kind, due, this.#groups.has(store));
  }

  readonly #dueOf = (store: string, key: string): Entry["due"] | undefined => this.#stores.get(store)?.get(key)?.due;

  /**
   * Takes an entry whose time has come.
   * @param upTo until when the wall clock may close what is open
   */
  takeDue(now: number, upTo: number): { store: string; key: string; kind: "wall" | "forget" } | undefined {
    return this.#times.takeWall(now, this.#dueOf) ?? this.#times.takeClosing(Math.min(now, upTo), this.#dueOf);
  }

  takeEventDue(store: string, reached: number): string | undefined {
    return this.#times.takeEvent(store, reached, this.#dueOf);
  }

  get nextDue(): number | undefined {
    return this.#times.nextWall;
  }

  get nextClosing(): number | undefined {
    return this.#times.nextClosing;
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
          change === undefined
            ? null
            : "text" in change
              ? change.text
              : encodeEntry(change.entry, this.#groups.has(change.store));
        records.push({ key, value, timestamp: 0 });
      }
      for (const one of finished) this.#cool(this.#done.add(one));
      return records;
    };
  }

  /** Reads the changelog, in order; `finishRestore` follows. */
  restore({ key, value }: RecordIn): void {
    const { store, key: rest, member } = this.#reader.place(key ?? "");
    if (member !== undefined) {
      const group = entryName(store, rest);
      const members = this.#members.get(group) ?? new Map<string, string>();
      this.#members.set(group, members);
      if (value === null) members.delete(member);
      else members.set(member, value.toString());
      return;
    }
    const entries = this.#storeOf(store);
    if (value === null) entries.delete(rest);
    else entries.set(rest, this.#reader.entry(value));
  }

  readonly #reader = new EntryReader((store) => this.#groups.has(store));
  readonly #members = new Map<string, Map<string, string>>();

  finishRestore(): void {
    for (const [store, entries] of this.#stores) {
      for (const [key, entry] of entries) {
        this.#lookups.link(store, key, entry.lookup);
        for (const kind of ["wall", "event", "forget"] as const) {
          const due = entry.due[kind];
          if (due !== undefined) this.#times.schedule(store, key, kind, due, this.#groups.has(store));
        }
      }
    }
    for (const [name, members] of this.#members) {
      const end = name.indexOf("\u0000");
      const [store, key] = [name.slice(0, end), name.slice(end + 1)];
      const entry = this.#stores.get(store)?.get(key);
      if (entry === undefined) continue;
      const group = this.#valueOf(store, key, entry) as GroupState;
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

function refName({ topic, partition, offset }: RecordRef): string {
  return `${topic}\u0000${partition}\u0000${offset}`;
}
