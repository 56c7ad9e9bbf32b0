import type { Store } from "./open-store.ts";
import { insertIfAbsent, upsert } from "./upsert.ts";

/** A registered function as pages show it. */
export interface FunctionInput {
  id: string;
  /** Of its handler's files and its declaration. */
  digest: string;
  /** The declaration: trigger, handler, limits. */
  doc: unknown;
}

/** Stores which functions are registered now; others are marked as removed, and what they did stays. */
export function registerFunctions(store: Store, functions: readonly FunctionInput[], at: string): void {
  store.transaction(() => {
    const kept = JSON.stringify(functions.map(({ id }) => id));
    store.run(
      "UPDATE object_function SET removed_at = ? WHERE removed_at IS NULL AND id NOT IN (SELECT value FROM json_each(?))",
      at,
      kept,
    );
    for (const { id, digest, doc } of functions)
      upsert(
        store,
        "object_function",
        ["id"],
        { id, digest, doc: JSON.stringify(doc), removed_at: null },
        { registered_at: at },
      );
  });
}

/** That a function is to be applied to a version of an object. */
export interface FunctionRequestInput {
  /** Names it: one function, one object, one version, one occasion. */
  request: string;
  functionId: string;
  digest: string;
  idempotencyKey: string;
  bucket: string;
  key: string;
  version: string;
  sizeBytes: number;
  source: string;
  /** When the object appeared. */
  eventAt: string;
}

/** Stores that a function was asked; what is known of the request stays. */
export function recordFunctionRequest(store: Store, input: FunctionRequestInput): void {
  insertIfAbsent(store, "function_request", {
    ...columnsOf(input),
    requested_at: store.now().toISOString(),
    state: "waiting",
  });
}

export type FunctionState = "waiting" | "done" | "superseded" | "failed";

export interface FunctionResultInput extends FunctionRequestInput {
  /** superseded: another version, or none, was there when its turn came. */
  state: Exclude<FunctionState, "waiting">;
  taskId: string | null;
  attempts?: number | null;
  startedAt?: string | null;
  finishedAt?: string | null;
  code?: string | null;
  /** What happened, in words. */
  message?: string | null;
  result?: unknown;
}

/** Stores what came of a request. A later answer, of a re-driven one, takes the place of an earlier. */
export function recordFunctionResult(store: Store, input: FunctionResultInput): void {
  const now = store.now().toISOString();
  upsert(
    store,
    "function_request",
    ["request"],
    {
      ...columnsOf(input),
      state: input.state,
      task_id: input.taskId,
      attempts: input.attempts ?? null,
      started_at: input.startedAt ?? null,
      finished_at: input.finishedAt ?? now,
      code: input.code ?? null,
      message: input.message ?? null,
      result: input.result === undefined ? null : JSON.stringify(input.result),
    },
    { requested_at: now },
  );
}

function columnsOf(input: FunctionRequestInput) {
  return {
    request: input.request,
    function_id: input.functionId,
    digest: input.digest,
    idempotency_key: input.idempotencyKey,
    bucket: input.bucket,
    object_key: input.key,
    version: input.version,
    size_bytes: input.sizeBytes,
    source: input.source,
    event_at: input.eventAt,
  };
}

/** Notes that a failed request was sent again, unless its answer is there already. */
export function recordRedriven(store: Store, input: { request: string; finishedAt: string | null }): void {
  store.run(
    "UPDATE function_request SET state = 'waiting', code = NULL, message = NULL WHERE request = ? AND state = 'failed' AND finished_at IS ?",
    input.request,
    input.finishedAt,
  );
}
