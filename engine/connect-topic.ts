import { type Connection, connection, isDiskFull, type LedgerRuntime, perAppend, sleep } from "./connect-ledger.ts";
import type { AppendRecord } from "./intake.ts";
import type { LogRecord } from "./records.ts";

/** Where another engine's topic is read: an `Inspector`, a runtime or its client. */
export interface TopicSource {
  partitions(topic: string): Awaitable<{ partition: number; first: number; next: number }[]>;
  readTopic(
    topic: string,
    partition: number,
    offset?: number,
    limit?: number,
  ): Awaitable<(LogRecord & { offset: number })[]>;
}

type Awaitable<T> = T | Promise<T>;

export interface TopicOptions {
  runtime: LedgerRuntime;
  /** The other engine; undefined while it does not exist yet. */
  from: () => TopicSource | undefined;
  /** The topic's name there. */
  topic: string;
  /** Its name here. Default: the same. */
  into?: string;
  /** Names the ledger, and begins every event id: which engine it is. */
  source: string;
  /** What a record becomes; undefined to leave it out. Default: itself. */
  toRecord?: (record: LogRecord & { offset: number }) => AppendRecord | undefined;
  /** Take what is there now and end. Default false: go on until stopped. */
  once?: boolean;
  /** Time between two looks, ms. Default 1000. */
  pollMs?: number;
  signal?: AbortSignal;
  onProgress?: (progress: TopicProgress) => void;
  /** Told of looks that failed; the next one goes on where they ended. Without it, and with `once`, they end the connection. */
  onTrouble?: (error: unknown) => void;
  /** Waits, or less when called off. Default: the system's timer. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface TopicProgress {
  /** Records that entered in this session. */
  accepted: number;
  /** Records that the other engine has and this one has not looked at. */
  lag: number;
}

export type TopicConnection = Connection<TopicProgress>;

/**
 * Takes a topic of another engine into one of this runtime: each offset once, in order per partition. How far it has come is written
 * with the records, so neither a crash nor a second connection enters anything twice. Failures stay where they are.
 * @throws nothing; `done` rejects with what the runtime refuses, see `onTrouble`
 * @example connectTopic({ runtime, from: () => openReader(dir)?.inspector, topic: "editing_runs", source: "functions" })
 */
export function connectTopic(options: TopicOptions): TopicConnection {
  return connection(options.signal, (ended) => follow(options, ended));
}

async function follow(options: TopicOptions, signal: AbortSignal): Promise<TopicProgress> {
  const { once = false, pollMs = 1000, pause = sleep, runtime, source, topic } = options;
  const offsets = new Map<number, number>();
  for (const [path, { sha256 }] of await runtime.ledger(source)) {
    const partition = Number(path.slice(topic.length + 1));
    if (path === `${topic}/${partition}`) offsets.set(partition, Number(sha256));
  }
  const progress: TopicProgress = { accepted: 0, lag: 0 };
  while (!signal.aborted) {
    try {
      await look(options, offsets, progress, signal);
    } catch (error) {
      if (options.onTrouble === undefined || (once && !isDiskFull(error))) throw error;
      options.onTrouble(error);
    }
    options.onProgress?.({ ...progress });
    if (once) break;
    await pause(pollMs, signal);
  }
  return progress;
}

async function look(
  { runtime, from, topic, into = topic, source, toRecord = (record) => record }: TopicOptions,
  offsets: Map<number, number>,
  progress: TopicProgress,
  signal: AbortSignal,
): Promise<void> {
  const engine = from();
  if (engine === undefined) return;
  progress.lag = 0;
  for (const { partition, first, next } of await engine.partitions(topic)) {
    let at = Math.max(offsets.get(partition) ?? 0, first);
    while (at < next && !signal.aborted) {
      const records = await engine.readTopic(topic, partition, at, perAppend);
      const last = records.at(-1)?.offset;
      if (last === undefined) break;
      const made = records.flatMap((record) => {
        const given = record.failure === undefined ? toRecord(record) : undefined;
        if (given === undefined) return [];
        const { key, value, timestamp, eventId } = given;
        const id = eventId ?? `${source}\u0000${topic}\u0000${partition}\u0000${record.offset}`;
        return [{ value, eventId: id, ...(key === undefined ? {} : { key }), ...(timestamp ? { timestamp } : {}) }];
      });
      at = last + 1;
      const mark = { source, path: `${topic}/${partition}`, sha256: String(at), sizeBytes: 0, mtimeMs: 0 };
      const { accepted } = await runtime.append(into, made, [mark]);
      progress.accepted += accepted;
      offsets.set(partition, at);
    }
    progress.lag += next - at;
  }
}
