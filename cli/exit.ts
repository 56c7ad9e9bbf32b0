/** Exit codes of every command: documented in docs/cli.md and stable. */
export const EXIT = { done: 0, failed: 1, usage: 2, incomplete: 3 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A mistake in how a command was called: printed without a stack, exit code 2. */
export class UsageError extends Error {
  readonly code = "cli/usage";
}

/** The code and message of anything thrown, with the chain of causes. */
export function describeError(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: "cli/unknown", message: String(error) };
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  const cause = error.cause instanceof Error ? ` Cause: ${describeError(error.cause).message}` : "";
  return { code, message: `${error.message}${cause}` };
}
