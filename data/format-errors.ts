/** A compressed file that stops before its end, as after a broken copy. */
export class TruncatedGzipError extends Error {
  readonly code = "data/truncated-gzip";
  readonly file: string;
  readonly readBytes: number;
  constructor(file: string, readBytes: number, options?: ErrorOptions) {
    super(`${file} stops before its end, after ${readBytes} compressed bytes. Copy it again.`, options);
    this.file = file;
    this.readBytes = readBytes;
  }
}

/** A compressed file whose bytes do not decode. */
export class DamagedGzipError extends Error {
  readonly code = "data/damaged-gzip";
  readonly file: string;
  readonly reason: string;
  constructor(file: string, reason: string, options?: ErrorOptions) {
    super(`${file} does not decompress (${reason}). Copy it again.`, options);
    this.file = file;
    this.reason = reason;
  }
}

/** A compressed file that grows beyond every sensible measure. */
export class ExpansionError extends Error {
  readonly code = "data/expansion";
  readonly file: string;
  readonly ratio: number;
  readonly limit: number;
  constructor(file: string, ratio: number, limit: number) {
    super(
      `${file} decompresses to more than ${Math.floor(ratio)} times its size, at most ${limit} times is read. It looks like a bomb; if it is sound, store it decompressed.`,
    );
    this.file = file;
    this.ratio = ratio;
    this.limit = limit;
  }
}

/** An archive that cannot be read, or a file that it does not hold. */
export class ZipError extends Error {
  readonly code = "data/zip";
  readonly file: string;
  readonly problem: string;
  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(`${file} cannot be read as a zip archive: ${problem}. Copy or pack it again.`, options);
    this.file = file;
    this.problem = problem;
  }
}

/** A file that is no HDF5, or a damaged one. */
export class Hdf5Error extends Error {
  readonly code = "data/hdf5";
  readonly file: string;
  readonly problem: string;
  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(`${file}: ${problem}`, options);
    this.file = file;
    this.problem = problem;
  }
}

/** A dataset compressed with a filter that does not come with HDF5 itself. */
export class ForeignFilterError extends Error {
  readonly code = "data/hdf5-filter";
  readonly file: string;
  readonly dataset: string;
  readonly filter: string;
  constructor(file: string, dataset: string, filter: string) {
    super(
      `${file}: ${dataset} is compressed with ${filter}, which does not come with HDF5. Write it with gzip: h5repack -f GZIP=4 OLD NEW.`,
    );
    this.file = file;
    this.dataset = dataset;
    this.filter = filter;
  }
}

/** A Zarr store that cannot be read. */
export class ZarrError extends Error {
  readonly code = "data/zarr";
  readonly file: string;
  readonly path: string;
  readonly problem: string;
  constructor(file: string, path: string, problem: string, options?: ErrorOptions) {
    super(`${file}: ${path === "" ? "the store" : path} cannot be read: ${problem}. Copy or write it again.`, options);
    this.file = file;
    this.path = path;
    this.problem = problem;
  }
}

/** A file of arrays without the array or group that its reader needs, or with one of another kind. */
export class ArrayTreeError extends Error {
  readonly code = "data/array-tree";
  readonly file: string;
  readonly path: string;
  readonly found: string;
  readonly expected: string;
  constructor(file: string, path: string, found: string, expected: string) {
    super(`${file}: ${path === "" ? "the root" : path} is ${found}, expected ${expected}.`);
    this.file = file;
    this.path = path;
    this.found = found;
    this.expected = expected;
  }
}

/** A file that is no array, or no archive of arrays, as NumPy writes them. */
export class NumpyError extends Error {
  readonly code = "data/numpy";
  readonly file: string;
  readonly problem: string;
  constructor(file: string, problem: string) {
    super(`${file} cannot be read as arrays of NumPy: ${problem}.`);
    this.file = file;
    this.problem = problem;
  }
}
