import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { compile } from "./compile.ts";
import { randomOf } from "./fixtures/simulation.ts";
import type { Plan } from "./plan.ts";
import type { Value } from "./template.ts";
import { testDriver } from "./test-driver.ts";

/** What happens to a topology: a record comes (`raw`: as text that is no JSON), or the wall clock moves. */
export type ScriptEvent =
  | { push: string; key: string; value: Value | null; timestamp: number }
  | { push: string; key: string; raw: string; timestamp: number }
  | { advance: number };

/** The topologies that the Java peer has. */
export type JavaTopology = "sites" | "slide" | `${"streams" | "tables"}-${"inner" | "left"}`;

/** What a topology put out: complete sites, joined records, and dead letters with their code. */
export interface ScriptOutput {
  topic: string;
  /** The event, counted from 1, that made it come out. */
  line: number;
  key: string;
  value: Value;
  code?: string;
  /** Absent for dead letters. */
  timestamp?: number;
}

export const scriptStart = Date.UTC(2026, 0, 1);

/** How long the Java topology may take to see that a row changed, ms: it looks so often. */
export const lookMs = 100;

/** The seed's grouping, with the node between topics only: what the Java topology is. */
export function sitesPlan(): Plan {
  return compile({
    name: "peer",
    partitions: 1,
    graph: {
      images: { type: "topic-stream", "topic-name": "images" },
      metadata: { type: "topic-table", "topic-name": "metadata" },
      site: {
        type: "stream-operation",
        inputs: ["images", "metadata"],
        function: {
          "group-complete": {
            by: ["experiment", "plate", "well", "site"],
            member: ["channel"],
            expect: { table: "metadata", key: "{experiment}", field: "channels" },
            collect: "images",
          },
        },
      },
      out: { type: "publish", stream: "site", "topic-name": "sites" },
    },
  });
}

/** Plays a script on the engine's test driver. */
export function playHere(events: readonly ScriptEvent[]): ScriptOutput[] {
  const driver = testDriver(sitesPlan(), { now: scriptStart });
  const outputs: ScriptOutput[] = [];
  let sites = 0;
  let letters = 0;
  for (const [index, event] of events.entries()) {
    if ("advance" in event) driver.advance(event.advance);
    // Text where an object is wanted is as near as one comes here: what is no JSON cannot be appended.
    else if ("raw" in event) driver.push(event.push, event.raw as unknown as Value, event);
    else driver.push(event.push, event.value, { key: event.key, timestamp: event.timestamp });
    const line = index + 1;
    const records = driver.read("sites");
    for (const { key, value, timestamp } of records.slice(sites))
      outputs.push({ topic: "sites", line, key, value, timestamp });
    sites = records.length;
    const dead = driver.deadLetters().sort((a, b) => a.id - b.id);
    for (const { key, value, code } of dead.slice(letters))
      outputs.push({ topic: "dead-letters", line, key, value, code });
    letters = dead.length;
  }
  return outputs;
}

