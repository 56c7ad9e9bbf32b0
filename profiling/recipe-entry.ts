/** A thread that computes steps of recipes, one at a time. See recipe-threads.ts. */
import { parentPort, workerData } from "node:worker_threads";
import { openPlace } from "@artesian/data/open-place.ts";
import { describeProblem } from "./recipe-errors.ts";
import { runRecipeStep } from "./recipe-steps.ts";
import { sharedProfiles } from "./recipe-tables.ts";
import type { FromRecipeThread, KeyedTable, RecipeThreadData, ToRecipeThread } from "./recipe-threads.ts";

const { project, workspace, env, threads, cacheDir } = workerData as RecipeThreadData;
const places = { project: openPlace(project, env), workspace: openPlace(workspace, env) };
let stop = new AbortController();

const send = (message: FromRecipeThread): void => parentPort?.postMessage(message);

async function compute({ step, tables, wanted }: Extract<ToRecipeThread, { kind: "step" }>): Promise<void> {
  stop = new AbortController();
  const read = new Map(tables);
  const kept: KeyedTable[] = [];
  try {
    const result = await runRecipeStep(step, places, {
      signal: stop.signal,
      ...(cacheDir === undefined ? {} : { cacheDir }),
      threads: threads === 1 ? 0 : threads, // this is one already
      onProgress: (share) => send({ kind: "progress", share }),
      tables: {
        wants: (key) => wanted.includes(key),
        keep: (key, profiles) => kept.push([key, sharedProfiles(profiles)]),
        take: (key) => read.get(key),
      },
    });
    send({ kind: "done", result, tables: kept });
  } catch (error) {
    const known = error instanceof Error ? error : new Error(String(error));
    send({ kind: "failed", ...describeProblem(known), ...(known.stack === undefined ? {} : { stack: known.stack }) });
  }
}

parentPort?.on("message", (message: ToRecipeThread) => {
  if (message.kind === "stop") stop.abort();
  else void compute(message);
});
