/** A thread that reads tables: it takes jobs and pieces of files, and gives aggregates. See ingest-threads.ts. */
import { parentPort } from "node:worker_threads";
import { readDatabaseJob } from "./backend-sqlite-read.ts";
import type { FromIngest, ToIngest } from "./ingest-messages.ts";
import { type IngestSession, ingestSession } from "./ingest-session.ts";
import { readerMemory } from "./object-table.ts";

const port = parentPort;
const memory = readerMemory();
let session: IngestSession | undefined;

function send(message: FromIngest, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

function handle(message: ToIngest): void {
  if (message.kind === "job") session = ingestSession(message.settings, message.job, memory);
  else if (message.kind === "piece") {
    session?.take(message.piece);
    send({ kind: "taken" });
  } else if (message.kind === "database") {
    send({ kind: "done", result: readDatabaseJob(message.settings, message.job, message.database) });
  } else if (session !== undefined) {
    const result = session.finish();
    session = undefined;
    send({ kind: "done", result });
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
