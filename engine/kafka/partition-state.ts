import type { GroupState } from "../group-state.ts";
import { fullName, type Plan } from "../plan.ts";
import type { LogRecord, RecordRef } from "../records.ts";
import type { StateAccess, StateWrite, Timer, TimerKind } from "../step-types.ts";
import type { Value } from "../template.ts";
import type { RecordIn, RecordOut } from "./broker.ts";
import { type Due, DueTimes } from "./due-times.ts";
import { LookupIndex } from "./lookup-index.ts";
import {
  type Entry,
  type EntryHead,
  EntryReader,
  encodeEntry,
  entryName,
  memberName,
  noHead,
  noTimes,
} from "./state-entry.ts";
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
  /** Entries by store and key; those that nobody has touched for a while are text, as the changelog has it. */
  readonly #stores = new Map<string, Map<string, Entry | string>>();
  readonly #reader = new EntryReader((store) => this.#groups.has(store));
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
    const stored = this.#stores.get(store)?.get(key);
    return stored === undefined ? undefined : this.#valueOf(store, key, stored);
  }

  #valueOf(store: string, key: string, stored: Entry | string): unknown {
    if (typeof stored !== "string") return stored.value;
    const entry = this.#reader.entry(store, stored);
    const { value } = entry;
    const isGroup = this.#groups.has(store);
    // an open group is worked on: it stays as it is now for a while; a finished one is mostly left alone
    if (isGroup && (value as GroupState).emitted !== undefined) return value;
    this.#stores.get(store)?.set(key, entry);
    if (isGroup) this.#open.add({ store, key, group: value as GroupState });
    this.#cool(this.#open);
    return value;
  }

  #headOf(stored: Entry | string): EntryHead {
    return typeof stored === "string" ? this.#reader.head(stored) : stored;
  }

  /** An entry as the changelog has it. A group's text is kept: it is what stays of the group in the end. */
  #textOf(store: string, entry: Entry): string {
    if (!this.#groups.has(store)) return encodeEntry(entry, false);
    entry.text ??= encodeEntry(entry, true);
    return entry.text;
  }

  /** Keeps of groups that nobody has touched for a while their text alone. */
  #cool(warm: WarmGroups): void {
    for (const { store, key, group } of warm.takeCold()) {
      const entries = this.#stores.get(store);
      const entry = entries?.get(key);
      if (entry === undefined || typeof entry === "string" || entry.value !== group) continue;
      // a large open group's members are not in its text, a finished one's place may still be open
      if (group.emitted === undefined ? group.spread : group.emitted.offset < 0) continue;
      entries?.set(key, this.#textOf(store, entry));
      entry.value = undefined;
    }
  }

  find(store: string, lookup: string): string[] {
    return lookup === "" ? this.#keysBy(store, (text) => text === "") : this.#lookups.find(store, lookup);
  }

  /** Table keys that open entries of a store wait for. */
  lookups(store: string): string[] {
    return this.#lookups.lookups(store);
  }

  /** Open entries of a store, in key order. */
  open(store: string): string[] {
    return this.#keysBy(store, (lookup) => lookup !== undefined);
  }

  /** Looks through a whole store: an index of entries that wait for no row would take as much memory as their keys do. */
  #keysBy(store: string, is: (lookup: string | undefined) => boolean): string[] {
    const found = [...(this.#stores.get(store) ?? [])].filter(([, stored]) => is(this.#headOf(stored).lookup));
    return found.map(([key]) => key).sort();
  }

  entries(store: string): [string, unknown][] {
    const found = this.#stores.get(store);
    return found === undefined ? [] : [...found].map(([key, stored]) => [key, this.#valueOf(store, key, stored)]);
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
    this.#cool(this.#open);
  }

  #put(
    { store, key, value, lookup, refers }: StateWrite,
    refs: readonly (RecordRef | undefined)[],
    records: readonly LogRecord[],
    dueNow?: Due,
  ): void {
    // tables are the worker's, read by all of its partitions
    if (this.#tables.has(store)) return;
    const entries = this.#storeOf(store);
    const before = entries.get(key);
    if (value === undefined) {
      if (before === undefined) return;
      this.#lookups.unlink(store, key, this.#headOf(before).lookup);
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
    const known = before === undefined ? noHead : this.#headOf(before);
    const entry: Entry = { value, lookup, due: dueNow ?? known.due, text: undefined };
    this.#lookups.unlink(store, key, known.lookup);
    this.#lookups.link(store, key, lookup);
    entries.set(key, entry);
    this.#changes.set(entryName(store, key), { store, entry });
    if (!this.#groups.has(store)) return;
    const warm = { store, key, group: value as GroupState };
    if (refers !== undefined) this.#finished.push(warm);
    else if (warm.group.emitted === undefined) this.#open.add(warm);
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

  #storeOf(store: string): Map<string, Entry | string> {
    let entries = this.#stores.get(store);
    if (entries === undefined) {
      entries = new Map();
      this.#stores.set(store, entries);
    }
    return entries;
  }

  /** Writes an entry of a task's store, or deletes it; what it was due for is over. */
  putTask(store: string, key: string, value: unknown, due?: number): void {
    this.#put({ store, key, value }, [], [], noTimes);
    if (value !== undefined && due !== undefined) this.setDue(store, key, "wall", due);
  }

  /** Asks for an entry to be looked at; the latest word for each kind of clock holds. */
  setDue(store: string, key: string, kind: TimerKind, due: number): void {
    const entries = this.#stores.get(store);
    const stored = entries?.get(key);
    if (entries === undefined || stored === undefined) return;
    const isText = typeof stored === "string";
    const entry = isText ? this.#reader.entry(store, stored) : stored;
    const next: Entry = { ...entry, due: { ...entry.due, [kind]: due }, text: undefined };
    entries.set(key, isText ? this.#textOf(store, next) : next);
    this.#changes.set(entryName(store, key), { store, entry: next });
    this.#times.schedule(store, key, kind, due, this.#groups.has(store));
  }

  readonly #dueOf = (store: string, key: string): Due | undefined => {
    const stored = this.#stores.get(store)?.get(key);
    return stored === undefined ? undefined : this.#headOf(stored).due;
  };

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

  /** How many changes the changelog has yet to hear of. */
  get changes(): number {
    return this.#changes.size;
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
          change === undefined ? null : "text" in change ? change.text : this.#textOf(change.store, change.entry);
        records.push({ key, value, timestamp: 0 });
      }
      for (const one of finished) this.#done.add(one);
      this.#cool(this.#done);
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
    else entries.set(rest, value.toString());
  }

  readonly #members = new Map<string, Map<string, string>>();

  finishRestore(): void {
    for (const [store, entries] of this.#stores) {
      for (const [key, stored] of entries) {
        const { lookup, due } = this.#headOf(stored);
        this.#lookups.link(store, key, lookup);
        for (const kind of ["wall", "event", "forget"] as const) {
          const time = due[kind];
          if (time !== undefined) this.#times.schedule(store, key, kind, time, this.#groups.has(store));
        }
      }
    }
    for (const [name, members] of this.#members) {
      const end = name.indexOf("\u0000");
      const [store, key] = [name.slice(0, end), name.slice(end + 1)];
      const stored = this.#stores.get(store)?.get(key);
      if (stored === undefined) continue;
      const group = this.#valueOf(store, key, stored) as GroupState;
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
