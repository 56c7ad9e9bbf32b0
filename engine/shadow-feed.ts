import type { DatabaseSync } from "node:sqlite";
import type { LedgerRuntime } from "./connect-ledger.ts";
import { ReplayOffsetError } from "./errors.ts";
import type { AppendRecord, LedgerEntry } from "./intake.ts";
import { decodeRecords } from "./log.ts";
import type { Plan } from "./plan.ts";

/** Where a replay begins in every partition of its streams. Tables are always replayed whole. */
export type ReplayFrom = number | "earliest";

export interface Feeding {
  /** The live engine's database, open for reading. */
  live: DatabaseSync;
  runtime: LedgerRuntime;
  plan: Plan;
  from: ReplayFrom;
  signal?: AbortSignal | undefined;
  /** Told of records fed in this call, and of all that there are to feed. */
  onProgress?: (done: number, of: number) => void;
}

/** Names the mark of a replay in the shadow's ledger. */
export const feedSource = "shadow-replay";
const perAppend = 4000;

interface Source {
  topic: string;
  /** Whether the shadow makes its keys by a template. */
  keyed: boolean;
  table: boolean;
}

/** The plan's sources that the live engine has, by the number of their name there. */
function sourcesOf(live: DatabaseSync, plan: Plan): Map<number, Source> {
  const id = live.prepare("SELECT n.id FROM names n JOIN topics t ON t.topic = n.id WHERE n.name = ?");
  return new Map(
    plan.topics.flatMap(({ name, kind, key }): [number, Source][] => {
      if (kind !== "external" && kind !== "table") return [];
      const row = id.get(name);
      return row === undefined
        ? []
        : [[Number(row.id), { topic: name, keyed: key !== undefined, table: kind === "table" }]];
    }),
  );
}

/**
 * Checks that what a replay needs is still there.
 * @returns when the earliest record to be replayed entered, ms since 1970; -Infinity when the replay begins at the beginning
 * @throws ReplayOffsetError (engine/replay-offset)
 */
export function beginningOf(live: DatabaseSync, plan: Plan, from: ReplayFrom): number {
  let began = Number.POSITIVE_INFINITY;
  let whole = true;
  const ends = live.prepare("SELECT partition, first, next FROM ends WHERE topic = ? ORDER BY partition");
  const entered = live.prepare(
    "SELECT min(at) AS at FROM log WHERE topic = ? AND partition = ? AND base + count > ? AND base <= ?",
  );
  for (const [id, { topic, table }] of sourcesOf(live, plan)) {
    if (table) continue;
    for (const { partition, first, next } of ends.all(id)) {
      const start = from === "earliest" ? Number(first) : from;
      if (start < Number(first)) throw new ReplayOffsetError(topic, Number(partition), Number(first), start);
      if (start === 0) continue;
      whole = false;
      if (start >= Number(next)) continue;
      const at = entered.get(id, Number(partition), start, start)?.at;
      if (at !== null && at !== undefined) began = Math.min(began, Number(at));
    }
  }
  return whole || began === Number.POSITIVE_INFINITY ? Number.NEGATIVE_INFINITY : began;
}

/** Records of sources that entered the live engine after what the shadow has taken. */
export function behindBy({ live, plan }: Pick<Feeding, "live" | "plan">, after: number): number {
  const ids = [...sourcesOf(live, plan).keys()];
  if (ids.length === 0) return 0;
  const row = live
    .prepare(`SELECT coalesce(sum(count), 0) AS n FROM log WHERE id > ? AND topic IN (${ids.join(", ")})`)
    .get(after);
  return Number(row?.n ?? 0);
}

/** How far the shadow has come in the order of the live engine's log. */
export async function fedUpTo(runtime: LedgerRuntime): Promise<number> {
  return (await runtime.ledger(feedSource)).get("log")?.sizeBytes ?? 0;
}

/**
 * Takes the records of a plan's sources from the live engine into the shadow, in the order in which they entered there, across topics. How
 * far it has come is written with the records: killed anywhere, the next call goes on behind the last that is durable.
 * @returns how many records were fed
 */
export async function feedShadow(feeding: Feeding): Promise<number> {
  const { live, runtime, plan, from, signal, onProgress } = feeding;
  const sources = sourcesOf(live, plan);
  if (sources.size === 0) return 0;
  const batches = live.prepare(
    `SELECT id, topic, base, body FROM log WHERE id > ? AND topic IN (${[...sources.keys()].join(", ")}) ORDER BY id LIMIT 64`,
  );
  let at = await fedUpTo(runtime);
  const all = behindBy(feeding, at);
  let fed = 0;
  const put = async (topic: string, records: AppendRecord[], upTo: number): Promise<void> => {
    // one row that moves on: of a source, path and digest the size is replaced
    const entry: LedgerEntry = { source: feedSource, path: "log", sha256: "", sizeBytes: upTo, mtimeMs: 0 };
    await runtime.append(topic, records, [entry]);
    fed += records.length;
    onProgress?.(fed, all);
  };
  for (let rows = batches.all(at); rows.length > 0; rows = batches.all(at)) {
    let waiting: AppendRecord[] = [];
    let topic = "";
    for (const row of rows) {
      signal?.throwIfAborted();
      const source = sources.get(Number(row.topic)) as Source;
      if (waiting.length > 0 && (source.topic !== topic || waiting.length >= perAppend)) {
        await put(topic, waiting, at);
        waiting = [];
      }
      topic = source.topic;
      const skip = source.table || from === "earliest" ? 0 : Math.max(0, from - Number(row.base));
      for (const { key, value, timestamp } of decodeRecords(String(row.body)).slice(skip))
        waiting.push(source.keyed && value !== null ? { value, timestamp } : { key, value, timestamp });
      at = Number(row.id);
    }
    await put(topic, waiting, at);
  }
  return fed;
}
