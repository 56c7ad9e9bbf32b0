import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { canonicalJson } from "@artesian/data";
import { type KafkaRuntime, openKafka, openReader, type Value } from "@artesian/engine";
import { dataFolder, planOf } from "@artesian/workflows";
import { Cluster } from "./kafka-cluster.ts";
import { differences, INPUTS, type Leftovers, reachableObjects, reported, storeRows } from "./leftovers.ts";
import { type Started, start, until } from "./product.ts";
import { insist, insistNone, type Lab, NotHere, randomNumbers, type Trial } from "./trial.ts";

/** A serving process may find its group's coordinator, its topics and its partitions taken for a while by one that was killed. */
const PATIENCE_MS = 180_000;
const PAGES_MS = 60_000;

/** A deployment of phenomics under a prefix of its own: a process that serves pages and does its share, and a worker. */
class Deployment {
  readonly dir: string;
  readonly runtime: KafkaRuntime;
  readonly #words: string[];
  #serving: Started | undefined;
  #worker: Started | undefined;

  private constructor(dir: string, runtime: KafkaRuntime, words: string[]) {
    this.dir = dir;
    this.runtime = runtime;
    this.#words = words;
  }

  static async open(dir: string, brokers: string, prefix: string): Promise<Deployment> {
    mkdirSync(dir, { recursive: true });
    const runtime = await openKafka({
      brokers: brokers.split(","),
      plans: [planOf("phenomics")],
      topics: { prefix },
      roles: [],
    });
    return new Deployment(dir, runtime, ["--engine", "kafka", "--brokers", brokers, "--prefix", prefix, "--data", dir]);
  }

