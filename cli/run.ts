import { relative, resolve } from "node:path";
import type { CloseSummary } from "@artesian/engine";
import {
  type ExperimentDocument,
  type ImageSource,
  type Inventory,
  patternOf,
  planExperiment,
  takeInventory,
} from "@artesian/workflows";
import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { type EngineFlags, kafkaPlace, withEngineOptions } from "./engine-options.ts";
import { EXIT, UsageError } from "./exit.ts";
import {
  channelChoice,
  type ExperimentFlags,
  experimentOptions,
  wholeNumber,
  withExperimentOptions,
} from "./experiment-options.ts";
import { freeBytesAt, watchDisk } from "./full-disk.ts";
import { imageValue, listFiles } from "./image-files.ts";
import { announceExperiment, plain } from "./live.ts";
import { duration } from "./output.ts";
import { followProgress } from "./progress.ts";
import { recogniseNuclei } from "./recognise-nuclei.ts";
import { collectResults, writeTables } from "./results.ts";
import { registerRunEditing } from "./run-editing.ts";
import { registerRunProfiling } from "./run-profiling.ts";
import { stopOnSignal } from "./stop-on-signal.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

interface RunFlags extends ExperimentFlags, EngineFlags {
  images: string;
  out: string;
  workers?: string;
  json?: true;
}

const APPEND_AT_ONCE = 256;
const NAMED_AT_MOST = 5;

export function registerRun(program: Command, context: CommandContext): void {
  const run = program
    .command("run")
    .description("Run a workflow over what is there, to its end. Running it again does only what changed.");
  const phenomics = run
    .command("phenomics")
    .description("From a folder of images to quality control, profiles, hits, a map and a report.")
    .requiredOption("--images <dir>", "folder of images, sub-folders too")
    .requiredOption("--out <dir>", "folder for results; can be opened with artesian serve --data");
  withEngineOptions(withExperimentOptions(phenomics))
    .option("--workers <n>", "worker threads", "2")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", examples)
    .action((flags: RunFlags) => runPhenomics(flags, context));
  registerRunProfiling(run, context);
  registerRunEditing(run, context);
}

const examples = `
Examples:
  $ artesian run phenomics --images plate7/ --metadata wells.csv --out results
  $ artesian run phenomics --images plate7/ --metadata wells.csv --out results \\
      --positive control=drug --negative control=DMSO --dose dose_uM
  $ artesian run phenomics --images site/ --channels 5=DNA,2=ER,6=RNA,3=AGP,4=Mito --out results

Exit code 0 when complete, 3 when something was missing or failed (the rest is done).`;

