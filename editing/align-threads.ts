import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { threadOptions } from "@artesian/data";
import { createAligner, type ReadSource } from "./align.ts";
import { planBatches, type ReadRange } from "./align-batches.ts";
import { type AlignOptions, checkedOptions } from "./align-check.ts";
import type { FromAligner, ToAligner } from "./align-entry.ts";
import type { Alignments } from "./alignment.ts";
import { AlignThreadError } from "./errors.ts";
import { packedReads } from "./packed-reads.ts";
import type { Codes } from "./sequence.ts";

/** Alignments of reads `from` to before `to`; entry 0 is read `from`. */
export interface AlignedBatch {
  from: number;
  to: number;
  alignments: Alignments;
}

export interface AlignReadsOptions extends AlignOptions {
  /** Threads that align beside the caller's; with 1, or little work, the caller's own does it. The alignments are the same. Default 2. */
  threads?: number;
  /** With fewer bases of reads, threads cost more than they save. Default 25,000,000. */
  basesForThreads?: number;
  /** Reads of a batch. Default 8192. */
  batchReads?: number;
  signal?: AbortSignal;
  /** Reads that are aligned, of how many. */
  progress?: (done: number, total: number) => void;
}

/** Batches that each thread has before it. */
const WAITING = 2;

/**
 * Aligns reads to a reference, batch by batch in the order of the reads, in several threads. No more than a few batches are in memory.
 * @throws the codes of `createAligner` and `align`; AlignThreadError ("editing/align-thread") when a thread ends; the signal's reason
 * @example for await (const { from, to, alignments } of alignReads(reads, amplicon, { cuts: [110], signal })) count(from, to, alignments);
 */
export async function* alignReads(
  reads: ReadSource,
  reference: Codes,
  options: AlignReadsOptions = {},
): AsyncGenerator<AlignedBatch, void, undefined> {
  const { threads = 2, basesForThreads = 25_000_000, batchReads = 8192, signal, progress } = options;
  const checked = checkedOptions(reference, options);
  signal?.throwIfAborted();
  const { batches, bases } = planBatches(reads, reference.length, batchReads);
  if (threads < 2 || bases < basesForThreads || batches.length < 2) {
    const aligner = createAligner(reference, checked);
    for (const { from, to } of batches) {
      await setImmediate(undefined, { signal }).catch(() => signal?.throwIfAborted());
      yield { from, to, alignments: aligner.align(reads, from, to) };
      progress?.(to, reads.size);
    }
    return;
  }
  const aligning = Array.from({ length: Math.min(threads, batches.length) }, () => alignThread(reference, checked));
  const abort = (): void => {
    for (const thread of aligning) thread.fail(signal?.reason);
  };
  signal?.addEventListener("abort", abort);
  try {
    const ahead: Promise<Alignments>[] = [];
    for (const [index, { from, to }] of batches.entries()) {
      for (let next = index + ahead.length; ahead.length < WAITING * aligning.length && next < batches.length; next++) {
        const answer = aligning[next % aligning.length]!.align(reads, batches[next]!);
        answer.catch(() => {}); // whoever waits for it hears of it
        ahead.push(answer);
      }
      yield { from, to, alignments: await ahead.shift()! };
      progress?.(to, reads.size);
      signal?.throwIfAborted();
    }
  } finally {
    signal?.removeEventListener("abort", abort);
    await Promise.all(aligning.map((thread) => thread.close()));
  }
}

interface AlignThread {
  align(reads: ReadSource, range: ReadRange): Promise<Alignments>;
  fail(reason: unknown): void;
  close(): Promise<void>;
}

function alignThread(reference: Codes, options: Required<AlignOptions>): AlignThread {
  const worker = new Worker(new URL("./align-entry.ts", import.meta.url), threadOptions());
  const waiting: { resolve: (alignments: Alignments) => void; reject: (reason: unknown) => void }[] = [];
  let broken: { reason: unknown } | undefined;
  const fail = (reason: unknown): void => {
    broken ??= { reason };
    for (const { reject } of waiting.splice(0)) reject(broken.reason);
  };
  worker.on("message", (said: FromAligner) => {
    if ("problem" in said) fail(new AlignThreadError(said.problem));
    else waiting.shift()?.resolve(said.alignments);
  });
  worker.on("error", (error) => fail(new AlignThreadError(error instanceof Error ? error.message : String(error))));
  worker.on("exit", (code) => fail(new AlignThreadError(`it ended with code ${code}`)));
  const post = (message: ToAligner, transfer: ArrayBuffer[] = []): void => worker.postMessage(message, transfer);
  post({ kind: "reference", reference, options });
  return {
    align: (reads, { from, to }) =>
      new Promise((resolve, reject) => {
        if (broken !== undefined) return reject(broken.reason);
        waiting.push({ resolve, reject });
        const packed = packedReads(reads, from, to);
        post({ kind: "batch", reads: packed }, [packed.codes.buffer, packed.start.buffer] as ArrayBuffer[]);
      }),
    fail,
    close: async () => {
      await worker.terminate();
    },
  };
}
