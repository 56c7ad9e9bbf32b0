/** A thread that scans blocks of rows, one message a block. */
import { parentPort, workerData } from "node:worker_threads";
import type { NativeBlas } from "./native-products.ts";
import { openScan, type ScanAnswer, type ScanQuestion } from "./vector-scan.ts";

/** What a thread starts with; the vectors lie on shared memory. */
export interface ScanWork {
  vectors: Float32Array;
  dims: number;
  question: ScanQuestion;
  native?: NativeBlas;
}

export type FromScan = { from: number; answer: ScanAnswer } | { problem: string };

if (parentPort !== null) {
  const port = parentPort;
  const { vectors, dims, question, native } = workerData as ScanWork;
  const scan = openScan(vectors, dims, question, native);
  port.on("message", ({ from, to }: { from: number; to: number }) => {
    try {
      const answer = scan(from, to);
      port.postMessage({ from, answer } satisfies FromScan, buffersOf(answer));
    } catch (error) {
      port.postMessage({ problem: error instanceof Error ? error.message : String(error) } satisfies FromScan);
    }
  });
}

function buffersOf({ top, beyond, counts }: ScanAnswer): ArrayBuffer[] {
  const arrays = [
    ...(top ? [top.indices, top.products] : []),
    ...(beyond ? [beyond.a, beyond.b, beyond.products] : []),
    ...(counts ? [counts] : []),
  ];
  return arrays.map(({ buffer }) => buffer).filter((buffer) => buffer instanceof ArrayBuffer);
}
