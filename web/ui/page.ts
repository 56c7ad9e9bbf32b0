import { useEffect, useSyncExternalStore } from "react";

/** One step of the path above a page; the last one has no link. */
export interface Crumb {
  label: string;
  href?: string;
}

let crumbs: readonly Crumb[] = [];
let help = "";
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

/** What the page that is open shows and how to read it, for the help. */
export const usePageHelp = (): string =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => help,
  );

/**
 * Says what page this is: its path in the frame, from it the title of the browser's tab, and how to read it.
 * @param about two or three sentences for the help
 */
export function usePage(path: readonly Crumb[], about: string): void {
  const text = JSON.stringify(path);
  useEffect(() => {
    crumbs = JSON.parse(text) as Crumb[];
    help = about;
    document.title = [...crumbs.map((crumb) => crumb.label).reverse(), "Artesian"].join(" · ");
    for (const listener of listeners) listener();
  }, [text, about]);
}
