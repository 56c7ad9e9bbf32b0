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

/** Follows the troubles of an engine: a full disk is said once, and borne for a while. */
export interface DiskWatch {
  /** Takes a trouble that the engine survives. */
  told(error: Error): void;
  /** Rejects with DiskStaysFullError when nothing has become durable for a while after such a trouble; never resolves. */
  staysFull(runtime: Pick<RuntimeClient, "stats">): Promise<never>;
  stop(): void;
}

/**
 * @param say for people: other troubles as they come, a full disk once each time it fills up
 * @param waitMs how long a full disk is borne
 */
export function watchDisk(say: (line: string) => void, waitMs = 20_000): DiskWatch {
  let full: { since: number; lastEvent: number | undefined } | undefined;
  let timer: NodeJS.Timeout | undefined;
  const look = async (runtime: Pick<RuntimeClient, "stats">): Promise<boolean> => {
    if (full === undefined) return false;
    const { lastEvent } = await runtime.stats();
    full.lastEvent ??= lastEvent;
    if (lastEvent !== full.lastEvent) full = undefined;
    return full !== undefined && performance.now() - full.since > waitMs;
  };
  return {
    told(error) {
      if (!isNoRoom(error)) return say(`trouble: ${error.message}`);
      if (full === undefined) say(`trouble: ${error.message}`);
      full ??= { since: performance.now(), lastEvent: undefined };
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
