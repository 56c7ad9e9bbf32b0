import { type NodeCounters, noCounts, rateSeconds } from "../counters.ts";
import type { Names, Statements } from "../database.ts";
import { fullName, type Plan } from "../plan.ts";
import { countersStore, type PartitionCounts } from "./partition-counters.ts";

/** Counts of the mirror: what partitions say of their nodes, added up, with what the tables know of tasks. */
export class MirrorCounters {
  readonly #sql: Statements;
  readonly #names: Names;
  readonly #dag: string;
  readonly #tasks: ReadonlySet<string>;
  readonly #tables: ReadonlySet<string>;
  readonly #counters = new Map<string, Map<number, PartitionCounts>>();
  readonly #recent = new Map<string, [number, number][]>();
  readonly #changed = new Set<string>();

  constructor(sql: Statements, names: Names, plan: Plan) {
    this.#sql = sql;
    this.#names = names;
    this.#dag = plan.dag;
    const ofType = (wanted: string): ReadonlySet<string> =>
      new Set(plan.nodes.flatMap(({ id, type }) => (type === wanted ? [id] : [])));
    this.#tasks = ofType("external-task");
    this.#tables = ofType("topic-table");
  }

  /** Takes up what the tables say. */
  load(): void {
    const rows = this.#sql("SELECT key, body FROM state WHERE store = ?").all(this.#names.id(countersStore(this.#dag)));
    for (const { key, body } of rows) {
      const text = String(key);
      const slash = text.indexOf("/");
      const counts = JSON.parse(String(body)) as PartitionCounts;
      this.#of(text.slice(slash + 1)).set(Number(text.slice(0, slash)), counts);
    }
  }

  #of(node: string): Map<number, PartitionCounts> {
    let counters = this.#counters.get(node);
    if (counters === undefined) {
      counters = new Map();
      this.#counters.set(node, counters);
    }
    return counters;
  }

  /** Says that a node is to be counted anew. */
  touch(node: string): void {
    this.#changed.add(node);
  }

  /** A partition's counts of a node. */
  count(node: string, partition: number, counts: PartitionCounts, now: number): void {
    this.#sql("INSERT OR REPLACE INTO state (store, key, lookup, body) VALUES (?, ?, NULL, ?)").run(
      this.#names.id(countersStore(this.#dag)),
      `${partition}/${node}`,
      JSON.stringify(counts),
    );
    const counters = this.#of(node);
    // every partition reads the whole table
    const known = this.#tables.has(node) ? [...counters.values()] : [counters.get(partition)];
    const more = counts.out - Math.max(0, ...known.map((before) => before?.out ?? 0));
    counters.set(partition, counts);
    this.#changed.add(node);
    if (more <= 0) return;
    const second = Math.floor(now / 1000);
    const recent = (this.#recent.get(node) ?? []).filter(([at]) => at > second - rateSeconds);
    const last = recent.at(-1);
    if (last !== undefined && last[0] === second) last[1] += more;
    else recent.push([second, more]);
    this.#recent.set(node, recent);
  }

  /** Brings the counters of nodes up to what has come. @returns whether any had changed */
  settle(): boolean {
    const changed = this.#changed.size > 0;
    for (const node of this.#changed) {
      const name = this.#names.id(fullName(this.#dag, node));
      const body: NodeCounters = { ...noCounts(), recent: this.#recent.get(node) ?? [] };
      const isTable = this.#tables.has(node);
      for (const counts of this.#of(node).values()) {
        const { lastAt, ...sums } = counts;
        for (const key of Object.keys(sums) as (keyof typeof sums)[])
          body[key] = isTable ? Math.max(body[key], sums[key]) : body[key] + sums[key];
        body.lastAt = Math.max(body.lastAt, lastAt);
      }
      if (this.#tasks.has(node)) {
        for (const state of ["waiting", "running", "retrying", "failed"] as const) {
          const row = this.#sql("SELECT count(*) AS n FROM tasks WHERE node = ? AND state = ?").get(name, state);
          body[state] = Number(row?.n ?? 0);
        }
        const oldest = this.#sql(
          "SELECT min(admitted_at) AS at FROM tasks WHERE node = ? AND state IN ('waiting', 'running', 'retrying')",
        ).get(name);
        body.oldestAt = Number(oldest?.at ?? 0);
      }
      this.#sql("INSERT INTO counters (node, body) VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body").run(
        name,
        JSON.stringify(body),
      );
    }
    this.#changed.clear();
    return changed;
  }
}
