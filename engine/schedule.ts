import { Cron } from "croner";
import { BadScheduleError } from "./errors.ts";

/** When something is due, as cron says it and as a place on Earth counts its hours. */
export interface Schedule {
  /**
   * Five parts, minute hour day month weekday (`"0 3 * * 1-5"`), six with the second first, or `@hourly`, `@daily`, `@weekly`,
   * `@monthly`, `@yearly`.
   */
  cron: string;
  /** IANA name of the time zone. Default "UTC". */
  timeZone?: string;
}

/** A schedule that has been read. Times are ms since 1970, always whole seconds. */
export interface DueTimes {
  readonly cron: string;
  readonly timeZone: string;
  /** The first due time after a time. */
  after(ms: number): number | undefined;
  /** The last due time that is not after a time. */
  until(ms: number): number | undefined;
}

/**
 * Reads a schedule. Where clocks go forward, a fixed time of day that does not exist that day is due at the first moment after the
 * gap; where they go back, it is due once, the first time. Repeated times (`*`, steps, lists) follow the clock on the wall:
 * none in the gap, and both of the hour that comes twice.
 * @throws BadScheduleError (engine/bad-schedule) naming what is wrong, also for a day that never comes
 * @example readSchedule({ cron: "30 2 * * *", timeZone: "Europe/Berlin" }).after(Date.UTC(2026, 0, 1)) // 2026-01-01T01:30:00Z
 */
export function readSchedule({ cron, timeZone = "UTC" }: Schedule): DueTimes {
  const fail = (problem: string, cause?: unknown): BadScheduleError =>
    new BadScheduleError(cron, timeZone, problem, cause === undefined ? {} : { cause });
  try {
    new Intl.DateTimeFormat("en", { timeZone });
  } catch (cause) {
    throw fail(`"${timeZone}" is no time zone`, cause);
  }
  const parts = cron.trim() === "" ? 0 : cron.trim().split(/\s+/).length;
  if (!/^@[a-z]+$/i.test(cron.trim()) && parts !== 5 && parts !== 6)
    throw fail(`it has ${parts} part${parts === 1 ? "" : "s"}`);
  let job: Cron;
  try {
    job = new Cron(cron.trim(), { timezone: timeZone, mode: "5-or-6-parts", paused: true });
  } catch (cause) {
    throw fail((cause instanceof Error ? cause.message : String(cause)).replace(/^Cron\w*: /, ""), cause);
  }
  const after = (ms: number): number | undefined => job.nextRun(new Date(ms))?.getTime();
  if (after(Date.UTC(2000, 0, 1)) === undefined) throw fail("its day never comes");
  return {
    cron,
    timeZone,
    after,
    until: (ms) => job.previousRuns(1, new Date(ms + 1))[0]?.getTime(),
  };
}
