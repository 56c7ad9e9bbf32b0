import type { Place } from "@artesian/data";
import { uniteColumns } from "./column-union.ts";
import { readHeader } from "./csv-header.ts";
import { filePieces } from "./file-pieces.ts";
import type { KeptObjects } from "./ingest-job.ts";
import type { PlannedJob } from "./plan-jobs.ts";

/** Somewhere that objects are kept. Jobs come in order; nothing is visible before `finish`. */
export interface ObjectKeeper {
  put(sets: readonly number[], kept: readonly KeptObjects[]): Promise<void>;
  finish(): Promise<void>;
  /** Leaves nothing behind. */
  abandon(): Promise<void>;
}

/** Columns of the objects of each compartment: ImageNumber and ObjectNumber, then what was measured, over all files. */
export type ObjectColumns = Record<string, string[]>;

/** Reads the headers of all object files: a table's columns must be known before its first row is written. */
export async function objectColumns(
  place: Place,
  jobs: readonly PlannedJob[],
  compartments: readonly string[],
  signal?: AbortSignal,
): Promise<ObjectColumns> {
  const headers: Record<string, string[][]> = Object.fromEntries(compartments.map((name) => [name, []]));
  for (const { job, files } of jobs) {
    for (const [index, file] of files.entries()) {
      const header = await headerOf(place, file, job.files[index]!.compartment === undefined ? 2 : 1, signal);
      if (header === undefined) continue;
      const own = job.files[index]!.compartment;
      for (const compartment of own === undefined ? compartments : [own])
        headers[compartment]!.push(
          header.names.filter(
            (_, i) => own !== undefined || header.compartments?.[i]?.toLowerCase() === compartment.toLowerCase(),
          ),
        );
    }
  }
  return Object.fromEntries(
    compartments.map((name) => {
      const measured = uniteColumns(headers[name]!).filter(
        (column) => column !== "ImageNumber" && column !== "ObjectNumber",
      );
      return [name, ["ImageNumber", "ObjectNumber", ...measured]];
    }),
  );
}

async function headerOf(
  place: Place,
  file: PlannedJob["files"][number],
  lines: 1 | 2,
  signal?: AbortSignal,
): Promise<ReturnType<typeof readHeader>> {
  const call = signal === undefined ? {} : { signal };
  try {
    if (!file.gzip) {
      for (let size = 2 ** 17; ; size *= 4) {
        const end = Math.min(size, file.sizeBytes);
        const header = readHeader(
          await place.read(file.key, { start: 0, end, ...call }),
          file.key,
          lines,
          end === file.sizeBytes,
        );
        if (header !== undefined) return header;
      }
    }
    let bytes = new Uint8Array(0);
    for await (const piece of filePieces(place, [file], () => {}, signal)) {
      if (piece.problem !== undefined) return undefined;
      bytes = new Uint8Array(Buffer.concat([bytes, piece.bytes]));
      const header = readHeader(bytes, file.key, lines, piece.last);
      if (header !== undefined) return header;
    }
    return undefined;
  } catch (error) {
    // the same file is read again, and its problem reported there
    if (error instanceof Error && "code" in error && String(error.code).startsWith("profiling/")) return undefined;
    throw error;
  }
}

/** Where each column of kept objects goes in the table, by index. */
export function columnPlaces(columns: readonly string[], names: readonly string[]): Int32Array {
  const index = new Map(names.map((name, i) => [name, i]));
  return Int32Array.from(columns, (name) => index.get(name) ?? -1);
}

/** Hands jobs on in their order, whatever order they finish in. */
export function inOrder(
  keepers: readonly ObjectKeeper[],
): (index: number, sets: readonly number[], kept: readonly KeptObjects[]) => Promise<void> {
  const waiting = new Map<number, { sets: readonly number[]; kept: readonly KeptObjects[] }>();
  let next = 0;
  let turn: Promise<void> = Promise.resolve();
  return (index, sets, kept) => {
    waiting.set(index, { sets, kept });
    turn = turn.then(async () => {
      for (let job = waiting.get(next); job !== undefined; job = waiting.get(next)) {
        waiting.delete(next++);
        for (const keeper of keepers) await keeper.put(job.sets, job.kept);
      }
    });
    return turn;
  };
}
