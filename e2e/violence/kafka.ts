import type { ChildProcess } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import {
  type AppTopics,
  artesian,
  hasKafkaPeer,
  type Implementation,
  kafkaStreams,
  peerMode,
  startApp,
  startMeter,
  stopApp,
} from "../../bench/kafka-peer.ts";
import { Cluster } from "./kafka-cluster.ts";
import { insist, type Lab, NotHere, randomNumbers, type Trial } from "./trial.ts";

const PLATE = 308 * 4;
const PLATES = 12;
const RATE = 1200;
const NODES = 3;
/** Longer than a group's session and a transaction may last: whoever is stopped so long has been given up when it goes on. */
const ZOMBIE_MS = 20_000;

/** Two workers of one application, each with its own state folder, which it keeps through kills. */
class Workers {
  readonly #start: (dir: string) => Promise<ChildProcess>;
  readonly #dirs: string[];
  #apps: ChildProcess[] = [];

  constructor(dirs: string[], start: (dir: string) => Promise<ChildProcess>) {
    this.#dirs = dirs;
    this.#start = start;
  }

  async up(): Promise<void> {
    this.#apps = await Promise.all(this.#dirs.map(this.#start));
  }

  pids(): number[] {
    return this.#apps.map(({ pid }) => pid ?? 0);
  }

  async killAndStart(index: number): Promise<void> {
    const app = this.#apps[index];
    const gone = new Promise((resolve) => app?.once("exit", resolve));
    app?.kill("SIGKILL");
    await gone;
    this.#apps[index] = await this.#start(this.#dirs[index] ?? "");
  }

  async stopAndContinue(index: number): Promise<void> {
    this.#apps[index]?.kill("SIGSTOP");
    await setTimeout(ZOMBIE_MS);
    this.#apps[index]?.kill("SIGCONT");
  }

  /** At once, for when this process itself is ended. */
  kill(): void {
    for (const app of this.#apps) app.kill("SIGKILL");
  }

  async down(): Promise<void> {
    for (const app of this.#apps) {
      app.kill("SIGCONT");
      await stopApp(app);
    }
  }
}

function topicsOf(id: string, input: AppTopics): AppTopics {
  return { ...input, sites: `${id}-sites`, deadLetters: `${id}-dead-letters` };
}

async function endure(lab: Lab, implementation: Implementation): Promise<string> {
  if (!hasKafkaPeer()) throw new NotHere("bench/peers/kafka/setup has not been run (it needs a JDK and Maven)");
  const dir = lab.folder("kafka");
  const cluster = new Cluster(join(dir, "services"), NODES);
  await cluster.up();
  const { brokers } = cluster;
  const input: AppTopics = { images: "images", metadata: "metadata", sites: "", deadLetters: "" };
  const harmed = topicsOf("harmed", input);
  const calm = topicsOf("calm", input);
  const starter = (id: string, topics: AppTopics) => (state: string) =>
    startApp(implementation.command(brokers, id, topics, state), join(dir, `${id}.log`));
  const stateDir = (): string => mkdtempSync(join(dir, "state-"));
  const workers = new Workers([stateDir(), stateDir()], starter("harmed", harmed));
  const bystander = new Workers([stateDir()], starter("calm", calm));
  const end = (): void => {
    workers.kill();
    bystander.kill();
    cluster.down();
  };
  process.once("exit", end);
  try {
    const create = [input.images, harmed.sites, harmed.deadLetters, calm.sites, calm.deadLetters].join(",");
    await peerMode("topics", { brokers, partitions: 8, replication: NODES, create, compacted: input.metadata });
    const sites = PLATES * PLATE;
    const meterOptions = { brokers, sites, warmup: 0, "timeout-s": 90 };
    const meter = startMeter({ ...meterOptions, "sites-topic": harmed.sites }, () => []);
    await meter.begun;
    await workers.up();
    const loaded = peerMode("load", { brokers, images: input.images, metadata: input.metadata, sites, rate: RATE });
    loaded.catch(() => {});
    const random = randomNumbers(lab.seed);
    const any = (below: number): number => Math.floor(random() * below);
    const { node } = await peerMode("coordinator", { brokers, group: implementation.group("harmed") });
    const violence: [string, () => Promise<void>][] = [
      ["the group's coordinator killed", () => cluster.killFor(Number(node), 4000)],
      ["a worker killed", () => workers.killAndStart(any(2))],
      ["a worker stopped until it is a zombie", () => workers.stopAndContinue(any(2))],
      ["a broker killed", () => cluster.killFor(1 + any(NODES), 2000 + any(6000))],
      ["a worker killed again", () => workers.killAndStart(any(2))],
    ];
    for (const [what, does] of violence) {
      await setTimeout(1000 + any(2000));
      console.log(`    ${what} …`);
      await does();
    }
    const both = Promise.all([workers.killAndStart(any(2)), cluster.killFor(1 + any(NODES), 3000)]);
    console.log("    a worker and a broker at once …");
    await both;
    const { images } = await loaded;
    insist(images === 6 * sites, `${images} images were loaded, not ${6 * sites}`);
    const seen = await meter.done;
    insist(seen.missing === 0 && seen.twice === 0, `${seen.missing} sites lost, ${seen.twice} doubled of ${sites}`);
    // What no one disturbed makes of the same images is the truth.
    const calmMeter = startMeter({ ...meterOptions, "sites-topic": calm.sites }, () => []);
    await calmMeter.begun;
    await bystander.up();
    await calmMeter.done;
    const left = await peerMode("digest", { brokers, topic: harmed.sites });
    const truth = await peerMode("digest", { brokers, topic: calm.sites });
    insist(left.records === sites, `${left.records} records for ${sites} sites`);
    insist(
      left.digest === truth.digest,
      `values differ: ${JSON.stringify(left)}, undisturbed ${JSON.stringify(truth)}`,
    );
    return `${sites} sites of ${images} images, p99 ${(seen.p99Ms / 1000).toFixed(1)} s`;
  } finally {
    process.off("exit", end);
    await workers.down();
    await bystander.down();
    cluster.down();
  }
}

const implementations: Implementation[] = [artesian, kafkaStreams("rocksdb")];

export const kafka: Trial[] = implementations.map((implementation) => ({
  name: `${implementation.name} on three brokers: brokers, coordinator and workers killed, a worker stopped: no site lost, none twice`,
  short: false,
  run: (lab) => endure(lab, implementation),
}));
