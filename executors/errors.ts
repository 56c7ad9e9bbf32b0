/** A configuration of executors that cannot be used. */
export class ExecutorConfigError extends Error {
  readonly code = "executors/config";
  readonly file: string;
  readonly path: string;
  readonly problem: string;
  constructor(file: string, path: string, problem: string) {
    super(`${file}, ${path}: ${problem}. docs/executors.md lists what each kind of executor takes.`);
    this.file = file;
    this.path = path;
    this.problem = problem;
  }
}

/** Parameters of a task that describe no command. */
export class TaskParametersError extends Error {
  readonly code = "executors/task-parameters";
  readonly retryable = false;
  readonly task: string;
  readonly path: string;
  constructor(task: string, path: string, problem: string) {
    super(
      `Task "${task}", parameters.${path}: ${problem}. Correct the workflow, or the record it reads, then re-drive.`,
    );
    this.task = task;
    this.path = path;
  }
}

/** A task that asks for what its executor does not have. */
export class ResourceError extends Error {
  readonly code = "executors/resources";
  readonly retryable = false;
  readonly kind: string;
  readonly wanted: string;
  constructor(kind: string, wanted: string, offered: string) {
    super(
      `The task asks for ${wanted}; an executor of kind ${kind} offers ${offered}. Ask for less or name another executor.`,
    );
    this.kind = kind;
    this.wanted = wanted;
  }
}

/** An input that is not what its record says. */
export class InputChangedError extends Error {
  readonly code = "executors/input-changed";
  readonly retryable = false;
  readonly uri: string;
  readonly found: string;
  readonly expected: string;
  constructor(uri: string, found: string, expected: string) {
    super(
      `${uri} has SHA-256 ${found}, expected ${expected}: it was replaced. Send the record again with what is there now.`,
    );
    this.uri = uri;
    this.found = found;
    this.expected = expected;
  }
}

/** A command that ended well without leaving what was expected. */
export class MissingOutputError extends Error {
  readonly code = "executors/missing-output";
  readonly glob: string;
  readonly found: string[];
  constructor(glob: string, found: string[]) {
    super(
      `The command left no file that "${glob}" fits. Its folder holds ${found.length === 0 ? "nothing" : found.slice(0, 10).join(", ")}. Correct the command or the pattern.`,
    );
    this.glob = glob;
    this.found = found;
  }
}

/** A command that said by its exit code that it failed. */
export class ExitCodeError extends Error {
  readonly code = "executors/exit-code";
  readonly command: string;
  readonly exitCode: number;
  readonly retryable: boolean;
  constructor(command: string, exitCode: number, end: string, retryable: boolean) {
    const how =
      exitCode > 128
        ? `was ended by signal ${exitCode - 128}${exitCode === 137 ? " (often: out of memory)" : ""}`
        : `ended with exit code ${exitCode}, expected 0`;
    super(`${command} ${how}.${end === "" ? " It said nothing." : ` It said: ${end}`}`);
    this.command = command;
    this.exitCode = exitCode;
    this.retryable = retryable;
  }
}

/** An attempt that ended without an exit code. */
export class AttemptCutError extends Error {
  readonly code:
    | "executors/preempted"
    | "executors/lost"
    | "executors/time-limit"
    | "executors/memory-limit"
    | "executors/cancelled";
  readonly attemptId: string;
  readonly reason: string;
  constructor(
    how: "preempted" | "lost" | "time-limit" | "memory-limit" | "cancelled",
    attemptId: string,
    reason: string,
  ) {
    super(`Attempt ${attemptId} ${said[how]}: ${reason}.`);
    this.code = codes[how];
    this.attemptId = attemptId;
    this.reason = reason;
  }
}

const codes = {
  preempted: "executors/preempted",
  lost: "executors/lost",
  "time-limit": "executors/time-limit",
  "memory-limit": "executors/memory-limit",
  cancelled: "executors/cancelled",
} as const;
const said = {
  preempted: "was taken off its machine and costs no attempt",
  lost: "is gone without having written exit.json",
  "time-limit": "ran longer than it may",
  "memory-limit": "used more memory than it may",
  cancelled: "was called off",
} as const;

/** A scheduler that did not take what it was given, or did not answer. */
export class SubmitError extends Error {
  readonly code = "executors/submit";
  readonly kind: string;
  readonly problem: string;
  constructor(kind: string, problem: string, options?: ErrorOptions) {
    super(
      `The ${kind} executor could not be asked: ${problem}. The attempt is tried again; check the executor's configuration.`,
      options,
    );
    this.kind = kind;
    this.problem = problem;
  }
}
