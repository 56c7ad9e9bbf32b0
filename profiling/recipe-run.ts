import { describeProblem, MissingInputError } from "./recipe-errors.ts";
import { writeFile } from "./recipe-files.ts";
import type { RecipePlan } from "./recipe-plan.ts";
import {
  FileIdentities,
  type RecipeRecord,
  readRecord,
  type StepReport,
  type StepResult,
  whyStale,
} from "./recipe-record.ts";
import type { RecipePlaces, RecipeStep } from "./recipe-step.ts";
import { type RecipeTables, recipeTables } from "./recipe-tables.ts";

export interface StepCall {
  signal: AbortSignal;
  /** How much of the step is done, 0 to 1. */
  onProgress(share: number): void;
  tables: RecipeTables;
}

/** Computes one step: in this thread, or in another. */
export type ExecuteStep = (step: RecipeStep, call: StepCall) => Promise<StepResult>;

/** How a step ended. */
export interface StepOutcome {
  id: string;
  title: string;
  /** unchanged: the recorded result still holds; blocked: a step before it failed. */
  state: "done" | "unchanged" | "failed" | "blocked";
  /** done: why it was computed. */
  because?: string;
  error?: { code: string; message: string };
  report?: StepReport;
}

export interface RecipeProgress {
  done: number;
  total: number;
  /** Titles of steps being computed, with the share done. */
  running: { title: string; share: number }[];
  /** Estimated seconds of work: done and in all; the ratio serves for the time left. */
  workDone: number;
  workTotal: number;
  ended?: StepOutcome;
}

export interface RunRecipeOptions {
  places: RecipePlaces;
  execute: ExecuteStep;
  /** Digest of the code that computes; recorded results of other code are computed again. */
  code: string;
  /** Compute everything again. */
  force?: boolean;
  /** Steps computed at once. */
  workers: number;
  signal?: AbortSignal;
  onProgress?: (progress: RecipeProgress) => void;
}

/** Errors after which nothing further can be written or read: the run ends at once instead of failing step by step. */
const FATAL = new Set([
  "profiling/cannot-write",
  "data/access-denied",
  "data/store-unreachable",
  "data/missing-bucket",
]);

/**
 * Carries out a plan: steps in order of their inputs, several at once, each only when its inputs, parameters or code changed since its
 * record was written. A step that fails stops the steps that need it and no others. Outputs appear whole, records after them, so a run
 * that is killed at any moment goes on where it was.
 * @returns every step's outcome in the plan's order
 * @throws whatever ends all writing (a full disk, a read-only folder), and the signal's reason when it is aborted
 */
export async function runRecipe(plan: RecipePlan, options: RunRecipeOptions): Promise<StepOutcome[]> {
  const { places, execute, code, force = false, onProgress } = options;
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const identities = new FileIdentities(places);
  const byId = new Map(plan.steps.map((step) => [step.id, step]));
  const slots = semaphore(Math.max(1, options.workers));
  const checks = semaphore(16);
  const started = new Map<string, Promise<StepOutcome>>();
  const work = workEstimate(plan);
  const tables = recipeTables(plan.steps);
  let done = 0;
  const tell = (ended?: StepOutcome): void =>
    onProgress?.({ done, total: plan.steps.length, ...work.state(), ...(ended === undefined ? {} : { ended }) });

  const compute = async (step: RecipeStep): Promise<StepOutcome> => {
    const { id, title } = step;
    const before = await Promise.all(step.after.map((other) => start(byId.get(other)!)));
    if (step.problem !== undefined) return { id, title, state: "failed", error: step.problem };
    const failed = before.filter(({ state }) => state === "failed" || state === "blocked");
    if (failed.length > 0)
      return {
        id,
        title,
        state: "blocked",
        error: {
          code: failed[0]!.error?.code ?? "",
          message: `waits for ${failed.map((one) => one.title).join(", ")}`,
        },
      };
    const { record, found, because } = await checks(async () => {
      signal.throwIfAborted();
      const recorded = await readRecord(places.project, step.record, { signal });
      const inputs = await identities.inputs(step, recorded, signal);
      const stale = force ? "--force" : await whyStale(step, recorded, inputs, code, identities, signal);
      return { record: recorded, found: inputs, because: stale };
    });
    if (found.missing.length > 0) throw missingInputs(step, found.missing, places);
    if (because === undefined) return { id, title, state: "unchanged", report: record!.report };
    work.measure(step, found.totalBytes);
    return slots(async () => {
      signal.throwIfAborted();
      work.progress(step, 0);
      tell();
      const result = await execute(step, {
        signal,
        onProgress(share) {
          work.progress(step, share);
          tell();
        },
        tables,
      });
      for (const output of result.outputs) identities.learn(output);
      const made: RecipeRecord = {
        step: id,
        code,
        parameters: step.parameters,
        inputs: found.files,
        outputs: result.outputs,
        report: result.report,
      };
      await writeFile(places.project, step.record, "record", `${JSON.stringify(made, null, 1)}\n`, { signal });
      return { id, title, state: "done", because, report: result.report };
    });
  };

  const start = (step: RecipeStep): Promise<StepOutcome> => {
    let running = started.get(step.id);
    if (running === undefined) {
      running = compute(step)
        .catch((error: unknown): StepOutcome => {
          if (signal.aborted || !(error instanceof Error) || FATAL.has(describeProblem(error).code)) {
            stop.abort(error);
            throw error;
          }
          return { id: step.id, title: step.title, state: "failed", error: describeProblem(error) };
        })
        .then((outcome) => {
          done++;
          work.end(step);
          tables.ended(step);
          tell(outcome);
          return outcome;
        });
      started.set(step.id, running);
    }
    return running;
  };

  const settled = await Promise.allSettled(plan.steps.map(start));
  if (options.signal?.aborted) throw options.signal.reason;
  if (stop.signal.aborted) throw stop.signal.reason;
  return settled.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}

function missingInputs(step: RecipeStep, missing: RecipeStep["inputs"], places: RecipePlaces): MissingInputError {
  return new MissingInputError(
    step.title,
    missing.map(({ place, key }) => `${places[place].uri}/${key}`),
    "Switch on the step that makes it (`perform: true`), or put the file there.",
  );
}

/** Runs at most so many functions at once. */
function semaphore(limit: number) {
  let free = limit;
  const waiting: (() => void)[] = [];
  return async <T>(task: () => Promise<T>): Promise<T> => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}

const AGGREGATE_BYTES_PER_SECOND = 150e6;

/** Seconds that steps are expected to take, relative to each other; what turns out unchanged counts nothing. */
function workEstimate(plan: RecipePlan) {
  const expected = new Map(plan.steps.map((step) => [step.id, step.kind === "aggregate" ? 2 : 1]));
  const shares = new Map<string, { title: string; share: number }>();
  let finished = 0;
  return {
    measure(step: RecipeStep, bytes: number): void {
      if (step.kind === "aggregate") expected.set(step.id, 1 + bytes / AGGREGATE_BYTES_PER_SECOND);
    },
    progress(step: RecipeStep, share: number): void {
      shares.set(step.id, { title: step.title, share });
    },
    end(step: RecipeStep): void {
      if (shares.delete(step.id)) finished += expected.get(step.id) ?? 0;
      else expected.set(step.id, 0);
    },
    state() {
      const running = [...shares.values()];
      const partly = [...shares].reduce((sum, [id, { share }]) => sum + share * (expected.get(id) ?? 0), 0);
      const total = [...expected.values()].reduce((sum, seconds) => sum + seconds, 0);
      return { running, workDone: finished + partly, workTotal: total };
    },
  };
}
