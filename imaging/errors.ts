/** A file without a single byte. */
export class EmptyFileError extends Error {
  readonly code = "imaging/empty-file";
  /** The same bytes fail again. */
  readonly retryable = false;
  readonly file: string;
  constructor(file: string) {
    super(`${file} is empty (0 bytes); expected a TIFF or PNG image. Copy it again from the microscope.`);
    this.file = file;
  }
}

/** Bytes that are neither TIFF nor PNG, or that break the format's own rules. */
export class NotAnImageError extends Error {
  readonly code = "imaging/not-an-image";
  /** The same bytes fail again. */
  readonly retryable = false;
  readonly file: string;
  readonly found: string;
  constructor(file: string, found: string) {
    super(`${file} is not an image that can be read: ${found}; expected TIFF or PNG.`);
    this.file = file;
    this.found = found;
  }
}

/** A file that stops before its image does, as after a broken copy. */
export class TruncatedFileError extends Error {
  readonly code = "imaging/truncated-file";
  /** The same bytes fail again. */
  readonly retryable = false;
  readonly file: string;
  /** Where the file stops, in the format's own terms. */
  readonly where: string;
  readonly sizeBytes: number;
  /** The size that the file says it should have, at least. */
  readonly expectedBytes: number;
  constructor(file: string, where: string, sizeBytes: number, expectedBytes: number) {
    super(
      `${file} is truncated: ${where} (${sizeBytes} bytes, at least ${expectedBytes} expected). Copy it again from the microscope.`,
    );
    this.file = file;
    this.where = where;
    this.sizeBytes = sizeBytes;
    this.expectedBytes = expectedBytes;
  }
}

/** A file of the right length whose compressed pixels do not decode. */
export class DamagedFileError extends Error {
  readonly code = "imaging/damaged-file";
  /** The same bytes fail again. */
  readonly retryable = false;
  readonly file: string;
  readonly problem: string;
  constructor(file: string, problem: string) {
    super(`${file} is damaged: ${problem}. Copy it again from the microscope.`);
    this.file = file;
    this.problem = problem;
  }
}

/** A sound image of a kind that is not one grey plane of 8, 16 or 32 (float) bits. */
export class UnsupportedImageError extends Error {
  readonly code = "imaging/unsupported-image";
  /** The same bytes fail again. */
  readonly retryable = false;
  readonly file: string;
  readonly found: string;
  readonly advice: string;
  constructor(file: string, found: string, advice = "save each channel as a grey 8-bit or 16-bit TIFF or PNG") {
    super(`${file} holds ${found}; expected one grey plane of 8 or 16 bits, or float TIFF: ${advice}.`);
    this.file = file;
    this.found = found;
    this.advice = advice;
  }
}

/** An image with more pixels than the reader was allowed to decode. */
export class ImageTooLargeError extends Error {
  readonly code = "imaging/image-too-large";
  /** The same bytes fail again. */
  readonly retryable = false;
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly maxPixels: number;
  constructor(file: string, width: number, height: number, maxPixels: number) {
    super(
      `${file} is ${height} × ${width} = ${height * width} pixels, over the limit of ${maxPixels}. Raise maxPixels when this is a real image.`,
    );
    this.file = file;
    this.width = width;
    this.height = height;
    this.maxPixels = maxPixels;
  }
}

/** Planes, labels or tables whose shapes do not fit together. */
export class PlaneShapeError extends Error {
  readonly code = "imaging/plane-shape";
  readonly subject: string;
  readonly found: string;
  readonly expected: string;
  constructor(subject: string, found: string, expected: string) {
    super(`Shape of ${subject}: found ${found}, expected ${expected}.`);
    this.subject = subject;
    this.found = found;
    this.expected = expected;
  }
}

/** A text that names no well. */
export class WellNameError extends Error {
  readonly code = "imaging/well-name";
  readonly found: string;
  constructor(found: string) {
    super(`"${found}" is not a well. Expected a row letter A to AF and a column number 1 to 48, as in C05 or AF48.`);
    this.found = found;
  }
}

