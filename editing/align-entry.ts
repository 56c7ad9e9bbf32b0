/** A thread that aligns batches of reads to one reference. */
import { parentPort } from "node:worker_threads";
import { type Aligner, createAligner } from "./align.ts";
import type { AlignOptions } from "./align-check.ts";
import type { Alignments } from "./alignment.ts";
import { type PackedReads, unpackedReads } from "./packed-reads.ts";
import type { Codes } from "./sequence.ts";

export type ToAligner =
  | { kind: "reference"; reference: Codes; options: AlignOptions }
  | { kind: "batch"; reads: PackedReads };
export type FromAligner = { alignments: Alignments } | { problem: string };

let aligner: Aligner | undefined;
parentPort?.on("message", (message: ToAligner) => {
  const answer = (said: FromAligner, transfer: ArrayBufferLike[] = []): void =>
    parentPort?.postMessage(said, transfer as ArrayBuffer[]);
  try {
    if (message.kind === "reference") {
      aligner = createAligner(message.reference, message.options);
      return;
    }
    const alignments = aligner!.align(unpackedReads(message.reads));
    answer(
      { alignments },
      Object.values(alignments).map((numbers: Int32Array | Uint32Array) => numbers.buffer),
    );
  } catch (error) {
    answer({ problem: error instanceof Error ? error.message : String(error) });
  }
});
