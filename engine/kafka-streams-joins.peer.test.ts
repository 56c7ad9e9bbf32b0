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
const seeds = Array.from({ length: scripts }, (_, index) => first + index);

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

const isInOrder = (seed: number): boolean => seed % 3 === 0;

/** Records of both sides in any order that grace allows, or in the order of time, and two at the end with which all windows are over. */
function streamsScript(seed: number): Push[] {
  const random = randomOf(seed);
  const events = [0, 10_000].flatMap((epoch) =>
    Array.from({ length: 2 + random.below(14) }, (_, id): Push => {
      const key = random.chance(0.6) ? "A01" : "B02";
      const timestamp = 1000 + epoch + random.below(random.chance(0.3) ? 100 : 40);
      return { push: random.chance(0.5) ? "left" : "right", key, value: { well: key, id: epoch + id }, timestamp };
    }),
  );
  if (isInOrder(seed)) events.sort((a, b) => a.timestamp - b.timestamp);
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

const pushTo =
  (push: string) =>
  (timestamp: number, value: Value | null): Push => ({ push, key: "A01", value, timestamp });
const left = pushTo("left");
const right = pushTo("right");
const well = (id: number): Value => ({ well: "A01", id });

/** Scripts with what differs and means to, after the random ones. */
const outOfOrder = [left(1000, well(1)), right(1020, well(2)), left(1010, well(3)), right(1011, well(4))];
const tooLate = [left(1000, well(1)), right(1200, well(2)), right(1001, well(3)), left(900, well(4))];
const again = [left(1, { n: 1 }), right(2, { n: 1 }), right(3, { n: 1 })];
const neverThere = [right(1, { n: 1 }), left(2, null)];

const heard = new Map<string, ScriptOutput[][]>();

/** All scripts of a topology, played in one Java process. */
function playedThere(topology: "streams" | "tables", kind: Kind): ScriptOutput[][] {
  const name = `${topology}-${kind}` as const;
  const random = topology === "streams" ? streamsScript : tablesScript;
  const others = topology === "streams" ? [outOfOrder, tooLate] : [again, neverThere];
  const outputs = heard.get(name) ?? playThere(peer, [...seeds.map(random), ...others], name);
  heard.set(name, outputs);
  return outputs;
}

/** Lines of a script with what came out at them: the left record's id, and the right one's. */
function pairs(outputs: readonly ScriptOutput[] = []): [number, unknown, unknown][] {
  return outputs.map(({ line, value }) => [line, value.id, (value.right as Value | null)?.id ?? null]);
}

/** Lines at which a joined row changed. */
function changedAt(outputs: readonly ScriptOutput[] = []): number[] {
  return outputs.flatMap(({ topic, line }) => (topic === "joined" ? [line] : []));
}

describe.skipIf(peer.length === 0)(`joins of Kafka Streams ${skipped}`, { timeout: 900_000 }, () => {
  test.each(kinds)(
    "random scripts of two streams, %s, come out of TopologyTestDriver and of our test driver alike",
    (kind) => {
      const theirs = playedThere("streams", kind);
      const seen = { pairs: 0, alone: 0, early: 0 };
      for (const [index, seed] of seeds.entries()) {
        const { outputs, late } = playHere(streamsPlan(kind), streamsScript(seed));
        expect(late).toEqual([]);
        // what is told alone too early there: see below
        const partnered = new Set(outputs.flatMap(({ value }) => (value.right === null ? [] : [value.id])));
        const told = (theirs[index] ?? []).filter(({ value }) => value.right !== null || !partnered.has(value.id));
        const early = (theirs[index]?.length ?? 0) - told.length;
        expect(multiset(told), `replay with ARTESIAN_SEED=${seed}`).toEqual(multiset(outputs));
        if (isInOrder(seed)) expect(early).toBe(0);
        seen.early += early;
        for (const { value } of outputs) seen[value.right === null ? "alone" : "pairs"]++;
      }
      expect(seen.pairs).toBeGreaterThan(scripts);
      if (kind === "left") expect(Math.min(seen.alone, seen.early)).toBeGreaterThan(scripts / 10);
    },
  );

  test("a left record that comes out of order waits for its partner here; there it is told alone at once, and again with it", () => {
    expect(pairs(playHere(streamsPlan("left"), outOfOrder).outputs)).toEqual([[4, 3, 4]]);
    const alone = [3, 3, null];
    expect(pairs(playedThere("streams", "left")[scripts])).toEqual([alone, [4, 3, 4]]);
    expect(pairs(playedThere("streams", "inner")[scripts])).toEqual([[4, 3, 4]]);
  });

  test("a record later than grace is a dead letter here; there it joins what happens to be kept still, or goes alone", () => {
    const { outputs, late } = playHere(streamsPlan("left"), tooLate);
    const over = [2, 1, null];
    expect(pairs(outputs)).toEqual([over]);
    expect(late).toEqual(["engine/late-record", "engine/late-record"]);
    expect(pairs(playedThere("streams", "left")[scripts + 1])).toEqual([over, [3, 1, 3], [4, 4, null]]);
    expect(pairs(playedThere("streams", "inner")[scripts + 1])).toEqual([[3, 1, 3]]);
  });

  test.each(kinds)("random scripts of three tables, %s, change the joined rows alike, with the same times", (kind) => {
    const theirs = playedThere("tables", kind);
    const seen = { rows: 0, tombstones: 0 };
    for (const [index, seed] of seeds.entries()) {
      const { outputs } = playHere(tablesPlan(kind), tablesScript(seed));
      expect(changes(theirs[index] ?? []), `replay with ARTESIAN_SEED=${seed}`).toEqual(changes(outputs));
      for (const { value } of outputs) seen[(value as Value | null) === null ? "tombstones" : "rows"]++;
    }
    expect(seen.rows).toBeGreaterThan(scripts);
    expect(seen.tombstones).toBeGreaterThan(scripts / 2);
  });

  test("a row that comes again as it was is told again there, and not here", () => {
    expect(changedAt(playHere(tablesPlan("inner"), again).outputs)).toEqual([2]);
    expect(changedAt(playedThere("tables", "inner")[scripts])).toEqual([2, 3]);
  });

  test("a row that goes and was never there is a tombstone there, and nothing here", () => {
    expect(playHere(tablesPlan("inner"), neverThere).outputs).toEqual([]);
    expect(playedThere("tables", "inner")[scripts + 1]).toMatchObject([{ topic: "joined", line: 2, value: null }]);
  });
});
