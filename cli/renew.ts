import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { writeDurably } from "@artesian/data";
import { lockFolder } from "@artesian/engine/lock.ts";
import { forgetDeliveries, openStore } from "@artesian/store";
import { type DataFolder, sinkName, taskCode, type WorkflowName } from "@artesian/workflows";

const CODE = "code.json";
const ENGINE_FILES = ["engine.db", "engine.db-wal", "engine.db-shm"];

/**
 * Results are good as long as the code that made them. When a folder was made by other code, its engine's log is set aside, so that
 * everything that is fed in again is computed by today's; verdicts and the history of runs stay.
 * @returns the tasks whose code changed, none when everything is still good
 * @throws LockedError (engine/locked) when another process works in the folder
 */
export async function renewFolder(
  folder: DataFolder,
  workflow: WorkflowName,
  now: Date,
  code?: Record<string, string>,
): Promise<string[]> {
  const current = code ?? (await taskCode(workflow));
  const path = join(folder.engine, CODE);
  const text = `${JSON.stringify(current, null, 2)}\n`;
  const changed = existsSync(path)
    ? changedTasks(JSON.parse(readFileSync(path, "utf8")) as Record<string, string>, current)
    : [];
  mkdirSync(folder.engine, { recursive: true });
  if (changed.length > 0) {
    const unlock = lockFolder(folder.engine);
    try {
      const aside = join(folder.engine, `until-${now.toISOString().replaceAll(":", "-")}`);
      mkdirSync(aside);
      for (const name of ENGINE_FILES)
        if (existsSync(join(folder.engine, name))) renameSync(join(folder.engine, name), join(aside, name));
      const store = openStore(folder.store);
      forgetDeliveries(store, sinkName(workflow), workflow);
      store.close();
      await writeDurably(path, text);
    } finally {
      unlock();
    }
  } else if (!existsSync(path)) await writeDurably(path, text);
  return changed;
}

function changedTasks(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string[] {
  return Object.keys(after).filter((name) => before[name] !== after[name]);
}
