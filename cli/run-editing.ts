import { existsSync } from "node:fs";
import { basename, dirname, relative, resolve } from "node:path";
import { rateText } from "@artesian/editing";
import { editsOfExperiment, type StoredEdits } from "@artesian/store";
import { EDITING_RUNS, type EditingRunRecord } from "@artesian/workflows";
import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { type EditsFlags, withAmpliconOptions, withAnalysisOptions, withReadingOptions } from "./edits-options.ts";
import { settingsFrom, workersFrom } from "./edits-settings.ts";
import { type EngineFlags, kafkaPlace, withEngineOptions } from "./engine-options.ts";
import { EXIT, UsageError } from "./exit.ts";
import { freeBytesAt, watchDisk } from "./full-disk.ts";
import { plain } from "./live.ts";
import { duration } from "./output.ts";
import { newRunId } from "./run-id.ts";
import { isBucket } from "./stats-options.ts";
import { stopOnSignal } from "./stop-on-signal.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

interface RunEditingFlags extends EditsFlags, EngineFlags {
  sheet: string;
  experiment?: string;
  workers?: string;
}

/** `artesian run editing`: from a sample sheet and FASTQ files to editing rates in the browser. */
export function registerRunEditing(run: Command, context: CommandContext): void {
  const editing = run
    .command("editing")
    .description("From a sample sheet and its FASTQ files to editing rates, alleles and reports, sample by sample.")
    .requiredOption(
      "--sheet <file>",
      "sample sheet, here or s3://bucket/key: sample, reads1, reads2, amplicon, guide, control, perturbation, plate, well, …",
    )
    .requiredOption("--out <dir>", "folder for results; can be opened with artesian serve --data")
    .option("--experiment <name>", "experiment that the samples belong to (default: the sheet's folder)");
  withAmpliconOptions(editing, false);
  withEngineOptions(withReadingOptions(withAnalysisOptions(editing, { threads: false })))
    .option("--workers <n>", "worker threads", "2")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", examples)
    .action((flags: RunEditingFlags) => runEditing(flags, context));
}

const examples = `
Examples:
  $ artesian run editing --sheet run7/samples.csv --out results
  $ artesian run editing --sheet s3://runs/run7/samples.csv --experiment RESCUE-1 --amplicon FANCF.fa --guide GGAATCCCTTCTGCAGCACC --out results

Running it again counts only what changed. Exit code 0 when every sample is done, 1 when one failed (the rest is done), 3 when stopped.`;

async function runEditing(flags: RunEditingFlags, { output, exit }: CommandContext): Promise<void> {
  const settings = settingsFrom(flags);
  const workers = workersFrom(flags.workers);
  const kafka = kafkaPlace(flags);
  if (!isBucket(flags.sheet) && !existsSync(flags.sheet))
    throw new UsageError(`--sheet ${flags.sheet}: there is no such file.`);
  const sampleSheet = isBucket(flags.sheet) ? flags.sheet : resolve(flags.sheet);
  const runFolder = isBucket(flags.sheet) ? sampleSheet.slice(0, sampleSheet.lastIndexOf("/")) : dirname(sampleSheet);
  const experiment = flags.experiment ?? basename(runFolder);
  const disk = watchDisk(
    (line) => output.say(line),
    () => freeBytesAt(flags.out),
  );
  const workspace = await openWorkspace({
    kafka,
    dir: flags.out,
    workflow: "editing",
    name: experiment,
    data: sampleSheet,
    args: { ...flags },
    workers,
    onTrouble: (error) => disk.told(error),
    onNote: (line) => output.say(`note: ${line}`),
  });
  const interrupted = stopOnSignal(workspace, () => output.say("Stopped. Run the same command again to go on."));
  const started = Date.now();
  const timer = setInterval(() => {
    void workspace.runtime.stats().then(
      ({ nodes }) => output.progress(progressOf(nodes, (Date.now() - started) / 1000)),
      () => {},
    );
  }, 1000);
  timer.unref();
  try {
    const fingerprint = newRunId(started, Math.random);
    const record: EditingRunRecord = {
      run: experiment,
      runFolder,
      sampleSheet,
      fingerprint,
      because: "asked for",
      experiment,
      settings,
    };
    const full = disk.staysFull(workspace.runtime);
    // What an interrupted run left is finished first: it costs nothing twice.
    await Promise.race([workspace.runtime.drain(), full]);
    await workspace.runtime.append(EDITING_RUNS, [{ eventId: fingerprint, value: plain(record) }]);
    await Promise.race([workspace.runtime.drain(), full]);
    clearInterval(timer);
    output.settle();
    await refuseBrokenSheet(workspace, fingerprint);
    const samples = await editsOfExperiment(workspace.reader.db, experiment);
    const failed = samples.filter(({ status }) => status !== "done");
    await workspace.close(failed.length === 0 ? "done" : "incomplete");
    if (flags.json)
      output.json({
        run: workspace.runId,
        experiment,
        complete: failed.length === 0,
        samples,
        out: resolve(flags.out),
      });
    else for (const sample of samples) output.data(lineOf(sample));
    output.say(
      `${samples.length - failed.length} of ${samples.length} samples done in ${duration((Date.now() - started) / 1000)}. Look at them: artesian serve --data ${relative(".", flags.out) || "."}`,
    );
    exit(failed.length === 0 ? EXIT.done : EXIT.failed);
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

/** A sheet that could not be read. @throws UsageError with what the task said */
async function refuseBrokenSheet({ runtime }: Workspace, fingerprint: string): Promise<void> {
  for (const { partition, first, next } of await runtime.partitions("editing.sheets"))
    for (const { value, failure } of await runtime.readTopic("editing.sheets", partition, first, next - first))
      if (failure !== undefined && value.fingerprint === fingerprint)
        throw new UsageError(`${failure.message} [${failure.code}]`);
}

function lineOf({ sample, counts, problem }: StoredEdits): string {
  if (counts !== null) {
    const { value, lower, upper, of } = counts.edited;
    if (value === null || lower === null || upper === null) return `${sample}\tno read can be decided`;
    return `${sample}\t${rateText({ value, lower, upper })} of ${of.toLocaleString("en")}`;
  }
  return `${sample}\tfailed\t${problem?.message ?? "it was not counted"}`;
}

type Nodes = Awaited<ReturnType<Workspace["runtime"]["stats"]>>["nodes"];

function progressOf(nodes: Nodes, seconds: number): string {
  const tasks = nodes.find(({ node }) => node === "quantified")?.tasks;
  const { done = 0, failed = 0, waiting = 0, running = 0, retrying = 0 } = tasks ?? {};
  const left = waiting + running + retrying;
  const eta = done > 0 && left > 0 ? `, about ${duration((seconds / done) * left)} left` : "";
  return `counted ${done} of ${done + failed + left} samples${failed > 0 ? ` · ${failed} failed` : ""}${eta}`;
}
