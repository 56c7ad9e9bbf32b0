import { EngineCore } from "./core.ts";
import { openDatabase } from "./database.ts";
import type { FunctionRegistry } from "./functions.ts";
import { lockFolder } from "./lock.ts";
import type { Plan } from "./plan.ts";
import { openReader } from "./reader.ts";

/**
 * Puts dead letters of an engine that does not run back into its queues; they are worked on when it is started next.
 * @param dir the engine's folder
 * @param functions the registry of its graphs, where they name any
 * @returns how many
 * @throws LockedError (engine/locked) while it runs, NotFoundError (engine/not-found), UnknownFunctionError (engine/unknown-function)
 */
export function redriveStopped(
  dir: string,
  ids: readonly number[] | "all",
  now: number,
  functions?: FunctionRegistry,
): number {
  const plans = plansOf(dir);
  const unlock = lockFolder(dir);
  const db = openDatabase(dir);
  try {
    const core = new EngineCore({ db, plans, dir, now, functions });
    let count = 0;
    let failure: unknown;
    const redriven = (more: number): void => {
      count += more;
    };
    const failed = (error: unknown): void => {
      failure ??= error;
    };
    for (const id of ids === "all" ? ["all" as const] : ids)
      core.command((at) => core.redrive(id, at), redriven, failed);
    core.tick(now);
    if (failure !== undefined) throw failure;
    return count;
  } finally {
    db.close();
    unlock();
  }
}

function plansOf(dir: string): Plan[] {
  using reader = openReader(dir);
  return reader?.inspector.plans() ?? [];
}
