/** Exit codes of every command: documented in docs/cli.md and stable. */
export const EXIT = { done: 0, failed: 1, usage: 2, incomplete: 3 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A mistake in how a command was called: printed without a stack, exit code 2. */
export class UsageError extends Error {
  readonly code = "cli/usage";
}

/** Whether the disk did not take what was written; an error from another thread has kept its code and message only. */
export function isNoRoom(error: Error): boolean {
  const code = "code" in error ? error.code : undefined;
  if (code === "ERR_SQLITE_ERROR") return /disk is full|disk I\/O error/.test(error.message);
  return code === "engine/disk-full" || code === "ENOSPC" || code === "EDQUOT";
}

/** The code and message of anything thrown, with the chain of causes. */
export function describeError(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: "cli/unknown", message: String(error) };
  if (isNoRoom(error)) {
    const message = `The disk takes nothing more, it is full or broken (${error.message}). What is done is kept: free some space and run the same command again.`;
    return { code: "cli/disk-full", message };
  }
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  const cause = error.cause instanceof Error ? ` Cause: ${describeError(error.cause).message}` : "";
  return { code, message: `${error.message}${cause}` };
}
