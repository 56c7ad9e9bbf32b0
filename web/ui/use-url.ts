import { useCallback, useMemo } from "react";
import { useLocation, useSearch } from "wouter";
import { changeParams, type Params, parseParams } from "../model/url-state.ts";

/** A change of search parameters; null removes one. */
export type ParamChange = Readonly<Record<string, string | null | undefined>>;

/**
 * The page's state from its address, and a way to change it.
 * `replace` keeps Back for steps that matter: walking wells or typing a filter replaces, choosing a view pushes.
 */
export function useUrlState(): {
  params: Params;
  change: (change: ParamChange, options?: { replace?: boolean }) => void;
} {
  const search = useSearch();
  const [, navigate] = useLocation();
  const params = useMemo(() => parseParams(search), [search]);
  const change = useCallback(
    (patch: ParamChange, options: { replace?: boolean } = {}) => {
      // Read from the window: two changes in one event must not undo each other.
      const { pathname, search: current } = window.location;
      const next = changeParams(current, patch);
      if (next !== current) navigate(pathname + next, { replace: options.replace ?? false });
    },
    [navigate],
  );
  return { params, change };
}
