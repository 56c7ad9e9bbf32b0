import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as setTimeoutAsync } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** A running application. */
export interface Application {
  url: string;
  /** Its data folder, and a folder beside it for more; of a demonstration that was started here. */
  demo?: { data: string; beside: string };
  stop(): Promise<void>;
}

const START_MS = 60_000;
const DONE_MS = 400_000;

/** Waits until the application answers. @throws Error when it does not within START_MS */
async function answering(url: string): Promise<void> {
  const start = Date.now();
  while (Date.now() - start < START_MS) {
    const response = await fetch(`${url}/api/v1/home`).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error(`${url} did not answer within ${START_MS} ms: is ARTESIAN_URL the address of a running application?`);
}

/** What the demonstration says of itself when it is done: whether everything found is what was planted. */
export interface Judgement {
  complete: boolean;
  seconds: number;
  wrong: string[];
}

/**
 * The application at ARTESIAN_URL, or the demonstration started here, waited for until it has found everything, and stopped at the end.
 * @throws Error when it prints no address within a minute, or does not end within DONE_MS
 */
export async function application(): Promise<Application & { judgement?: Judgement }> {
  const given = process.env.ARTESIAN_URL;
  if (given) {
    const url = given.replace(/\/$/, "");
    await answering(url);
    return { url, stop: async () => undefined };
  }
  const data = mkdtempSync(join(tmpdir(), "artesian-e2e-"));
  const bin = fileURLToPath(new URL("../cli/bin/artesian.js", import.meta.url));
  const child = spawn(process.execPath, [bin, "demo", "--json", "--data", join(data, "demo")], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      setTimeout(() => child.kill("SIGKILL"), 10_000).unref();
      await exited;
    }
    rmSync(data, { recursive: true, force: true });
  };
  const found = async <T>(what: string, ms: number, look: () => T | undefined): Promise<T> => {
    for (const end = Date.now() + ms; Date.now() < end; await setTimeoutAsync(200)) {
      const value = look();
      if (value !== undefined) return value;
      if (child.exitCode !== null) break;
    }
    await stop();
    throw new Error(`the demonstration gave no ${what} within ${ms / 1000} s:\n${said.slice(-2000)}`);
  };
  const url = await found("address", START_MS, () => /https?:\/\/(?:127\.0\.0\.1|localhost):\d+/.exec(said)?.[0]);
  const line = await found("judgement", DONE_MS, () => /^\{.*\}$/m.exec(printed)?.[0]);
  return { url, stop, demo: { data: join(data, "demo"), beside: data }, judgement: JSON.parse(line) as Judgement };
}