  async serve(): Promise<void> {
    this.#serving = start(["serve", ...this.#words, "--workers", "1"]);
    await until("pages are served", PAGES_MS, () => this.#serving?.stdout().includes("http") === true);
  }

  work(): void {
    this.#worker = start(["worker", "phenomics", ...this.#words]);
  }

  get url(): string {
    return this.#serving?.stdout().trim() ?? "";
  }

  killServing(): void {
    this.#serving?.killAll();
  }

  killWorker(): void {
    this.#worker?.killAll();
  }

  said(): string {
    return `serving: ${this.#serving?.stderr().slice(-1500)}\nworker: ${this.#worker?.stderr().slice(-1500)}`;
  }

  async close(): Promise<void> {
    this.killServing();
    this.killWorker();
    await this.runtime.stop(0);
  }
}

interface Input {
  topic: string;
  key: string;
  value: Value;
  timestamp: number;
}

/** What an embedded run was fed, in an order of its own: tables may come late. */
function inputsOf(dir: string, random: () => number): Input[] {
  using reader = openReader(dataFolder(dir).engine);
  if (reader === undefined) throw new Error(`${dir} has no engine`);
  const { inspector } = reader;
  const found = [...INPUTS].flatMap((topic) =>
    inspector
      .partitions(topic)
      .flatMap(({ partition, next }) => inspector.readTopic(topic, partition, 0, next))
      .map(({ key, value, timestamp }) => ({ topic, key, value, timestamp })),
  );
  return found
    .map((input) => ({ input, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ input }) => input);
}

/** Records of the topics that an embedded run has, as they are on Kafka. */
async function recordsOnKafka(runtime: KafkaRuntime, topics: readonly string[]): Promise<Leftovers> {
  const found: Leftovers = new Map();
  for (const topic of topics) {
    const lines: string[] = [];
    for (const { partition, first, next } of await runtime.partitions(topic))
      for (const { key, value, failure } of await runtime.readTopic(topic, partition, first, next + 1))
        lines.push(`${key} ${canonicalJson(value)} ${failure?.code ?? ""}`);
    found.set(`topic ${topic}`, INPUTS.has(topic) ? [...new Set(lines)].sort() : lines.sort());
  }
  return found;
}

async function feed(runtime: KafkaRuntime, inputs: readonly Input[]): Promise<void> {
  for (const { topic, ...record } of inputs) await runtime.append(topic, [record]);
}

/** Compares with the embedded run: rows, records of every topic, objects, and what the pages say. */
async function judge(lab: Lab, deployment: Deployment, story: string): Promise<void> {
  const { left } = await lab.reference();
  await until(`${story}: the report is there\n${deployment.said()}`, PATIENCE_MS, () => reported(deployment.dir));
  let found: Leftovers = new Map();
  let wrong: string[] = [];
  const names = [...left.keys()];
  const expected: Leftovers = new Map(
    [...left].filter(([name]) => name.startsWith("store ") || name.startsWith("topic ") || name === "objects"),
  );
  const topics = names.flatMap((name) => (name.startsWith("topic ") ? [name.slice("topic ".length)] : []));
  const compare = async (): Promise<boolean> => {
    found = new Map([...storeRows(deployment.dir), ...(await recordsOnKafka(deployment.runtime, topics))]);
    found.set("objects", await reachableObjects(deployment.dir, found));
    wrong = differences(found, expected);
    return wrong.length === 0;
  };
  // the report is the last to be made, not the last to be written down
  await until(story, 20_000, compare).catch(() => insistNone(wrong, story));
  await setTimeout(2000);
  insist(await compare(), `${story}: right at first, then something came twice: ${wrong.join("; ")}`);
  const { runs } = (await (await fetch(`${deployment.url}/api/v1/runs`)).json()) as {
    runs: { workflow: string; tasks: { done: number; total: number; failed: number } }[];
  };
  const tasks = (left.get("tasks") ?? []).length;
  insist(
    canonicalJson(runs[0]?.tasks) === canonicalJson({ done: tasks, total: tasks, failed: 0 }),
    `${story}: pages tell of ${JSON.stringify(runs[0]?.tasks)}, the embedded run had ${tasks} tasks`,
  );
}

async function onBroker(lab: Lab, name: string, work: (deployment: Deployment) => Promise<string>): Promise<string> {
  try {
    execFileSync("java", ["-version"], { stdio: "ignore" });
  } catch {
    throw new NotHere("there is no Java, which Kafka's brokers run on");
  }
  await lab.reference();
  const dir = lab.folder(`kafka-${name}`);
  const cluster = new Cluster(join(dir, "services"), 1);
  await cluster.up();
  const end = (): void => cluster.down();
  process.once("exit", end);
  const deployment = await Deployment.open(join(dir, "data"), cluster.brokers, `${name}-`);
  try {
    return await work(deployment);
  } finally {
    process.off("exit", end);
    await deployment.close();
    cluster.down();
  }
}

const calm: Trial = {
  name: "a screen through serve --engine kafka and a worker leaves what an embedded run leaves",
  short: false,
  run: (lab) =>
    onBroker(lab, "calm", async (deployment) => {
      const { dir } = await lab.reference();
      await deployment.serve();
      deployment.work();
      const inputs = inputsOf(dir, randomNumbers(lab.seed));
      await feed(deployment.runtime, inputs);
      await judge(lab, deployment, `undisturbed (seed ${lab.seed})`);
      return `${inputs.length} records`;
    }),
};

const killed: Trial = {
  name: "a screen on Kafka whose serving process and worker are killed with SIGKILL in the middle loses nothing and doubles nothing",
  short: false,
  run: (lab) =>
    onBroker(lab, "killed", async (deployment) => {
      const { dir, ended } = await lab.reference();
      const random = randomNumbers(lab.seed + 1);
      const inputs = inputsOf(dir, random);
      const half = Math.floor(inputs.length / 2);
      await deployment.serve();
      deployment.work();
      await feed(deployment.runtime, inputs.slice(0, half));
      const waits = [random() * ended.spanMs * 0.5, random() * ended.spanMs, random() * ended.spanMs];
      const [first = 0, second = 0, third = 0] = waits.map(Math.round);
      await setTimeout(first);
      deployment.killServing();
      await feed(deployment.runtime, inputs.slice(half));
      await setTimeout(second);
      deployment.killWorker();
      deployment.work();
      await deployment.serve();
      await setTimeout(third);
      deployment.killServing();
      await deployment.serve();
      const story = `serving process killed after ${first} and ${third} ms, worker after ${second} ms (seed ${lab.seed})`;
      console.log(`    ${story}`);
      await judge(lab, deployment, story);
      return "three kills";
    }),
};

export const kafkaScreen: Trial[] = [calm, killed];
