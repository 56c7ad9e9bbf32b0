import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  replayShadow,
  type ShadowOptions,
  type ShadowProgress,
  type ShadowReport,
  switchToShadow,
} from "@artesian/engine";
import { executorsFile } from "@artesian/executors";
import { workflows } from "@artesian/workflows";
import { runtimeOptions } from "@artesian/workflows/dag-runtime.ts";
import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { type LoadedDag, loadDag } from "./dag-document.ts";
import { EXIT, UsageError } from "./exit.ts";
import { wholeNumber } from "./experiment-options.ts";
import type { Output } from "./output.ts";
import { reportLines } from "./replay-report.ts";

interface ReplayFlags {
  data: string;
  shadow?: true;
  switch?: true;
  from?: string;
  tasks?: string;
  schemas?: string;
  executors?: string;
  workers: string;
  examples: string;
  json?: true;
}

const help = `
A result that the folder has recorded (equal code, parameters and inputs) answers its task; nothing is run twice. With --shadow and --switch together
the versions are switched only if nothing that is published differs. --switch alone makes a shadow that has been compared the live version, whatever the
report said; stop the workflow first. The old version stays in a folder beside it.

Examples:
  $ artesian replay features.json --data results --from 0 --shadow --tasks tasks.ts
  $ artesian replay features.json --data results --switch --tasks tasks.ts

Exit code 0 when all outputs are equal or the switch is done, 3 when outputs differ or something is unfinished.`;

/** `artesian replay`: a changed workflow beside the one that runs, compared by what both publish. */
export function registerReplay(program: Command, { output, exit }: CommandContext): void {
  program
    .command("replay")
    .description("Run a changed workflow over what its live version has read, compare what both publish, and switch.")
    .argument("<file>", "the changed workflow document (JSON or EDN)")
    .requiredOption("--data <dir>", "data folder in which the live version runs or ran")
    .option("--shadow", "replay into topics and state beside the live ones, and compare")
    .option("--from <offset>", "offset in every partition of the streams, or earliest; tables are replayed whole")
    .option("--switch", "make the shadow the live version")
    .option("--tasks <module>", "module that exports tasks for worker threads")
    .option("--executors <file>", `executors that nodes name (default: ${executorsFile} in the data folder)`)
    .option("--schemas <file>", "named JSON Schemas beside the document's own")
    .option("--workers <n>", "worker threads", "2")
    .option("--examples <n>", "examples of each kind of difference and topic", "3")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", help)
    .action(async (file: string, flags: ReplayFlags) => {
      if (!flags.shadow && !flags.switch) throw new UsageError("Say what is to be done: --shadow, --switch, or both.");
      if (flags.shadow && flags.from === undefined)
        throw new UsageError("--shadow needs --from: 0 for everything, an offset, or earliest.");
      if (!flags.shadow && flags.from !== undefined)
        throw new UsageError("--from is for --shadow; --switch goes on with the shadow that is there.");
      const options = await optionsOf(file, flags, output);
      let report: ShadowReport | undefined;
      let aside: string | undefined;
      if (flags.shadow) report = await replayShadow(options);
      if (flags.switch && report?.equal !== false)
        ({ report, aside } = await switchToShadow(options, flags.shadow === true));
      output.settle();
      if (report === undefined) return;
      if (flags.json)
        output.json({ ...report, switched: aside !== undefined, ...(aside === undefined ? {} : { aside }) });
      else for (const line of reportLines(report)) output.data(line);
      if (aside !== undefined)
        output.say(`Switched to version ${report.new.version}; the old one is kept in ${aside}.`);
      else if (flags.switch) output.say("Not switched: outputs differ. --switch alone switches nevertheless.");
      exit(aside !== undefined || report.equal ? EXIT.done : EXIT.incomplete);
    });
}

async function optionsOf(file: string, flags: ReplayFlags, output: Output): Promise<ShadowOptions> {
  const { plan, functions } = await readDag(file, flags.schemas);
  const dir = resolve(flags.data);
  if (!existsSync(dir)) throw new UsageError(`--data ${flags.data}: there is no such folder.`);
  if (flags.tasks !== undefined && !existsSync(flags.tasks))
    throw new UsageError(`--tasks ${flags.tasks}: there is no such file.`);
  const from = fromOf(flags.from);
  const {
    dir: engine,
    plans: _plans,
    ...surroundings
  } = await runtimeOptions({
    dir,
    runId: "shadow",
    workers: wholeNumber("--workers", flags.workers) ?? 2,
    plan,
    folder: dirname(resolve(file)),
    executors: resolve(flags.executors ?? join(dir, executorsFile)),
    ...(flags.tasks === undefined ? {} : { tasks: pathToFileURL(resolve(flags.tasks)).href }),
  });
  return {
    ...surroundings,
    dir: engine,
    plan,
    ...(functions === undefined ? {} : { functions }),
    examples: wholeNumber("--examples", flags.examples) ?? 3,
    ...(from === undefined ? {} : { from }),
    onProgress: (progress) => output.progress(progressLine(progress)),
    onTrouble: (error) => output.say(`trouble: ${error instanceof Error ? error.message : error}`),
  };
}

function fromOf(text: string | undefined): ShadowOptions["from"] {
  if (text === "earliest") return text;
  return text === "0" ? 0 : wholeNumber("--from", text);
}

async function readDag(file: string, schemas: string | undefined): Promise<LoadedDag> {
  const loaded = await loadDag(file, schemas === undefined ? {} : { schemas });
  const { plan } = loaded;
  if (plan.dag in workflows)
    throw new UsageError(
      `${file}: "${plan.dag}" is a workflow of the product; its folders are computed again when its code changes.`,
    );
  return loaded;
}

function progressLine({ phase, done, of, step }: ShadowProgress): string {
  if (phase === "feed") return `replaying · ${done ?? 0} of ${of ?? 0} records`;
  if (phase === "switch") return `switching · ${step ?? ""}`;
  return { recall: "reading recorded results", work: "working", compare: "comparing outputs" }[phase];
}
