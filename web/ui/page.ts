import { useEffect, useSyncExternalStore } from "react";

/** One step of the path above a page; the last one has no link. */
export interface Crumb {
  label: string;
  href?: string;
}

let crumbs: readonly Crumb[] = [];
const listeners = new Set<() => void>();

/** The path of the page that is open, for the frame. */
export const useCrumbs = (): readonly Crumb[] =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => crumbs,
  );

/** Says what page this is: its path in the frame, and from it the title of the browser's tab. */
export function usePage(path: readonly Crumb[]): void {
  const text = JSON.stringify(path);
  useEffect(() => {
    crumbs = JSON.parse(text) as Crumb[];
    document.title = [...crumbs.map((crumb) => crumb.label).reverse(), "Artesian"].join(" · ");
    for (const listener of listeners) listener();
  }, [text]);
}
