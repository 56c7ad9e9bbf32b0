import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { ImageSource } from "@artesian/workflows";
import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { type EngineFlags, kafkaPlace, withEngineOptions } from "./engine-options.ts";
import { describeError, EXIT } from "./exit.ts";
import {
  channelChoice,
  type ExperimentFlags,
  experimentOptions,
  portNumber,
  wholeNumber,
  withExperimentOptions,
} from "./experiment-options.ts";
import { followDesign } from "./follow-design.ts";
import { hostPages, untilStopped } from "./host.ts";
import { announceExperiment, followImages } from "./live.ts";
import { openWorkspace } from "./workspace.ts";

interface WatchFlags extends ExperimentFlags, EngineFlags {
  data: string;
  host: string;
  port?: string;
  workers?: string;
}

export function registerWatch(program: Command, context: CommandContext): void {
  const watch = program
    .command("watch")
    .description(
      "Watch an instrument's folder: images are taken in as they are finished, in any order, and pages show what follows.",
    )
    .argument("<dir>", "folder that the instrument writes to; made when it does not exist");
  withEngineOptions(withExperimentOptions(watch))
    .option("--data <dir>", "data folder for results", "artesian-data")
    .option("--host <address>", "address to listen on; others than loopback need an identity provider", "127.0.0.1")
    .option("--port <n>", "port; default: 8080, or the next free one")
    .option("--workers <n>", "worker threads", "2")
    .addHelpText(
      "after",
      "\nThe metadata sheet may come later: until it is there, images are measured and sites wait. With --channels, --sites and\n--metadata the plan is fixed; what is not given is taken from the folder whenever no image has come for six seconds.",
    )
    .action((dir: string, flags: WatchFlags) => watchFolder(dir, flags, context));
}

async function watchFolder(dir: string, flags: WatchFlags, { output, exit }: CommandContext): Promise<void> {
  const folder = resolve(dir);
  const workers = wholeNumber("--workers", flags.workers) ?? 2;
  const kafka = kafkaPlace(flags);
  await mkdir(folder, { recursive: true });
  const sheet = flags.metadata === undefined ? undefined : resolve(flags.metadata);
  const { metadata: _, ...without } = flags;
  const { experiment } = experimentOptions(without, folder);
  const source: ImageSource = {
    experiment,
    pattern: flags.pattern ?? null,
    plate: flags.plate ?? null,
    channels: channelChoice(flags.channels) ?? null,
  };
  const workspace = await openWorkspace({
    kafka,
    dir: flags.data,
    name: flags.name ?? experiment,
    data: folder,
    args: { ...flags, dir },
    workers,
    onTrouble: (error) => output.say(`trouble: ${error.message}`),
    onNote: (line) => output.say(`note: ${line}`),
  });
  const host = await hostPages(
    {
      dir: workspace.dir,
      store: workspace.store,
      reader: workspace.reader,
      live: [{ runId: workspace.runId, control: workspace.runtime }],
      imageRoots: [folder],
      watching: folder,
      host: flags.host,
      port: portNumber(flags.port),
      mode: kafka === undefined ? "embedded" : "kafka",
    },
    output,
  ).catch(async (error: unknown) => {
    await workspace.close("failed");
    throw error;
  });
  const connection = followImages(workspace, folder, source, output);
  connection.done.catch((error: unknown) => output.say(`trouble: ${describeError(error).message}`));
  const stopDesign = followDesign({
    folder,
    source,
    flags: { ...flags, ...(sheet === undefined ? {} : { metadata: sheet }) },
    output,
    async announce(plan) {
      for (const line of plan.warnings) output.say(`note: ${line}`);
      await announceExperiment(workspace, plan);
      const wells = plan.layouts.reduce((sum, layout) => sum + layout.wells.length, 0);
      const plates = plan.layouts.length === 1 ? "one plate" : `${plan.layouts.length} plates`;
      output.say(`Planned: ${wells} wells on ${plates}, channels ${plan.document.channels.join(", ")}.`);
    },
  });
  output.data(host.url);
  output.say(`Watching ${folder}. Ctrl-C stops it; starting again goes on.`);
  await untilStopped();
  stopDesign();
  connection.stop();
  await host.close();
  await workspace.close("stopped");
  exit(EXIT.done);
}
