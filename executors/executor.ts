/** What a task may ask of the machine it runs on. What is left out is the executor's own default. */
export interface Resources {
  /** Cores. */
  cpu?: number;
  memoryMb?: number;
  /** Whole devices. */
  gpu?: number;
  /** Longest run once it has begun, s. */
  timeS?: number;
  /** Scratch space, MB. */
  diskMb?: number;
}

/** A file that is there before the command starts, as `as` in its working folder. */
export interface TaskInput {
  /** A path or `s3://bucket/key`. */
  uri: string;
  /** Checked when given. */
  sha256?: string;
  as: string;
}

/** Files that the command leaves in its working folder. */
export interface TaskOutput {
  glob: string;
  /** The folder or `s3://bucket/prefix` that they are published in. */
  uri: string;
}

/** One attempt of one task, complete: nothing else decides what runs. */
export interface TaskSpec {
  /** Small letters, digits and hyphens, at most 50: schedulers name jobs by it. */
  attemptId: string;
  taskId: string;
  /** By digest or name; without it the command is a program of the machine. */
  image?: string;
  command: string;
  argv: readonly string[];
  inputs: readonly TaskInput[];
  outputs: readonly TaskOutput[];
  resources: Resources;
  env: Readonly<Record<string, string>>;
  /** Higher is submitted first. */
  priority: number;
  /** Whether it may run where it can be taken away: that costs no attempt. */
  preemptible: boolean;
}

/** An attempt that was handed over. */
export interface AttemptRef {
  attemptId: string;
  /** Its folder; everything that is known of it is there. */
  dir: string;
  /** The executor's own name of it: a process id, `12_3` of SLURM, a job's id. */
  handle: string;
}

/** What `exit.json` says: the command came to its end. */
export interface Exit {
  code: number;
  /** ms since 1970, to the second. */
  startedAt: number;
  endedAt: number;
}

/** Ends without an exit code. Only "preempted" is nobody's fault and costs no attempt. */
export type Cut = "preempted" | "lost" | "time-limit" | "memory-limit" | "cancelled";

export type AttemptState =
  | { state: "queued" }
  | { state: "running" }
  | { state: "exited"; exit: Exit }
  | { state: "cut"; how: Cut; reason: string };

export interface Capabilities {
  /** Whether tasks may name an image. */
  images: "never" | "optional" | "always";
  /** Resources that it reserves or limits; a task that asks for another one is refused. */
  resources: readonly (keyof Resources)[];
  /** Whether what runs goes on when this process ends, on purpose or not. */
  outlives: boolean;
  /** Attempts that one call of `submit` makes one job of; 1 without arrays. */
  array: number;
}

/** Runs attempts somewhere. Every kind passes `conformance.ts`. */
export interface Executor {
  readonly kind: string;
  readonly capabilities: Capabilities;
  /** What the wrapper in an attempt's folder starts: the task's own command, or a container around it. */
  commandOf(spec: TaskSpec, dir: string): string[];
  /**
   * Hands attempts over, whose folders `prepareAttempt` has made below one scope. An attempt that was handed over before is not run again.
   * @throws SubmitError (executors/submit) when none of them was taken
   */
  submit(specs: readonly TaskSpec[], scope: string): Promise<AttemptRef[]>;
  /** Their states, in the order of `refs`. */
  poll(refs: readonly AttemptRef[]): Promise<AttemptState[]>;
  /** Ends them; one that has ended is left alone. */
  cancel(refs: readonly AttemptRef[]): Promise<void>;
  /** Of these attempts below `scope`, those that were handed over and not yet answered, by whichever process. */
  adopt(scope: string, attemptIds: readonly string[]): Promise<AttemptRef[]>;
}
