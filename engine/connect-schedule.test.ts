import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { compile } from "./compile.ts";
import type { LedgerRuntime } from "./connect-ledger.ts";
import { connectSchedule, type DueTime, type ScheduleOptions } from "./connect-schedule.ts";
import { openEmbedded, type Runtime } from "./embedded.ts";
import { DiskFullError } from "./errors.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-schedule-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let last = 0;
const fresh = (): string => join(root, String(++last));

const plans = [
  compile({
    name: "nightly",
    partitions: 1,
    graph: {
      nights: { type: "topic-stream", "topic-name": "nights" },
      out: { type: "publish", "topic-name": "out", stream: "nights" },
    },
  }),
];

async function withRuntime<T>(dir: string, work: (runtime: Runtime) => Promise<T>): Promise<T> {
  const runtime = await openEmbedded({ dir, plans, database: { durable: false } });
  try {
    return await work(runtime);
  } finally {
    await runtime.stop(0);
  }
}

const nights = (runtime: Runtime): string[] =>
  runtime.readTopic("nights", 0, 0, 10_000).map(({ value }) => String(value.due));

const isoOf = (ms: number): string => new Date(ms).toISOString().replace(":00.000Z", "Z");
const hourMs = 3_600_000;

interface Session extends Partial<ScheduleOptions> {
  runtime: LedgerRuntime;
  from: string;
  to: string;
}

/** Follows a schedule with a clock that only waiting moves, from one time to another. */
async function follow({ from, to, ...given }: Session) {
  let clock = Date.parse(from);
  const stop = new AbortController();
  const waits: number[] = [];
  const nexts: string[] = [];
  const connection = connectSchedule({
    topic: "nights",
    id: "portal",
    cron: "0 2 * * *",
    toRecord: (due) => ({
      key: "portal",
      value: { due: isoOf(due.dueMs), missed: due.missed, since: isoOf(due.sinceMs) },
    }),
    now: () => clock,
    async pause(ms, signal) {
      expect(signal.aborted).toBe(false);
      waits.push(ms);
      clock += ms;
      if (clock > Date.parse(to)) stop.abort();
    },
    signal: stop.signal,
    onProgress: ({ nextMs }) => nexts.push(isoOf(nextMs)),
    ...given,
  });
  return { ...(await connection.done), waits, nexts: [...new Set(nexts)] };
}

test("each due time becomes one record, with its event time, and the next one is told", async () => {
  await withRuntime(fresh(), async (runtime) => {
    const { accepted, waits, nexts } = await follow({
      runtime,
      from: "2026-01-01T12:00:00Z",
      to: "2026-01-03T12:00:00Z",
    });
    expect(nights(runtime)).toEqual(["2026-01-02T02:00Z", "2026-01-03T02:00Z"]);
    expect(runtime.readTopic("nights", 0)[0]).toMatchObject({
      key: "portal",
      timestamp: Date.parse("2026-01-02T02:00:00Z"),
      value: { missed: false, since: "2026-01-01T12:00Z" },
    });
    expect(accepted).toBe(2);
    expect(nexts).toEqual(["2026-01-02T02:00Z", "2026-01-03T02:00Z", "2026-01-04T02:00Z"]);
    // A machine that slept, or whose clock was set, is noticed within a minute.
    expect(Math.max(...waits)).toBe(60_000);
  });
});

test("a schedule begins when it is first connected: nothing before it is caught up", async () => {
  await withRuntime(fresh(), async (runtime) => {
    await follow({ runtime, from: "2026-01-01T12:00:00Z", to: "2026-01-01T13:00:00Z", catchUp: "all" });
    expect(nights(runtime)).toEqual([]);
  });
});

test.each<[ScheduleOptions["catchUp"], string[]]>([
  [undefined, ["2026-01-05T02:00Z", "2026-01-06T02:00Z"]],
  ["last", ["2026-01-05T02:00Z", "2026-01-06T02:00Z"]],
  ["all", ["2026-01-03T02:00Z", "2026-01-04T02:00Z", "2026-01-05T02:00Z", "2026-01-06T02:00Z"]],
  ["none", ["2026-01-06T02:00Z"]],
])("with catchUp %s, times missed while nothing ran become records at the next start", async (catchUp, expected) => {
  const dir = fresh();
  const given = catchUp === undefined ? {} : { catchUp };
  await withRuntime(dir, (runtime) =>
    follow({ runtime, from: "2026-01-01T12:00:00Z", to: "2026-01-02T12:00:00Z", ...given }),
  );
  const dues: DueTime[] = [];
  const toRecord = (due: DueTime) => {
    dues.push(due);
    return { key: "portal", value: { due: isoOf(due.dueMs) } };
  };
  await withRuntime(dir, async (runtime) => {
    await follow({ runtime, from: "2026-01-05T12:00:00Z", to: "2026-01-06T12:00:00Z", toRecord, ...given });
    expect(nights(runtime)).toEqual(["2026-01-02T02:00Z", ...expected]);
    expect(dues.map(({ missed }) => missed)).toEqual(expected.map((due) => due < "2026-01-05T12"));
    expect(isoOf(dues[0]?.sinceMs ?? 0)).toBe("2026-01-02T02:00Z");
    // Another start finds nothing missed.
    await follow({ runtime, from: "2026-01-06T13:00:00Z", to: "2026-01-06T14:00:00Z", toRecord, ...given });
    expect(nights(runtime)).toHaveLength(1 + expected.length);
  });
});

