import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { type EngineReader, openReader } from "@artesian/engine";
import { UsageError } from "./exit.ts";

/** An engine of a data folder, opened for reading. */
export interface FolderEngine {
  dir: string;
  reader: EngineReader;
}

/**
 * Looks into all engines of a data folder, running or not.
 * @throws UsageError when the folder holds none
 */
export function withEngines<T>(data: string, look: (engines: readonly FolderEngine[]) => T): T {
  const root = resolve(data);
  const names = existsSync(root) ? readdirSync(root).filter((name) => /^engine(?:-|$)/.test(name)) : [];
  const engines = names.sort().flatMap((name): FolderEngine[] => {
    const dir = join(root, name);
    const reader = openReader(dir);
    return reader === undefined ? [] : [{ dir, reader }];
  });
  if (engines.length === 0) throw new UsageError(`--data ${data}: no engine has worked in this folder.`);
  try {
    return look(engines);
  } finally {
    for (const { reader } of engines) reader.close();
  }
}
