import { Worker } from "node:worker_threads";
import type { S3Environment } from "@artesian/data";
import { threadOptions } from "@artesian/data/thread-options.ts";
import type { Profiles } from "./profiles.ts";
import { RecipeThreadError } from "./recipe-errors.ts";
import type { StepResult } from "./recipe-record.ts";
import type { ExecuteStep } from "./recipe-run.ts";
import type { RecipeStep } from "./recipe-step.ts";

/** What a thread is told at its start: places are opened anew in each thread. */
export interface RecipeThreadData {
  project: string;
  workspace: string;
  /** Variables that say where an S3 store is. */
  env: S3Environment;
  /** Threads that a step may use for itself. */
  threads: number;
  /** Where files of a bucket that have to be on this machine are copied to. */
  cacheDir?: string;
}

/** Profiles with the key of their file. */
export type KeyedTable = [key: string, profiles: Profiles];

/** `tables`: what earlier steps wrote and this one reads; `wanted`: files of this step that later ones read. */
export type ToRecipeThread =
  | { kind: "step"; step: RecipeStep; tables: KeyedTable[]; wanted: string[] }
  | { kind: "stop" };

export type FromRecipeThread =
  | { kind: "progress"; share: number }
  | { kind: "done"; result: StepResult; tables: KeyedTable[] }
  | { kind: "failed"; code: string; message: string; stack?: string };

/** Tables live as long as a step: a larger young generation takes memory and saves no time. */
const YOUNG_MEBIBYTES = 16;

/** Threads that compute steps; they start when there is something to compute. */
export interface RecipeThreads {
  execute: ExecuteStep;
  close(): Promise<void>;
}

/** Steps side by side, each in a thread of its own; as many threads as steps are asked for at once. */
export function recipeThreads(data: RecipeThreadData): RecipeThreads {
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  const take = (): Worker => {
    const worker =
      idle.pop() ??
      new Worker(new URL("./recipe-entry.ts", import.meta.url), {
        workerData: data,
        ...threadOptions(),
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEBIBYTES },
      });
    all.add(worker);
    return worker;
  };
  return {
    execute: (step, { signal, onProgress, tables }) =>
      new Promise<StepResult>((resolve, reject) => {
        const worker = take();
        const send = (message: ToRecipeThread): void => worker.postMessage(message);
        const onAbort = (): void => send({ kind: "stop" });
        const onMessage = (message: FromRecipeThread): void => {
          if (message.kind === "progress") {
            onProgress(message.share);
            return;
          }
          forget();
          idle.push(worker);
          if (message.kind === "done") {
            for (const [key, profiles] of message.tables) tables.keep(key, profiles);
            resolve(message.result);
          } else reject(revive(message));
        };
        const onError = (error: unknown): void => {
          forget();
          all.delete(worker);
          reject(error instanceof Error ? error : new Error(String(error)));
        };
        const onExit = (code: number): void => onError(new RecipeThreadError(step.title, code));
        const forget = (): void => {
          signal.removeEventListener("abort", onAbort);
          worker.off("message", onMessage).off("error", onError).off("exit", onExit);
        };
        worker.on("message", onMessage).on("error", onError).on("exit", onExit);
        signal.addEventListener("abort", onAbort);
        send({
          kind: "step",
          step,
          tables: step.inputs.flatMap(({ place, key }): KeyedTable[] => {
            const profiles = place === "project" ? tables.take(key) : undefined;
            return profiles === undefined ? [] : [[key, profiles]];
          }),
          wanted: step.outputs.flatMap(({ key }) => (tables.wants(key) ? [key] : [])),
        });
      }),
    async close() {
      await Promise.all([...all].map((worker) => worker.terminate()));
      all.clear();
      idle.length = 0;
    },
  };
}

/** An error of another thread with its code. */
function revive({ code, message, stack }: Extract<FromRecipeThread, { kind: "failed" }>): Error {
  const error = Object.assign(new Error(message), { code });
  if (stack !== undefined) error.stack = stack;
  return error;
}
