export interface Due {
  /** ms, of whichever clock the heap is for. */
  due: number;
  store: string;
  key: string;
}

/** A binary heap: what is due first comes out first. Entries that no longer hold are told by whoever takes them. */
export class DueHeap {
  readonly #entries: Due[] = [];

  get next(): number | undefined {
    return this.#entries[0]?.due;
  }

  push(entry: Due): void {
    const entries = this.#entries;
    let at = entries.push(entry) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = entries[up] as Due;
      if (parent.due <= entry.due) break;
      entries[at] = parent;
      at = up;
    }
    entries[at] = entry;
  }

  /** Takes the first entry that is due by then. */
  take(now: number): Due | undefined {
    const entries = this.#entries;
    const first = entries[0];
    if (first === undefined || first.due > now) return undefined;
    const last = entries.pop() as Due;
    if (entries.length === 0) return first;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= entries.length) break;
      const right = entries[down + 1];
      if (right !== undefined && right.due < (entries[down] as Due).due) down++;
      const child = entries[down] as Due;
      if (child.due >= last.due) break;
      entries[at] = child;
      at = down;
    }
    entries[at] = last;
    return first;
  }
}
