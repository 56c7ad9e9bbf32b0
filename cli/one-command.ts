import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { rootCommand } from "./root-command.ts";

type Register = (program: Command, context: CommandContext) => void;

/** The commands that people call again and again; the pages' and the pictures' code, which they do not need, is most of the program. */
const COMMANDS: Readonly<Record<string, () => Promise<Register>>> = {
  profile: async () => (await import("./profile.ts")).registerProfile,
  dag: async () => (await import("./dag.ts")).registerDag,
  doctor: async () => (await import("./doctor.ts")).registerDoctor,
  stats: async () => (await import("./stats.ts")).registerStats,
};

/**
 * The program with the one command that is called, so that no other's code is loaded.
 * @param argv words after the program's name
 * @returns undefined when the first word is none of the known commands: then the whole program answers
 */
export async function programOfOne(argv: readonly string[], context: CommandContext): Promise<Command | undefined> {
  const [name = ""] = argv;
  if (!Object.hasOwn(COMMANDS, name)) return undefined;
  const register = await COMMANDS[name]!();
  const program = rootCommand();
  register(program, context);
  return program;
}
