import { statfsSync } from "node:fs";
import type { RuntimeClient } from "@artesian/engine";
import { isNoRoom } from "./exit.ts";

/** The disk stayed full: the run ends, so that whoever waits for it hears of it. */
export class DiskStaysFullError extends Error {
  readonly code = "cli/disk-stays-full";
  constructor(seconds: number) {
    super(
      `No room was made within ${seconds} s. What is done is kept: free some space and run the same command again, it goes on from there.`,
    );
  }
}

const LOOK_MS = 1000;
const SAY_AGAIN_MS = 60_000;
/** With less room than this an engine that stands still stands still for want of room. */
const LITTLE_BYTES = 16 * 2 ** 20;

/** Follows the troubles of an engine: a full disk is said once, and borne for a while. */
export interface DiskWatch {
  /** Takes a trouble that the engine survives. */
  told(error: Error): void;
  /** Rejects with DiskStaysFullError when the disk was full, has no room, and nothing has become durable for a while; never resolves. */
  staysFull(runtime: Pick<RuntimeClient, "stats">): Promise<never>;
  stop(): void;
}

/**
 * @param say for people: other troubles as they come, a full disk at most once a minute
 * @param freeBytes room on the disk
 * @param waitMs how long a full disk is borne
 */
export function watchDisk(say: (line: string) => void, freeBytes: () => number, waitMs = 20_000): DiskWatch {
  let saidAt: number | undefined;
  let still: { since: number; lastEvent: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  const look = async (runtime: Pick<RuntimeClient, "stats">): Promise<boolean> => {
    if (saidAt === undefined) return false;
    const { lastEvent } = await runtime.stats();
    const now = performance.now();
    if (still?.lastEvent !== lastEvent) still = { since: now, lastEvent };
    return now - still.since > waitMs && freeBytes() < LITTLE_BYTES;
  };
  return {
    told(error) {
      if (!isNoRoom(error)) return say(`trouble: ${error.message}`);
      const now = performance.now();
      if (saidAt !== undefined && now - saidAt < SAY_AGAIN_MS) return;
      saidAt = now;
      say(`trouble: ${error.message}`);
    },
    staysFull: (runtime) =>
      new Promise((_, reject) => {
        timer = setInterval(() => {
          look(runtime).then((stuck) => stuck && reject(new DiskStaysFullError(waitMs / 1000)), reject);
        }, LOOK_MS);
      }),
    stop: () => clearInterval(timer),
  };
}

/** Bytes that are free for us where a folder lies. */
export function freeBytesAt(dir: string): number {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
}
