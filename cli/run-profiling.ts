import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { openPlace, readParquet, writeCsv, writeDurably } from "@artesian/data";
import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { type EngineFlags, kafkaPlace, withEngineOptions } from "./engine-options.ts";
import { EXIT, UsageError } from "./exit.ts";
import { wholeNumber } from "./experiment-options.ts";
import { freeBytesAt, watchDisk } from "./full-disk.ts";
import { duration } from "./output.ts";
import { findPlates, ProfilingFeed } from "./profiling-experiment.ts";
import { type ProfilingFlags, withProfilingOptions } from "./profiling-options.ts";
import { profilingResults } from "./profiling-results.ts";
import { stopOnSignal } from "./stop-on-signal.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

interface RunProfilingFlags extends ProfilingFlags, EngineFlags {
  analysis: string;
  out: string;
  workers?: string;
  json?: true;
}

/** `artesian run profiling`: from CellProfiler's tables to profiles in the browser. */
export function registerRunProfiling(run: Command, context: CommandContext): void {
  const profiling = run
    .command("profiling")
    .description(
      "From folders of CellProfiler tables to profiles by plate and experiment, with what was left out and why.",
    )
    .requiredOption(
      "--analysis <place>",
      "folder or s3://bucket/prefix of image sets: PLATE/[analysis/]SET/Image.csv, Cells.csv, …",
    )
    .requiredOption("--out <dir>", "folder for results; can be opened with artesian serve --data");
  withEngineOptions(withProfilingOptions(profiling))
    .option("--workers <n>", "worker threads", "2")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", examples)
    .action((flags: RunProfilingFlags) => runProfiling(flags, context));
}

const examples = `
Examples:
  $ artesian run profiling --analysis analysis/BATCH --metadata metadata/platemaps/BATCH --out results
  $ artesian run profiling --analysis s3://bucket/analysis/BATCH --metadata wells.csv --negative control_type=negcon --out results

Exit code 0 when every plate is done, 3 when something was missing or failed (the rest is done). Files of a profiling-recipe
project with its own names are made by artesian profile run.`;

async function runProfiling(flags: RunProfilingFlags, { output, exit }: CommandContext): Promise<void> {
  const workers = wholeNumber("--workers", flags.workers) ?? 2;
  const kafka = kafkaPlace(flags);
  const place = openPlace(flags.analysis, process.env);
  const found = await findPlates(place, flags);
  if (found === undefined)
    throw new UsageError(
      flags.metadata !== undefined && !/^s3:/.test(flags.metadata) && !existsSync(flags.metadata)
        ? `--metadata ${flags.metadata}: there is no such file or folder.`
        : `${flags.analysis}: there is no image set. Expected folders such as PLATE/SET with Image.csv, Cells.csv, Cytoplasm.csv, Nuclei.csv.`,
    );
  const { plates, plan } = found;
  for (const line of plan.warnings) output.say(`note: ${line}`);
  const files = plates.reduce((sum, plate) => sum + plate.files.length, 0);
  const bytes = plates.reduce(
    (sum, plate) => sum + plate.files.reduce((all, { entry }) => all + entry.sizeBytes, 0),
    0,
  );
  const disk = watchDisk(
    (line) => output.say(line),
    () => freeBytesAt(flags.out),
  );
  const workspace = await openWorkspace({
    kafka,
    dir: flags.out,
    workflow: "profiling",
    name: plan.document.name,
    data: `${plates.length} plates, ${files} files in ${flags.analysis}`,
    args: { ...flags },
    workers,
    onTrouble: (error) => disk.told(error),
    onNote: (line) => output.say(`note: ${line}`),
  });
  const interrupted = stopOnSignal(workspace, () => output.say("Stopped. Run the same command again to go on."));
  const started = Date.now();
  const timer = setInterval(() => {
    void workspace.runtime.stats().then(
      ({ nodes }) => output.progress(progressOf(nodes, plates.length, (Date.now() - started) / 1000)),
      () => {},
    );
  }, 1000);
  timer.unref();
  try {
    const feed = new ProfilingFeed(workspace, place);
    let looked = 0;
    const fed = feed
      .announce(found, (size) => {
        looked += size;
        output.progress(`looking at files: ${(looked / 1e6).toFixed(0)} of ${(bytes / 1e6).toFixed(0)} MB`);
      })
      .then(() => workspace.runtime.closeInput());
    const summary = await Promise.race([fed, disk.staysFull(workspace.runtime)]);
    clearInterval(timer);
    output.settle();
    const results = await collectProfiles(workspace, plan.document.experiment);
    const complete = summary.complete && results.missing.length === 0;
    await workspace.close(complete ? "done" : "incomplete");
    if (flags.json) output.json({ run: workspace.runId, complete, ...results, out: resolve(flags.out) });
    else for (const line of results.summary) output.data(line);
    output.say(
      `${complete ? "Done" : "Incomplete"} in ${duration((Date.now() - started) / 1000)}. Tables: ${relative(".", resolve(flags.out, "tables"))}. Look at it: artesian serve --data ${flags.out}`,
    );
    exit(complete ? EXIT.done : EXIT.incomplete);
  } catch (error) {
    if (interrupted()) return exit(EXIT.incomplete);
    await workspace.close("failed").catch(() => {}); // what ended the run says more than what ended with it
    throw error;
  } finally {
    clearInterval(timer);
    output.settle();
    disk.stop();
  }
}

/** What a run leaves; the tables are written beside. */
async function collectProfiles(workspace: Workspace, experiment: string) {
  const { scopes, ...results } = await profilingResults(workspace, experiment);
  for (const scope of scopes) {
    const name = (kind: string): string => join(workspace.dir, "tables", `${scope.plate ?? "all-plates"}_${kind}.csv`);
    for (const [kind, uri] of [
      ["raw", scope.rawUri],
      ["normalized", scope.normalizedUri],
      ["selected", scope.selectedUri],
    ] as const)
      if (uri !== null) await writeDurably(name(kind), writeCsv(await readParquet(await workspace.objects.get(uri))));
  }
  return results;
}

type Nodes = Awaited<ReturnType<Workspace["runtime"]["stats"]>>["nodes"];

/** Plates by step, and the time left once a plate is through. */
export function progressOf(nodes: Nodes, plates: number, seconds: number): string {
  const done = (node: string): number => nodes.find((one) => one.node === node)?.tasks?.done ?? 0;
  const failed = nodes.reduce((sum, { tasks }) => sum + (tasks?.failed ?? 0), 0);
  const through = done("collated-profiles");
  const left =
    through > 0 && through < plates ? `, about ${duration((seconds / through) * (plates - through))} left` : "";
  return `collated ${through}/${plates} · normalized ${done("normalized-profiles")} · selected ${done("selected-profiles")}${failed > 0 ? ` · ${failed} failed` : ""}${left}`;
}