async function runPhenomics(flags: RunFlags, { output, exit }: CommandContext): Promise<void> {
  const workers = wholeNumber("--workers", flags.workers) ?? 2;
  const kafka = kafkaPlace(flags);
  const source: ImageSource = {
    experiment: flags.experiment ?? "",
    pattern: flags.pattern ?? null,
    plate: flags.plate ?? null,
    channels: channelChoice(flags.channels) ?? null,
  };
  const files = listFiles(flags.images, flags.out);
  const inventory = takeInventory(files, source, patternOf(source));
  if (inventory.images.length === 0) {
    if (files.length === 0) throw new UsageError(`${flags.images}: there is no file in this folder.`);
    const example = inventory.unknown[0] ?? files[0];
    throw new UsageError(
      `${flags.images}: none of ${files.length} files is an image whose name is understood${example === undefined ? "" : ` (for example ${relative(flags.images, example)})`}. Give --pattern with a regular expression such as '(?<well>[A-P]\\d\\d)_s(?<site>\\d)_(?<channel>\\w+)\\.tif'.`,
    );
  }
  const options = experimentOptions(flags, resolve(flags.images));
  const nuclei = options.nuclei ?? (await recogniseNuclei(inventory.images, options.channels, output));
  const places = inventory.images.map(({ place }) => place);
  const plan = planExperiment({ ...options, images: places, ...(nuclei === undefined ? {} : { nuclei }) });
  for (const line of [...notes(inventory, flags.images), ...plan.warnings]) output.say(`note: ${line}`);

  const disk = watchDisk(
    (line) => output.say(line),
    () => freeBytesAt(flags.out),
  );
  const workspace = await openWorkspace({
    kafka,
    dir: flags.out,
    name: plan.document.name,
    data: `${inventory.images.length} images in ${resolve(flags.images)}`,
    args: { ...flags },
    workers,
    onTrouble: (error) => disk.told(error),
    onNote: (line) => output.say(`note: ${line}`),
  });
  const interrupted = stopOnSignal(workspace, () => output.say("Stopped. Run the same command again to go on."));
  const progress = await followProgress(workspace.runtime, output);
  const started = Date.now();
  try {
    const { document } = plan;
    const fed = announceExperiment(workspace, plan).then(() =>
      feed(workspace, document, inventory.images, (line) => output.say(line)),
    );
    const summary = await Promise.race([fed, disk.staysFull(workspace.runtime)]);
    progress.stop();
    const results = await collectResults(workspace, document.experiment, Object.keys(summary.openGroups).length === 0);
    await writeTables(workspace, document.experiment);
    await workspace.close(results.complete ? "done" : "incomplete");
    if (flags.json) output.json(results);
    else for (const line of results.summary) output.data(line);
    output.say(
      `${results.complete ? "Done" : "Incomplete"} in ${duration((Date.now() - started) / 1000)}. Report: ${relative(".", resolve(flags.out, "report.html"))}. Look at it: artesian serve --data ${flags.out}`,
    );
    exit(results.complete ? EXIT.done : EXIT.incomplete);
  } catch (error) {
    if (interrupted()) return exit(EXIT.incomplete);
    await workspace.close("failed").catch(() => {}); // what ended the run says more than what ended with it
    throw error;
  } finally {
    progress.stop();
    disk.stop();
  }
}

/**
 * Gives the engine everything there is, and waits until it has come to its end. An image that cannot be read, or is gone since it was
 * listed, is said and left out; its site then lacks it.
 */
async function feed(
  { runtime }: Workspace,
  { experiment }: ExperimentDocument,
  images: Inventory["images"],
  say: (line: string) => void,
): Promise<CloseSummary> {
  let unreadable = 0;
  for (let at = 0; at < images.length; at += APPEND_AT_ONCE) {
    const values = await Promise.all(
      images.slice(at, at + APPEND_AT_ONCE).map(({ path, place }) =>
        imageValue(experiment, path, place).catch((error: NodeJS.ErrnoException) => {
          if (error.syscall === undefined) throw error;
          if (++unreadable <= NAMED_AT_MOST) say(`note: ${path} cannot be read and is left out: ${error.message}.`);
          return undefined;
        }),
      ),
    );
    const readable = values.filter((value) => value !== undefined);
    await runtime.append(
      "images_channels",
      readable.map((value) => ({ value: plain(value) })),
    );
  }
  if (unreadable > NAMED_AT_MOST)
    say(`note: ${unreadable - NAMED_AT_MOST} more images cannot be read and are left out.`);
  return runtime.closeInput();
}

function notes(inventory: ReturnType<typeof takeInventory>, folder: string): string[] {
  const name = (path: string): string => relative(folder, path);
  return [
    ...inventory.duplicates.map(
      ({ path, usedInstead }) => `${name(path)} shows the same image place as ${name(usedInstead)}, which is used.`,
    ),
    ...(inventory.unknown.length === 0
      ? []
      : [
          `${inventory.unknown.length === 1 ? "One image file has a name that is not understood and is" : `${inventory.unknown.length} image files have names that are not understood and are`} left out (${inventory.unknown.slice(0, 3).map(name).join(", ")}${inventory.unknown.length > 3 ? " …" : ""}).`,
        ]),
  ];
}
