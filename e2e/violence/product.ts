import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** How a command ended. */
export interface Ended {
  /** Null when a signal ended it. */
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  spanMs: number;
}

/** A command of the product at work, in a process group of its own. */
export interface Started {
  pid: number;
  ended: Promise<Ended>;
  stdout(): string;
  stderr(): string;
  /** Sends a signal to the launcher alone, as a person's `kill` does. */
  signal(signal: NodeJS.Signals): void;
  /** Ends launcher and child at once with SIGKILL, as a power cut would. */
  killAll(): void;
  /** Whether any process of the group is there. */
  alive(): boolean;
}

const launcher = fileURLToPath(new URL("../../cli/bin/artesian.js", import.meta.url));

/** The machine's own Node when there is one beside the project's: then the launcher starts a child, as for most people. */
function machineNode(): string {
  const found = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((dir) => !dir.includes("node_modules"))
    .map((dir) => join(dir, "node"))
    .find((path) => existsSync(path));
  return found ?? process.execPath;
}

export interface StartOptions {
  cwd?: string;
  /** User to be, by number; only root can be another. */
  uid?: number;
}

/** Starts `artesian` with words as on a command line. */
export function start(words: readonly string[], options: StartOptions = {}): Started {
  const began = performance.now();
  const child = spawn(machineNode(), [launcher, ...words], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    ...options,
  });
  const pid = child.pid ?? 0;
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      running.delete(pid);
      resolve({ code, signal, stdout, stderr, spanMs: performance.now() - began });
    });
  });
  const send = (to: number, signal: NodeJS.Signals | 0): boolean => {
    try {
      return process.kill(to, signal);
    } catch {
      return false;
    }
  };
  const started: Started = {
    pid,
    ended,
    stdout: () => stdout,
    stderr: () => stderr,
    signal: (signal) => void send(pid, signal),
    killAll: () => void send(-pid, "SIGKILL"),
    alive: () => send(-pid, 0),
  };
  running.set(pid, started);
  return started;
}

const running = new Map<number, Started>();

/** Leaves no process of ours behind. */
export function killStragglers(): void {
  for (const one of running.values()) one.killAll();
}

const PATIENCE_MS = 150_000;

/** Runs a command to its end. @throws when it has not ended after two and a half minutes, with what it said */
export async function artesian(words: readonly string[], options: StartOptions = {}): Promise<Ended> {
  const run = start(words, options);
  let late = false;
  const timer = globalThis.setTimeout(() => {
    late = true;
    run.killAll();
  }, PATIENCE_MS);
  const ended = await run.ended;
  clearTimeout(timer);
  if (late) throw new Error(`artesian ${words.join(" ")} did not end; it said:\n${ended.stderr.slice(-2000)}`);
  return ended;
}

/** Asks until the answer is true. @throws when it is not within `ms`, with what was waited for */
export async function until(what: string, ms: number, ask: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await ask())) {
    if (performance.now() > deadline) throw new Error(`not within ${ms / 1000} s: ${what}`);
    await setTimeout(50);
  }
}
