import type { FunctionsControl, ReplayOrder } from "@artesian/server";
import { deliver, type ObjectFunction, replay, sweep, type WatchedPlace, watchedFor } from "@artesian/workflows";
import { newRunId } from "./run-id.ts";
import type { Workspace } from "./workspace.ts";

/** What pages and stores may ask of functions that run here. */
export function functionsControl(
  { runtime, runId }: Pick<Workspace, "runtime" | "runId">,
  watched: readonly WatchedPlace[],
  functions: readonly ObjectFunction[],
  onTrouble: (error: unknown) => void,
): FunctionsControl {
  const clock = Date.now;
  let sweeping: Promise<{ seen: number; repaired: number }> | undefined;
  const sweepAll = async (): Promise<{ seen: number; repaired: number }> => {
    const found = { seen: 0, repaired: 0 };
    for (const place of watched) {
      const { seen, repaired } = await sweep({ runtime, watched: place, clock, onTrouble });
      found.seen += seen;
      found.repaired += repaired;
    }
    return found;
  };
  return {
    runId,
    places: watched.map(({ uri }) => uri),
    deliver: (document) => deliver(runtime, watched, document, clock()),
    // Who asks while one is under way gets what that one finds.
    sweep: () => {
      sweeping ??= sweepAll().finally(() => {
        sweeping = undefined;
      });
      return sweeping;
    },
    replay: (order) => replayOn(runtime, watched, functions, order),
  };
}

/** Tells of the objects of an order. @throws UnwatchedPlaceError (workflows/unwatched-place) */
export async function replayOn(
  runtime: Workspace["runtime"],
  watched: readonly WatchedPlace[],
  functions: readonly ObjectFunction[],
  { place, ...order }: ReplayOrder,
): Promise<number> {
  const now = Date.now();
  const id = newRunId(now, Math.random);
  let sent = 0;
  for (const one of place === undefined ? watched : [watchedFor(watched, place)])
    sent += await replay({ runtime, watched: one, functions, id, now, ...order });
  return sent;
}
