/**
 * Answers that many viewers ask for are computed once: an answer holds as long as the store has not changed (and, for answers that
 * also read an engine, for a short time).
 */
export interface Memo {
  get<T>(key: string, holdMs: number, compute: () => Promise<T>): Promise<T>;
}

/**
 * @param version a number that changes when the store does
 * @param clock milliseconds
 * @param limit answers kept; the one not used for longest goes first
 */
export function createMemo(version: () => number, clock: () => number, limit = 300): Memo {
  const answers = new Map<string, { version: number; at: number; value: Promise<unknown> }>();
  return {
    get<T>(key: string, holdMs: number, compute: () => Promise<T>): Promise<T> {
      const current = version();
      const held = answers.get(key);
      answers.delete(key);
      if (held !== undefined && held.version === current && clock() - held.at < holdMs) {
        answers.set(key, held);
        return held.value as Promise<T>;
      }
      const value = compute();
      answers.set(key, { version: current, at: clock(), value });
      value.catch(() => answers.delete(key));
      const oldest = answers.keys().next();
      if (answers.size > limit && !oldest.done) answers.delete(oldest.value);
      return value;
    },
  };
}

/** Holds until the store changes. */
export const UNTIL_CHANGED = Number.POSITIVE_INFINITY;
/** Answers with live counts. */
export const BRIEFLY = 400;
