import { execFile, execFileSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";

const script = join(import.meta.dirname, "..", "..", "scripts", "services");

/** Brokers of a trial's own. */
export class Cluster {
  readonly #env: NodeJS.ProcessEnv;
  readonly #nodes: number;
  brokers = "";

  constructor(dir: string, nodes: number) {
    this.#nodes = nodes;
    this.#env = { ...process.env, ARTESIAN_SERVICES_RUN: dir };
  }

  async say(...words: string[]): Promise<string> {
    return (await promisify(execFile)(script, words, { env: this.#env })).stdout;
  }

  async up(): Promise<void> {
    const { kafka } = JSON.parse(await this.say("up", "kafka", "--nodes", String(this.#nodes), "--json")) as {
      kafka: { env: { ARTESIAN_KAFKA: string } };
    };
    this.brokers = kafka.env.ARTESIAN_KAFKA;
  }

  down(): void {
    execFileSync(script, ["down", "kafka"], { env: this.#env, stdio: "ignore" });
  }

  /** SIGKILL, and back after a while: the others go on meanwhile. */
  async killFor(node: number, ms: number): Promise<void> {
    await this.say("kill", "kafka", String(node));
    await setTimeout(ms);
    await this.say("start", "kafka", String(node));
  }
}
