import type { PartitionState } from "./partition-state.ts";

const rememberedMs = 7 * 24 * 3600 * 1000;

/** Dead letters that were sent again, by their place: each once, however often it is asked for. Part of a partition's state. */
export class RedrivenLetters {
  readonly store: string;
  readonly #state: PartitionState;

  constructor(dag: string, state: PartitionState) {
    this.store = `${dag}~redriven`;
    this.#state = state;
  }

  /** @returns whether it is the first time */
  add({ partition, offset }: { partition: number; offset: number }, now: number): boolean {
    const name = `${partition}/${offset}`;
    if (this.#state.get(this.store, name) !== undefined) return false;
    this.#state.putTask(this.store, name, 1);
    this.#state.setDue(this.store, name, "forget", now + rememberedMs);
    return true;
  }

  forget(name: string): void {
    this.#state.putTask(this.store, name, undefined);
  }
}
