import { Worker } from "node:worker_threads";
import { threadOptions } from "@artesian/data";
import type { FilePiece } from "./file-pieces.ts";
import { BackendError, IngestThreadError } from "./ingest-errors.ts";
import type { IngestJob, JobResult, JobSettings } from "./ingest-job.ts";
import type { DatabaseJob, FromIngest, ToIngest } from "./ingest-messages.ts";
import { sharedNames } from "./shared-names.ts";

/** Pieces that a thread may have before it has answered the first. */
const AHEAD = 2;

/** A thread that reads. */
export interface IngestThread {
  /** Gives the pieces as they come, never more than a few ahead of the reading. */
  read(settings: JobSettings, job: IngestJob, pieces: AsyncIterable<FilePiece>): Promise<JobResult>;
  readDatabase(settings: JobSettings, job: IngestJob, database: DatabaseJob): Promise<JobResult>;
  close(): Promise<void>;
}

export function ingestThread(): IngestThread {
  const worker = new Worker(new URL("./ingest-entry.ts", import.meta.url), threadOptions());
  worker.unref();
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
      wake?.();
    } else if (message.kind === "done") {
      settle?.resolve(withSharedNames(message.result));
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
    async read(settings, job, pieces) {
      worker.ref();
      try {
        post({ kind: "job", settings, job });
        for await (const piece of pieces) {
          await room();
          outstanding++;
          const bytes = ownedBytes(piece.bytes);
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

const share = sharedNames();

function withSharedNames(result: JobResult): JobResult {
  return {
    ...result,
    columns: result.columns.map(share),
    headers: result.headers.map((header) => ({ ...header, names: share(header.names) })),
  };
}
