import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LiveEvent } from "./api.ts";
import { type FixtureServer, fixtureServer } from "./fixtures/screen-server.ts";
import { formatPosition, parsePosition, staleBetween } from "./live-hub.ts";

let dir = "";
let server: FixtureServer;
let address = "";
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "artesian-live-"));
  server = await fixtureServer({ dir, pictures: false });
  address = (await server.listen({ port: 0 })).url;
});
afterAll(async () => {
  await server.close();
  rmSync(dir, { recursive: true });
});

interface Received {
  id: string;
  event: LiveEvent;
}

/** Reads the stream until `enough`. */
async function listen(enough: (events: Received[]) => boolean, lastEventId?: string): Promise<Received[]> {
  const abort = new AbortController();
  const answer = await fetch(`${address}/api/v1/events`, {
    signal: abort.signal,
    headers: lastEventId === undefined ? {} : { "last-event-id": lastEventId },
  });
  expect(answer.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  const received: Received[] = [];
  let text = "";
  try {
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        const id = /^id: (.*)$/m.exec(block)?.[1];
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (id !== undefined && data !== undefined) received.push({ id, event: JSON.parse(data) });
      }
      if (enough(received)) return received;
    }
    return received;
  } finally {
    abort.abort();
  }
}

describe("live events", () => {
  test("begin with hello at the newest offset, then tell counts and changes within a second", async () => {
    const began = Date.now();
    const waiting = listen(
      (events) =>
        events.some(({ event }) => event.type === "counters") && events.some(({ event }) => event.type === "changed"),
    );
    await new Promise((resolve) => setTimeout(resolve, 150));
    server.advance(1);
    const events = await waiting;
    expect(events[0]).toMatchObject({
      id: "01JD9X2M:3",
      event: { type: "hello", stale: expect.arrayContaining(["plates"]) },
    });
    expect(events.find(({ event }) => event.type === "counters")).toMatchObject({
      id: "01JD9X2M:4",
      event: { imagesPerS: expect.closeTo(40.8, 3), runId: "01JD9X2M" },
    });
    expect(Date.now() - began).toBeLessThan(1200);
  });

  test("resume from the last id with what was missed, in order, then hello", async () => {
    const events = await listen((all) => all.some(({ event }) => event.type === "hello"), "01JD9X2M:0");
    expect(events.map(({ id, event }) => `${id} ${event.type}`)).toEqual([
      "01JD9X2M:1 task-failed",
      "01JD9X2M:2 task-failed",
      "01JD9X2M:3 task-failed",
      "01JD9X2M:4 hello",
    ]);
  });

  test("start afresh with an id of another data folder or none of ours", async () => {
    for (const id of ["GONE:7", "%%%", "x".repeat(400)]) {
      const events = await listen((all) => all.length > 0, id);
      expect(events[0]?.event.type).toBe("hello");
    }
  });
});

test("positions of several runs travel in one id", () => {
  const positions = new Map([
    ["A", 4],
    ["B,:", 12],
  ]);
  expect(parsePosition(formatPosition(positions))).toEqual(positions);
  expect(parsePosition("nonsense,A:x,:3")).toEqual(new Map());
});

test("only what was written is called stale; an unknown kind of row makes everything stale", () => {
  const before = new Map([
    ["topic:images_channels", 4],
    ["audit", 1],
  ]);
  expect(staleBetween(before, new Map([...before, ["topic:phenomics.map", 1]]))).toEqual([
    "home",
    "experiments",
    "map",
    "perturbations",
  ]);
  expect(staleBetween(before, new Map([...before, ["audit", 2]]))).not.toContain("map");
  expect(staleBetween(before, new Map([...before, ["topic:else.where", 1]])).length).toBe(13);
  expect(staleBetween(before, before)).toEqual([]);
});
