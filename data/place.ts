/** What a place says of one of its files. */
export interface PlaceEntry {
  /** Path below the place with "/", never starting with one. */
  key: string;
  sizeBytes: number;
  /** Changes whenever the content may have changed: the store's ETag, or size and time of a local file. */
  etag: string;
  modifiedMs: number;
}

export interface ReadRange {
  /** First byte; default 0. */
  start?: number;
  /** First byte that is not wanted; default the end. */
  end?: number;
}

export interface ReadInto {
  /** Gives the array to fill, of so many bytes, for those who use memory again; default a new one. */
  allocate?: (sizeBytes: number) => Uint8Array;
}

export interface PlaceCall {
  signal?: AbortSignal;
}

/**
 * Somewhere that holds files by name: a folder, or a bucket with a prefix. Unlike an object store its files have names that people
 * chose, and may be replaced; a file is seen whole or not at all.
 */
export interface Place {
  /** What a person gave: a folder's path or `s3://bucket/prefix`. */
  readonly uri: string;
  /** All files whose key starts with `prefix`, by key in code-unit order, however many there are. Hidden and unfinished files are left out. */
  list(prefix?: string, call?: PlaceCall): AsyncIterable<PlaceEntry>;
  stat(key: string, call?: PlaceCall): Promise<PlaceEntry | undefined>;
  /** @throws MissingFileError (data/missing-file) */
  read(key: string, range?: ReadRange & PlaceCall & ReadInto): Promise<Uint8Array>;
  /** The file in pieces, bounded in memory. @throws MissingFileError (data/missing-file) */
  stream(key: string, range?: ReadRange & PlaceCall): AsyncIterable<Uint8Array>;
  /** Writes a file that appears only once it is complete and durable. Of content in pieces, one may change once the next is asked for. */
  write(
    key: string,
    content: Uint8Array | string | AsyncIterable<Uint8Array>,
    call?: PlaceCall & { contentType?: string },
  ): Promise<PlaceEntry>;
  /**
   * Writes a small file only when nobody was there first: compare and swap. Calls of it exclude each other, in whichever process; `write` does not wait
   * for them. In a bucket a file that already has just this content counts as written.
   * @param expected the etag that the file must still have; undefined: there must be no file
   * @returns the new file, or undefined when the file is another one
   */
  replace(
    key: string,
    content: Uint8Array | string,
    expected: string | undefined,
    call?: PlaceCall & { contentType?: string },
  ): Promise<PlaceEntry | undefined>;
  remove(key: string, call?: PlaceCall): Promise<void>;
  /** Where the file is on this machine, for readers that need a real file; only a folder has it. */
  path?(key: string): string;
}
