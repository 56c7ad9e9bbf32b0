/** A letter that stands for no base. */
export class AlphabetError extends Error {
  readonly code = "editing/alphabet";
  readonly what: string;
  readonly letter: string;
  readonly position: number;
  constructor(
    what: string,
    letter: string,
    position: number,
    expected = "A, C, G, T or N; write an unknown base as N",
  ) {
    super(`${what}: ${JSON.stringify(letter)} at position ${position} is no base. Expected ${expected}.`);
    this.what = what;
    this.letter = letter;
    this.position = position;
  }
}

/** A file that is no FASTA, or is damaged. */
export class FastaError extends Error {
  readonly code = "editing/fasta";
  readonly file: string;
  readonly line: number;
  readonly problem: string;
  constructor(file: string, line: number, problem: string) {
    super(`${file}, line ${line}: ${problem}.`);
    this.file = file;
    this.line = line;
    this.problem = problem;
  }
}

/** A guide or a limit that cannot be searched with. */
export class GuideSearchError extends Error {
  readonly code = "editing/guide-search";
  readonly problem: string;
  constructor(problem: string) {
    super(problem);
    this.problem = problem;
  }
}

/** A file of genes that is neither GFF3 nor GTF, or is damaged. */
export class GeneFileError extends Error {
  readonly code = "editing/gene-file";
  readonly file: string;
  readonly line: number;
  readonly problem: string;
  constructor(file: string, line: number, problem: string) {
    super(`${file}, line ${line}: ${problem}.`);
    this.file = file;
    this.line = line;
    this.problem = problem;
  }
}

/** A sequence that is empty, or longer than what is aligned. */
export class SequenceLengthError extends Error {
  readonly code = "editing/sequence-length";
  readonly what: string;
  readonly length: number;
  readonly shortest: number;
  readonly longest: number;
  constructor(what: string, length: number, shortest: number, longest: number) {
    super(
      `${what} has ${length} bases, expected ${shortest} to ${longest}. ${length < shortest ? "Give its sequence." : "Cut out the part that was amplified, or leave the read out."}`,
    );
    this.what = what;
    this.length = length;
    this.shortest = shortest;
    this.longest = longest;
  }
}

/** A cut that does not lie between two bases of its reference. */
export class CutPositionError extends Error {
  readonly code = "editing/cut-position";
  readonly cut: number;
  readonly referenceLength: number;
  constructor(cut: number, referenceLength: number) {
    super(
      `a cut has ${cut} bases of the reference on its left, expected a whole number from 1 to ${referenceLength - 1}. Check that the guide lies within the amplicon.`,
    );
    this.cut = cut;
    this.referenceLength = referenceLength;
  }
}

/** An alignment scheme under which the best alignment has no meaning. */
export class AlignmentSchemeError extends Error {
  readonly code = "editing/alignment-scheme";
  readonly field: string;
  readonly found: number;
  readonly expected: string;
  constructor(field: string, found: number, expected: string) {
    super(
      `the alignment scheme has ${field} ${found}, expected ${expected}. Change it, or leave the scheme out for the field's own.`,
    );
    this.field = field;
    this.found = found;
    this.expected = expected;
  }
}

/** A thread that aligned reads and ended before it was done. */
export class AlignThreadError extends Error {
  readonly code = "editing/align-thread";
  readonly problem: string;
  constructor(problem: string) {
    super(
      `A thread that aligns reads failed: ${problem}. Run again; with one thread (threads: 1) less memory is needed. If it stays, report it.`,
    );
    this.problem = problem;
  }
}

/** Lines that break FASTQ's rules: a letter that is no base, a missing "+", more or fewer qualities than bases. */
export class FastqFormatError extends Error {
  readonly code = "editing/fastq-format";
  readonly file: string;
  readonly line: number;
  readonly problem: string;
  constructor(file: string, line: number, problem: string) {
    super(`${file}, line ${line}: ${problem}.`);
    this.file = file;
    this.line = line;
    this.problem = problem;
  }
}

/** A FASTQ file whose last read is not whole, as after a broken copy. */
export class TruncatedFastqError extends Error {
  readonly code = "editing/truncated-fastq";
  readonly file: string;
  readonly line: number;
  readonly reads: number;
  constructor(file: string, line: number, reads: number) {
    super(
      `${file}, line ${line}: the file stops within a read, after ${reads} whole ones. Copy it again; nothing was made of a part.`,
    );
    this.file = file;
    this.line = line;
    this.reads = reads;
  }
}

