import { Worker } from "node:worker_threads";
import type { S3Environment } from "@artesian/data";
import { threadOptions } from "@artesian/data/thread-options.ts";
import { IngestThreadError } from "./ingest-errors.ts";
import { YOUNG_MEBIBYTES } from "./ingest-threads.ts";
import type { CollateCall, CollateOptions, CollateProgress, IngestReport } from "./ingest-types.ts";

/** What to collate, and the file of profiles to make of it. */
export interface CollateWish {
  /** Folder or `s3://bucket/prefix` that the keys are in. */
  place: string;
  /** Variables that say where an S3 store is. */
  env: S3Environment;
  /** A folder of image sets, or a backend. */
  source: { kind: "plate"; prefix: string } | { kind: "backend"; key: string };
  options: CollateOptions;
  /** Where the profiles go. */
  output: string;
  threads: number;
  cacheDir?: string;
}

/** What was made. */
export interface CollateAnswer {
  wells: number;
  features: number;
  report: IngestReport;
}

export type FromCollateThread =
  | { kind: "progress"; progress: CollateProgress }
  | { kind: "done"; answer: CollateAnswer }
  | { kind: "failed"; message: string; code: string; stack?: string };

/**
 * `collatePlate` or `collateBackend`, and the file of profiles, from a thread of its own: its memory follows what it holds and not how
 * many files it has seen, and the calling thread stays free for signals.
 * @throws what they throw, with code and message; IngestThreadError (profiling/ingest-thread)
 */
export function collateInThread(
  wish: CollateWish,
  { signal, onProgress }: Pick<CollateCall, "signal" | "onProgress">,
): Promise<CollateAnswer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./collate-thread-entry.ts", import.meta.url), {
      ...threadOptions(),
      workerData: wish,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEBIBYTES },
    });
    const stop = (): void => worker.postMessage("stop");
    signal?.addEventListener("abort", stop);
    if (signal?.aborted) stop();
    const end = (settle: () => void): void => {
      signal?.removeEventListener("abort", stop);
      worker.removeAllListeners();
      worker.on("error", () => undefined);
      void worker.terminate();
      settle();
    };
    worker.on("message", (message: FromCollateThread) => {
      if (message.kind === "progress") onProgress?.(message.progress);
      else if (message.kind === "done") end(() => resolve(message.answer));
      else {
        const { code, stack } = message;
        const error = Object.assign(new Error(message.message), { code });
        if (stack !== undefined) error.stack = stack;
        end(() => reject(error));
      }
    });
    worker.on("error", (error) => end(() => reject(error)));
    worker.on("exit", (code) => end(() => reject(new IngestThreadError(`exit code ${code}`))));
  });
}
