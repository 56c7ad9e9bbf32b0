import type { MapFunnel } from "@artesian/server/api.ts";
import { useEffect, useState } from "react";
import { readFunnel } from "../api/map-queries.ts";

/** Counts as they come, then the whole answer; or why there is none. */
export interface FunnelState {
  counts: MapFunnel["counts"];
  funnel?: MapFunnel;
  error?: unknown;
}

/** A group's funnel, counted live. @param query settings as the address has them */
export function useFunnel(
  group: string,
  query: Readonly<Record<string, string>>,
  enabled = true,
): FunnelState & { again: () => void } {
  const text = JSON.stringify(query);
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<FunnelState>({ counts: [] });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt reads again
  useEffect(() => {
    // What was counted stays until there is more to say: a chosen row changes its last number alone.
    setState(({ counts }) => ({ counts }));
    if (!enabled) return;
    return readFunnel(group, JSON.parse(text) as Record<string, string>, {
      onCounts: (counts) => setState({ counts }),
      onDone: (funnel) => setState({ counts: funnel.counts, funnel }),
      onError: (error) => setState((before) => ({ ...before, error })),
    });
  }, [group, text, attempt, enabled]);
  return { ...state, again: () => setAttempt((before) => before + 1) };
}
