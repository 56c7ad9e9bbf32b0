/** Open entries of stores by the text that they are looked up by. */
export class LookupIndex {
  readonly #stores = new Map<string, Map<string, Set<string>>>();

  link(store: string, key: string, lookup: string | undefined): void {
    if (lookup === undefined) return;
    let byLookup = this.#stores.get(store);
    if (byLookup === undefined) {
      byLookup = new Map();
      this.#stores.set(store, byLookup);
    }
    const keys = byLookup.get(lookup);
    if (keys === undefined) byLookup.set(lookup, new Set([key]));
    else keys.add(key);
  }

  unlink(store: string, key: string, lookup: string | undefined): void {
    if (lookup === undefined) return;
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

  /** Keys of a store's open entries, in key order. */
  open(store: string): string[] {
    return [...(this.#stores.get(store)?.values() ?? [])].flatMap((keys) => [...keys]).sort();
  }
}
