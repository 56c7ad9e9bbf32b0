import { Readable } from "node:stream";
import { promisify } from "node:util";
import { createGunzip, gunzip } from "node:zlib";
import type { Place, PlaceCall, ReadInto } from "@artesian/data";
import type { SetFile } from "./image-sets.ts";
import { DamagedGzipError, problemOf } from "./ingest-errors.ts";
import type { FileProblem } from "./ingest-types.ts";
import type { PieceBuffers } from "./piece-buffers.ts";

/** A part of a file: records that follow each other. */
export interface FileRange {
  start: number;
  end: number;
  /** Line of its first record. */
  line: number;
}

/** A file to read, whole or in parts. */
export interface PlannedFile extends SetFile {
  /** The header, then ranges of records; undefined reads the whole file. */
  ranges?: FileRange[];
}

/** A piece of one of a job's files, in order. A file that cannot be read ends with its problem. */
export interface FilePiece {
  file: number;
  bytes: Uint8Array;
  last: boolean;
  /** Line of the first record, where it does not follow the piece before. */
  line?: number;
  problem?: FileProblem;
  /** The bytes stand in a buffer that is given back when they have been used. */
  pooled?: true;
}

const PIECE_BYTES = 8 * 2 ** 20;
/** What may be read ahead of the parser, over all files of a job. */
const AHEAD_BYTES = 16 * 2 ** 20;
const AHEAD_READS = 8;
const inflate = promisify(gunzip);

interface Read {
  file: number;
  sizeBytes: number;
  last: boolean;
  line?: number;
  pooled?: true;
  bytes: () => Promise<Uint8Array>;
}

/**
 * The pieces of some files, each file's in order and files in order. Several are read at once, so that a distant store's delay counts once;
 * memory stays bounded whatever the sizes.
 * @param onBytes told of the bytes read from the place
 * @param buffers memory for the pieces; who takes a pooled piece gives its buffer back
 */
export async function* filePieces(
  place: Place,
  files: readonly PlannedFile[],
  onBytes: (bytes: number) => void,
  signal?: AbortSignal,
  buffers?: PieceBuffers,
): AsyncGenerator<FilePiece> {
  const call = {
    ...(signal === undefined ? {} : { signal }),
    ...(buffers === undefined ? {} : { allocate: buffers.take }),
  };
  const waiting: { read: Read; bytes: Promise<Uint8Array> }[] = [];
  let ahead = 0;
  let failed = -1;
  const next = async function* (): AsyncGenerator<FilePiece> {
    const { read, bytes } = waiting.shift()!;
    ahead -= read.sizeBytes;
    if (failed === read.file) {
      await bytes.catch(() => undefined);
      return;
    }
    try {
      const content = await bytes;
      onBytes(read.sizeBytes);
      yield {
        file: read.file,
        bytes: content,
        last: read.last,
        ...(read.line !== undefined && { line: read.line }),
        ...(buffers !== undefined && read.pooled && { pooled: read.pooled }),
      };
    } catch (error) {
      failed = read.file;
      yield {
        file: read.file,
        bytes: new Uint8Array(0),
        last: true,
        problem: readProblem(files[read.file]!.key, error),
      };
    }
  };
  try {
    for (let file = 0; file < files.length; file++) {
      const planned = files[file]!;
      if (planned.gzip && planned.sizeBytes > PIECE_BYTES) {
        while (waiting.length > 0) yield* next();
        yield* inflated(place, planned, file, onBytes, signal);
        continue;
      }
      for (const read of readsOf(place, planned, file, call, buffers)) {
        while (waiting.length >= AHEAD_READS || (waiting.length > 0 && ahead + read.sizeBytes > AHEAD_BYTES))
          yield* next();
        signal?.throwIfAborted();
        const bytes = read.bytes();
        bytes.catch(() => undefined); // heard when its turn comes
        waiting.push({ read, bytes });
        ahead += read.sizeBytes;
      }
    }
    while (waiting.length > 0) yield* next();
  } finally {
    await Promise.allSettled(waiting.map(({ bytes }) => bytes));
  }
}

function* readsOf(
  place: Place,
  planned: PlannedFile,
  file: number,
  call: PlaceCall & ReadInto,
  buffers?: PieceBuffers,
): Generator<Read> {
  const { key, sizeBytes, gzip, ranges } = planned;
  if (gzip) {
    yield {
      file,
      sizeBytes,
      last: true,
      bytes: async () => {
        const packed = await place.read(key, call);
        try {
          return await inflate(packed);
        } catch (error) {
          throw new DamagedGzipError(key, error instanceof Error ? error.message : String(error));
        } finally {
          if (packed.buffer instanceof ArrayBuffer) buffers?.give(packed.buffer);
        }
      },
    };
    return;
  }
  if (ranges === undefined && sizeBytes <= PIECE_BYTES) {
    yield { file, sizeBytes, last: true, pooled: true, bytes: () => place.read(key, call) };
    return;
  }
  const parts = ranges ?? [{ start: 0, end: sizeBytes, line: 1 }];
  for (const [index, part] of parts.entries()) {
    for (let start = part.start; start < part.end; start += PIECE_BYTES) {
      const end = Math.min(start + PIECE_BYTES, part.end);
      yield {
        file,
        sizeBytes: end - start,
        pooled: true,
        last: index === parts.length - 1 && end === part.end,
        ...(start === part.start && index > 0 && { line: part.line }),
        bytes: () => place.read(key, { start, end, ...call }),
      };
    }
  }
}

/** A large compressed file, inflated as it comes. */
async function* inflated(
  place: Place,
  { key, sizeBytes }: PlannedFile,
  file: number,
  onBytes: (bytes: number) => void,
  signal?: AbortSignal,
): AsyncGenerator<FilePiece> {
  const source = Readable.from(place.stream(key, signal === undefined ? {} : { signal }));
  const plain = source.pipe(createGunzip({ chunkSize: 2 ** 20 }));
  source.on("error", (error) => plain.destroy(error));
  try {
    for await (const bytes of plain) yield { file, bytes: new Uint8Array(bytes as Buffer), last: false };
    onBytes(sizeBytes);
    yield { file, bytes: new Uint8Array(0), last: true };
  } catch (error) {
    const damaged = error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
    const cause = damaged ? new DamagedGzipError(key, error.message) : error;
    yield { file, bytes: new Uint8Array(0), last: true, problem: readProblem(key, cause) };
  } finally {
    source.destroy();
    plain.destroy();
  }
}

/** Files that are gone or damaged are a problem of theirs; anything else, such as a broken disk, ends the call. */
export function readProblem(key: string, error: unknown): FileProblem {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "data/missing-file" || code === "profiling/damaged-gzip") return problemOf(key, error);
  throw error;
}
