import { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { registerDag } from "./dag.ts";
import { registerDemo } from "./demo.ts";
import { registerDoctor } from "./doctor.ts";
import { registerEdits } from "./edits.ts";
import type { ExitCode } from "./exit.ts";
import { registerFunctions } from "./functions.ts";
import { registerGuides } from "./guides.ts";
import { registerMap } from "./map.ts";
import type { Output } from "./output.ts";
import { registerProfile } from "./profile.ts";
import { registerRun } from "./run.ts";
import { registerServe } from "./serve.ts";
import { registerStats } from "./stats.ts";
import { version } from "./version.ts";
import { registerWatch } from "./watch.ts";

const examples = `
Start here:
  $ artesian demo                                   a simulated rescue screen, live in the browser
  $ artesian run phenomics --images DIR --metadata wells.csv --out results
  $ artesian watch DIR                              an instrument's folder, live; pages at http://localhost:8080
  $ artesian serve --data results                   look at what a run left

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused or incomplete.
Data goes to stdout, words to stderr; --json gives one JSON document.
`;

/** The whole command tree; docs/cli.md is generated from it. */
export function createProgram(output: Output, exit: (code: ExitCode) => void): Command {
  const program = new Command("artesian")
    .description(
      "From plate wells to a map of biology: images become quality control, features, profiles, hits and a map.",
    )
    .version(version)
    .showHelpAfterError("(add --help for what can be given)")
    .showSuggestionAfterError()
    .addHelpText("after", examples)
    .exitOverride();
  const context: CommandContext = { output, exit };

  registerDemo(program, context);
  registerRun(program, context);
  registerProfile(program, context);
  registerWatch(program, context);
  registerServe(program, context);

  registerStats(program, context);
  registerEdits(program, context);
  registerMap(program, context);
  registerGuides(program, context);
  registerFunctions(program, context);
  registerDag(program, context);
  registerDoctor(program, context);
  return program;
}
