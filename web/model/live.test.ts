import type { LiveEvent } from "@artesian/server/api.ts";
import { expect, test } from "vitest";
import { addStale, EVERYTHING_STALE, isStale, LIVE_START, NOTHING_STALE, reduceLive } from "./live.ts";

const event = (patch: Partial<LiveEvent>): LiveEvent => ({
  type: "changed",
  runId: "R1",
  experimentId: "E1",
  at: "2026-11-22T18:00:00Z",
  stale: [],
  ...patch,
});

test("an event makes only its own experiment's answers stale", () => {
  const stale = addStale(NOTHING_STALE, event({ stale: ["plates", "hits"] }));
  expect(isStale(stale, ["plates", "E1", "grid"])).toBe(true);
  expect(isStale(stale, ["plates", "E2", "grid"])).toBe(false);
  expect(isStale(stale, ["wells", "E1", "P1", "C05"])).toBe(false);
});

test("answers about all experiments are stale when any of them changed", () => {
  expect(isStale(addStale(NOTHING_STALE, event({ stale: ["experiments"] })), ["experiments", "", "list", ""])).toBe(
    true,
  );
});

test("many events of one moment become one set", () => {
  let stale = NOTHING_STALE;
  for (let k = 0; k < 1000; k++) stale = addStale(stale, event({ stale: ["plates"], experimentId: `E${k % 2}` }));
  expect([...stale.keys()]).toEqual(["plates"]);
  expect(stale.get("plates")).toEqual(new Set(["E0", "E1"]));
  stale = addStale(stale, event({ stale: ["plates"], experimentId: null }));
  expect(addStale(stale, event({ stale: ["plates"] })).get("plates")).toBe("all");
});

test("after a gap in the stream everything is asked again", () => {
  for (const key of [
    ["home", ""],
    ["tasks", "", "R1", {}],
    ["map", "E9"],
  ])
    expect(isStale(EVERYTHING_STALE, key)).toBe(true);
  expect(isStale(EVERYTHING_STALE, ["search", "", "C4"])).toBe(false);
});

test("a lost connection remembers since when, and an event ends it", () => {
  const live = reduceLive(LIVE_START, { kind: "open" });
  const away = reduceLive(live, { kind: "lost", atMs: 1000 });
  expect(reduceLive(away, { kind: "lost", atMs: 5000 }).awaySinceMs).toBe(1000);
  expect(reduceLive(away, { kind: "event", event: event({ imagesPerS: 12 }) })).toEqual({
    connection: "live",
    imagesPerS: 12,
    awaySinceMs: undefined,
  });
});

test("the rate of images falls to zero when a run has ended", () => {
  const running = reduceLive(LIVE_START, { kind: "event", event: event({ type: "counters", imagesPerS: 40 }) });
  expect(reduceLive(running, { kind: "event", event: event({ type: "run-drained" }) }).imagesPerS).toBe(0);
});

test("an event that changes nothing in the header gives the same state", () => {
  const state = reduceLive(LIVE_START, { kind: "event", event: event({ imagesPerS: 3 }) });
  expect(reduceLive(state, { kind: "event", event: event({}) })).toBe(state);
});
