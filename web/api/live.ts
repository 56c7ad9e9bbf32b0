/**
 * The event stream. All tabs of a browser share one connection: the tab that holds a lock keeps the EventSource and passes every
 * event on; when it closes, the next one takes over. The browser itself resumes with Last-Event-ID after a loss of connection;
 * whoever takes over, or hears of a gap, asks everything again.
 */
import type { LiveEvent } from "@artesian/server/api.ts";
import type { QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import {
  addStale,
  EVERYTHING_STALE,
  isStale,
  LIVE_START,
  type LiveAction,
  type LiveState,
  NOTHING_STALE,
  reduceLive,
  type Stale,
} from "../model/live.ts";

const ADDRESS = "/api/v1/events";
const CHANNEL = "artesian-events";
/** A first event is shown at once, a flood of them twice a second. */
const SOON_MS = 60;
const INTERVAL_MS = 450;

let state: LiveState = LIVE_START;
const listeners = new Set<() => void>();

function act(action: LiveAction): void {
  const next = reduceLive(state, action);
  if (next === state) return;
  state = next;
  for (const listener of listeners) listener();
}

/** The state of the stream, for the header. */
export const useLive = (): LiveState =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );

/** Messages between tabs. */
type TabMessage = LiveAction | { kind: "taken-over" };

/**
 * Connects the stream to the kept answers; called once.
 * @returns a function that ends the connection
 */
export function startLive(client: QueryClient): () => void {
  let stale: Stale = NOTHING_STALE;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastFlushMs = 0;

  const flush = (): void => {
    timer = undefined;
    lastFlushMs = Date.now();
    const due = stale;
    stale = NOTHING_STALE;
    for (const query of client.getQueryCache().getAll()) {
      if (!isStale(due, query.queryKey)) continue;
      if (query.state.fetchStatus === "fetching" && query.isActive()) {
        // An answer under way may be older than the event: ask again when it is here.
        stale = addStale(stale, { stale: [String(query.queryKey[0])], experimentId: null });
        continue;
      }
      void client.invalidateQueries({ queryKey: query.queryKey, exact: true }, { cancelRefetch: false });
    }
    if (stale.size > 0) schedule();
  };
  const schedule = (): void => {
    timer ??= setTimeout(flush, Math.max(SOON_MS, lastFlushMs + INTERVAL_MS - Date.now()));
  };
  const receive = (message: TabMessage): void => {
    if (message.kind === "taken-over") stale = EVERYTHING_STALE;
    else {
      act(message);
      if (message.kind === "event") stale = addStale(stale, message.event);
    }
    if (stale.size > 0) schedule();
  };

  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = (event: MessageEvent<TabMessage>) => receive(event.data);
  const tell = (message: TabMessage): void => {
    receive(message);
    channel.postMessage(message);
  };

  const ending = new AbortController();
  let source: EventSource | undefined;
  const connect = (): void => {
    source = new EventSource(ADDRESS);
    source.onopen = () => {
      // After a loss the stream resumes from the last event; a server that was started anew cannot, so everything is asked again.
      const wasAway = state.connection === "away";
      tell({ kind: "open" });
      if (wasAway) tell({ kind: "taken-over" });
    };
    source.onerror = () => {
      tell({ kind: "lost", atMs: Date.now() });
      // A browser retries by itself unless the server refused; then it is tried again here.
      if (source?.readyState === EventSource.CLOSED && !ending.signal.aborted) setTimeout(reconnect, 2000);
    };
    source.onmessage = (message: MessageEvent<string>) => {
      tell({ kind: "event", event: JSON.parse(message.data) as LiveEvent });
    };
  };
  const reconnect = (): void => {
    if (ending.signal.aborted) return;
    connect();
    tell({ kind: "taken-over" });
  };
  const lead = (): Promise<void> => {
    connect();
    if (lastFlushMs > 0 || state.connection !== "connecting") tell({ kind: "taken-over" });
    return new Promise((resolve) => ending.signal.addEventListener("abort", () => resolve()));
  };
  if ("locks" in navigator) {
    navigator.locks.request(CHANNEL, { signal: ending.signal }, lead).catch(() => undefined);
    // A tab that follows hears of the leader with the next event; until then it is as live as its answers.
    setTimeout(() => {
      if (source === undefined && state.connection === "connecting") act({ kind: "open" });
    }, 1000);
  } else void lead();

  return () => {
    ending.abort();
    source?.close();
    channel.close();
    clearTimeout(timer);
  };
}
