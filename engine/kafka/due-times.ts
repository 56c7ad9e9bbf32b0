import type { TimerKind } from "../step-types.ts";
import { DueHeap } from "./due-heap.ts";

/** When an entry is to be looked at, by clock. */
export type Due = Readonly<Partial<Record<TimerKind, number>>>;

/** What an entry says now of its times; undefined when it is gone. */
export type DueOf = (store: string, key: string) => Due | undefined;

/**
 * When entries are to be looked at: the wall clock's times in two heaps, of what it closes and of all else; event times by store. What an entry
 * no longer says is passed over.
 */
export class DueTimes {
  readonly #wall = new DueHeap();
  readonly #closing = new DueHeap();
  readonly #event = new Map<string, DueHeap>();

  /** @param closes whether it closes what members may still come to */
  schedule(store: string, key: string, kind: TimerKind, due: number, closes: boolean): void {
    if (kind !== "event") {
      const heap = closes && kind === "wall" ? this.#closing : this.#wall;
      heap.push({ due, store, key });
      return;
    }
    let heap = this.#event.get(store);
    if (heap === undefined) {
      heap = new DueHeap();
      this.#event.set(store, heap);
    }
    heap.push({ due, store, key });
  }

  /** Takes an entry whose time by the wall clock, or retention, has come. */
  takeWall(now: number, dueOf: DueOf): { store: string; key: string; kind: "wall" | "forget" } | undefined {
    for (let first = this.#wall.take(now); first !== undefined; first = this.#wall.take(now)) {
      const { store, key, due } = first;
      const known = dueOf(store, key);
      if (known?.wall === due) return { store, key, kind: "wall" };
      if (known?.forget === due) return { store, key, kind: "forget" };
    }
    return undefined;
  }

  /** Takes an entry that the wall clock closes by then. */
  takeClosing(upTo: number, dueOf: DueOf): { store: string; key: string; kind: "wall" } | undefined {
    for (let first = this.#closing.take(upTo); first !== undefined; first = this.#closing.take(upTo)) {
      const { store, key, due } = first;
      if (dueOf(store, key)?.wall === due) return { store, key, kind: "wall" };
    }
    return undefined;
  }

  /** Takes the key of a store's entry whose event time has been reached. */
  takeEvent(store: string, reached: number, dueOf: DueOf): string | undefined {
    const heap = this.#event.get(store);
    for (let first = heap?.take(reached); first !== undefined; first = heap?.take(reached)) {
      if (dueOf(store, first.key)?.event === first.due) return first.key;
    }
    return undefined;
  }

  /** When the wall clock's next time comes, of what it does not close. */
  get nextWall(): number | undefined {
    return this.#wall.next;
  }

  /** When it closes something next. */
  get nextClosing(): number | undefined {
    return this.#closing.next;
  }
}
