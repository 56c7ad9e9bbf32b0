/** A command of the product at work for a journey, in a folder that goes with it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export interface StartedCommand {
  /**
   * Waits for what standard output or standard error tells.
   * @throws Error with what it said last when that does not come in time, or the command ends; it is stopped then
   */
  found(what: string, ms: number, pattern: RegExp, where?: "printed" | "said"): Promise<string>;
  stop(): Promise<void>;
}

const bin = fileURLToPath(new URL("../cli/bin/artesian.js", import.meta.url));

/** Starts `artesian` with words as on a command line. @param folder removed when it is stopped */
export function startCommand(folder: string, ...words: string[]): StartedCommand {
  const child = spawn(process.execPath, [bin, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  const text = { printed: "", said: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text.printed += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    text.said += chunk;
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      setTimeout(() => child.kill("SIGKILL"), 10_000).unref();
      await exited;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    stop,
    async found(what, ms, pattern, where = "said") {
      for (const end = Date.now() + ms; Date.now() < end && child.exitCode === null; await wait(100)) {
        const value = pattern.exec(text[where])?.[0];
        if (value !== undefined) return value;
      }
      await stop();
      const last = (text.printed + text.said).slice(-2000);
      throw new Error(`artesian ${words[0]} gave no ${what} within ${ms / 1000} s:\n${last}`);
    },
  };
}
