import { CommanderError } from "commander";
import { describeError, EXIT, UsageError } from "./exit.ts";
import { createOutput } from "./output.ts";
import { createProgram } from "./program.ts";

/**
 * The command line.
 * @param argv words after the program's name
 * @returns when the command is done; the exit code is set on the process
 */
export async function main(argv: readonly string[]): Promise<void> {
  // Started by the launcher on the project's own Node: end when the launcher is gone, also when it was killed.
  if (process.connected) {
    process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
    process.channel?.unref();
  }
  // A reader that has seen enough (| head) is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
    throw error;
  });
  const output = createOutput();
  const program = createProgram(output, (code) => {
    process.exitCode = code;
  });
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
    process.exitCode = error instanceof UsageError || isUsage(code) ? EXIT.usage : EXIT.failed;
  }
  if (process.connected) process.disconnect?.();
}

function isUsage(code: string): boolean {
  return ["workflows/condition", "workflows/experiment-design", "workflows/metadata"].includes(code);
}

if (import.meta.main) await main(process.argv.slice(2));
