import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import type { ProfileRunFlags } from "./profile-run.ts";

const examples = `
Examples:
  $ artesian profile run --config config_files/compounds.yml
  $ artesian profile run --config config_files/compounds.yml --dir s3://bucket/project --explain

Exit code 0 when every step is done or unchanged, 1 when one failed (the rest is done), 2 when the configuration is wrong, 3 when stopped.`;

/** Commands that make profiles of CellProfiler's output, with the verbs of the profiling handbook. */
export function registerProfile(program: Command, context: CommandContext): void {
  const profile = program
    .command("profile")
    .description(
      "From CellProfiler's output to profiles: the profiling handbook's chapter, with pycytominer's numbers.",
    );
  profile
    .command("run")
    .description("Carry out a profiling-recipe configuration as it is. Running it again does only what changed.")
    .requiredOption("--config <file>", "configuration (YAML), here or in the project")
    .option("--dir <project>", "project: metadata/, profiles/, …; a folder or s3://bucket/prefix", ".")
    .option(
      "--workspace <place>",
      "where analysis/ and backend/ are (default: the project, or ../.. when they are there)",
    )
    .option("--workers <n>", "plates at once (default: the machine's processors)")
    .option("--force", "compute everything again")
    .option("--strict", "fail where wells have no metadata, or metadata no wells")
    .option("--compat-rounding", "round between steps as float_format says, as the recipe does")
    .option("--explain", "say of every feature and well why it was dropped")
    .option("--dry-run", "print the plan as JSON and do nothing")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", examples)
    .action(async (flags: ProfileRunFlags) => {
      const { profileRun } = await import("./profile-run.ts");
      await profileRun(flags, context);
    });
}
