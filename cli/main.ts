import { CommanderError } from "commander";
import { describeError, EXIT, type ExitCode, UsageError } from "./exit.ts";
import { programOfOne } from "./one-command.ts";
import { createOutput } from "./output.ts";

const LEFT_AT_WORK_MS = 5000;

/**
 * The command line.
 * @param argv words after the program's name
 * @returns when the command is done; the exit code is set on the process
 */
export async function main(argv: readonly string[]): Promise<void> {
  // Started by the launcher on the project's own Node: end when the launcher is gone, also when it was killed.
  if (process.connected) {
    process.on("disconnect", endWithLauncher);
    process.channel?.unref();
  }
  // A reader that has seen enough (| head) is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
    throw error;
  });
  const output = createOutput();
  const exit = (code: ExitCode): void => {
    process.exitCode = code;
  };
  const program =
    (await programOfOne(argv, { output, exit })) ?? (await import("./program.ts")).createProgram(output, exit);
  try {
    await program.parseAsync(["node", "artesian", ...argv]);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
      return;
    }
    const { code, message } = describeError(error);
    output.settle();
    output.say(`artesian: ${message}${code === "cli/usage" ? "" : ` [${code}]`}`);
    if (process.env.ARTESIAN_DEBUG !== undefined && error instanceof Error) output.say(error.stack ?? "");
    process.exitCode = error instanceof UsageError ? EXIT.usage : (exitOf[code] ?? EXIT.failed);
    // A thread that the error left at work must not keep a failed command from ending.
    setTimeout(() => process.exit(), LEFT_AT_WORK_MS).unref();
  }
  process.off("disconnect", endWithLauncher);
  if (process.connected) process.disconnect?.();
}

function endWithLauncher(): void {
  process.kill(process.pid, "SIGTERM");
}

/** Errors that say what was given wrongly, or what is refused as things stand; all others are failures. */
const exitOf: Partial<Record<string, ExitCode>> = {
  "data/csv": EXIT.usage,
  "editing/alphabet": EXIT.usage,
  "editing/coding-not-found": EXIT.usage,
  "editing/comparison": EXIT.usage,
  "editing/guide-not-found": EXIT.usage,
  "editing/guide-repeated": EXIT.usage,
  "editing/option": EXIT.usage,
  "editing/read-option": EXIT.usage,
  "editing/reference": EXIT.usage,
  "editing/sample-files": EXIT.usage,
  "editing/sheet": EXIT.usage,
  "editing/umi-pattern": EXIT.usage,
  "editing/window": EXIT.usage,
  "imaging/file-name-pattern": EXIT.usage,
  "profiling/recipe-config": EXIT.usage,
  "workflows/condition": EXIT.usage,
  "workflows/experiment-design": EXIT.usage,
  "workflows/map-build-folder": EXIT.usage,
  "workflows/map-config": EXIT.usage,
  "workflows/map-input": EXIT.usage,
  "workflows/metadata": EXIT.usage,
  "workflows/skip-list": EXIT.usage,
  "data/bad-place": EXIT.usage,
  "maps/genome-table": EXIT.usage,
  "maps/relations": EXIT.usage,
  "maps/unknown-group": EXIT.usage,
  "maps/promotion-refused": EXIT.incomplete,
  "engine/bad-schedule": EXIT.usage,
  "engine/locked": EXIT.incomplete,
  "server/port-in-use": EXIT.incomplete,
  "server/refused-address": EXIT.incomplete,
};

if (import.meta.main) await main(process.argv.slice(2));
