import { Worker } from "node:worker_threads";
import { threadOptions } from "@artesian/data/thread-options.ts";
import type { FilePiece } from "./file-pieces.ts";
import { BackendError, IngestThreadError } from "./ingest-errors.ts";
import type { IngestJob, JobResult, JobSettings } from "./ingest-job.ts";
import type { DatabaseJob, FromIngest, ToIngest } from "./ingest-messages.ts";
import { type PieceBuffers, pieceBuffers } from "./piece-buffers.ts";
import { sharedNames } from "./shared-names.ts";

/** Pieces that a thread may have before it has answered the first. */
const AHEAD = 2;

/** Most of what a thread makes lives as long as a job; left to itself, its young generation grows to four times of what it fills. */
export const YOUNG_MEBIBYTES = 4;

const share = sharedNames();

/** A thread that reads. */
export interface IngestThread {
  /** Memory for the pieces that it is given; it puts back what it has read. */
  buffers: PieceBuffers;
  /** Gives the pieces as they come, never more than a few ahead of the reading. */
  read(settings: JobSettings, job: IngestJob, pieces: AsyncIterable<FilePiece>): Promise<JobResult>;
  readDatabase(settings: JobSettings, job: IngestJob, database: DatabaseJob): Promise<JobResult>;
  close(): Promise<void>;
}

export function ingestThread(): IngestThread {
  const worker = new Worker(new URL("./ingest-entry.ts", import.meta.url), {
    ...threadOptions(),
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEBIBYTES },
  });
  worker.unref();
  const buffers = pieceBuffers();
  const lists: string[][] = [];
  let outstanding = 0;
  let wake: (() => void) | undefined;
  let settle: { resolve: (result: JobResult) => void; reject: (error: unknown) => void } | undefined;
  let broken: Error | undefined;
  const fail = (error: Error): void => {
    broken ??= error;
    settle?.reject(broken);
    settle = undefined;
    wake?.();
  };
  worker.on("message", (message: FromIngest) => {
    if (message.kind === "taken") {
      outstanding--;
      if (message.buffer !== undefined) buffers.give(message.buffer);
      wake?.();
    } else if (message.kind === "names") lists.push(share(message.names));
    else if (message.kind === "done") {
      const { columns, headers } = message.result;
      settle?.resolve({
        ...message.result,
        columns: columns.map((list) => lists[list]!),
        headers: headers.map((header) => ({ ...header, names: lists[header.names]! })),
      });
      settle = undefined;
    } else fail(revive(message));
  });
  worker.on("error", (error) => fail(new IngestThreadError(error instanceof Error ? error.message : String(error))));
  worker.on("exit", (code) => fail(new IngestThreadError(`exit code ${code}`)));

  const post = (message: ToIngest, transfer: ArrayBuffer[] = []): void => worker.postMessage(message, transfer);
  const answer = (): Promise<JobResult> =>
    new Promise((resolve, reject) => {
      if (broken !== undefined) reject(broken);
      else settle = { resolve, reject };
    });
  const room = async (): Promise<void> => {
    while (outstanding >= AHEAD && broken === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (broken !== undefined) throw broken;
  };
  return {
    buffers,
    async read(settings, job, pieces) {
      worker.ref();
      try {
        post({ kind: "job", settings, job });
        for await (const piece of pieces) {
          await room();
          outstanding++;
          const bytes = piece.pooled ? (piece.bytes as Uint8Array<ArrayBuffer>) : ownedBytes(piece.bytes);
          post({ kind: "piece", piece: { ...piece, bytes } }, [bytes.buffer]);
        }
        const result = answer();
        post({ kind: "finish" });
        return await result;
      } finally {
        worker.unref();
      }
    },
    async readDatabase(settings, job, database) {
      worker.ref();
      try {
        const result = answer();
        post({ kind: "database", settings, job, database });
        return await result;
      } finally {
        worker.unref();
      }
    },
    async close() {
      await worker.terminate();
    },
  };
}

/** Bytes that may be given away: those that fill their buffer as they are, others copied. */
function ownedBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength)
    return new Uint8Array(bytes.buffer);
  return new Uint8Array(bytes);
}

function revive({ message, code, stack }: FromIngest & { kind: "failed" }): Error {
  if (code?.startsWith("profiling/backend") === true) {
    const [source = "", ...rest] = message.split(": ");
    return new BackendError(source, rest.join(": "));
  }
  return Object.assign(new IngestThreadError(message), { stack: stack ?? message });
}
