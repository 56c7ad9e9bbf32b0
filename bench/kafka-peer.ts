import { type ChildProcess, execFile, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

/** Topics of one measured application. */
export interface AppTopics {
  images: string;
  metadata: string;
  sites: string;
  deadLetters: string;
}

/** How one implementation of the grouping is started; bench/peers/kafka/README.md is the contract. */
export interface Implementation {
  name: string;
  /** The consumer group of an application id. */
  group(id: string): string;
  command(brokers: string, id: string, topics: AppTopics, stateDir: string): string[];
}

/** What the meter saw. */
export interface Measured {
  sites: number;
  missing: number;
  twice: number;
  seconds: number;
  imagesPerS: number;
  p50Ms: number;
  p99Ms: number;
  /** CPU time of the application's processes per image after the warm-up, µs; NaN where /proc is not there. */
  cpuUsPerImage: number;
}

const home = join(process.env.ARTESIAN_PEERS ?? join(homedir(), ".cache/artesian/peers"), "kafka");
const java = process.env.JAVA_HOME === undefined ? "java" : join(process.env.JAVA_HOME, "bin", "java");
const peer = [java, "-Xmx1g", "-cp", `${join(home, "classes")}:${join(home, "lib", "*")}`, "org.artesian.peer.Peer"];

/** Whether bench/peers/kafka/setup has been run. */
export function hasKafkaPeer(): boolean {
  return existsSync(join(home, "classes"));
}

/** The Java application. */
export function kafkaStreams(store: "rocksdb" | "memory"): Implementation {
  return {
    name: store === "rocksdb" ? "Kafka Streams" : "Kafka Streams in memory",
    group: (id) => id,
    command: (brokers, id, { images, metadata, sites, deadLetters }, state) => [
      ...[...peer, "app", "--brokers", brokers, "--id", id, "--images", images, "--metadata", metadata],
      ...["--sites", sites, "--dead-letters", deadLetters, "--store", store, "--state", state],
    ],
  };
}

/** Our runtime: dead letters go to the topic that its plan names, and state to the changelog alone. */
export const artesian: Implementation = {
  name: "Artesian",
  group: (id) => `artesian-${id}`,
  command: (brokers, id, { images, metadata, sites }) => [
    ...[process.execPath, join(import.meta.dirname, "kafka-app.ts"), "--brokers", brokers, "--id", id],
    ...["--images", images, "--metadata", metadata, "--sites", sites],
  ],
};

/** Runs one of the peer's modes to its end; its last line as JSON, if it says any. */
export async function peerMode(
  mode: string,
  options: Record<string, string | number>,
): Promise<Record<string, number | string>> {
  const [command = "", ...words] = [...peer, mode, ...optionWords(options)];
  const { stdout } = await promisify(execFile)(command, words);
  const last = stdout.trim().split("\n").at(-1) ?? "";
  return last === "" ? {} : (JSON.parse(last) as Record<string, number | string>);
}

function optionWords(options: Record<string, string | number>): string[] {
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

/**
 * Starts an application and waits for it to say that it runs.
 * @param log a file for what it complains about; default: where our own complaints go
 */
export async function startApp(command: readonly string[], log?: string): Promise<ChildProcess> {
  const [file = "", ...words] = command;
  const complaints = log === undefined ? undefined : openSync(log, "a");
  const child = spawn(file, words, { stdio: ["ignore", "pipe", complaints ?? "inherit"] });
  if (complaints !== undefined) closeSync(complaints);
  if (child.stdout === null) throw new Error("A pipe was asked for.");
  const lines = createInterface({ input: child.stdout });
  await new Promise<void>((resolve, reject) => {
    lines.on("line", (line) => line === "running" && resolve());
    child.on("error", reject);
    child.on("exit", (code) =>
      reject(new Error(`The application ended with ${code} before it ran: ${command.join(" ")}`)),
    );
  });
  return child;
}

export async function stopApp(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 15_000);
  await gone;
  clearTimeout(late);
}

/** CPU time of processes so far, seconds; NaN where /proc is not there. */
export function cpuSeconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const path = `/proc/${pid}/stat`;
    if (!existsSync(path)) return Number.NaN;
    const fields = readFileSync(path, "utf8").split(") ")[1]?.split(" ") ?? [];
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / 100;
}

/** Starts the meter; `begun` resolves when it reads, `done` with what it saw. */
export function startMeter(
  options: Record<string, string | number>,
  pids: () => readonly number[],
): { begun: Promise<void>; done: Promise<Measured> } {
  const [command = "", ...words] = [...peer, "measure", ...optionWords(options)];
  const child = spawn(command, words, { stdio: ["ignore", "pipe", "inherit"] });
  const begun = Promise.withResolvers<void>();
  const done = Promise.withResolvers<Measured>();
  let before = Number.NaN;
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line === "ready") begun.resolve();
    else if (line === "warm") before = cpuSeconds(pids());
    else {
      const seen = JSON.parse(line) as Omit<Measured, "cpuUsPerImage">;
      const images = 6 * (seen.sites - Number(options.warmup ?? 0));
      done.resolve({ ...seen, cpuUsPerImage: ((cpuSeconds(pids()) - before) * 1e6) / images });
    }
  });
  child.on("exit", (code) => {
    const ended = new Error(`The meter ended with ${code}.`);
    begun.reject(ended);
    done.reject(ended);
  });
  begun.promise.catch(() => {});
  done.promise.catch(() => {});
  return { begun: begun.promise, done: done.promise };
}
