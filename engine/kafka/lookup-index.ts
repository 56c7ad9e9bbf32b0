/** Open entries of stores by the text that they are looked up by. Of those that wait for no row, which are most, it knows only that there are any. */
export class LookupIndex {
  readonly #stores = new Map<string, Map<string, Set<string>>>();

  link(store: string, key: string, lookup: string | undefined): void {
    if (lookup === undefined) return;
    let byLookup = this.#stores.get(store);
    if (byLookup === undefined) {
      byLookup = new Map();
      this.#stores.set(store, byLookup);
    }
    let keys = byLookup.get(lookup);
    if (keys === undefined) {
      keys = new Set();
      byLookup.set(lookup, keys);
    }
    if (lookup !== "") keys.add(key);
  }

  unlink(store: string, key: string, lookup: string | undefined): void {
    if (lookup === undefined || lookup === "") return;
    const byLookup = this.#stores.get(store);
    const keys = byLookup?.get(lookup);
    keys?.delete(key);
    if (keys?.size === 0) byLookup?.delete(lookup);
  }

  /** Keys of a store's entries with this text, in key order. */
  find(store: string, lookup: string): string[] {
    return [...(this.#stores.get(store)?.get(lookup) ?? [])].sort();
  }

  /** Texts that open entries of a store have, in order. */
  lookups(store: string): string[] {
    return [...(this.#stores.get(store)?.keys() ?? [])].sort();
  }
}
