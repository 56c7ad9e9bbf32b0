import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { withPortalOptions } from "./stats-options.ts";

const source = "<source>";
const sourceText = "projects: a folder or s3://bucket/prefix with a folder for each";
const published = "where they are published: a folder or s3://bucket/prefix";

/** Commands about the summaries of a portal's projects. */
export function registerStats(program: Command, context: CommandContext): void {
  const stats = program
    .command("stats")
    .description("Summary figures of every project of a portal, from its expression matrices, whatever their size.");
  withPortalOptions(
    stats
      .command("run")
      .description("Summarise and publish what is there. Running it again does only what changed, by content.")
      .argument(source, sourceText),
  )
    .option("--project <id...>", "only these projects")
    .option("--force", "compute and publish everything again")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", runExamples)
    .action(async (place, flags) => (await import("./stats-run.ts")).statsRun(place, flags, context));
  stats
    .command("show")
    .description("What is published: every project with its status, or one with its figures, notes and failures.")
    .argument("[project]", "a project's name")
    .requiredOption("--out <place>", published)
    .option("--json", "the published index as JSON")
    .action(async (project, flags) => (await import("./stats-published.ts")).statsShow(project, flags, context));
  stats
    .command("verify")
    .description("Hold every published file against its index: what is missing or damaged is named.")
    .requiredOption("--out <place>", published)
    .option("--project <id...>", "only these projects")
    .option("--redraw", "draw each figure again from its specification, and compare")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", "\nExit code 1 when a file is missing or damaged.")
    .action(async (flags) => (await import("./stats-published.ts")).statsVerify(flags, context));
  withPortalOptions(
    stats
      .command("watch")
      .description(
        "Keep a portal's summaries right: a look now, one on a schedule, and one at a project whenever its files change; pages meanwhile.",
      )
      .argument(source, sourceText),
  )
    .option("--schedule <cron>", "when all of it is looked at: minute hour day month weekday", "0 2 * * *")
    .option("--time-zone <name>", "of the schedule", "UTC")
    .option("--poll <s>", "seconds between two looks for new files", "10")
    .option("--host <address>", "address to listen on; others than loopback need an identity provider", "127.0.0.1")
    .option("--port <n>", "port; default: 8080, or the next free one")
    .action(async (place, flags) => (await import("./stats-watch.ts")).statsWatch(place, flags, context));
}

const runExamples = `
Examples:
  $ artesian stats run projects --out public
  $ artesian stats run s3://matrices --out s3://portal --preset hca-2020 --split library_approach --skip blacklist

Exit code 0 when every project is done, skipped or without a matrix, 1 when something failed (the rest is done), 3 when stopped.`;
