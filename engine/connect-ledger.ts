import { setTimeout as wait } from "node:timers/promises";
import type { AppendRecord, AppendResult, LedgerEntry } from "./intake.ts";

/** What a connector needs of a runtime, here or in another thread. */
export interface LedgerRuntime {
  append(topic: string, records: readonly AppendRecord[], ledger?: readonly LedgerEntry[]): Promise<AppendResult>;
  ledger(source: string): LedgerMap | Promise<LedgerMap>;
}

/** The newest content of each path that was taken in. */
export type LedgerMap = Map<string, { sha256: string; sizeBytes: number; mtimeMs: number }>;

/** What a file becomes: nothing (it is left out, and looked at again in the next session), a record, or several that enter together. */
export type Made = AppendRecord | readonly AppendRecord[] | undefined;

/** Where contents go, and what is known of those that went there. */
export interface Door {
  runtime: LedgerRuntime;
  topic: string;
  /** Names the ledger, and begins every event id. */
  source: string;
  ledger: LedgerMap;
}

/** A content of a path with what it became. */
export interface Taken {
  path: string;
  /** Equal for equal contents of this path only: a digest, or what a store says in its place. */
  identity: string;
  sizeBytes: number;
  mtimeMs: number;
  made: AppendRecord | readonly AppendRecord[];
}

/** A connector at work. */
export interface Connection<Progress> {
  /** Resolves when the connector has ended. Rejects when the runtime refuses records. */
  done: Promise<Progress>;
  stop(): void;
}

/** Contents that become durable together. */
export const perAppend = 200;

/** Begins a connector that ends by `stop` or by the caller's signal. */
export function connection<Progress>(
  signal: AbortSignal | undefined,
  follow: (ended: AbortSignal) => Promise<Progress>,
): Connection<Progress> {
  const ended = new AbortController();
  const stop = (): void => {
    ended.abort();
    signal?.removeEventListener("abort", stop);
  };
  if (signal?.aborted === true) stop();
  else signal?.addEventListener("abort", stop, { once: true });
  return { done: follow(ended.signal).finally(() => signal?.removeEventListener("abort", stop)), stop };
}

/**
 * Enters contents: their records and the ledger in one transaction, so that neither a crash nor a second look enters anything
 * twice. An event id is made of source, path and identity, and of its place when a content becomes several records.
 * @returns how many records entered; the ledger in memory is brought up to date
 */
export async function enter({ runtime, topic, source, ledger }: Door, taken: readonly Taken[]): Promise<number> {
  if (taken.length === 0) return 0;
  const records: AppendRecord[] = [];
  const entries: LedgerEntry[] = [];
  for (const { path, identity, sizeBytes, mtimeMs, made } of taken) {
    if (ledger.get(path)?.sha256 !== identity) {
      const id = `${source}\u0000${path}\u0000${identity}`;
      listOf(made).forEach((record, i) => {
        records.push({ eventId: i === 0 ? id : `${id}\u0000${i}`, ...record });
      });
    }
    entries.push({ source, path, sha256: identity, sizeBytes, mtimeMs });
  }
  const { accepted } = await runtime.append(topic, records, entries);
  for (const { path, sha256, sizeBytes, mtimeMs } of entries) ledger.set(path, { sha256, sizeBytes, mtimeMs });
  return accepted;
}

function listOf(made: Taken["made"]): readonly AppendRecord[] {
  return isRecord(made) ? [made] : made;
}

function isRecord(made: Taken["made"]): made is AppendRecord {
  return !Array.isArray(made);
}

/** Whether a runtime refused for want of room, which passes. Of errors from its thread only the code is left. */
export function isDiskFull(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "engine/disk-full";
}

/** The system's timer, or less when called off. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => {});
}
