/** What the event stream does to the page: pure reducers; the connection itself is in api/live.ts. */
import { type LiveEvent, STALE_RESOURCES } from "@artesian/server/api.ts";

/** The state of the stream that the header shows. */
export interface LiveState {
  connection: "connecting" | "live" | "away";
  imagesPerS: number;
  /** When the connection was lost, ms since epoch; undefined while it stands. */
  awaySinceMs: number | undefined;
}

/** Before the first answer. */
export const LIVE_START: LiveState = { connection: "connecting", imagesPerS: 0, awaySinceMs: undefined };

/** What can happen to the stream. */
export type LiveAction = { kind: "open" } | { kind: "lost"; atMs: number } | { kind: "event"; event: LiveEvent };

/** The next state of the stream. */
export function reduceLive(state: LiveState, action: LiveAction): LiveState {
  if (action.kind === "open") return { ...state, connection: "live", awaySinceMs: undefined };
  if (action.kind === "lost")
    return state.connection === "away" ? state : { ...state, connection: "away", awaySinceMs: action.atMs };
  const rate = action.event.imagesPerS;
  const ended = action.event.type === "run-drained" || action.event.type === "run-stopped";
  const imagesPerS = rate ?? (ended ? 0 : state.imagesPerS);
  if (state.connection === "live" && state.imagesPerS === imagesPerS) return state;
  return { connection: "live", awaySinceMs: undefined, imagesPerS };
}

/**
 * Answers that are out of date: resource name → experiments concerned, "all" when an event named none.
 * Many events of one moment become one set, so that a page asks once.
 */
export type Stale = ReadonlyMap<string, "all" | ReadonlySet<string>>;

/** Nothing is out of date. */
export const NOTHING_STALE: Stale = new Map();

/** Adds what an event makes stale. */
export function addStale(stale: Stale, event: Pick<LiveEvent, "stale" | "experimentId">): Stale {
  if (event.stale.length === 0) return stale;
  const next = new Map(stale);
  for (const resource of event.stale) {
    const known = next.get(resource);
    if (known === "all") continue;
    if (event.experimentId === null) next.set(resource, "all");
    else next.set(resource, new Set([...(known ?? []), event.experimentId]));
  }
  return next;
}

/** After a gap in the stream nothing is certain: everything is asked again. */
export const EVERYTHING_STALE: Stale = new Map(STALE_RESOURCES.map((resource) => [resource, "all"]));

/** Key of a query: resource, experiment ("" when it is about none), then whatever tells queries apart. */
export type QueryKey = readonly [resource: string, experiment: string, ...rest: readonly unknown[]];

/** Tells whether a query's answer is out of date. */
export function isStale(stale: Stale, key: readonly unknown[]): boolean {
  const experiments = stale.get(String(key[0]));
  if (experiments === undefined) return false;
  const experiment = String(key[1] ?? "");
  return experiments === "all" || experiment === "" || experiments.has(experiment);
}
