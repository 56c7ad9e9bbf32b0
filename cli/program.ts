import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { registerDag } from "./dag.ts";
import { registerDeadLetters } from "./dead-letters.ts";
import { registerDemo } from "./demo.ts";
import { registerDoctor } from "./doctor.ts";
import { registerEdits } from "./edits.ts";
import type { ExitCode } from "./exit.ts";
import { registerFunctions } from "./functions.ts";
import { registerGuides } from "./guides.ts";
import { registerMap } from "./map.ts";
import type { Output } from "./output.ts";
import { registerProfile } from "./profile.ts";
import { registerReplay } from "./replay.ts";
import { rootCommand } from "./root-command.ts";
import { registerRun } from "./run.ts";
import { registerServe } from "./serve.ts";
import { registerStats } from "./stats.ts";
import { registerTask } from "./task-new.ts";
import { registerWatch } from "./watch.ts";
import { registerWhy } from "./why-task.ts";
import { registerWorker } from "./worker.ts";

/** The whole command tree; docs/cli.md is generated from it. */
export function createProgram(output: Output, exit: (code: ExitCode) => void): Command {
  const program = rootCommand();
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
  registerTask(program, context);
  registerReplay(program, context);
  registerWorker(program, context);
  registerDeadLetters(program, context);
  registerWhy(program, context);
  registerDoctor(program, context);
  return program;
}
