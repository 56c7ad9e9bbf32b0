import { type Connection, connection, isDiskFull, type LedgerRuntime, sleep } from "./connect-ledger.ts";
import type { AppendRecord, LedgerEntry } from "./intake.ts";
import { type DueTimes, readSchedule, type Schedule } from "./schedule.ts";

/** A moment that a schedule names. */
export interface DueTime {
  id: string;
  /** When it was due, ms; the clock may say later. */
  dueMs: number;
  /** The time up to which this schedule had been followed before: the due time before, or when the schedule began. */
  sinceMs: number;
  /** Whether it passed while no connector ran. */
  missed: boolean;
}

export interface ScheduleOptions extends Schedule {
  runtime: LedgerRuntime;
  topic: string;
  /** Names the schedule: its memory, and with the due time each event id. One schedule an id. */
  id: string;
  /**
   * What becomes of times that passed while no connector ran: the last one is due at once, or all are, one after the other, or
   * none. Times that pass together while this process slept follow the same rule, except that the last of them is always due.
   * Default "last".
   */
  catchUp?: "last" | "all" | "none";
  /** The record of a due time; undefined for none. Its event time is the due time unless it says another. */
  toRecord: (due: DueTime) => AppendRecord | undefined | Promise<AppendRecord | undefined>;
  /** The clock, ms since 1970. */
  now: () => number;
  /** Time after trouble until the same due time is tried again, ms. Default 60,000. */
  retryMs?: number;
  signal?: AbortSignal;
  /** Told after every look at the clock. */
  onProgress?: (progress: ScheduleProgress) => void;
  /** Told when `toRecord` failed or the disk is full: the due time is tried again. Without it such trouble ends the connection. */
  onTrouble?: (error: unknown, due: DueTime) => void;
  /** Waits, or less when called off. Default: the system's timer. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface ScheduleProgress {
  /** Records that entered in this session. */
  accepted: number;
  /** The due time that is waited for, ms; in the past while it is tried again. */
  nextMs: number;
}

export type ScheduleConnection = Connection<ScheduleProgress>;

/** A machine may sleep and clocks may be set: the clock is looked at this often. */
const longestPauseMs = 60_000;
const markPath = "followed";
const isoLength = 24;

/**
 * Appends a record for each due time, exactly once: its event id is the schedule's and the due time, and how far the schedule has been
 * followed is written with the record, in one transaction. A schedule begins when it is first connected, and anew when its cron
 * or time zone changed; afterwards times missed while nothing ran are caught up as `catchUp` says. A clock that is set back
 * enters nothing twice.
 * @throws BadScheduleError (engine/bad-schedule); `done` rejects with what the runtime refuses
 * @example connectSchedule({ runtime, topic: "nights", id: "portal", cron: "0 2 * * *", timeZone: "Europe/Berlin", now: Date.now,
 *   toRecord: ({ dueMs }) => ({ key: "portal", value: { night: new Date(dueMs).toISOString() } }) })
 */
export function connectSchedule(options: ScheduleOptions): ScheduleConnection {
  const times = readSchedule(options);
  return connection(options.signal, (ended) => follow(options, times, ended));
}

async function follow(options: ScheduleOptions, times: DueTimes, signal: AbortSignal): Promise<ScheduleProgress> {
  const { runtime, id, now, catchUp = "last", retryMs = 60_000, pause = sleep, onProgress } = options;
  const source = `schedule ${id}`;
  const startedMs = now();
  const mark = (await runtime.ledger(source)).get(markPath);
  let followedMs = startedMs;
  if (mark?.sha256.slice(isoLength) === ruleOf(times)) followedMs = Math.min(mark.mtimeMs, startedMs);
  else await runtime.append(options.topic, [], [markOf(source, times, startedMs)]);
  let lookedMs = catchUp === "none" ? startedMs : followedMs;
  let nextMs = Number.NEGATIVE_INFINITY;
  const waiting: number[] = [];
  const progress: ScheduleProgress = { accepted: 0, nextMs: Number.POSITIVE_INFINITY };
  while (!signal.aborted) {
    const atMs = now();
    if (atMs >= nextMs || atMs < lookedMs) {
      waiting.push(...dueBetween(times, lookedMs, atMs, catchUp === "all"));
      nextMs = times.after(atMs) ?? Number.POSITIVE_INFINITY;
    }
    lookedMs = atMs;
    for (let dueMs = waiting[0]; dueMs !== undefined && !signal.aborted; dueMs = waiting[0]) {
      const due: DueTime = { id, dueMs, sinceMs: followedMs, missed: dueMs <= startedMs };
      const accepted = await run(options, markOf(source, times, dueMs), due);
      if (accepted === undefined) break;
      progress.accepted += accepted;
      followedMs = dueMs;
      waiting.shift();
    }
    progress.nextMs = waiting[0] ?? nextMs;
    onProgress?.({ ...progress });
    if (signal.aborted) break;
    await pause(
      Math.max(0, Math.min(nextMs - now(), longestPauseMs, waiting.length > 0 ? retryMs : longestPauseMs)),
      signal,
    );
  }
  return progress;
}

/** Due times after one time and up to another: all, or the last. */
function dueBetween(times: DueTimes, afterMs: number, untilMs: number, all: boolean): number[] {
  if (!all) {
    const last = times.until(untilMs);
    return last !== undefined && last > afterMs ? [last] : [];
  }
  const found: number[] = [];
  for (let due = times.after(afterMs); due !== undefined && due <= untilMs; due = times.after(due)) found.push(due);
  return found;
}

/** @returns how many records entered; undefined for trouble that was told and may pass */
async function run(options: ScheduleOptions, mark: LedgerEntry, due: DueTime): Promise<number | undefined> {
  const { runtime, topic, toRecord, onTrouble } = options;
  const trouble = (error: unknown): undefined => {
    if (onTrouble === undefined) throw error;
    onTrouble(error, due);
  };
  let record: AppendRecord | undefined;
  try {
    record = await toRecord(due);
  } catch (error) {
    return trouble(error);
  }
  const eventId = `${mark.source}\u0000${isoOf(due.dueMs)}`;
  const records = record === undefined ? [] : [{ timestamp: due.dueMs, ...record, eventId }];
  try {
    return (await runtime.append(topic, records, [mark])).accepted;
  } catch (error) {
    if (isDiskFull(error)) return trouble(error);
    throw error;
  }
}

/** How far a schedule has been followed, and by which rule. */
function markOf(source: string, times: DueTimes, followedMs: number): LedgerEntry {
  const sha256 = `${isoOf(followedMs)}${ruleOf(times)}`;
  return { source, path: markPath, sha256, sizeBytes: 0, mtimeMs: followedMs };
}

function ruleOf({ cron, timeZone }: DueTimes): string {
  return ` ${timeZone} ${cron}`;
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
