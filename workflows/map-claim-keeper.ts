import { setTimeout as wait } from "node:timers/promises";
import { workerData } from "node:worker_threads";
import { openPlace } from "@artesian/data";
import { renewClaim } from "./map-claim.ts";

/** What the thread that keeps a claim alive is told. */
interface KeeperSettings {
  store: string;
  env: Record<string, string | undefined>;
  map: string;
  run: string;
  everyMs: number;
}

const { store: uri, env, map, run, everyMs } = workerData as KeeperSettings;
const store = openPlace(uri, env);
for (;;) {
  await wait(everyMs);
  // A store that does not answer now may answer the next time.
  if (!(await renewClaim(store, map, run, Date.now()).catch(() => true))) break;
}
