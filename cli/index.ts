/** The command line: what docs and tests need of it. */
export { EXIT, type ExitCode, UsageError } from "./exit.ts";
export { main } from "./main.ts";
export { createOutput, type Output } from "./output.ts";
export { createProgram } from "./program.ts";
