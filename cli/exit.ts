/** Exit codes of every command: documented in docs/cli.md and stable. */
export const EXIT = { done: 0, failed: 1, usage: 2, incomplete: 3 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A mistake in how a command was called: printed without a stack, exit code 2. */
export class UsageError extends Error {
  readonly code = "cli/usage";
}

/** SQLite's words for a disk without room: full, and what it reports when a write, a sync or its shared memory does not fit. */
const NO_ROOM = new Set([13, 778, 1034, 1546, 4874, 5386]);

function isNoRoom(error: Error): boolean {
  if ("errcode" in error && typeof error.errcode === "number") return NO_ROOM.has(error.errcode);
  return "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}

/** The code and message of anything thrown, with the chain of causes. */
export function describeError(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: "cli/unknown", message: String(error) };
  if (isNoRoom(error)) {
    const message = `No room is left on the disk (${error.message}). What is done is kept: free some space and run the same command again.`;
    return { code: "cli/disk-full", message };
  }
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  const cause = error.cause instanceof Error ? ` Cause: ${describeError(error.cause).message}` : "";
  return { code, message: `${error.message}${cause}` };
}
