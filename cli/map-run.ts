import { openPlace } from "@artesian/data";
import { type BuildRun, openCatalog, readRun, readRunLog, readRuns } from "@artesian/maps";
import { runMap } from "@artesian/workflows/map-run.ts";
import { mapConfigAt } from "@artesian/workflows/maps.tasks.ts";
import type { CommandContext } from "./command.ts";
import { EXIT, UsageError } from "./exit.ts";
import { wholeNumber } from "./experiment-options.ts";
import { tellOfPublished } from "./map-announce.ts";
import { progressTo } from "./map-build.ts";
import { duration } from "./output.ts";
import { newRunId } from "./run-id.ts";
import { storeEnvironment } from "./store-environment.ts";
import { version } from "./version.ts";

/** `artesian map run`: from profiles to what is published, once, with a record in the store. */
export async function mapRun(
  flags: { config: string; force?: true; json?: true },
  { output, exit }: CommandContext,
): Promise<void> {
  const env = storeEnvironment();
  const config = await mapConfigAt(flags.config, env);
  const stopped = new AbortController();
  const stop = (): void => stopped.abort(new Error("Stopped. Run the same command again to go on."));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  try {
    const run = await runMap(
      config,
      {
        env,
        codeVersion: version,
        id: newRunId(Date.now(), Math.random),
        because: "asked for",
        force: flags.force === true,
      },
      { signal: stopped.signal, progress: progressTo(output), log: (line) => output.say(line) },
    );
    const { catalog } = await openCatalog(openPlace(config.store, env));
    await tellOfPublished(config.store, catalog, run.created, (line) => output.say(line));
    output.settle();
    if (flags.json) output.json(run);
    else for (const name of run.created) output.data(name);
    exit(run.state === "refused" ? EXIT.incomplete : EXIT.done);
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, stop);
  }
}

/** `artesian map runs`: the history of a store's builds, or one run with its log. */
export async function mapRuns(
  id: string | undefined,
  flags: { store: string; map?: string; limit: string; json?: true },
  { output, exit }: CommandContext,
): Promise<void> {
  const store = openPlace(flags.store, storeEnvironment());
  if (id !== undefined) {
    const run = await readRun(store, id);
    if (run === undefined) throw new UsageError(`${flags.store}: there is no run ${id}. artesian map runs lists them.`);
    const log = await readRunLog(store, id);
    if (flags.json) output.json({ run, log });
    else {
      output.data(lineOf(run));
      for (const line of log) output.data(`  ${line}`);
    }
    return exit(EXIT.done);
  }
  const limit = wholeNumber("--limit", flags.limit) ?? 20;
  const runs = await readRuns(store, { limit, ...(flags.map === undefined ? {} : { map: flags.map }) });
  if (flags.json) output.json({ runs });
  else for (const run of runs) output.data(lineOf(run));
  output.say(runs.length === 1 ? "One run." : `${runs.length} runs.`);
  exit(EXIT.done);
}

/** A run in a line: what came of it, and why not more. */
function lineOf({ id, map, startedAt, state, durationS, because, configSha256, ...run }: BuildRun): string {
  const took = durationS === null ? "" : duration(durationS);
  const why = run.problem?.message ?? (run.reasons.length > 0 ? run.reasons.join("; ") : run.created.join(", "));
  return [id, map, startedAt, state, took, because, configSha256.slice(0, 12), why].join("\t");
}
