/** Small things the browser remembers for its reader; works without storage too. */

/** A remembered text, or null. */
export function remembered(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Remembers a text if the browser lets us. */
export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Storage may be blocked or full; the choice then lasts until the page is left.
  }
}
