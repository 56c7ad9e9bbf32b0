import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { UsageError } from "./exit.ts";

/** What the system says, in words. */
const reasons: Partial<Record<string, string>> = {
  EACCES: "it may not be written",
  EPERM: "it may not be written",
  EROFS: "its file system is read-only",
  ENOENT: "no folder can be made there",
  ENAMETOOLONG: "the name is too long",
};

/**
 * Makes a folder for results where there is none, level by level: in /proc and its like, Node's recursive way never returns.
 * @returns its absolute path
 * @throws UsageError when results cannot be written there
 */
export function makeDataFolder(path: string): string {
  const dir = resolve(path);
  const missing: string[] = [];
  let base = dir;
  for (; !existsSync(base); base = dirname(base)) missing.unshift(base);
  if (!statSync(base).isDirectory()) throw unusable(path, `${base} is a file`);
  try {
    for (const folder of missing) if (!existsSync(folder)) mkdirSync(folder);
    accessSync(dir, constants.W_OK);
  } catch (error) {
    const reason = reasons[(error as NodeJS.ErrnoException).code ?? ""];
    throw reason === undefined ? error : unusable(path, reason);
  }
  return dir;
}

function unusable(path: string, reason: string): UsageError {
  return new UsageError(`${path}: results cannot be kept there: ${reason}. Give another folder.`);
}
