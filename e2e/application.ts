import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCommand } from "./started.ts";

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
  const command = startCommand(data, "demo", "--json", "--data", join(data, "demo"));
  const url = await command.found("address", START_MS, /https?:\/\/(?:127\.0\.0\.1|localhost):\d+/);
  const line = await command.found("judgement", DONE_MS, /^\{.*\}$/m, "printed");
  const judgement = JSON.parse(line) as Judgement;
  return { url, stop: command.stop, demo: { data: join(data, "demo"), beside: data }, judgement };
}
