import { useSyncExternalStore } from "react";
import { nextTheme, parseTheme, type ThemeChoice } from "../model/theme.ts";
import { remember, remembered } from "./memory.ts";

const STORED = "artesian.theme";
const listeners = new Set<() => void>();
let choice: ThemeChoice = "system";

function apply(next: ThemeChoice): void {
  choice = next;
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  for (const listener of listeners) listener();
}

/** Applies the remembered theme; called before the first paint. */
export function startTheme(): void {
  apply(parseTheme(remembered(STORED)));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => apply(choice));
}

/** Goes on to the next theme and remembers it. */
export function switchTheme(): void {
  const next = nextTheme(choice);
  remember(STORED, next);
  apply(next);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The chosen theme. */
export const useTheme = (): ThemeChoice => useSyncExternalStore(subscribe, () => choice);
