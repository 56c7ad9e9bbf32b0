import type { Names, Statements } from "./database.ts";
import type { NodeCounts } from "./step-types.ts";

/** Counts of one node since its data folder was made, as stored. */
export interface NodeCounters extends NodeCounts {
  waiting: number;
  running: number;
  retrying: number;
  done: number;
  cached: number;
  retried: number;
  /** When the oldest unfinished task was requested, ms since 1970; 0 when there is none. */
  oldestAt: number;
  lastAt: number;
  /** Outputs per second of wall clock, newest last: [second, count]. */
  recent: [number, number][];
}

/** Seconds that a rate looks back. */
export const rateSeconds = 10;

/** Counters of a node that has seen nothing. */
export function noCounts(): NodeCounters {
  return {
    in: 0,
    out: 0,
    failed: 0,
    duplicates: 0,
    opened: 0,
    closed: 0,
    incomplete: 0,
    revised: 0,
    waiting: 0,
    running: 0,
    retrying: 0,
    done: 0,
    cached: 0,
    retried: 0,
    oldestAt: 0,
    lastAt: 0,
    recent: [],
  };
}

/** Counters of all nodes, written with the transaction that changed them. */
export class Counters {
  readonly #sql: Statements;
  readonly #names: Names;
  readonly #nodes = new Map<string, NodeCounters>();
  readonly #changed = new Set<string>();

  constructor(sql: Statements, names: Names) {
    this.#sql = sql;
    this.#names = names;
  }

  /** The node's counters, to be changed by the caller. */
  of(node: string): NodeCounters {
    this.#changed.add(node);
    let counters = this.#nodes.get(node);
    if (counters === undefined) {
      const row = this.#sql("SELECT body FROM counters WHERE node = ?").get(this.#names.id(node));
      counters = row === undefined ? noCounts() : { ...noCounts(), ...(JSON.parse(String(row.body)) as NodeCounters) };
      this.#nodes.set(node, counters);
    }
    return counters;
  }

  add(node: string, counts: NodeCounts, now: number): void {
    const counters = this.of(node);
    const { out, ...others } = counts;
    for (const name of Object.keys(others) as (keyof typeof others)[]) counters[name] += others[name];
    if (out > 0) this.put(node, out, now);
  }

  /** Counts outputs, and remembers when. */
  put(node: string, out: number, now: number): void {
    const counters = this.of(node);
    counters.out += out;
    counters.lastAt = now;
    const second = Math.floor(now / 1000);
    const last = counters.recent.at(-1);
    if (last !== undefined && last[0] === second) last[1] += out;
    else counters.recent.push([second, out]);
    while ((counters.recent[0]?.[0] ?? second) <= second - rateSeconds) counters.recent.shift();
  }

  flush(): void {
    const write = this.#sql(
      "INSERT INTO counters (node, body) VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body",
    );
    for (const node of this.#changed) write.run(this.#names.id(node), JSON.stringify(this.#nodes.get(node)));
    this.#changed.clear();
  }

  reset(): void {
    this.#nodes.clear();
    this.#changed.clear();
  }
}

/** Outputs a second over the last ten seconds. */
export function ratePerS(counters: NodeCounters, now: number): number {
  const second = Math.floor(now / 1000);
  let sum = 0;
  for (const [at, count] of counters.recent) if (at > second - rateSeconds) sum += count;
  return sum / rateSeconds;
}
