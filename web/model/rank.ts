/** Finding things by a few typed letters. */

/**
 * How well a text answers a query: 0 = not at all; more is better.
 * Exact > prefix > start of a word > inside > letters in order.
 */
export function matchScore(text: string, query: string): number {
  const t = text.toLowerCase();
  const q = query.trim().toLowerCase();
  if (q === "") return 1;
  if (t === q) return 100;
  if (t.startsWith(q)) return 80 - Math.min(20, t.length - q.length);
  const at = t.indexOf(q);
  if (at > 0) return /[\s\-_/·.]/.test(t[at - 1]!) ? 55 : 40;
  let position = 0;
  for (const letter of q) {
    position = t.indexOf(letter, position) + 1;
    if (position === 0) return 0;
  }
  return 10;
}

/** Keeps what answers the query, best first; equals keep their order. */
export function rank<T>(items: readonly T[], query: string, text: (item: T) => string): T[] {
  return items
    .map((item, index) => ({ item, index, score: matchScore(text(item), query) }))
    .filter((entry) => entry.score > 0)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .map((entry) => entry.item);
}

/** Sorts rows by a value; missing values come last in either direction, numbers as numbers, text with digits in order. */
export function sortRows<T>(
  rows: readonly T[],
  value: (row: T) => string | number | null | undefined,
  descending: boolean,
): T[] {
  const missing = (v: string | number | null | undefined): boolean =>
    v === null || v === undefined || v === "" || (typeof v === "number" && Number.isNaN(v));
  return [...rows].sort((a, b) => {
    const x = value(a);
    const y = value(b);
    if (missing(x) || missing(y)) return Number(missing(x)) - Number(missing(y));
    const order =
      typeof x === "number" && typeof y === "number"
        ? x - y
        : String(x).localeCompare(String(y), "en", { numeric: true });
    return descending ? -order : order;
  });
}