/** How to start the Java peer; undefined unless bench/peers/kafka/setup has been run and there is a Java. */
export function javaPeer(): string[] | undefined {
  const home = join(process.env.ARTESIAN_PEERS ?? join(homedir(), ".cache/artesian/peers"), "kafka");
  if (!existsSync(join(home, "classes"))) return undefined;
  const java = process.env.JAVA_HOME === undefined ? "java" : join(process.env.JAVA_HOME, "bin", "java");
  try {
    execFileSync(java, ["-version"], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  return [java, "-Xmx1g", "-cp", `${join(home, "classes")}:${join(home, "lib", "*")}`, "org.artesian.peer.Peer"];
}

/** Plays scripts on TopologyTestDriver, all in one Java process. */
export function playThere(
  peer: readonly string[],
  scripts: readonly (readonly ScriptEvent[])[],
  topology: JavaTopology = "sites",
): ScriptOutput[][] {
  const lines = scripts.flatMap((events, script) => [{ script, now: scriptStart }, ...events]);
  const [java = "java", ...words] = [...peer, "driver", "--topology", topology];
  const input = `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`;
  const said = execFileSync(java, words, { input, maxBuffer: 2 ** 30, stdio: ["pipe", "pipe", "inherit"] }).toString();
  const outputs: ScriptOutput[][] = scripts.map(() => []);
  for (const line of said.split("\n")) {
    if (line === "") continue;
    const { script, timestamp, ...output } = JSON.parse(line) as ScriptOutput & { script: number };
    outputs[script]?.push(output.topic === "dead-letters" ? output : { ...output, timestamp: timestamp ?? 0 });
  }
  return outputs;
}

/** What must be equal: each site's values in their order with their times, and the dead letters; not when within a script they came. */
export function comparable(outputs: readonly ScriptOutput[]): unknown {
  const sites: Record<string, unknown[]> = {};
  const letters: string[] = [];
  for (const { topic, key, value, timestamp, code } of outputs) {
    if (topic === "dead-letters") letters.push(JSON.stringify([code, key, sortedKeys(value)]));
    else {
      sites[key] ??= [];
      sites[key].push({ value, timestamp });
    }
  }
  return { sites, letters: letters.sort() };
}

function sortedKeys(value: Value): [string, unknown][] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

const channelSets: (readonly (string | number)[])[] = [
  ["DNA", "ER", "AGP"],
  ["Mito", "DNA"],
  [10, 9, 1, 2],
  ["AGP", "DNA", "ER", "Golgi", "Mito", "RNA"],
];

/** A random experiment: images out of order, twice, changed, unexpected and broken; metadata early, late, changed, withdrawn and odd. */
export function randomScript(seed: number): ScriptEvent[] {
  const random = randomOf(seed);
  const events: ScriptEvent[] = [];
  for (const experiment of random.chance(0.5) ? ["E1"] : ["E1", "E10"]) {
    const channels = channelSets[random.below(channelSets.length)] ?? [];
    const timestamp = (): number => scriptStart + random.below(1_000_000);
    const images: ScriptEvent[] = [];
    for (let site = 1; site <= 1 + random.below(6); site++) {
      for (const channel of random.chance(0.1) ? [...channels, "Brightfield"] : channels) {
        if (random.chance(0.03)) continue;
        const value: Value = { experiment, plate: "P1", well: `A0${1 + (site % 2)}`, site, channel, sizeBytes: 7 };
        const key = `${experiment}/P1/A0${1 + (site % 2)}/${site}`;
        images.push({ push: "images", key, value, timestamp: timestamp() });
        if (random.chance(0.2)) images.push({ push: "images", key, value: { ...value }, timestamp: timestamp() });
        if (random.chance(0.1))
          images.push({ push: "images", key, value: { ...value, sizeBytes: random.below(3) }, timestamp: timestamp() });
        if (random.chance(0.05)) {
          const broken = { ...value, [random.chance(0.5) ? "channel" : "well"]: random.chance(0.5) ? null : [1] };
          images.push({ push: "images", key, value: broken, timestamp: timestamp() });
        }
      }
    }
    for (let last = images.length - 1; last > 0; last--) {
      if (random.chance(0.3)) continue;
      const other = random.below(last + 1);
      [images[last], images[other]] = [images[other] as ScriptEvent, images[last] as ScriptEvent];
    }
    const rows: (Value | null)[] = [{ channels }];
    if (random.chance(0.3)) rows.unshift({ channels: channels.slice(1) });
    if (random.chance(0.2)) rows.unshift({ channels: channels.length }, null);
    if (random.chance(0.1)) rows.push({ channels: [...channels, "Brightfield"] }, { channels });
    if (random.chance(0.1)) rows.push({ note: "no channels" });
    // Rows keep their order; each stands anywhere, the last often after all images.
    let from = 0;
    for (const value of rows) {
      const at = random.chance(0.3) ? images.length : from + random.below(images.length - from + 1);
      images.splice(at, 0, { push: "metadata", key: experiment, value, timestamp: timestamp() }, { advance: lookMs });
      from = at + 2;
    }
    events.push(...images);
  }
  return events;
}
