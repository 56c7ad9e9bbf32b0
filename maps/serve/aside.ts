import { Worker } from "node:worker_threads";
import { threadOptions } from "@artesian/data";
import { ScanThreadError } from "../errors.ts";
import type { AsideAnswers, AsideQuestions } from "./aside-questions.ts";
import type { FromAside } from "./aside-thread.ts";

/**
 * Answers a question that takes a processor for long in a thread of its own, so that this one goes on answering others. The thread starts anew
 * (100 ms or so): ask what takes longer.
 * @throws ScanThreadError (maps/scan-thread), the signal's reason
 */
export async function aside<K extends keyof AsideQuestions>(
  kind: K,
  question: AsideQuestions[K],
  { signal }: { signal?: AbortSignal } = {},
): Promise<AsideAnswers[K]> {
  signal?.throwIfAborted();
  const worker = new Worker(new URL("./aside-thread.ts", import.meta.url), {
    workerData: { kind, question },
    ...threadOptions(),
  });
  return new Promise<AsideAnswers[K]>((resolve, reject) => {
    const onAbort = (): void => reject(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    worker.on("message", (message: FromAside) => {
      if ("problem" in message) reject(new ScanThreadError(message.problem));
      else resolve(message.answer as AsideAnswers[K]);
    });
    worker.on("error", (error) => reject(new ScanThreadError(error instanceof Error ? error.message : String(error))));
    worker.on("exit", (code) => reject(new ScanThreadError(`it ended with code ${code}`)));
  }).finally(() => worker.terminate());
}