test("a time that was due before the first start's process ended without one is caught up", async () => {
  const dir = fresh();
  await withRuntime(dir, (runtime) => follow({ runtime, from: "2026-01-01T12:00:00Z", to: "2026-01-01T13:00:00Z" }));
  await withRuntime(dir, async (runtime) => {
    await follow({ runtime, from: "2026-01-02T12:00:00Z", to: "2026-01-02T13:00:00Z" });
    expect(nights(runtime)).toEqual(["2026-01-02T02:00Z"]);
  });
});

test("clocks that change lose no night and repeat none, over restarts at every hour", async () => {
  const dir = fresh();
  const given = { cron: "30 2 * * *", timeZone: "Europe/Berlin" };
  for (const day of ["2026-03-28", "2026-10-24"]) {
    for (let hour = 0; hour < 60; hour++) {
      const from = new Date(Date.parse(`${day}T00:10:00Z`) + hour * hourMs).toISOString();
      const to = new Date(Date.parse(from) + 0.4 * hourMs).toISOString();
      await withRuntime(dir, (runtime) => follow({ runtime, from, to, ...given }));
    }
  }
  await withRuntime(dir, async (runtime) => {
    expect(nights(runtime)).toEqual([
      "2026-03-28T01:30Z",
      "2026-03-29T01:00Z",
      "2026-03-30T00:30Z",
      // Of the summer between, the last.
      "2026-10-23T00:30Z",
      "2026-10-24T00:30Z",
      "2026-10-25T00:30Z",
      "2026-10-26T01:30Z",
    ]);
  });
});

test("a crash between a record and its acknowledgement, or before both, enters each due time once", async () => {
  const dir = fresh();
  for (const when of ["after", "before"]) {
    await withRuntime(dir, async (runtime) => {
      const crashing: LedgerRuntime = {
        ledger: (source) => runtime.ledger(source),
        async append(topic, records, ledger) {
          if (records.length === 0) return runtime.append(topic, records, ledger);
          if (when === "after") await runtime.append(topic, records, ledger);
          throw new Error("the power went");
        },
      };
      const from = when === "after" ? "2026-01-01T12:00:00Z" : "2026-01-02T12:00:00Z";
      await expect(follow({ runtime: crashing, from, to: "2026-01-09T00:00:00Z" })).rejects.toThrow("the power went");
    });
  }
  await withRuntime(dir, async (runtime) => {
    await follow({ runtime, from: "2026-01-03T12:00:00Z", to: "2026-01-04T12:00:00Z" });
    expect(nights(runtime)).toEqual(["2026-01-02T02:00Z", "2026-01-03T02:00Z", "2026-01-04T02:00Z"]);
  });
});

test("a clock that is set back enters nothing twice, and the schedule goes on by it", async () => {
  const dir = fresh();
  await withRuntime(dir, async (runtime) => {
    await follow({ runtime, from: "2026-01-01T12:00:00Z", to: "2026-01-03T12:00:00Z" });
    await follow({ runtime, from: "2026-01-01T12:00:00Z", to: "2026-01-04T12:00:00Z" });
    expect(nights(runtime)).toEqual(["2026-01-02T02:00Z", "2026-01-03T02:00Z", "2026-01-04T02:00Z"]);
  });
});

test("a process that slept over several due times makes up for the last", async () => {
  await withRuntime(fresh(), async (runtime) => {
    let clock = Date.parse("2026-01-01T12:00:00Z");
    const stop = new AbortController();
    await follow({
      runtime,
      from: "",
      to: "",
      signal: stop.signal,
      now: () => clock,
      async pause() {
        if (clock > Date.parse("2026-01-05T00:00:00Z")) stop.abort();
        clock += 100 * hourMs;
      },
    });
    expect(nights(runtime)).toEqual(["2026-01-05T02:00Z"]);
  });
});

