import { Worker } from "node:worker_threads";
import { threadOptions } from "@artesian/data";
import { MapShapeError, ScanThreadError } from "./errors.ts";
import type { NativeBlas } from "./native-products.ts";
import type { FromScan, ScanWork } from "./scan-thread.ts";
import { rowCount } from "./vector-products.ts";
import { openScan, rowsOfBlock, type ScanAnswer, type ScanQuestion } from "./vector-scan.ts";

/** How a scan over all pairs is run. */
export interface ScanOptions {
  /** Threads beside this one; 0 works in this thread and lets others in between blocks. Default 2. */
  threads?: number;
  /** A BLAS that makes the products, see `nativeBlas`. Default: the compiled kernels. */
  native?: NativeBlas | undefined;
  signal?: AbortSignal;
  /** Rows answered for, of all. */
  progress?: (done: number, total: number) => void;
}

/** Rows `from` to below `to` are answered for; a scan resumed from `to` goes on as if it had not stopped. */
export interface ScannedRows {
  from: number;
  to: number;
  answer: ScanAnswer;
}

/**
 * Scans all pairs of vectors, exactly, block of rows by block of rows, in order.
 * @param vectors of shape (rows, dims); on a SharedArrayBuffer they are not copied for the threads
 * @param resumeFrom first row that is still to be answered: `to` of the last block that was kept. Default 0
 * @throws MapShapeError (maps/shape), ScanThreadError (maps/scan-thread), the signal's reason
 */
export async function* scanVectors(
  vectors: Float32Array,
  dims: number,
  question: ScanQuestion,
  options: ScanOptions & { resumeFrom?: number } = {},
): AsyncGenerator<ScannedRows, void, void> {
  const { signal, progress, threads = 2, resumeFrom = 0, native } = options;
  const rows = rowCount(vectors, dims);
  const size = rowsOfBlock(rows);
  if (resumeFrom !== rows && resumeFrom % size !== 0)
    throw new MapShapeError("Row to resume a scan from", resumeFrom, size * Math.floor(resumeFrom / size));
  const blocks: { from: number; to: number }[] = [];
  for (let from = resumeFrom; from < rows; from += size) blocks.push({ from, to: Math.min(rows, from + size) });
  signal?.throwIfAborted();
  const answers =
    threads === 0 || blocks.length < 2
      ? answersHere({ vectors, dims, question, ...(native && { native }) }, blocks)
      : answersFromThreads(
          { vectors: shared(vectors), dims, question, ...(native && { native }) },
          blocks,
          Math.min(threads, blocks.length),
          signal,
        );
  for await (const scanned of answers) {
    signal?.throwIfAborted();
    yield scanned;
    progress?.(scanned.to, rows);
  }
}

async function* answersHere(
  { vectors, dims, question, native }: ScanWork,
  blocks: readonly { from: number; to: number }[],
): AsyncGenerator<ScannedRows, void, void> {
  const scan = openScan(vectors, dims, question, native);
  for (const { from, to } of blocks) {
    yield { from, to, answer: scan(from, to) };
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Deals blocks to threads, at most two ahead each, and gives answers in the order of the blocks. */
async function* answersFromThreads(
  work: ScanWork,
  blocks: readonly { from: number; to: number }[],
  count: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<ScannedRows, void, void> {
  const workers = Array.from(
    { length: count },
    () => new Worker(new URL("./scan-thread.ts", import.meta.url), { workerData: work, ...threadOptions() }),
  );
  const ready = new Map<number, ScanAnswer>();
  let problem: unknown;
  let wake = (): void => {};
  let dealt = 0;
  let given = 0;
  const deal = (worker: Worker): void => {
    if (dealt < blocks.length && dealt < given + 4 * count) worker.postMessage(blocks[dealt++]);
    else idle.add(worker);
  };
  const idle = new Set<Worker>();
  const fail = (error: unknown): void => {
    problem ??= error;
    wake();
  };
  const onAbort = (): void => fail(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  for (const worker of workers) {
    worker.on("message", (message: FromScan) => {
      if ("problem" in message) return fail(new ScanThreadError(message.problem));
      ready.set(message.from, message.answer);
      deal(worker);
      wake();
    });
    worker.on("error", (error) => fail(new ScanThreadError(error instanceof Error ? error.message : String(error))));
    worker.on("exit", (code) => fail(new ScanThreadError(`it ended with code ${code}`)));
    deal(worker);
    deal(worker);
  }
  try {
    for (const { from, to } of blocks) {
      while (!ready.has(from)) {
        if (problem !== undefined) throw problem;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const answer = ready.get(from)!;
      ready.delete(from);
      given++;
      for (const worker of [...idle]) {
        idle.delete(worker);
        deal(worker);
      }
      yield { from, to, answer };
    }
  } finally {
    signal?.removeEventListener("abort", onAbort);
    for (const worker of workers) worker.removeAllListeners("exit");
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** The vectors on memory that threads share; copied once when they lie elsewhere. */
function shared(vectors: Float32Array): Float32Array {
  if (vectors.buffer instanceof SharedArrayBuffer) return vectors;
  const copy = new Float32Array(new SharedArrayBuffer(vectors.byteLength));
  copy.set(vectors);
  return copy;
}
