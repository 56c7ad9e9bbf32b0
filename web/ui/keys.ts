import { useEffect, useLayoutEffect, useRef, useSyncExternalStore } from "react";

/** A key with what it does, as listed by `?`. */
export interface KeyHint {
  key: string;
  label: string;
}

const registered = new Map<symbol, readonly KeyHint[]>();
const listeners = new Set<() => void>();
let snapshot: readonly KeyHint[] = [];

function changed(): void {
  const seen = new Set<string>();
  snapshot = [...registered.values()].flat().filter((hint) => {
    const name = `${hint.key}·${hint.label}`;
    return !seen.has(name) && seen.add(name);
  });
  for (const listener of listeners) listener();
}

/** The keys that work on the page now. */
export const useKeyHints = (): readonly KeyHint[] =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => snapshot,
  );

/** Lists keys that a component handles itself (arrows in a grid). */
export function useHints(hints: readonly KeyHint[]): void {
  const text = JSON.stringify(hints);
  useEffect(() => {
    const id = Symbol();
    registered.set(id, JSON.parse(text) as KeyHint[]);
    changed();
    return () => {
      registered.delete(id);
      changed();
    };
  }, [text]);
}

/** Does the reader type into a field, so that plain keys are text? */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.tagName === "TEXTAREA" ||
      target.tagName === "SELECT" ||
      (target.tagName === "INPUT" && !["checkbox", "radio", "button"].includes((target as HTMLInputElement).type)))
  );
}

/**
 * Keys of a page: name of the key → what it does and how; without a label it is not listed. Keys do nothing while the reader types or a dialog
 * is open.
 */
export function useKeys(
  keys: Readonly<Record<string, { label: string; run: (event: KeyboardEvent) => void } | undefined>>,
): void {
  const current = useRef(keys);
  current.current = keys;
  useHints(
    Object.entries(keys).flatMap(([key, entry]) => (entry && entry.label !== "" ? [{ key, label: entry.label }] : [])),
  );
  // Before the page is seen, so that a key pressed at first sight is heard.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
      const entry = current.current[event.key];
      if (!entry) return;
      event.preventDefault();
      entry.run(event);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
