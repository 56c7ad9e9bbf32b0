import type { NodeCounts } from "../step-types.ts";
import type { PartitionState } from "./partition-state.ts";

/** What one node of one partition has done since the workflow was first run. */
export interface PartitionCounts extends NodeCounts {
  /** Tasks that ended with a result. */
  done: number;
  retried: number;
  /** When it last put something out, ms since 1970. */
  lastAt: number;
}

/** Where a partition's counts are kept, by node. */
export function countersStore(dag: string): string {
  return `${dag}~counters`;
}

/** Counts of a partition's nodes, part of its state: what a transaction counts is there exactly when the transaction is. */
export class PartitionCounters {
  readonly #store: string;
  readonly #state: PartitionState;
  readonly #nodes = new Map<string, PartitionCounts>();
  readonly #changed = new Set<string>();

  constructor(dag: string, state: PartitionState) {
    this.#store = countersStore(dag);
    this.#state = state;
  }

  /** Takes up what the restored state says. */
  load(): void {
    for (const [node, counts] of this.#state.entries(this.#store))
      this.#nodes.set(node, { ...zero(), ...(counts as PartitionCounts) });
  }

  /** The node's counts, to be changed by the caller. */
  of(node: string): PartitionCounts {
    this.#changed.add(node);
    let counts = this.#nodes.get(node);
    if (counts === undefined) {
      counts = zero();
      this.#nodes.set(node, counts);
    }
    return counts;
  }

  add(node: string, counts: NodeCounts, now: number): void {
    const known = this.of(node);
    for (const name of Object.keys(counts) as (keyof NodeCounts)[]) known[name] += counts[name];
    if (counts.out > 0) known.lastAt = now;
  }

  /** One output of a task's node. */
  put(node: string, now: number): void {
    const known = this.of(node);
    known.out++;
    known.lastAt = now;
  }

  /** Writes what has changed into the state. */
  write(): void {
    for (const node of this.#changed) this.#state.putTask(this.#store, node, { ...this.#nodes.get(node) });
    this.#changed.clear();
  }
}

function zero(): PartitionCounts {
  return {
    in: 0,
    out: 0,
    failed: 0,
    duplicates: 0,
    opened: 0,
    closed: 0,
    incomplete: 0,
    revised: 0,
    done: 0,
    retried: 0,
    lastAt: 0,
  };
}
