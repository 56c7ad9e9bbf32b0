import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";

const BUSY = 5;

/**
 * Runs a call while no other process, thread or call holds the same lock. It is SQLite's own lock of a file: the system takes it back from
 * a process that was killed, and it holds wherever file locks do, network file systems with locks included.
 * @param path of the lock's file; made, and left behind empty
 * @param signal ends the waiting
 */
export async function withFileLock<T>(path: string, call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    for (let delayMs = 1; !taken(lock); delayMs = Math.min(50, delayMs * 1.5))
      await wait(delayMs * (0.5 + Math.random()), undefined, signal === undefined ? {} : { signal });
    return await call();
  } finally {
    lock.close();
  }
}

function taken(lock: DatabaseSync): boolean {
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === BUSY) return false;
    throw error;
  }
}
