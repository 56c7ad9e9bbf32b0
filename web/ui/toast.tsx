import { useSyncExternalStore } from "react";

let text = "";
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function set(next: string): void {
  text = next;
  for (const listener of listeners) listener();
}

/** Tells the outcome of an action for a few seconds. */
export function toast(message: string): void {
  clearTimeout(timer);
  set(message);
  timer = setTimeout(() => set(""), 4000);
}

/** Where outcomes appear; read out politely. */
export function Toasts() {
  const message = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => text,
  );
  return <div aria-live="polite">{message === "" ? null : <div className="toast">{message}</div>}</div>;
}