/** A plate format that has no standard layout, or a well outside of its plate. */
export class PlateFormatError extends Error {
  readonly code = "imaging/plate-format";
  readonly found: string;
  readonly expected: string;
  constructor(found: string, expected: string) {
    super(`Plate format: found ${found}, expected ${expected}.`);
    this.found = found;
    this.expected = expected;
  }
}

/** More objects than a 16-bit label image can number. */
export class ObjectCountError extends Error {
  readonly code = "imaging/too-many-objects";
  readonly found: number;
  readonly limit: number;
  constructor(found: number, limit: number) {
    super(
      `The label image holds ${found} objects, at most ${limit} fit into 16 bits. Raise the threshold or the smallest area, or cut the image into tiles.`,
    );
    this.found = found;
    this.limit = limit;
  }
}

/** An option of a segmentation or a measurement outside of its range, or a family that does not exist. */
export class ObjectOptionError extends Error {
  readonly code = "imaging/object-option";
  readonly option: string;
  readonly found: string;
  readonly expected: string;
  constructor(option: string, found: string, expected: string) {
    super(`Option ${option}: found ${found}, expected ${expected}.`);
    this.option = option;
    this.found = found;
    this.expected = expected;
  }
}

/** A simulated screen that cannot be planned, or a well that is not in it. */
export class ScreenDesignError extends Error {
  readonly code = "imaging/screen-design";
  readonly option: string;
  readonly found: string;
  readonly expected: string;
  constructor(option: string, found: string, expected: string) {
    super(`Simulated screen, ${option}: found ${found}, expected ${expected}.`);
    this.option = option;
    this.found = found;
    this.expected = expected;
  }
}

/** A pattern for file names that cannot be used. */
export class FileNamePatternError extends Error {
  readonly code = "imaging/file-name-pattern";
  readonly pattern: string;
  readonly problem: string;
  constructor(pattern: string, problem: string) {
    super(
      `File name pattern ${pattern}: ${problem}. Expected a regular expression with named groups: well (or row and column), and any of plate, site, channel, z, time.`,
    );
    this.pattern = pattern;
    this.problem = problem;
  }
}

/** A file name that fits its pattern, but says something impossible. */
export class FileNameError extends Error {
  readonly code = "imaging/file-name";
  readonly file: string;
  readonly pattern: string;
  readonly problem: string;
  constructor(file: string, pattern: string, problem: string) {
    super(`${file} fits the file name pattern "${pattern}", but ${problem}. Choose another pattern, or give your own.`);
    this.file = file;
    this.pattern = pattern;
    this.problem = problem;
  }
}

/** A rule that flags images and cannot be applied. */
export class FlagRuleError extends Error {
  readonly code = "imaging/flag-rule";
  readonly rule: string;
  readonly problem: string;
  constructor(rule: string, problem: string) {
    super(
      `Flag rule "${rule}": ${problem}. Expected bounds with a minimum or a maximum on measurements that exist, as in PowerLogLogSlope_DNA.`,
    );
    this.rule = rule;
    this.problem = problem;
  }
}

/** A list of images for CellProfiler (load_data.csv) that does not say what is needed. */
export class LoadDataError extends Error {
  readonly code = "imaging/load-data";
  readonly source: string;
  /** From 1, without the header; undefined when the whole list is meant. */
  readonly row: number | undefined;
  readonly problem: string;
  constructor(source: string, row: number | undefined, problem: string, options?: ErrorOptions) {
    super(
      `${source}${row === undefined ? "" : `, row ${row}`}: ${problem}. Expected FileName_<channel> (with PathName_) or URL_<channel>, Metadata_Well and Metadata_Site.`,
      options,
    );
    this.source = source;
    this.row = row;
    this.problem = problem;
  }
}
