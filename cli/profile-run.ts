import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import type { Place } from "@artesian/data";
import { openPlace } from "@artesian/data/open-place.ts";
import { digestFiles } from "@artesian/engine/code-digest.ts";
import { decodeText } from "@artesian/profiling/csv-text.ts";
import { recordKey } from "@artesian/profiling/layout.ts";
import { readRecipeConfig } from "@artesian/profiling/recipe-config.ts";
import { writeFile } from "@artesian/profiling/recipe-files.ts";
import { planRecipe, type RecipePlan } from "@artesian/profiling/recipe-plan.ts";
import { type RecipeProgress, runRecipe, type StepOutcome } from "@artesian/profiling/recipe-run.ts";
import type { RecipePlaces } from "@artesian/profiling/recipe-step.ts";
import { surveyRecipe } from "@artesian/profiling/recipe-survey.ts";
import { recipeThreads } from "@artesian/profiling/recipe-threads.ts";
import type { CommandContext } from "./command.ts";
import { EXIT, UsageError } from "./exit.ts";
import { wholeNumber } from "./experiment-options.ts";
import { duration, type Output } from "./output.ts";
import { explainReport } from "./profile-explain.ts";
import { storeEnvironment } from "./store-environment.ts";

export interface ProfileRunFlags {
  config: string;
  dir: string;
  workspace?: string;
  workers?: string;
  tmpDir?: string;
  force?: true;
  strict?: true;
  compatRounding?: true;
  explain?: true;
  dryRun?: true;
  json?: true;
}

/** `artesian profile run`: plans the configuration, does what changed, tells what was dropped. */
export async function profileRun(flags: ProfileRunFlags, { output, exit }: CommandContext): Promise<void> {
  const workers = wholeNumber("--workers", flags.workers) ?? availableParallelism();
  if (workers < 1) throw new UsageError(`--workers ${flags.workers}: expected at least 1.`);
  for (const [flag, dir] of [
    ["--dir", flags.dir],
    ["--workspace", flags.workspace],
  ] as const)
    if (dir !== undefined && !isAddress(dir) && !existsSync(dir))
      throw new UsageError(`${flag} ${dir}: there is no such folder.`);
  const env = storeEnvironment();
  const started = Date.now();
  const stop = new AbortController();
  const onSignal = (): void => stop.abort(new Error("stopped"));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, onSignal);
  const workspace = flags.workspace ?? defaultWorkspace(flags.dir);
  const places: RecipePlaces = { project: openPlace(flags.dir, env), workspace: openPlace(workspace, env) };
  const config = readRecipeConfig(await readConfig(flags.config, places.project), flags.config);
  const plan = planRecipe(config, await surveyRecipe(config, places, { signal: stop.signal }), {
    compatRounding: flags.compatRounding === true,
    strict: flags.strict === true,
  });
  for (const note of plan.notes) output.say(`note: ${note}`);
  if (flags.dryRun) {
    output.data(JSON.stringify(plan, null, 2));
    return exit(EXIT.done);
  }
  const plates = new Set(plan.steps.flatMap(({ batch, plate }) => (plate === null ? [] : [`${batch}/${plate}`])));
  const threads = recipeThreads({
    project: flags.dir,
    workspace,
    env,
    cacheDir: flags.tmpDir ?? join(tmpdir(), "artesian"),
    threads: Math.max(1, Math.floor(workers / Math.max(1, plates.size))),
  });
  try {
    await keepPlan(plan, config.outputDir, places.project);
    const outcomes = await runRecipe(plan, {
      places,
      execute: threads.execute,
      code: await recipeCode(),
      force: flags.force === true,
      workers,
      signal: stop.signal,
      onProgress: (progress) => tellProgress(progress, output, started),
    });
    output.settle();
    report(plan, outcomes, flags, output, started);
    exit(outcomes.every(({ state }) => state === "done" || state === "unchanged") ? EXIT.done : EXIT.failed);
  } catch (error) {
    output.settle();
    if (!stop.signal.aborted) throw error;
    output.say("Stopped. Run the same command again to go on.");
    exit(EXIT.incomplete);
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, onSignal);
    await threads.close();
  }
}

