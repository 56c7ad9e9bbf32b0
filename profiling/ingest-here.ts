import { setImmediate as turn } from "node:timers/promises";
import { closeDatabase, readDatabaseJob } from "./backend-sqlite-read.ts";
import { ingestSession } from "./ingest-session.ts";
import type { IngestThread } from "./ingest-threads.ts";
import { readerMemory } from "./object-table.ts";
import { pieceBuffers } from "./piece-buffers.ts";

/**
 * Reads in the thread that calls, for callers that are a thread of their own: files are read ahead while it parses. What waits for the
 * thread, such as a signal to stop, has its turn between pieces and between jobs.
 */
export function ingestHere(): IngestThread {
  const memory = readerMemory();
  const buffers = pieceBuffers();
  return {
    buffers,
    async read(settings, job, pieces) {
      const session = ingestSession(settings, job, memory);
      for await (const piece of pieces) {
        session.take(piece);
        if (piece.pooled && piece.bytes.buffer instanceof ArrayBuffer) buffers.give(piece.bytes.buffer);
        await turn();
      }
      return session.finish();
    },
    async readDatabase(settings, job, database) {
      await turn();
      return readDatabaseJob(settings, job, database);
    },
    async close() {
      closeDatabase();
    },
  };
}
