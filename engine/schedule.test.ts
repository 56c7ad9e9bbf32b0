import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSchedule, type Schedule } from "./schedule.ts";

const isoOf = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString().replace(".000Z", "Z");

/** The first due times after a moment. */
function some(schedule: Schedule, after: string, count: number): (string | undefined)[] {
  const times = readSchedule(schedule);
  const found: (string | undefined)[] = [];
  let at: number | undefined = Date.parse(after);
  for (let i = 0; i < count && at !== undefined; i++) {
    at = times.after(at);
    found.push(isoOf(at));
  }
  return found;
}

describe("readSchedule", () => {
  test("reads five parts, six parts and names, in UTC unless told", () => {
    expect(some({ cron: "0 3 * * 1-5" }, "2026-01-02T03:00:00Z", 2)).toEqual([
      "2026-01-05T03:00:00Z",
      "2026-01-06T03:00:00Z",
    ]);
    expect(some({ cron: "*/20 * * * * *" }, "2026-01-01T00:00:00Z", 2)).toEqual([
      "2026-01-01T00:00:20Z",
      "2026-01-01T00:00:40Z",
    ]);
    expect(some({ cron: "@daily", timeZone: "Asia/Tokyo" }, "2026-01-01T00:00:00Z", 1)).toEqual([
      "2026-01-01T15:00:00Z",
    ]);
    expect(some({ cron: "0 0 29 2 *" }, "2026-01-01T00:00:00Z", 1)).toEqual(["2028-02-29T00:00:00Z"]);
  });

  test("where clocks go forward, a time of day that does not exist is due right after the gap", () => {
    expect(some({ cron: "30 2 * * *", timeZone: "Europe/Berlin" }, "2026-03-28T00:00:00Z", 3)).toEqual([
      "2026-03-28T01:30:00Z",
      "2026-03-29T01:00:00Z",
      "2026-03-30T00:30:00Z",
    ]);
  });

  test("where clocks go back, a time of day is due once, and every half hour goes on", () => {
    const nightly = { cron: "30 2 * * *", timeZone: "Europe/Berlin" };
    expect(some(nightly, "2026-10-24T12:00:00Z", 2)).toEqual(["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
    expect(some(nightly, "2026-10-25T00:59:00Z", 1)).toEqual(["2026-10-26T01:30:00Z"]);
    expect(some({ cron: "*/30 * * * *", timeZone: "Europe/Berlin" }, "2026-10-25T00:00:00Z", 4)).toEqual([
      "2026-10-25T00:30:00Z",
      "2026-10-25T01:00:00Z",
      "2026-10-25T01:30:00Z",
      "2026-10-25T02:00:00Z",
    ]);
  });

  test("the last due time until a moment is the one that going forward comes to last", () => {
    const crons = ["30 2 * * *", "*/30 * * * *", "0 2,3 * * *", "15 1-3 * * 0", "0 0 1 * *", "7 */5 * * *"];
    const zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"];
    fc.assert(
      fc.property(
        fc.constantFrom(...crons),
        fc.constantFrom(...zones),
        // Around every change of clocks of 2026 in these zones, to the second.
        fc.constantFrom("2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-04-05", "2026-10-04"),
        fc.integer({ min: -36 * 3600, max: 36 * 3600 }),
        (cron, timeZone, day, seconds) => {
          const times = readSchedule({ cron, timeZone });
          const ms = Date.parse(`${day}T00:00:00Z`) + seconds * 1000;
          let walked: number | undefined;
          for (let at = times.after(ms - 32 * 86_400_000); at !== undefined && at <= ms; at = times.after(at))
            walked = at;
          expect(isoOf(times.until(ms))).toBe(isoOf(walked));
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);

  test.each([
    ["", "it has 0 parts"],
    ["* * * *", "it has 4 parts"],
    ["2026-01-01T00:00:00", "it has 1 part"],
    ["* * * * * * *", "it has 7 parts"],
    ["61 * * * *", "Invalid value for minute: 61"],
    ["a b c d e", "illegal characters"],
    ["*/0 * * * *", "illegal stepping: 0"],
    ["@nightly", "@nightly"],
    ["0 0 30 2 *", "its day never comes"],
  ])("refuses %j and says what is wrong", (cron, problem) => {
    const read = () => readSchedule({ cron, timeZone: "Europe/Berlin" });
    expect(read).toThrow(problem);
    expect(read).toThrow(expect.objectContaining({ code: "engine/bad-schedule", cron, timeZone: "Europe/Berlin" }));
  });

  test("refuses a time zone that does not exist", () => {
    const read = () => readSchedule({ cron: "0 3 * * *", timeZone: "Europe/Berlim" });
    expect(read).toThrow('"Europe/Berlim" is no time zone');
    expect(read).toThrow(expect.objectContaining({ code: "engine/bad-schedule" }));
  });
});
