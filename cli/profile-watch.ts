import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { withProfilingOptions } from "./profiling-options.ts";

/** `artesian profile watch`: a folder or bucket that CellProfiler writes to. */
export function registerProfileWatch(profile: Command, context: CommandContext): void {
  const watch = profile
    .command("watch")
    .description(
      "Watch a folder or bucket that CellProfiler writes to: plates become profiles as they are finished, and pages show them.",
    )
    .argument("<place>", "folder or s3://bucket/prefix of image sets");
  withProfilingOptions(watch)
    .option("--data <dir>", "data folder for results", "artesian-data")
    .option("--host <address>", "address to listen on; others than loopback need an identity provider", "127.0.0.1")
    .option("--port <n>", "port; default: 8080, or the next free one")
    .option("--workers <n>", "worker threads", "2")
    .option("--quiet <s>", "seconds without a new file after which what is there counts as whole", "20")
    .action(async (place: string, flags) =>
      (await import("./profile-watch-run.ts")).watchTables(place, flags, context),
    );
}
