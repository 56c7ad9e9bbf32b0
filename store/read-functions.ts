import { sql } from "kysely";
import { type Db, likePattern, type Page } from "./read-experiments.ts";
import type { FunctionState } from "./record-functions.ts";
import type { FunctionRequestRow } from "./schema.ts";

export interface StoredFunction {
  id: string;
  digest: string;
  doc: Record<string, unknown>;
  registeredAt: string;
  removedAt: string | null;
  counts: Record<FunctionState, number>;
  /** When it last was asked. */
  lastAt: string | null;
}

/** A line of the ledger. */
export interface StoredRequest {
  request: string;
  functionId: string;
  digest: string;
  idempotencyKey: string;
  bucket: string;
  key: string;
  version: string;
  sizeBytes: number;
  source: string;
  eventAt: string;
  requestedAt: string;
  state: FunctionState;
  taskId: string | null;
  attempts: number | null;
  startedAt: string | null;
  finishedAt: string | null;
  code: string | null;
  message: string | null;
  result: unknown;
}

export interface LedgerQuery extends Page {
  functionId?: string;
  state?: FunctionState;
  /** Part of the bucket, the key or the message. */
  q?: string;
}

const none = (): Record<FunctionState, number> => ({ waiting: 0, done: 0, superseded: 0, failed: 0 });

/** Registered functions by id with what they were asked; removed ones last, as long as the ledger knows them. */
export async function listFunctions(db: Db): Promise<StoredFunction[]> {
  const rows = await db.selectFrom("object_function").selectAll().orderBy("id").execute();
  const counted = await db
    .selectFrom("function_request")
    .select((eb) => [
      "function_id",
      "state",
      eb.fn.countAll<number>().as("count"),
      eb.fn.max("requested_at").as("last"),
    ])
    .groupBy(["function_id", "state"])
    .execute();
  const own = Map.groupBy(counted, (row) => row.function_id);
  return rows
    .map((row): StoredFunction => {
      const counts = none();
      let lastAt: string | null = null;
      for (const { state, count, last } of own.get(row.id) ?? []) {
        counts[state as FunctionState] = Number(count);
        if (lastAt === null || last > lastAt) lastAt = last;
      }
      const { id, digest, registered_at: registeredAt, removed_at: removedAt } = row;
      return { id, digest, doc: JSON.parse(row.doc), registeredAt, removedAt, counts, lastAt };
    })
    .sort((a, b) => Number(a.removedAt !== null) - Number(b.removedAt !== null));
}

/**
 * The ledger, newest first.
 * @returns the page, how many lines answer the query, and how many there are of each state without its state
 */
export async function functionLedger(
  db: Db,
  query: LedgerQuery,
): Promise<{ rows: StoredRequest[]; total: number; counts: Record<FunctionState, number> }> {
  let all = db.selectFrom("function_request");
  if (query.functionId !== undefined) all = all.where("function_id", "=", query.functionId);
  if (query.q) {
    const pattern = likePattern(query.q);
    all = all.where(
      sql<boolean>`(object_key LIKE ${pattern} ESCAPE '\\' OR bucket LIKE ${pattern} ESCAPE '\\' OR message LIKE ${pattern} ESCAPE '\\')`,
    );
  }
  const counts = none();
  const counted = await all
    .select((eb) => ["state", eb.fn.countAll<number>().as("count")])
    .groupBy("state")
    .execute();
  for (const { state, count } of counted) counts[state as FunctionState] = Number(count);
  const found = query.state === undefined ? all : all.where("state", "=", query.state);
  const rows = await found
    .selectAll()
    .orderBy("requested_at", "desc")
    .orderBy("request")
    .limit(query.limit)
    .offset(query.offset)
    .execute();
  const total =
    query.state === undefined ? Object.values(counts).reduce((sum, count) => sum + count, 0) : counts[query.state];
  return { rows: rows.map(requestOf), total, counts };
}

/** Failed requests, oldest first: what is to be sent again. */
export async function failedRequests(
  db: Db,
  query: { functionId?: string; requests?: readonly string[]; limit: number },
): Promise<StoredRequest[]> {
  let found = db.selectFrom("function_request").selectAll().where("state", "=", "failed");
  if (query.functionId !== undefined) found = found.where("function_id", "=", query.functionId);
  if (query.requests !== undefined) found = found.where("request", "in", query.requests);
  return (await found.orderBy("requested_at").limit(query.limit).execute()).map(requestOf);
}

/** What an idempotency key has come to: requests that were applied or are on their way. */
export async function requestsOfKey(
  db: Db,
  idempotencyKey: string,
  key: { bucket: string; key: string },
): Promise<StoredRequest[]> {
  const rows = await db
    .selectFrom("function_request")
    .selectAll()
    .where("bucket", "=", key.bucket)
    .where("object_key", "=", key.key)
    .where("idempotency_key", "=", idempotencyKey)
    .orderBy("requested_at")
    .execute();
  return rows.map(requestOf);
}

function requestOf(row: FunctionRequestRow): StoredRequest {
  return {
    request: row.request,
    functionId: row.function_id,
    digest: row.digest,
    idempotencyKey: row.idempotency_key,
    bucket: row.bucket,
    key: row.object_key,
    version: row.version,
    sizeBytes: row.size_bytes,
    source: row.source,
    eventAt: row.event_at,
    requestedAt: row.requested_at,
    state: row.state as FunctionState,
    taskId: row.task_id,
    attempts: row.attempts,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    code: row.code,
    message: row.message,
    result: row.result === null ? null : JSON.parse(row.result),
  };
}
