/** Loading, empty, error and stale: every page has all four. */
import type { ReactNode } from "react";
import { asPageError } from "../errors.ts";
import { formatAge } from "../model/format.ts";
import { useNow } from "./use-now.ts";

/** The shape of what is coming. */
export function Skeleton({ height = 160, label = "loading" }: { height?: number; label?: string }) {
  return <div className="skeleton" style={{ height }} role="status" aria-label={label} />;
}

/** Nothing here yet, and what to do next. */
export function Empty({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="empty">
      <b>{title}</b>
      <div className="dim stack">{children}</div>
    </div>
  );
}

/** What went wrong: code, message, what to do, retry. */
export function Failed({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { code, message, hint } = asPageError(error);
  return (
    <div className="error-box" role="alert">
      <div>
        <span className="mono fail-ink">{code}</span>
      </div>
      <div>{message}</div>
      {hint ? <div className="dim">{hint}</div> : null}
      {onRetry ? (
        <button type="button" className="btn" onClick={onRetry}>
          Try again
        </button>
      ) : null}
    </div>
  );
}

/** Tells that what is shown is old, and how old. */
function Stale({ sinceMs, error, onRetry }: { sinceMs: number; error: unknown; onRetry: () => void }) {
  const now = useNow(1000);
  return (
    <div className="stale row" role="status">
      <span>
        shown as of {formatAge(now - sinceMs)} ago: {error instanceof Error ? error.message : "no newer answer"}
      </span>
      <button type="button" className="btn quiet" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

/** The part of a query that its states are told from. */
export interface Asked<T> {
  data: T | undefined;
  error: Error | null;
  isError: boolean;
  dataUpdatedAt: number;
  refetch: () => unknown;
}

/** Shows an answer, or why it is not here. An answer that could not be renewed stays, with its age. */
export function Answer<T>(props: { query: Asked<T>; skeleton?: ReactNode; children: (data: T) => ReactNode }) {
  const { query } = props;
  const retry = (): void => void query.refetch();
  if (query.data !== undefined)
    return (
      <>
        {query.isError ? <Stale sinceMs={query.dataUpdatedAt} error={query.error} onRetry={retry} /> : null}
        {props.children(query.data)}
      </>
    );
  if (query.isError) return <Failed error={query.error} onRetry={retry} />;
  return <>{props.skeleton ?? <Skeleton />}</>;
}
