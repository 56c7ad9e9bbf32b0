/** A thread that reads tables: it takes jobs and pieces of files, and gives aggregates. See ingest-threads.ts. */
import { parentPort } from "node:worker_threads";
import { readDatabaseJob } from "./backend-sqlite-read.ts";
import type { JobResult } from "./ingest-job.ts";
import type { FromIngest, NumberedResult, ToIngest } from "./ingest-messages.ts";
import { type IngestSession, ingestSession } from "./ingest-session.ts";
import { readerMemory } from "./object-table.ts";
import { sharedNames } from "./shared-names.ts";

const port = parentPort;
const memory = readerMemory();
const share = sharedNames();
/** Lists of names that have been told, with their numbers. */
const told = new Map<string[], number>();
let session: IngestSession | undefined;

function send(message: FromIngest, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

function numberOf(names: string[]): number {
  const list = share(names);
  const known = told.get(list);
  if (known !== undefined) return known;
  const number = told.size;
  told.set(list, number);
  send({ kind: "names", names: list });
  return number;
}

function sendResult(result: JobResult): void {
  const numbered: NumberedResult = {
    ...result,
    columns: result.columns.map(numberOf),
    headers: result.headers.map((header) => ({ ...header, names: numberOf(header.names) })),
  };
  send({ kind: "done", result: numbered });
}

function handle(message: ToIngest): void {
  if (message.kind === "job") session = ingestSession(message.settings, message.job, memory);
  else if (message.kind === "piece") {
    const { bytes, pooled } = message.piece;
    session?.take(message.piece);
    if (pooled && bytes.buffer instanceof ArrayBuffer) send({ kind: "taken", buffer: bytes.buffer }, [bytes.buffer]);
    else send({ kind: "taken" });
  } else if (message.kind === "database") {
    sendResult(readDatabaseJob(message.settings, message.job, message.database));
  } else if (session !== undefined) {
    const result = session.finish();
    session = undefined;
    sendResult(result);
  }
}

port?.on("message", (message: ToIngest) => {
  try {
    handle(message);
  } catch (error) {
    const known = error instanceof Error ? error : new Error(String(error));
    send({
      kind: "failed",
      message: known.message,
      ...("code" in known && typeof known.code === "string" && { code: known.code }),
      ...(known.stack !== undefined && { stack: known.stack }),
    });
  }
});
