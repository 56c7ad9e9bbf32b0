import { openDatabaseToRead } from "./database.ts";
import { Inspector } from "./inspect.ts";

/** Looks into a data folder beside its runtime, or after it; never waits for it. */
export interface EngineReader extends Disposable {
  readonly inspector: Inspector;
  close(): void;
}

/**
 * Opens a data folder for reading: stats, tasks, dead letters, topics, events.
 * @returns undefined while the folder has no engine yet
 * @throws NewerDatabaseError (engine/newer-database)
 */
export function openReader(dir: string): EngineReader | undefined {
  const db = openDatabaseToRead(dir);
  if (db === undefined) return undefined;
  const close = (): void => {
    if (db.isOpen) db.close();
  };
  return { inspector: new Inspector(db), close, [Symbol.dispose]: close };
}
