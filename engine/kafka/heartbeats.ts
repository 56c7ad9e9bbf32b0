import type { Clock, Member } from "./broker.ts";

/** A membership that is kept alive. */
export interface Heartbeats {
  /** What the group asks of its member by now. @throws what a heartbeat has thrown */
  ending(): "rebalancing" | undefined;
  end(): Promise<void>;
}

/** Tells the group again and again that its member is alive, until it answers that it is to join anew, or that it is no member any more. */
export function keepBeating(
  member: Member,
  { clock, everyMs, wake }: { clock: Clock; everyMs: number; wake(): void },
): Heartbeats {
  const over = new AbortController();
  let isRebalancing = false;
  let lost: unknown;
  const beat = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await clock.sleep(everyMs, over.signal);
      if (over.signal.aborted) return;
      try {
        isRebalancing = (await member.heartbeat()) === "rebalancing";
      } catch (error) {
        lost = error;
      }
      if (!isRebalancing && lost === undefined) continue;
      wake();
      return;
    }
  };
  const beating = beat();
  return {
    ending() {
      if (lost !== undefined) throw lost;
      return isRebalancing ? "rebalancing" : undefined;
    },
    async end() {
      over.abort();
      await beating;
    },
  };
}
