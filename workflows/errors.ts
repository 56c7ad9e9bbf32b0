/** The metadata sheet says something that cannot be used, with the line that says it. */
export class MetadataError extends Error {
  readonly code = "workflows/metadata";
  readonly source: string;
  readonly line: number;
  readonly problem: string;
  constructor(source: string, line: number, problem: string) {
    super(`${source}, line ${line}: ${problem}`);
    this.source = source;
    this.line = line;
    this.problem = problem;
  }
}

/** A condition on metadata that is not of the form COLUMN=VALUE, or names a column that is not there. */
export class ConditionError extends Error {
  readonly code = "workflows/condition";
  readonly condition: string;
  constructor(condition: string, problem: string) {
    super(
      `Condition "${condition}": ${problem} Write COLUMN=VALUE with a column of the metadata, such as role=healthy.`,
    );
    this.condition = condition;
  }
}

/** The experiment cannot be planned from what is there. */
export class ExperimentDesignError extends Error {
  readonly code = "workflows/experiment-design";
  constructor(problem: string) {
    super(problem);
  }
}

/** A task got a record that lacks what it needs. */
export class TaskInputError extends Error {
  readonly code = "workflows/task-input";
  readonly retryable = false;
  readonly field: string;
  constructor(task: string, field: string, expected: string) {
    super(`Task ${task}: field "${field}" of its input is not usable. Expected ${expected}.`);
    this.field = field;
  }
}

/** An image's bytes are not those that were registered. */
export class ChangedImageError extends Error {
  readonly code = "workflows/changed-image";
  readonly retryable = false;
  readonly path: string;
  constructor(path: string, expected: string, found: string) {
    super(
      `${path} has changed since it was registered: its SHA-256 is ${found.slice(0, 12)}…, expected ${expected.slice(0, 12)}…. ` +
        "Put the image back, or let the folder be read again so that the new one is taken.",
    );
    this.path = path;
  }
}

/** A list of projects to skip that cannot be read. */
export class SkipListError extends Error {
  readonly code = "workflows/skip-list";
  readonly retryable = false;
  readonly source: string;
  readonly line: number;
  readonly problem: string;
  constructor(source: string, line: number, problem: string) {
    super(`${source}, line ${line}: ${problem}. Write a project a line, then if you like ", owner" and "# reason".`);
    this.source = source;
    this.line = line;
    this.problem = problem;
  }
}

/** A matrix became another one while it was being read. */
export class ChangedMatrixError extends Error {
  readonly code = "workflows/changed-matrix";
  readonly retryable: boolean;
  readonly file: string;
  constructor(file: string, retryable: boolean) {
    super(`${file} changed while it was being read: nothing was made of it. The next look takes what is there then.`);
    this.file = file;
    this.retryable = retryable;
  }
}

/** A file of reads that a sample sheet names and that is not there. */
export class MissingReadsError extends Error {
  readonly code = "workflows/missing-reads";
  readonly retryable = false;
  readonly sheet: string;
  readonly line: number;
  readonly sample: string;
  readonly file: string;
  constructor(sheet: string, line: number, sample: string, file: string) {
    super(
      `${sheet}, line ${line}: sample ${sample} names ${file}, which was not there when the sheet was read. Put it there, or correct the sheet, and ask for the run again.`,
    );
    this.sheet = sheet;
    this.line = line;
    this.sample = sample;
    this.file = file;
  }
}

/** A file of reads became another one while it was being read. */
export class ChangedReadsError extends Error {
  readonly code = "workflows/changed-reads";
  readonly retryable = false;
  readonly sample: string;
  readonly file: string;
  constructor(sample: string, file: string) {
    super(
      `${file} of sample ${sample} changed since the sheet was read: nothing was made of it. Ask for the run again once its files stand still.`,
    );
    this.sample = sample;
    this.file = file;
  }
}

/** A declaration of functions that cannot be used, with the line that says it. */
export class FunctionDeclarationError extends Error {
  readonly code = "workflows/function-declaration";
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

/** A function's module, command or container that did not do its work. */
export class FunctionRunError extends Error {
  readonly code = "workflows/function-run";
  readonly retryable: boolean;
  readonly id: string;
  readonly problem: string;
  constructor(id: string, problem: string, options: ErrorOptions & { retryable?: boolean } = {}) {
    super(`Function ${id}: ${problem}`, options);
    this.retryable = options.retryable ?? true;
    this.id = id;
    this.problem = problem;
  }
}

/** What a function returned cannot be kept in the ledger. */
export class FunctionResultError extends Error {
  readonly code = "workflows/function-result";
  readonly retryable = false;
  readonly id: string;
  readonly found: string;
  constructor(id: string, found: string) {
    super(
      `Function ${id} returned ${found}. Expected nothing, or an object of at most 64 KiB as JSON; write what is larger to a place or the object store and return its address.`,
    );
    this.id = id;
    this.found = found;
  }
}

/** Parameters of a function the product brings that it does not have, or a file name that its pattern does not fit. */
export class FunctionParametersError extends Error {
  readonly code = "workflows/function-parameters";
  readonly retryable = false;
  readonly id: string;
  readonly problem: string;
  constructor(id: string, problem: string) {
    super(`Function ${id}: ${problem}`);
    this.id = id;
    this.problem = problem;
  }
}

/** Files of a run that its instrument or a copy still writes. */
export class UnsettledRunError extends Error {
  readonly code = "workflows/unsettled-run";
  readonly retryable = true;
  readonly folder: string;
  readonly file: string;
  constructor(folder: string, file: string, quietS: number) {
    super(
      `${folder}: ${file} changed less than ${quietS} s ago. The run starts when all of its files have stood still for so long.`,
    );
    this.folder = folder;
    this.file = file;
  }
}

/** A place that functions cannot watch, or an object outside of those that are watched. */
export class UnwatchedPlaceError extends Error {
  readonly code = "workflows/unwatched-place";
  readonly place: string;
  constructor(place: string, watched: readonly string[]) {
    super(
      `${place} is not watched; functions run here on ${watched.join(", ") || "nothing"}. Name one of these, or watch it too.`,
    );
    this.place = place;
  }
}

/** A map's configuration that cannot be used. */
export class MapConfigError extends Error {
  readonly code = "workflows/map-config";
  readonly retryable = false;
  readonly file: string;
  readonly problem: string;
  constructor(file: string, problem: string) {
    super(`${file}: ${problem}`);
    this.file = file;
    this.problem = problem;
  }
}

/** Profiles, or a table of what is known, that a map's configuration names and that cannot be used as it says. */
export class MapInputError extends Error {
  readonly code = "workflows/map-input";
  readonly retryable = false;
  readonly input: string;
  readonly problem: string;
  constructor(input: string, problem: string) {
    super(`${input}: ${problem}`);
    this.input = input;
    this.problem = problem;
  }
}

/** A build's folder that holds no build of the map, or one in another format. */
export class MapBuildFolderError extends Error {
  readonly code = "workflows/map-build-folder";
  readonly retryable = false;
  readonly folder: string;
  readonly problem: string;
  constructor(folder: string, problem: string) {
    super(`${folder}: ${problem}`);
    this.folder = folder;
    this.problem = problem;
  }
}
