import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { randomOf } from "./fixtures/simulation.ts";
import { javaPeer, playThere, type ScriptEvent, type ScriptOutput } from "./kafka-streams.test-support.ts";
import type { Plan } from "./plan.ts";
import type { Value } from "./template.ts";
import { testDriver } from "./test-driver.ts";

type Kind = "inner" | "left";
type Push = Extract<ScriptEvent, { value: Value | null }>;

const peer = javaPeer() ?? [];
const scripts = process.env.ARTESIAN_SLOW === "1" ? 3000 : 60;
const first = Number(process.env.ARTESIAN_SEED ?? 1);
const skipped = peer.length > 0 ? "" : "(SKIPPED, 8 tests: bench/peers/kafka/setup has not been run)";
const kinds: Kind[] = ["inner", "left"];

/** As JoinTopology.java: 12 ms before, 6 ms after, 100 ms of grace. */
function streamsPlan(kind: Kind): Plan {
  const join = {
    left: "left",
    right: "right",
    by: ["well"],
    as: "right",
    beforeMs: 12,
    afterMs: 6,
    graceMs: 100,
    kind,
  };
  return compile({
    name: "peer",
    partitions: 1,
    graph: {
      left: { type: "topic-stream", "topic-name": "left" },
      right: { type: "topic-stream", "topic-name": "right" },
      both: { type: "stream-operation", inputs: ["left", "right"], function: { "stream-join": join } },
      out: { type: "publish", stream: "both", "topic-name": "joined" },
    },
  });
}

function tablesPlan(kind: Kind): Plan {
  const join = (left: string, right: string) => ({
    type: "stream-operation",
    inputs: [left, right],
    function: { "table-join": { left, right, as: right, kind } },
  });
  return compile({
    name: "peer",
    partitions: 1,
    graph: {
      left: { type: "topic-table", "topic-name": "left" },
      right: { type: "topic-table", "topic-name": "right" },
      third: { type: "topic-table", "topic-name": "third" },
      both: join("left", "right"),
      all: join("both", "third"),
      out: { type: "publish", stream: "both", "topic-name": "joined" },
      further: { type: "publish", stream: "all", "topic-name": "further" },
    },
  });
}

/** Plays a script on the engine's test driver. */
function playHere(plan: Plan, events: readonly Push[]): { outputs: ScriptOutput[]; late: string[] } {
  const driver = testDriver(plan);
  const topics = plan.topics.filter(({ kind }) => kind === "published").map(({ name }) => name);
  const outputs: ScriptOutput[] = [];
  const seen = new Map<string, number>();
  for (const [index, event] of events.entries()) {
    driver.push(event.push, event.value, { key: event.key, timestamp: event.timestamp });
    for (const topic of topics) {
      const records = driver.read(topic);
      for (const { key, value, timestamp } of records.slice(seen.get(topic) ?? 0))
        outputs.push({ topic, line: index + 1, key, value, timestamp });
      seen.set(topic, records.length);
    }
  }
  return { outputs, late: driver.deadLetters().map(({ code }) => code) };
}

/** All that came out, whatever the order within a script. */
function multiset(outputs: readonly ScriptOutput[]): string[] {
  return outputs
    .filter(({ key }) => key !== "end")
    .map(({ topic, key, value, timestamp }) => JSON.stringify([topic, key, Object.entries(value).sort(), timestamp]))
    .sort();
}

/** What each key's row became, one after the other; a change that changes nothing left out. */
function changes(outputs: readonly ScriptOutput[]): Record<string, unknown[]> {
  const found: Record<string, unknown[]> = {};
  const last = new Map<string, string>();
  for (const { topic, key, value, timestamp } of outputs) {
    const place = `${topic} ${key}`;
    const row = JSON.stringify(value);
    if (row === (last.get(place) ?? "null")) continue;
    last.set(place, row);
    found[place] ??= [];
    found[place].push([value, timestamp]);
  }
  return found;
}

/** Records of both sides in any order that grace allows, in two epochs, and two at the end with which all windows are over. */
function streamsScript(seed: number): Push[] {
  const random = randomOf(seed);
  const events = [0, 10_000].flatMap((epoch) =>
    Array.from({ length: 2 + random.below(14) }, (_, id): Push => {
      const key = random.chance(0.6) ? "A01" : "B02";
      const timestamp = 1000 + epoch + random.below(random.chance(0.3) ? 100 : 40);
      return { push: random.chance(0.5) ? "left" : "right", key, value: { well: key, id: epoch + id }, timestamp };
    }),
  );
  const end = { key: "end", value: { well: "end" }, timestamp: 1e6 };
  return [...events, { push: "left", ...end }, { push: "right", ...end }];
}

