/** A thread that draws pictures, one after the other. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parentPort } from "node:worker_threads";
import { PictureError } from "./errors.ts";
import { type PictureJob, rasterise } from "./rasterise.ts";

export type PictureAnswer = { png: Uint8Array<ArrayBuffer> } | { problem: string };

// The rasteriser's memory, several megabytes a picture, is given back when the small object that stands for it on the heap is collected;
// the collector does not know of it and would wait for dozens. The heap of this thread is so small that asking takes two milliseconds.
setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

parentPort?.on("message", (job: PictureJob) => {
  const answer = answerTo(job);
  collect();
  parentPort?.postMessage(answer, "png" in answer ? [answer.png.buffer] : []);
});

function answerTo(job: PictureJob): PictureAnswer {
  try {
    return { png: rasterise(job) };
  } catch (error) {
    if (error instanceof PictureError) return { problem: error.problem };
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
