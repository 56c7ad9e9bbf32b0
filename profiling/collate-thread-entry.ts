/** The thread of `collateInThread`: collates once and writes the profiles. */
import { parentPort, workerData } from "node:worker_threads";
import { openPlace } from "@artesian/data/open-place.ts";
import { collatePlate } from "./collate.ts";
import { collateBackend } from "./collate-backend.ts";
import type { CollateAnswer, CollateWish, FromCollateThread } from "./collate-thread.ts";
import type { CollateProgress } from "./ingest-types.ts";
import { describeProblem } from "./recipe-errors.ts";
import { writeProfiles } from "./write-profiles.ts";

const stop = new AbortController();
const send = (message: FromCollateThread): void => parentPort?.postMessage(message);

async function collate({
  place: uri,
  env,
  source,
  options,
  output,
  threads,
  cacheDir,
}: CollateWish): Promise<CollateAnswer> {
  const place = openPlace(uri, env);
  const call = {
    signal: stop.signal,
    threads,
    ...(cacheDir === undefined ? {} : { cacheDir }),
    onProgress: (progress: CollateProgress): void => send({ kind: "progress", progress }),
  };
  const { profiles, report } =
    source.kind === "plate"
      ? await collatePlate(place, source.prefix, options, call)
      : await collateBackend(place, source.key, options, call);
  await writeProfiles(place, output, profiles, { signal: stop.signal });
  return { wells: profiles.rowCount, features: profiles.features.length, report };
}

parentPort?.on("message", () => stop.abort(new Error("stopped")));
try {
  send({ kind: "done", answer: await collate(workerData as CollateWish) });
} catch (error) {
  const known = error instanceof Error ? error : new Error(String(error));
  send({ kind: "failed", ...describeProblem(known), ...(known.stack === undefined ? {} : { stack: known.stack }) });
}
