import { Readable } from "node:stream";
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from "yauzl";
import { MissingFileError } from "./errors.ts";
import { ExpansionError, ZipError } from "./format-errors.ts";
import type { Place, PlaceEntry } from "./place.ts";

/** A place that is only read. */
export type ReadablePlace = Pick<Place, "uri" | "list" | "stat" | "read" | "stream">;

export interface ZipOptions {
  /** Most bytes out for a byte in, of any file above 1 MiB; default 400. */
  maxRatio?: number;
  /** Most files; default 1,000,000. */
  maxFiles?: number;
}

/**
 * The files in a zip archive as a place of their own. Only its directory and what is asked for are read; zip64 is understood; encrypted
 * archives are not.
 *
 * @throws ZipError (data/zip), MissingFileError (data/missing-file); while reading ExpansionError (data/expansion)
 */
export async function openZip(
  place: ReadablePlace,
  key: string,
  { maxRatio = 400, maxFiles = 1_000_000 }: ZipOptions = {},
): Promise<ReadablePlace & { close(): void }> {
  const archive = await place.stat(key);
  if (archive === undefined) throw new MissingFileError(key, place.uri);
  const uri = `${place.uri.replace(/\/$/, "")}/${key}`;
  const zip = await fromRandomAccessReaderPromise(new PlaceReader(place, key), archive.sizeBytes, {
    lazyEntries: true,
    autoClose: false,
    validateEntrySizes: true,
  }).catch((error: Error) => {
    throw explained(uri, error);
  });
  const entries = await directory(zip, uri, maxFiles);
  const sorted = [...entries.keys()].sort((a, b) => (a < b ? -1 : 1));

  function entryOf(name: string): Entry {
    const entry = entries.get(name);
    if (entry === undefined) throw new MissingFileError(name, uri);
    const ratio = entry.uncompressedSize / Math.max(1, entry.compressedSize);
    if (entry.uncompressedSize > 2 ** 20 && ratio > maxRatio)
      throw new ExpansionError(`${uri}: ${name}`, ratio, maxRatio);
    return entry;
  }

  const described = (name: string, entry: Entry): PlaceEntry => ({
    key: name,
    sizeBytes: entry.uncompressedSize,
    etag: `${archive.etag}-${entry.crc32.toString(16)}`,
    modifiedMs: archive.modifiedMs,
  });

  async function* stream(
    name: string,
    { start = 0, end, signal }: { start?: number; end?: number; signal?: AbortSignal } = {},
  ): AsyncGenerator<Uint8Array> {
    const entry = entryOf(name);
    const opened = await zip.openReadStreamPromise(entry).catch((error: Error) => {
      throw explained(uri, error);
    });
    let at = 0;
    try {
      for await (const chunk of opened as AsyncIterable<Uint8Array>) {
        signal?.throwIfAborted();
        const from = Math.max(0, start - at);
        const to = Math.min(chunk.length, (end ?? Number.POSITIVE_INFINITY) - at);
        at += chunk.length;
        if (from < to) yield chunk.subarray(from, to);
        if (end !== undefined && at >= end) return;
      }
    } catch (error) {
      throw error instanceof Error ? explained(uri, error) : error;
    } finally {
      opened.destroy();
    }
  }

  return {
    uri,
    async *list(prefix = "") {
      for (const name of sorted) if (name.startsWith(prefix)) yield described(name, entryOf(name));
    },
    async stat(name) {
      const entry = entries.get(name);
      return entry === undefined ? undefined : described(name, entry);
    },
    async read(name, range) {
      const pieces: Uint8Array[] = [];
      for await (const piece of stream(name, range)) pieces.push(piece);
      return Buffer.concat(pieces);
    },
    stream,
    close: () => zip.close(),
  };
}

/** The archive's files by name; folders are left out, of two files with one name the later counts, as everywhere. */
function directory(zip: ZipFile, uri: string, maxFiles: number): Promise<Map<string, Entry>> {
  if (zip.entryCount > maxFiles)
    return Promise.reject(new ZipError(uri, `it holds ${zip.entryCount} files, at most ${maxFiles} are read`));
  return new Promise((resolve, reject) => {
    const entries = new Map<string, Entry>();
    zip.on("entry", (entry: Entry) => {
      if (!entry.fileName.endsWith("/")) entries.set(entry.fileName, entry);
      zip.readEntry();
    });
    zip.on("end", () => resolve(entries));
    zip.on("error", (error: Error) => reject(explained(uri, error)));
    zip.readEntry();
  });
}

function explained(uri: string, error: Error): Error {
  if ("code" in error && typeof error.code === "string" && error.code.startsWith("data/")) return error;
  if (error.name === "AbortError") return error;
  return new ZipError(uri, error.message, { cause: error });
}

/** Lets the zip reader ask for ranges of a file wherever it lies. */
class PlaceReader extends RandomAccessReader {
  readonly #place: ReadablePlace;
  readonly #key: string;

  constructor(place: ReadablePlace, key: string) {
    super();
    this.#place = place;
    this.#key = key;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#place.stream(this.#key, { start, end }), { objectMode: false });
  }
}