test("another cron or time zone begins anew; the old id's due times still enter once", async () => {
  const dir = fresh();
  await withRuntime(dir, async (runtime) => {
    await follow({ runtime, from: "2026-01-01T12:00:00Z", to: "2026-01-02T12:00:00Z" });
    await follow({ runtime, from: "2026-01-04T12:00:00Z", to: "2026-01-04T14:30:00Z", cron: "0 * * * *" });
    expect(nights(runtime)).toEqual(["2026-01-02T02:00Z", "2026-01-04T13:00Z", "2026-01-04T14:00Z"]);
  });
});

test("two schedules in one topic do not know each other", async () => {
  await withRuntime(fresh(), async (runtime) => {
    await follow({ runtime, from: "2026-01-01T12:00:00Z", to: "2026-01-02T12:00:00Z" });
    await follow({ runtime, from: "2026-01-01T12:00:00Z", to: "2026-01-02T12:00:00Z", id: "second" });
    expect(nights(runtime)).toEqual(["2026-01-02T02:00Z", "2026-01-02T02:00Z"]);
  });
});

test("a due time for which there is nothing to say is done with", async () => {
  const dir = fresh();
  await withRuntime(dir, async (runtime) => {
    const span = { runtime, from: "2026-01-01T12:00:00Z", to: "2026-01-02T12:00:00Z" };
    expect((await follow({ ...span, toRecord: () => undefined })).accepted).toBe(0);
    await follow({ ...span, from: "2026-01-02T12:00:00Z", to: "2026-01-02T13:00:00Z" });
    expect(nights(runtime)).toEqual([]);
  });
});

test("trouble is told and the due time tried again, later ones after it; without a listener it ends the connection", async () => {
  await withRuntime(fresh(), async (runtime) => {
    const told: string[] = [];
    let tries = 0;
    const flaky: LedgerRuntime = {
      ledger: (source) => runtime.ledger(source),
      append(topic, records, ledger) {
        if (records.length > 0 && tries++ < 2) return Promise.reject(new DiskFullError("/data"));
        return runtime.append(topic, records, ledger);
      },
    };
    let calls = 0;
    const { waits } = await follow({
      runtime: flaky,
      from: "2026-01-01T12:00:00Z",
      to: "2026-01-01T12:10:00Z",
      cron: "* * * * *",
      retryMs: 45_000,
      toRecord(due) {
        if (calls++ === 0) throw new Error("the portal does not answer");
        return { key: "portal", value: { due: isoOf(due.dueMs) } };
      },
      onTrouble: (error, due) => told.push(`${isoOf(due.dueMs)} ${String(error)}`),
    });
    expect(told).toEqual([
      "2026-01-01T12:01Z Error: the portal does not answer",
      expect.stringContaining("2026-01-01T12:01Z Error: No room is left for /data"),
      expect.stringContaining("2026-01-01T12:01Z Error: No room is left for /data"),
    ]);
    expect(waits.slice(0, 4)).toEqual([60_000, 45_000, 15_000, 45_000]);
    const minutes = Array.from({ length: 10 }, (_, i) => `2026-01-01T12:${String(i + 1).padStart(2, "0")}Z`);
    expect(nights(runtime)).toEqual(minutes);
    const mute = follow({
      runtime,
      from: "2026-01-01T12:30:00Z",
      to: "2026-01-01T12:40:00Z",
      cron: "* * * * *",
      toRecord: () => Promise.reject(new Error("the portal does not answer")),
    });
    await expect(mute).rejects.toThrow("the portal does not answer");
  });
});

test("what the runtime refuses for good ends the connection; a schedule that cannot be read is refused at once", async () => {
  await withRuntime(fresh(), async (runtime) => {
    const wrong = follow({ runtime, topic: "mights", from: "2026-01-01T12:00:00Z", to: "2026-01-02T12:00:00Z" });
    await expect(wrong).rejects.toMatchObject({ code: "engine/unknown-topic" });
    const options = { runtime, topic: "nights", id: "x", toRecord: () => undefined, now: Date.now };
    expect(() => connectSchedule({ ...options, cron: "0 25 * * *" })).toThrow("Invalid value for hour: 25");
  });
});

test("it ends while it waits for a real clock", async () => {
  await withRuntime(fresh(), async (runtime) => {
    const toRecord = () => ({ key: "portal", value: { due: "now" } });
    const connection = connectSchedule({
      runtime,
      topic: "nights",
      id: "x",
      cron: "* * * * * *",
      toRecord,
      now: Date.now,
    });
    await expect.poll(() => nights(runtime).length, { timeout: 5000 }).toBeGreaterThan(1);
    connection.stop();
    const { accepted, nextMs } = await connection.done;
    expect(accepted).toBe(nights(runtime).length);
    expect(nextMs).toBeGreaterThan(Date.now() - 1000);
    const never = connectSchedule({ runtime, topic: "nights", id: "y", cron: "@yearly", toRecord, now: Date.now });
    never.stop();
    expect((await never.done).accepted).toBe(0);
  });
});