/** Leaves the plan beside what it makes; a project that cannot be written to is told before anything is computed. */
async function keepPlan(plan: RecipePlan, outputDir: string, project: Place): Promise<void> {
  const key = recordKey(`${outputDir}/`, `plan_${plan.pipeline.replaceAll(/[^\p{L}\p{N}._-]/gu, "_")}`);
  const text = `${JSON.stringify(plan, null, 1)}\n`;
  const known = (await project.stat(key)) === undefined ? undefined : new TextDecoder().decode(await project.read(key));
  if (known !== text) await writeFile(project, key, "plan", text, {});
}

let code: Promise<string> | undefined;

/** Digest of the code behind every step; a process runs the code that it has loaded, so it is taken once. */
export function recipeCode(): Promise<string> {
  const room = (name: string): string => join(import.meta.dirname, "..", name);
  code ??= digestFiles(["profiling", "numerics", "data", "figures"].map(room));
  return code;
}

const isAddress = (place: string): boolean => /^[a-z0-9]+:\/\//i.test(place);

/** CellProfiler's output stands in the project, or, as the handbook has it, two folders above it. */
function defaultWorkspace(project: string): string {
  if (isAddress(project)) return project;
  const holds = (dir: string): boolean => ["analysis", "backend"].some((name) => existsSync(join(dir, name)));
  const above = join(project, "..", "..");
  return !holds(project) && holds(above) ? above : project;
}

async function readConfig(file: string, project: Place): Promise<string> {
  if (existsSync(file)) return decodeText(readFileSync(file), file);
  const key = file.replace(/^\.\//, "");
  if (!key.startsWith("/") && (await project.stat(key)) !== undefined) return decodeText(await project.read(key), file);
  throw new UsageError(`--config ${file}: there is no such file, here or in ${project.uri}.`);
}

function tellProgress(
  { done, total, running, workDone, workTotal, ended }: RecipeProgress,
  output: Output,
  started: number,
): void {
  if (ended?.state === "failed") output.say(`failed: ${ended.title}: ${ended.error?.message} [${ended.error?.code}]`);
  const seconds = (Date.now() - started) / 1000;
  const left = workTotal - workDone;
  const eta = workDone / workTotal > 0.1 && left > 0 ? `, about ${duration((seconds / workDone) * left)} left` : "";
  const now = running.map(({ title, share }) => `${title}${share > 0 ? ` ${Math.round(100 * share)} %` : ""}`);
  output.progress(`steps ${done}/${total}${eta}${now.length === 0 ? "" : ` · ${now.join(" · ")}`}`);
}

function report(
  plan: RecipePlan,
  outcomes: readonly StepOutcome[],
  flags: ProfileRunFlags,
  output: Output,
  started: number,
): void {
  const count = (state: StepOutcome["state"]): number => outcomes.filter((one) => one.state === state).length;
  if (flags.json)
    output.json({
      pipeline: plan.pipeline,
      complete: count("failed") + count("blocked") === 0,
      steps: outcomes.map((outcome, index) => ({
        ...outcome,
        outputs: plan.steps[index]!.outputs.map(({ key }) => key),
      })),
      notes: plan.notes,
    });
  else
    for (const { title, state, error, report: found } of outcomes) {
      const why = error === undefined ? "" : `: ${error.message}${state === "failed" ? ` [${error.code}]` : ""}`;
      output.data(`${title}: ${state}${why}`);
      for (const note of found?.notes ?? []) output.data(`  ${note}`);
      if (flags.explain && found !== undefined) for (const line of explainReport(found)) output.data(`  ${line}`);
    }
  const parts = (["done", "unchanged", "failed", "blocked"] as const)
    .filter((state) => count(state) > 0)
    .map((state) => `${count(state)} ${state}`);
  output.say(`${parts.join(", ") || "Nothing to do"} in ${duration((Date.now() - started) / 1000)}.`);
}
