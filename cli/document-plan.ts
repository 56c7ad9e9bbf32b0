import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { compile, type FunctionRegistry, type Plan, parseSpec } from "@artesian/engine";
import { UsageError } from "./exit.ts";

/**
 * The plan of a workflow document.
 * @param partitions in place of the document's
 * @throws UsageError when there is no such file; what `compile` throws
 */
export function documentPlan(file: string, partitions?: number, functions?: FunctionRegistry): Plan {
  if (!existsSync(file)) throw new UsageError(`${file}: there is no such file.`);
  const text = readFileSync(file, "utf8");
  const document = partitions === undefined ? text : { ...parseSpec(text), partitions };
  return compile(document, functions === undefined ? {} : { functions });
}

/** Address of a module. @throws UsageError when there is no such file */
export function moduleUrl(path: string): string {
  if (!existsSync(path)) throw new UsageError(`${path}: there is no such file.`);
  return pathToFileURL(resolve(path)).href;
}
