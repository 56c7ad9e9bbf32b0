import { setTimeout as wait } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Place } from "@artesian/data";

/** Who builds a map now. */
interface Claim {
  /** Run that builds. */
  run: string;
  host: string;
  /** When it ends unless it is renewed; ms since 1970. */
  untilMs: number;
}

/** So long after its last sign of life a builder counts as gone. */
export const CLAIM_MS = 120_000;
const RENEW_MS = 30_000;
const LOOK_MS = 2000;

/** Only one at a time builds a map of a store; others wait, and find its result. */
export interface HeldClaim {
  /** Gives it back. */
  release(): Promise<void>;
  /** Shows no more signs of life: it is free once it has run out. */
  abandon(): Promise<void>;
}

export interface ClaimOptions {
  map: string;
  run: string;
  host: string;
  env: Record<string, string | undefined>;
  signal?: AbortSignal;
  /** Told once when another run holds it. */
  onWait?: (holder: Claim) => void | Promise<void>;
  /** ms since 1970. */
  now?: () => number;
}

const claimKey = (map: string): string => `runs/claims/${map}`;

/**
 * Claims the building of a map in a store by compare and swap, waiting while another run holds it and shows signs of life. A thread renews it, so
 * that a build may compute for hours. It saves work; what keeps a store right is that publishing is a compare and swap itself.
 */
export async function claimBuild(store: Place, options: ClaimOptions): Promise<HeldClaim> {
  const { map, run, host, env, signal, onWait, now = Date.now } = options;
  let isTold = false;
  for (;;) {
    signal?.throwIfAborted();
    const found = await claimOf(store, map);
    if (found === undefined || found.claim.untilMs <= now() || found.claim.run === run) {
      const claim: Claim = { run, host, untilMs: now() + CLAIM_MS };
      if ((await store.replace(claimKey(map), JSON.stringify(claim), found?.etag)) !== undefined) break;
      continue;
    }
    if (!isTold) await onWait?.(found.claim);
    isTold = true;
    await wait(LOOK_MS, undefined, signal === undefined ? {} : { signal });
  }
  const keeper = new Worker(new URL("./map-claim-keeper.ts", import.meta.url), {
    workerData: { store: store.uri, env, map, run, everyMs: RENEW_MS },
  });
  keeper.unref();
  // A thread that cannot renew lets the claim run out: another may build the same, and publishes it once.
  keeper.on("error", () => {});
  const abandon = async (): Promise<void> => {
    await keeper.terminate();
  };
  return {
    abandon,
    async release() {
      await abandon();
      const found = await claimOf(store, map);
      if (found?.claim.run !== run) return;
      // Run out rather than removed: a removal could take another run's claim.
      await store.replace(claimKey(map), JSON.stringify({ ...found.claim, untilMs: 0 }), found.etag);
    },
  };
}

/** Renews a run's claim. @returns whether it is still that run's */
export async function renewClaim(store: Place, map: string, run: string, nowMs: number): Promise<boolean> {
  const found = await claimOf(store, map);
  if (found?.claim.run !== run) return false;
  const renewed: Claim = { ...found.claim, untilMs: nowMs + CLAIM_MS };
  return (await store.replace(claimKey(map), JSON.stringify(renewed), found.etag)) !== undefined;
}

async function claimOf(store: Place, map: string): Promise<{ claim: Claim; etag: string } | undefined> {
  const entry = await store.stat(claimKey(map));
  if (entry === undefined) return undefined;
  const claim = JSON.parse(new TextDecoder().decode(await store.read(claimKey(map)))) as Claim;
  return { claim, etag: entry.etag };
}
