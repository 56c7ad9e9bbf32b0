import type { Page } from "playwright-core";

/** What a journey is given: a fresh page on the application, and ways to look and to check. */
export interface Traveller {
  page: Page;
  /** Address of the application, without a slash at the end. */
  url: string;
  /** Opens a path and waits until its first answer is shown. */
  open(path: string): Promise<void>;
  /** Saves a screenshot under this name and checks the page with axe: no serious violation. */
  look(name: string): Promise<void>;
  /** Reads a resource of the API. */
  api<T>(path: string): Promise<T>;
  /** Another browser beside this one, with storage and connection of its own. */
  companion(): Promise<Page>;
}

/** A way through the application that a person takes. */
export interface Journey {
  name: string;
  /** Shown to a first visitor, with the tour? Otherwise the tour counts as seen. */
  firstVisit?: boolean;
  scheme?: "light" | "dark";
  viewport?: { width: number; height: number };
  /** Requests that this journey makes fail on purpose; their console messages are no errors. */
  expectedErrors?: RegExp;
  run(traveller: Traveller): Promise<void>;
}

/** Fails with a sentence that says what was expected. */
export function expect(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(sentence);
}

/** Waits until something is so. @throws Error when it is not within `withinMs` */
export async function until(what: string, withinMs: number, check: () => Promise<boolean>): Promise<number> {
  const start = Date.now();
  while (Date.now() - start < withinMs) {
    if (await check()) return Date.now() - start;
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  throw new Error(`${what}: not within ${withinMs} ms`);
}

/** The experiment to look at: one whose analysis is complete, else the one with most images. */
export async function experimentOf({ api }: Traveller): Promise<string> {
  const { experiments } = await api<{ experiments: { id: string; state: string; images: { done: number } }[] }>(
    "/experiments",
  );
  const complete = (state: string): number => (state === "complete" ? 1 : 0);
  const best = experiments.sort((a, b) => complete(b.state) - complete(a.state) || b.images.done - a.images.done)[0];
  expect(best !== undefined, "there is no experiment");
  return best.id;
}