/** A file of another format. */
export class NotFastqError extends Error {
  readonly code = "editing/not-fastq";
  readonly file: string;
  readonly found: string;
  constructor(file: string, found: string) {
    super(`${file}, line 1: this is no FASTQ file but ${found}. Expected "@" and a read's name.`);
    this.file = file;
    this.found = found;
  }
}

/** Files that are sound and hold no read at all. */
export class NoReadsError extends Error {
  readonly code = "editing/no-reads";
  readonly files: readonly string[];
  constructor(files: readonly string[]) {
    super(`There are no reads in ${files.join(", ")}. Look at the sample's demultiplexing; leave the sample out.`);
    this.files = files;
  }
}

/** A file of first reads with more or fewer reads than that of its second ones. */
export class UnequalPairsError extends Error {
  readonly code = "editing/unequal-pairs";
  readonly longer: string;
  readonly shorter: string;
  readonly reads: number;
  constructor(longer: string, shorter: string, reads: number) {
    super(
      `${shorter} ends after ${reads} reads, ${longer} has more. Expected as many in both: copy them again, or filter pairs together.`,
    );
    this.longer = longer;
    this.shorter = shorter;
    this.reads = reads;
  }
}

/** Two reads at the same place of their files that are not of one pair. */
export class PairNameError extends Error {
  readonly code = "editing/pair-name";
  readonly file1: string;
  readonly file2: string;
  readonly read: number;
  readonly name1: string;
  readonly name2: string;
  constructor(file1: string, file2: string, read: number, name1: string, name2: string) {
    super(
      `Read ${read} is "${name1}" in ${file1} and "${name2}" in ${file2} (line ${4 * read - 3}). Expected one pair, in equal order: give files that belong together, sorted alike.`,
    );
    this.file1 = file1;
    this.file2 = file2;
    this.read = read;
    this.name1 = name1;
    this.name2 = name2;
  }
}

/** A simulation that cannot be planned. */
export class SimulationPlanError extends Error {
  readonly code = "editing/simulation-plan";
  readonly option: string;
  readonly found: unknown;
  readonly expected: string;
  constructor(option: string, found: unknown, expected: string) {
    super(`The simulation's ${option} is ${JSON.stringify(found)}, expected ${expected}.`);
    this.option = option;
    this.found = found;
    this.expected = expected;
  }
}

/** A pattern of UMIs that cannot be read. */
export class UmiPatternError extends Error {
  readonly code = "editing/umi-pattern";
  readonly pattern: string;
  readonly problem: string;
  constructor(pattern: string, problem: string) {
    super(
      `The pattern of UMIs "${pattern}" cannot be used: ${problem}. Expected N for bases of the UMI and X for bases to cut off, with numbers ahead if you like: 8N, 4N3X4N.`,
    );
    this.pattern = pattern;
    this.problem = problem;
  }
}

/** A read whose name does not end with a UMI like the others. */
export class UmiNameError extends Error {
  readonly code = "editing/umi-name";
  readonly file: string;
  readonly read: string;
  readonly separator: string;
  constructor(file: string, read: string, separator: string, length: number) {
    const expected = length === 0 ? "at most 26 bases" : `${length} bases, as of the reads before,`;
    super(
      `${file}: the name "${read}" does not end with a UMI, expected ${expected} behind the last "${separator}". Give another separator, or a pattern when UMIs are in the reads.`,
    );
    this.file = file;
    this.read = read;
    this.separator = separator;
  }
}

/** An option of reading that is out of its range. */
export class ReadOptionError extends Error {
  readonly code = "editing/read-option";
  readonly option: string;
  readonly found: unknown;
  readonly expected: string;
  constructor(option: string, found: unknown, expected: string) {
    super(`The option ${option} is ${String(found)}, expected ${expected}.`);
    this.option = option;
    this.found = found;
    this.expected = expected;
  }
}

/** Files that do not make a sample. */
export class SampleFilesError extends Error {
  readonly code = "editing/sample-files";
  readonly problem: string;
  constructor(problem: string) {
    super(`These files make no sample: ${problem}. Give one file of first reads a lane, and as many of second reads.`);
    this.problem = problem;
  }
}

/** A run's sample sheet that does not say which files to wait for. */
export class RunSheetError extends Error {
  readonly code = "editing/run-sheet";
  readonly retryable = false;
  readonly source: string;
  readonly line: number;
  readonly problem: string;
  constructor(source: string, line: number, problem: string) {
    super(`${source}, line ${line}: ${problem}.`);
    this.source = source;
    this.line = line;
    this.problem = problem;
  }
}
