/** A thread that computes steps of recipes, one at a time. See recipe-threads.ts. */
import { parentPort, workerData } from "node:worker_threads";
import { openPlace } from "@artesian/data";
import { runRecipeStep } from "./recipe-steps.ts";
import { describeProblem } from "./recipe-survey.ts";
import type { FromRecipeThread, RecipeThreadData, ToRecipeThread } from "./recipe-threads.ts";

const { project, workspace, env, threads, cacheDir } = workerData as RecipeThreadData;
const places = { project: openPlace(project, env), workspace: openPlace(workspace, env) };
let stop = new AbortController();

const send = (message: FromRecipeThread): void => parentPort?.postMessage(message);

async function compute({ step }: Extract<ToRecipeThread, { kind: "step" }>): Promise<void> {
  stop = new AbortController();
  try {
    const result = await runRecipeStep(step, places, {
      signal: stop.signal,
      ...(cacheDir === undefined ? {} : { cacheDir }),
      threads,
      onProgress: (share) => send({ kind: "progress", share }),
    });
    send({ kind: "done", result });
  } catch (error) {
    const known = error instanceof Error ? error : new Error(String(error));
    send({ kind: "failed", ...describeProblem(known), ...(known.stack === undefined ? {} : { stack: known.stack }) });
  }
}

parentPort?.on("message", (message: ToRecipeThread) => {
  if (message.kind === "stop") stop.abort();
  else void compute(message);
});
