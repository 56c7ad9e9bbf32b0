import type { ExitCode } from "./exit.ts";
import type { Output } from "./output.ts";

/** What a command gets: where to write, and how to end. */
export interface CommandContext {
  output: Output;
  exit(code: ExitCode): void;
}
