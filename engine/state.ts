import type { Names, Statements } from "./database.ts";
import { decodeGroup, encodeGroup, type GroupState } from "./group-state.ts";
import type { TopicLog } from "./log.ts";
import type { Plan } from "./plan.ts";
import type { LogRecord, RecordRef } from "./records.ts";
import type { StateAccess, StateWrite } from "./step-types.ts";
import type { Value } from "./template.ts";

const putState = "INSERT OR REPLACE INTO state (store, key, lookup, body) VALUES (?, ?, ?, ?)";
const removeState = "DELETE FROM state WHERE store = ? AND key = ?";

/** Where the member rows of a group lie: between these keys. */
function memberRange(key: string): { from: string; to: string } {
  return { from: `${key}\u0000m`, to: `${key}\u0000n` };
}

/**
 * State stores: rows of (store, key), written in the same transaction as everything else of a step, with the entries used last kept
 * in memory.
 */
export class StateTables implements StateAccess {
  readonly #sql: Statements;
  readonly #names: Names;
  readonly #log: TopicLog;
  readonly #groups = new Set<string>();
  readonly #limit: number;
  readonly #wholeMembers: number;
  readonly #recent = new Map<string, Map<string, unknown>>();
  #older = new Map<string, Map<string, unknown>>();
  #count = 0;

  constructor(
    sql: Statements,
    names: Names,
    log: TopicLog,
    plans: readonly Plan[],
    limits: { cachedKeys: number; wholeMembers: number },
  ) {
    this.#sql = sql;
    this.#names = names;
    this.#log = log;
    this.#limit = limits.cachedKeys;
    this.#wholeMembers = limits.wholeMembers;
    for (const plan of plans) for (const store of plan.stores) if (store.kind === "group") this.#groups.add(store.name);
  }

  get(store: string, key: string): unknown {
    const recent = this.#recent.get(store);
    if (recent?.has(key) === true) return recent.get(key);
    const older = this.#older.get(store);
    const value = older?.has(key) === true ? older.get(key) : this.#read(store, key);
    if (value !== undefined) this.#remember(store, key, value);
    return value;
  }

  #read(store: string, key: string): unknown {
    const row = this.#sql("SELECT body FROM state WHERE store = ? AND key = ?").get(this.#names.id(store), key);
    if (row === undefined) return undefined;
    const stored: unknown = JSON.parse(String(row.body));
    if (!this.#groups.has(store)) return stored;
    const group = decodeGroup(stored);
    if (group.spread) {
      const { from, to } = memberRange(key);
      const rows = this.#sql("SELECT key, body FROM state WHERE store = ? AND key > ? AND key < ?").all(
        this.#names.id(store),
        from,
        to,
      );
      for (const { key: at, body } of rows)
        group.members.set(String(at).slice(from.length), JSON.parse(String(body)) as Value);
    }
    return group;
  }

  /** Writes a group: a small one as one row; a large open one as a row of its own and one a member, of which only changed ones are written. */
  #writeGroup(id: number, key: string, group: GroupState, lookup: string | undefined): void {
    const put = this.#sql(putState);
    const { from } = memberRange(key);
    if (group.emitted !== undefined || group.members.size <= this.#wholeMembers) {
      if (group.spread) this.#removeMembers(id, key);
      group.spread = false;
    } else {
      for (const member of group.spread ? group.changed : group.members.keys()) {
        const value = group.members.get(member);
        if (value === undefined) this.#sql(removeState).run(id, from + member);
        else put.run(id, from + member, null, JSON.stringify(value));
      }
      group.spread = true;
    }
    group.changed.clear();
    put.run(id, key, lookup ?? null, JSON.stringify(encodeGroup(group)));
  }

  #removeMembers(id: number, key: string): void {
    const { from, to } = memberRange(key);
    this.#sql("DELETE FROM state WHERE store = ? AND key > ? AND key < ?").run(id, from, to);
  }

  /** Two generations of entries: when the young one is full it becomes the old one, and the old one goes. */
  #remember(store: string, key: string, value: unknown): void {
    let entries = this.#recent.get(store);
    if (entries === undefined) {
      entries = new Map();
      this.#recent.set(store, entries);
    }
    if (!entries.has(key)) this.#count++;
    entries.set(key, value);
    if (this.#count <= this.#limit / 2) return;
    this.#older = new Map(this.#recent);
    this.#recent.clear();
    this.#count = 0;
  }

  find(store: string, lookup: string): string[] {
    return this.#sql("SELECT key FROM state WHERE store = ? AND lookup = ? ORDER BY key")
      .all(this.#names.id(store), lookup)
      .map((row) => String(row.key));
  }

  /** All keys of a store. */
  keys(store: string): string[] {
    return this.#sql("SELECT key FROM state WHERE store = ? ORDER BY key")
      .all(this.#names.id(store))
      .map((row) => String(row.key));
  }

  /** Keys of entries that are still open: groups, windows, held records. */
  open(store: string, limit: number, after = ""): string[] {
    return this.#sql("SELECT key FROM state WHERE store = ? AND lookup IS NOT NULL AND key > ? ORDER BY key LIMIT ?")
      .all(this.#names.id(store), after, limit)
      .map((row) => String(row.key));
  }

  countOpen(store: string): number {
    const row = this.#sql("SELECT count(*) AS n FROM state WHERE store = ? AND lookup IS NOT NULL").get(
      this.#names.id(store),
    );
    return Number(row?.n);
  }

  record(ref: RecordRef): LogRecord | undefined {
    return this.#log.record(ref);
  }

  /** Writes a step's changes. `refs` are the places of its outputs. */
  write(writes: readonly StateWrite[], refs: readonly (RecordRef | undefined)[]): void {
    for (const { store, key, value, lookup, refers } of writes) {
      const id = this.#names.id(store);
      if (value === undefined) {
        if (this.#groups.has(store)) this.#removeMembers(id, key);
        this.#sql(removeState).run(id, key);
        this.#recent.get(store)?.delete(key);
        this.#older.get(store)?.delete(key);
        continue;
      }
      if (refers !== undefined) (value as GroupState).emitted = refs[refers] as RecordRef;
      if (this.#groups.has(store)) this.#writeGroup(id, key, value as GroupState, lookup);
      else this.#sql(putState).run(id, key, lookup ?? null, JSON.stringify(value));
      this.#older.get(store)?.delete(key);
      this.#remember(store, key, value);
    }
  }

  /** Forgets what memory holds, after a transaction was rolled back. */
  reset(): void {
    this.#recent.clear();
    this.#older.clear();
    this.#count = 0;
  }
}
