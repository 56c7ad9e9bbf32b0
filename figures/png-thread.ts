import { Worker } from "node:worker_threads";
import { threadOptions } from "@artesian/data";
import { PictureError } from "./errors.ts";
import type { PictureAnswer } from "./png-entry.ts";
import type { PictureJob } from "./rasterise.ts";

/** How long the thread stays without work. Starting it takes a tenth of a second, and it holds some 25 MiB. */
const IDLE_MS = 1000;

interface Waiting {
  job: PictureJob;
  resolve(png: Uint8Array): void;
  reject(error: unknown): void;
}

let thread: Worker | undefined;
let idle: NodeJS.Timeout | undefined;
const queue: Waiting[] = [];

/**
 * Draws a picture in a thread of its own, so that the caller's goes on, and so that what the rasteriser needs is given back: pictures wait
 * for each other, and the thread ends when none is asked for. Neither keeps a process alive that is done otherwise.
 * @throws PictureError (figures/picture), and the signal's reason; a picture that nobody wants any more is not begun
 */
export function drawInThread(job: PictureJob, signal?: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      const place = queue.indexOf(waiting);
      // The first is being drawn: its end starts the next.
      if (place > 0) queue.splice(place, 1);
      reject(signal?.reason);
    };
    const waiting: Waiting = {
      job,
      resolve(png) {
        signal?.removeEventListener("abort", stop);
        resolve(png);
      },
      reject(error) {
        signal?.removeEventListener("abort", stop);
        reject(error);
      },
    };
    signal?.addEventListener("abort", stop, { once: true });
    queue.push(waiting);
    if (queue.length === 1) begin(waiting.job);
  });
}

function begin(job: PictureJob): void {
  clearTimeout(idle);
  thread ??= open();
  thread.ref();
  thread.postMessage(job);
}

function open(): Worker {
  // Small young space: what is garbage is noticed sooner.
  const worker = new Worker(new URL("./png-entry.ts", import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
    ...threadOptions(),
  });
  worker.on("message", (answer: PictureAnswer) => {
    const waiting = queue.shift();
    if ("png" in answer) waiting?.resolve(answer.png);
    else waiting?.reject(new PictureError(answer.problem));
    next(worker);
  });
  worker.on("error", (error) => end(worker, error instanceof Error ? error.message : String(error)));
  worker.on("exit", (code) => end(worker, `the thread that draws ended with code ${code}`));
  return worker;
}

function next(worker: Worker): void {
  const following = queue[0];
  if (following !== undefined) {
    begin(following.job);
    return;
  }
  worker.unref();
  idle = setTimeout(() => {
    thread = undefined;
    void worker.terminate();
  }, IDLE_MS);
  idle.unref();
}

/** The thread is gone: who waits for its picture hears why, the others get a new one. */
function end(worker: Worker, problem: string): void {
  if (thread !== worker) return;
  thread = undefined;
  queue.shift()?.reject(new PictureError(problem));
  if (queue[0] !== undefined) begin(queue[0].job);
}