/** Rows of three tables that come, change, come again as they were and go, with times in any order. */
function tablesScript(seed: number): Push[] {
  const random = randomOf(seed);
  return Array.from({ length: 4 + random.below(26) }, (): Push => {
    const push = ["left", "right", "third"][random.below(3)] ?? "";
    const value = random.chance(0.3) ? null : { n: random.below(3) };
    return { push, key: random.chance(0.6) ? "A01" : "B02", value, timestamp: 1000 + random.below(50) };
  });
}

const left = (timestamp: number, id = 1): Push => ({ push: "left", key: "A01", value: { well: "A01", id }, timestamp });
const right = (timestamp: number): Push => ({ ...left(timestamp, 2), push: "right" });

describe.skipIf(peer.length === 0)(`joins of Kafka Streams ${skipped}`, () => {
  test.each(kinds)(
    `${scripts} random scripts of two streams, %s, come out of TopologyTestDriver and of our test driver alike`,
    { timeout: 900_000 },
    (kind) => {
      const seeds = Array.from({ length: scripts }, (_, index) => first + index);
      const theirs = playThere(peer, seeds.map(streamsScript), `streams-${kind}`);
      const seen = { pairs: 0, alone: 0 };
      for (const [index, seed] of seeds.entries()) {
        const { outputs, late } = playHere(streamsPlan(kind), streamsScript(seed));
        expect(late).toEqual([]);
        expect(multiset(theirs[index] ?? []), `replay with ARTESIAN_SEED=${seed}`).toEqual(multiset(outputs));
        for (const { value } of outputs) seen[value.right === null ? "alone" : "pairs"]++;
      }
      expect(seen.pairs).toBeGreaterThan(scripts);
      if (kind === "left") expect(seen.alone).toBeGreaterThan(scripts);
    },
  );

  test.each(kinds)(
    `${scripts} random scripts of three tables, %s, change the joined rows alike, with the same times`,
    { timeout: 900_000 },
    (kind) => {
      const seeds = Array.from({ length: scripts }, (_, index) => first + index);
      const theirs = playThere(peer, seeds.map(tablesScript), `tables-${kind}`);
      const seen = { rows: 0, tombstones: 0 };
      for (const [index, seed] of seeds.entries()) {
        const { outputs } = playHere(tablesPlan(kind), tablesScript(seed));
        expect(changes(theirs[index] ?? []), `replay with ARTESIAN_SEED=${seed}`).toEqual(changes(outputs));
        for (const { value } of outputs) seen[(value as Value | null) === null ? "tombstones" : "rows"]++;
      }
      expect(seen.rows).toBeGreaterThan(scripts);
      expect(seen.tombstones).toBeGreaterThan(scripts / 2);
    },
  );

  test("a row that comes again as it was is told again there, and not here", () => {
    const row = (push: string): Push => ({ push, key: "A01", value: { n: 1 }, timestamp: 1 });
    const script = [row("left"), row("right"), row("right")];
    expect(playHere(tablesPlan("inner"), script).outputs.map(({ line }) => line)).toEqual([2]);
    expect(playThere(peer, [script], "tables-inner")[0]?.map(({ line }) => line)).toEqual([2, 3]);
  });

  test("a row that goes before the other side came is a tombstone there, and nothing here", () => {
    const none: Push = { push: "left", key: "A01", value: null, timestamp: 2 };
    const script: Push[] = [{ push: "right", key: "A01", value: { n: 1 }, timestamp: 1 }, none];
    expect(playHere(tablesPlan("inner"), script).outputs).toEqual([]);
    expect(playThere(peer, [script], "tables-inner")[0]).toMatchObject([{ topic: "joined", line: 2, value: null }]);
  });

  test("a record later than grace is a dead letter here; there it joins what is still kept, or goes alone", () => {
    const script = [left(1000), right(1200), right(1001), left(1190, 3), left(900, 4)];
    const here = playHere(streamsPlan("left"), script);
    expect(here.late).toEqual(["engine/late-record", "engine/late-record"]);
    expect(here.outputs).toMatchObject([
      { line: 2, value: { id: 1, right: null } },
      { line: 4, value: { id: 3, right: null } },
    ]);
    expect(playThere(peer, [script], "streams-left")[0]).toEqual([]);
  });
});
