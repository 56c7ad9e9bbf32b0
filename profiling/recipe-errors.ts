/** One thing wrong in a recipe's configuration. */
export interface RecipeProblem {
  /** 1-based. */
  line: number;
  /** Which setting, such as `normalize.method`. */
  path: string;
  problem: string;
}

const SHOWN = 5;

/** A configuration that the recipe cannot run by; every problem is listed with its line. */
export class RecipeConfigError extends Error {
  readonly code = "profiling/recipe-config";
  readonly file: string;
  readonly problems: readonly RecipeProblem[];
  constructor(file: string, problems: readonly RecipeProblem[]) {
    const lines = problems
      .slice(0, SHOWN)
      .map(({ line, path, problem }) => `${file}, line ${line}: ${path}: ${problem}`);
    super(
      `${lines.join("\n")}${problems.length > SHOWN ? `\n… and ${problems.length - SHOWN} more problems` : ""}\nCorrect the configuration; nothing was computed.`,
    );
    this.file = file;
    this.problems = problems;
  }
}

/** Metadata of a plate that is missing or cannot be used: plate map, barcode map or external metadata. */
export class PlateMetadataError extends Error {
  readonly code = "profiling/plate-metadata";
  readonly file: string;
  /** 1-based; undefined when it is about the whole file. */
  readonly line: number | undefined;
  readonly problem: string;
  constructor(file: string, line: number | undefined, problem: string) {
    super(`${file}${line === undefined ? "" : `, line ${line}`}: ${problem}`);
    this.file = file;
    this.line = line;
    this.problem = problem;
  }
}

/** A step needs a file that is not there. */
export class MissingInputError extends Error {
  readonly code = "profiling/missing-input";
  readonly step: string;
  readonly looked: readonly string[];
  constructor(step: string, looked: readonly string[], advice: string) {
    super(`${step}: none of its inputs is there. Looked for ${looked.join(", ")}. ${advice}`);
    this.step = step;
    this.looked = looked;
  }
}

/** Under `--strict`: wells or rows would have been left out. */
export class UnmatchedWellsError extends Error {
  readonly code = "profiling/unmatched-wells";
  readonly plate: string;
  readonly lines: readonly string[];
  constructor(plate: string, lines: readonly string[]) {
    super(
      `${plate}: ${lines.slice(0, SHOWN).join("; ")}${lines.length > SHOWN ? `; and ${lines.length - SHOWN} more` : ""}. Correct the plate map, or run without --strict to go on without them.`,
    );
    this.plate = plate;
    this.lines = lines;
  }
}

/** A thread that computed recipe steps ended unexpectedly. */
export class RecipeThreadError extends Error {
  readonly code = "profiling/recipe-thread";
  readonly step: string;
  constructor(step: string, exitCode: number) {
    super(
      `${step}: its thread ended with code ${exitCode}, most often for want of memory. Everything finished is kept: run again with fewer --workers.`,
    );
    this.step = step;
  }
}

/** An output cannot be written: the folder is read-only, the disk is full, the store refuses. */
export class RecipeWriteError extends Error {
  readonly code = "profiling/cannot-write";
  readonly file: string;
  constructor(file: string, cause: Error) {
    // The system says of a folder that cannot be made on a read-only disk that it is not there.
    const noFolder = "code" in cause && cause.code === "data/missing-file";
    const reason = noFolder ? "EROFS" : "code" in cause ? String(cause.code) : "";
    const advice = /ENOSPC|EDQUOT|full/.test(reason)
      ? "The disk is full: make room"
      : /EACCES|EPERM|EROFS|denied/.test(reason)
        ? "The folder cannot be written to: allow it"
        : "Remove the cause";
    const found = noFolder ? "its folder cannot be made; the file system may be read-only" : cause.message;
    super(`${file} cannot be written (${found}). ${advice} and run again: everything finished is kept.`, {
      cause,
    });
    this.file = file;
  }
}

/** Code and message of an error, as a plan holds it. */
export function describeProblem(error: Error): { code: string; message: string } {
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  return { code, message: error.message };
}
