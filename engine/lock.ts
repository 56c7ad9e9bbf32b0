import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { LockedError } from "./errors.ts";

/**
 * Takes a data folder for one writer. A lock whose process is gone, or has another start time (a recycled pid), is taken over.
 * @returns releases the lock
 * @throws LockedError (engine/locked) with the pid that holds it
 */
export function lockFolder(dir: string): () => void {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, "lock");
  for (let attempt = 0; ; attempt++) {
    try {
      const file = openSync(path, "wx");
      writeSync(file, JSON.stringify({ pid: process.pid, started: statOf(process.pid).start }));
      fsyncSync(file);
      closeSync(file);
      return () => unlinkSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const holder = holderOf(path);
      if (holder !== undefined && isAlive(holder)) throw new LockedError(dir, holder.pid);
      if (attempt > 8) throw new LockedError(dir, holder?.pid ?? 0);
      try {
        unlinkSync(path);
      } catch {
        // another process took the stale lock first: look again
      }
    }
  }
}

interface Holder {
  pid: number;
  started: string;
}

function holderOf(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  const { state, start } = statOf(pid);
  // A dead process that nobody has reaped holds nothing.
  if (state === "Z") return false;
  return started === "" || start === "" || start === started;
}

/** A process's state and when it started, in the kernel's ticks; empty where /proc does not exist. */
function statOf(pid: number): { state: string; start: string } {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", start: fields[19] ?? "" };
  } catch {
    return { state: "", start: "" };
  }
}
