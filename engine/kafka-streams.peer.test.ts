import { beforeAll, describe, expect, test } from "vitest";
import {
  comparable,
  javaPeer,
  lookMs,
  playHere,
  playThere,
  randomScript,
  type ScriptEvent,
  type ScriptOutput,
  scriptStart,
  sitesPlan,
} from "./kafka-streams.test-support.ts";
import { testDriver } from "./test-driver.ts";

const peer = javaPeer() ?? [];
const scripts = process.env.ARTESIAN_SLOW === "1" ? 5000 : 120;
const first = Number(process.env.ARTESIAN_SEED ?? 1);

const image = (channel: string, more: object = {}): ScriptEvent => ({
  push: "images",
  key: "E1/P1/A01/1",
  value: { experiment: "E1", plate: "P1", well: "A01", site: 1, channel, ...more },
  timestamp: scriptStart,
});
const row = (channels: unknown): ScriptEvent => ({
  push: "metadata",
  key: "E1",
  value: { channels },
  timestamp: scriptStart,
});
const raw: ScriptEvent = { push: "images", key: "E1", raw: "{", timestamp: scriptStart };
const withdrawn: ScriptEvent = { push: "metadata", key: "E1", value: null, timestamp: scriptStart };
const wait: ScriptEvent = { advance: lookMs };
const written = {
  last: [image("DNA"), image("ER"), row(["DNA", "ER"]), wait, { advance: 1e9 }],
  twice: [row(["DNA", "ER"]), image("DNA"), image("ER"), image("ER")],
  unnamed: [row(["DNA", "ER"]), image("DNA"), image("Brightfield"), image("ER")],
  text: [raw],
  withdrawn: [row(["DNA"]), withdrawn, wait, image("DNA"), wait, row(["DNA"]), wait],
  forgotten: [row(["DNA"]), image("DNA"), { advance: 8 * 86_400_000 }, image("DNA")],
} satisfies Record<string, ScriptEvent[]>;
type Written = keyof typeof written;

const seeds = Array.from({ length: scripts }, (_, index) => first + index);
const played = seeds.map(randomScript);

/** What each topology made of the random scripts, and of the written ones by name: Java is started once for each. */
const outcome = new Map<string, { random: ScriptOutput[][]; written: Record<string, ScriptOutput[]> }>();
function playAll(topology: "sites" | "slide", random: readonly ScriptEvent[][]): void {
  const outputs = playThere(peer, [...random, ...Object.values(written)], topology);
  const named = Object.keys(written).map((name, index) => [name, outputs[random.length + index] ?? []]);
  outcome.set(topology, { random: outputs.slice(0, random.length), written: Object.fromEntries(named) });
}
const there = (name: Written, topology: "sites" | "slide" = "sites"): ScriptOutput[] =>
  outcome.get(topology)?.written[name] ?? [];
const siteLines = (outputs: ScriptOutput[]): number[] =>
  outputs.filter(({ topic }) => topic === "sites").map(({ line }) => line);

describe.skipIf(peer.length === 0)(
  `Kafka Streams ${peer.length > 0 ? "" : "(SKIPPED, 7 tests: bench/peers/kafka/setup has not been run)"}`,
  () => {
    beforeAll(() => {
      playAll("sites", played);
      playAll("slide", played.slice(0, 50));
    }, 900_000);

    test(`${scripts} random scripts come out of TopologyTestDriver and of our test driver alike`, {
      timeout: 900_000,
    }, () => {
      const seen = { sites: 0, revised: 0, letters: 0, afterMetadata: 0, slideDiffers: 0 };
      const theirs = outcome.get("sites")?.random ?? [];
      const slides = outcome.get("slide")?.random ?? [];
      for (const [index, script] of played.entries()) {
        const ours = playHere(script);
        const replay = `seed ${seeds[index]}: replay with ARTESIAN_SEED=${seeds[index]}`;
        expect(comparable(theirs[index] ?? []), replay).toEqual(comparable(ours));
        for (const { topic, value, line } of ours) {
          if (topic === "dead-letters") seen.letters++;
          else seen.sites++;
          if (Number(value.generation) > 1) seen.revised++;
          const event = script[line - 1];
          if (event !== undefined && "push" in event && event.push === "metadata") seen.afterMetadata++;
        }
        const slide = slides[index];
        if (slide !== undefined && JSON.stringify(comparable(slide)) !== JSON.stringify(comparable(ours)))
          seen.slideDiffers++;
      }
      // Nothing was compared in vain: every kind of outcome was there, and another topology would have been told apart.
      expect(seen.sites).toBeGreaterThan(scripts);
      expect(seen.revised).toBeGreaterThan(scripts / 10);
      expect(seen.letters).toBeGreaterThan(scripts / 10);
      expect(seen.afterMetadata).toBeGreaterThan(scripts / 10);
      expect(seen.slideDiffers).toBeGreaterThan(25);
    });

    test("metadata that come last complete a site here at once, in Java when it next looks, on the slides never", () => {
      expect(siteLines(playHere(written.last))).toEqual([3]);
      expect(siteLines(there("last"))).toEqual([4]);
      expect(siteLines(there("last", "slide"))).toEqual([]);
    });

    test("an image that comes twice changes nothing, while the slides put its site out again", () => {
      expect(siteLines(playHere(written.twice))).toEqual([3]);
      expect(siteLines(there("twice"))).toEqual([3]);
      expect(siteLines(there("twice", "slide"))).toEqual([3, 4]);
    });

    test("an image that the metadata do not name is set aside, while the slides count it and lose the site", () => {
      const letter = { topic: "dead-letters", code: "engine/unexpected-member" };
      expect(playHere(written.unnamed)).toMatchObject([{ topic: "sites", line: 4 }, letter]);
      expect(there("unnamed")).toMatchObject([letter, { topic: "sites", line: 4 }]);
      expect(there("unnamed", "slide")).toMatchObject([{ topic: "sites", line: 3, value: { images: [{}, {}] } }]);
    });

    test("text that is no object is a dead letter in both; here its failure also flows on, so that what follows can count it", () => {
      const letter = { topic: "dead-letters", key: "E1" };
      expect(there("text")).toMatchObject([{ ...letter, code: "engine/unreadable-record" }]);
      expect(playHere(written.text)).toMatchObject([{ ...letter, code: "engine/missing-field" }]);
      const driver = testDriver(sitesPlan());
      driver.push("images", { experiment: "E1" }, { key: "E1" });
      expect(driver.read("peer.site")).toMatchObject([{ key: "E1", failure: { code: "engine/missing-field" } }]);
      expect(driver.read("sites")).toEqual([]);
    });

    test("a row that is withdrawn leaves open sites waiting in both", () => {
      expect(siteLines(playHere(written.withdrawn))).toEqual([6]);
      expect(siteLines(there("withdrawn"))).toEqual([7]);
    });

    test("sites finished longer ago than their retention are forgotten by both, and an image then begins anew", () => {
      expect(siteLines(playHere(written.forgotten))).toEqual([2, 4]);
      expect(siteLines(there("forgotten"))).toEqual([2, 4]);
    });
  },
);
